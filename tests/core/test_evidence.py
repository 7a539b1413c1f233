"""Saliency against known evidence: 1 where it follows the evidence, nothing where there is nothing to tell apart."""

import numpy as np
import pytest
import torch

from msd_core.evidence import evidence_auroc
from msd_core.tasks import load_task
from msd_core.views import VIEWS

SURE, OPEN = torch.tensor([4.0, -4.0]), torch.zeros(2)
SEES = {"image": ("both", "image"), "text": ("both", "text"), "both": ("both",), "either": ("both", "image", "text")}


def ideal(evidence: list[str]) -> torch.Tensor:
    """Logits of a model that is sure of its answer in each view that shows the evidence, `(N, 4, 2)`."""
    return torch.stack([torch.stack([SURE if view in SEES[kind] else OPEN for view in VIEWS]) for kind in evidence])


def test_an_ideal_model_is_right_about_all_evidence():
    evidence = ["image", "text", "both", "either"] * 3
    auroc = evidence_auroc(load_task("sarcasm"), ideal(evidence), np.array(evidence))
    assert all(value == 1 for by_modality in auroc.values() for value in by_modality.values())


def test_one_that_looks_at_the_wrong_half_is_wrong():
    swapped = {"image": "text", "text": "image"}
    evidence = ["image", "text"] * 4
    auroc = evidence_auroc(load_task("sarcasm"), ideal([swapped[kind] for kind in evidence]), np.array(evidence))
    assert auroc["necessity"] == auroc["sufficiency"] == {"image": 0, "text": 0}


def test_where_all_evidence_is_alike_there_is_nothing_to_tell_apart():
    auroc = evidence_auroc(load_task("easy-vqa"), ideal(["both"] * 5), np.array(["both"] * 5))
    assert auroc == {kind: {"image": None, "text": None} for kind in ("necessity", "sufficiency")}


def test_of_many_labels_each_is_a_case_of_its_own():
    evidence = np.array([["image", "text"], ["text", "either"], ["both", "image"]])
    by_label = [ideal(evidence[:, i].tolist())[..., :1] for i in range(2)]
    auroc = evidence_auroc(load_task("posters"), torch.cat(by_label, dim=-1), evidence)
    assert auroc["necessity"] == {"image": pytest.approx(1), "text": pytest.approx(1)}
