"""Names and decoders that a test can make in no time."""

import pytest
import torch

from msd_core.naming.decoder import Decoder
from msd_core.naming.names import Names, Pieces

TEXTS = {"en": ("red field", "blue field", "green field"), "ja": ("赤い畑", "青い畑", "緑の畑")}


@pytest.fixture
def names() -> Names:
    """Three pictures under their names in two languages."""
    pictures = torch.randn(3, 7, generator=torch.Generator().manual_seed(0))
    return Names(
        pictures,
        torch.tensor([0, 1, 2, 0, 1, 2]),
        torch.tensor([0, 0, 0, 1, 1, 1]),
        (*TEXTS["en"], *TEXTS["ja"]),
        ("en", "ja"),
    )


@pytest.fixture
def pieces(names) -> Pieces:
    return Pieces(names.texts, 300)


def decoder_of(size: int, seed: int = 0, hidden: int = 5, features: int = 7) -> Decoder:
    """One of random weights, large enough that it prefers some pieces to others."""
    torch.manual_seed(seed)
    decoder = Decoder(features, 2, size, hidden)
    with torch.no_grad():
        for values in decoder.parameters():
            values.mul_(3)
    return decoder.eval()
