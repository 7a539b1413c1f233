"""Cross-fitted targets: every row answered by a teacher that did not learn from it, and by none other."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from msd_core.errors import UserError
from msd_core.models.bundled import load_bundled
from msd_core.models.files import LoadedModel, load_model
from msd_core.models.zoo import ZOO, Spec
from msd_core.tasks import load_split, load_task
from msd_core.training import cross_fit
from msd_core.training.config import Config
from msd_core.training.cross_fit import CrossFit
from msd_core.training.distill import distill
from msd_core.training.prepare import check
from msd_core.training.processes import new_accelerator
from msd_core.training.teacher import config_of, targets
from msd_core.training.trainer import Trainer
from tests.tongues import TASK

SMALL = Spec("conv", "grams", 8, 12, {"widths": [4, 4, 6]}, {"buckets": 256, "width": 8, "hidden": 8})
TEACHER = Config(
    method="ce", weighting="none", model="gram-student", epochs=2, batch_size=20, languages="en", hold_out=True,
    modality_dropout=0.3,
)  # fmt: skip
STUDENT = replace(TEACHER, method="kd", epochs=1, cross_fit=3, texts=1.0, modality_dropout=0.0)


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    folder = tmp_path_factory.mktemp("teacher") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ZOO, "gram-student", SMALL)
        distill(TASK, TEACHER, folder)
    return load_model(folder, TASK)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setitem(ZOO, "gram-student", SMALL)


def crossed(teacher, folds: int) -> CrossFit:
    return CrossFit(TASK, teacher, folds, new_accelerator())


@given(folds=st.integers(2, 60))
@settings(max_examples=20)
def test_folds_part_the_pictures_and_share_out_the_labels(folds):
    model = LoadedModel(torch.nn.Identity(), SMALL, "tongues")
    fold_of = crossed(model, folds).fold_of
    split = load_split(TASK, "train")
    assert set(fold_of) == set(split.pictures.hashes) and set(fold_of.values()) == set(range(folds))
    label_of = {split.pictures.hashes[i]: label for i, label in zip(split.image_of, split.labels.tolist(), strict=True)}
    sizes = torch.zeros(folds, 2)
    for key, fold in fold_of.items():
        sizes[fold, label_of[key]] += 1
    assert sizes.sum(1).max() - sizes.sum(1).min() <= 1 and (sizes.max(0).values - sizes.min(0).values).max() <= 1


def test_no_target_comes_from_a_teacher_that_saw_the_picture(teacher, small, monkeypatch):
    learned, answered, prepare = [], [], cross_fit.prepare

    def watched_prepare(*arguments, **more):
        setup = prepare(*arguments, **more)
        learned.append(setup.data["train"].split)
        return setup

    def watched_targets(model, split, device):
        answered.append((model, split))
        return targets(model, split, device)

    monkeypatch.setattr(cross_fit, "prepare", watched_prepare)
    monkeypatch.setattr(cross_fit, "targets", watched_targets)
    everything, _ = load_split(TASK, "train").hold_out(0.1)
    fit = crossed(teacher, 4)
    logits = fit.targets(everything)
    assert len(learned) == len(answered) == 4
    english = everything.in_languages("en")
    for seen, (model, asked) in zip(learned, answered, strict=True):
        keys = set(seen.pictures.hashes)
        assert not keys & set(asked.pictures.hashes)
        assert keys | set(asked.pictures.hashes) == set(everything.pictures.hashes)
        assert seen.languages == ["en"] and len(seen) < len(english), "as the teacher, without a fold"
        rows = [i for i, of in enumerate(everything.image_of.tolist())
                if everything.pictures.hashes[of] in asked.pictures.hashes]  # fmt: skip
        assert torch.equal(logits[rows], targets(model, asked))
    assert logits.shape == (len(everything), 4, 2) and not torch.equal(logits, targets(teacher, everything))


def test_they_are_kept_and_so_are_the_teachers(teacher, monkeypatch):
    train, validation = load_split(TASK, "train"), load_split(TASK, "train").subset(30)
    first = crossed(teacher, 2).targets(train)
    monkeypatch.setattr(cross_fit, "Trainer", lambda *a, **b: pytest.fail("it has learned already"))
    assert torch.equal(crossed(teacher, 2).targets(train), first)
    crossed(teacher, 2).targets(validation)  # other rows, the same teachers
    monkeypatch.undo()
    fit = crossed(teacher, 2)
    fit._file(0).write_bytes(b"damaged")
    monkeypatch.setattr(cross_fit, "targets", lambda model, split, device: targets(model, split, device) + 0)
    assert torch.equal(fit.targets(train.in_languages("de")), first[train.language == "de"]), "made anew, the same"


def test_a_run_learns_from_them_and_is_held_against_the_teacher_itself(teacher, small, tmp_path, monkeypatch):
    setups, init = [], Trainer.__init__

    def watched(self, student, setup, *rest, **more):
        setups.append(setup)
        init(self, student, setup, *rest, **more)

    monkeypatch.setattr(Trainer, "__init__", watched)
    result = distill(TASK, STUDENT, tmp_path / "crossed", teacher)
    distill(TASK, replace(STUDENT, cross_fit=0), tmp_path / "own", teacher)
    one, other = setups[-2:]
    for name in ("validation", "test"):
        assert torch.equal(one.data[name].teacher_logits, other.data[name].teacher_logits)
    assert torch.equal(one.data["train"].teacher_logits, crossed(teacher, 3).targets(one.data["train"].split))
    assert not torch.equal(one.data["train"].teacher_logits, other.data["train"].teacher_logits)
    assert not torch.equal(one.texts.teacher_logits, other.texts.teacher_logits), "of texts alone, too"
    assert result["teacher"] == distill(TASK, replace(STUDENT, cross_fit=0), tmp_path / "own", teacher)["teacher"]


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"cross_fit": 1}, "give 0 for none, or 2"),
        ({"method": "ce", "texts": 0.0}, "ce takes no answers from a teacher"),
        ({"method": "fitnets"}, "fitnets takes no answers from a teacher"),
    ],
)
def test_settings_that_leave_nothing_to_cross_are_one_sentence(changes, message):
    with pytest.raises(UserError, match=message):
        replace(STUDENT, **changes)


def test_a_teacher_of_which_nobody_knows_how_it_learned_is_one_sentence(teacher):
    digits = load_task("digits")
    with pytest.raises(UserError, match="Nothing says how the teacher bundled was trained"):
        check(digits, Config(cross_fit=5), load_bundled(digits, "teacher"))
    distilled = replace(teacher, info={"config": {**teacher.info["config"], "method": "kd"}})
    with pytest.raises(UserError, match="learned from labels alone"):
        check(TASK, STUDENT, distilled)
    with pytest.raises(UserError, match="by teachers of one process"):
        check(TASK, STUDENT, teacher, processes=2)
    assert config_of(teacher) == TEACHER


def test_more_folds_than_pictures_are_one_sentence(teacher):
    with pytest.raises(UserError, match="60 pictures cannot be dealt into 61 folds"):
        crossed(teacher, 61).targets(load_split(TASK, "train"))
