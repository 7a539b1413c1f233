"""A pair of easy-vqa and its maps."""

import pytest

from analysis.attribution.pair import PairAttribution, Settings, attribute_pair
from analysis.pair.examples import gallery
from msd_core.models.bundled import load_bundled


@pytest.fixture(scope="session")
def attribute_gallery(easy_vqa):
    """Makes the maps of the gallery's first pair, by other settings than usual."""
    row = gallery(easy_vqa)[0]
    models = {name: load_bundled(easy_vqa, name) for name in ("teacher", "kd")}

    def attribute(**settings) -> PairAttribution:
        return attribute_pair(easy_vqa, row.picture, row.example.text, models, Settings(**settings), row.example)

    return attribute


@pytest.fixture(scope="session")
def vqa_pair(attribute_gallery) -> PairAttribution:
    return attribute_gallery(n_steps=32)
