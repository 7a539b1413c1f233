"""What a text tower learns from texts without labels, and that a run keeps to it."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from msd_core.errors import UserError
from msd_core.models.files import LoadedModel, load_model
from msd_core.models.grams import GramTower
from msd_core.models.zoo import ZOO, Spec, build
from msd_core.tasks import load_split
from msd_core.tensors import hash_state
from msd_core.training import pretraining
from msd_core.training.config import Config
from msd_core.training.distill import distill
from msd_core.training.events import Note, Stage
from msd_core.training.pretraining import contrast, pretrain, teacher_vectors
from msd_core.training.trainer import Trainer
from tests.fifth import TASK as FIFTH
from tests.tiny import TINY
from tests.tongues import TASK

SMALL = Spec("conv", "grams", 8, 12, {"widths": [4, 4, 6]}, {"buckets": 256, "width": 16, "hidden": 16})
KD = Config(method="ce", weighting="none", pretraining="kd", pretraining_epochs=60)


@pytest.fixture
def teacher():
    torch.manual_seed(5)
    return LoadedModel(build(SMALL, 2).eval(), SMALL, "tongues")


@pytest.fixture
def everything():
    return load_split(TASK, "train")


def student(seed: int = 0):
    torch.manual_seed(seed)
    return build(SMALL, 2)


def vectors(model, split) -> torch.Tensor:
    model.eval()
    with torch.no_grad():
        return model.text_features(model.tokenize(split.texts).ids).values


def cosines(values: torch.Tensor) -> torch.Tensor:
    unit = F.normalize(values, dim=1)
    return unit @ unit.T


def test_a_linear_map_of_what_was_distilled_is_nearer_to_the_teacher(teacher, everything):
    wanted = F.normalize(teacher_vectors(teacher, everything), dim=1)
    learned, before = student(), student()
    images = hash_state(learned.image_tower.state_dict())
    pretrain(learned, everything, replace(KD, pretraining_epochs=200), teacher)
    apart = []
    for model in (learned, before):
        features = F.pad(vectors(model, everything), (0, 1), value=1.0)
        apart.append(F.mse_loss(features @ torch.linalg.lstsq(features, wanted).solution, wanted))
    assert apart[0] < 0.7 * apart[1] and hash_state(learned.image_tower.state_dict()) == images


def test_translations_come_together_and_other_things_do_not(everything):
    learned, before = student(), student()
    pretrain(learned, everything, replace(KD, pretraining="translation", pretraining_epochs=400), None)
    picture_of = everything.image_of.new_empty(len(everything.texts))
    picture_of[everything.text_of] = everything.image_of
    right = []
    for model in (learned, before):
        nearest = cosines(vectors(model, everything)).fill_diagonal_(-1).argmax(1)
        right.append(float((picture_of[nearest] == picture_of).float().mean()))
    assert right[0] > right[1] + 0.2, right


def test_a_text_is_told_from_all_others(everything):
    learned, before = student(), student()
    pretrain(learned, everything, replace(KD, pretraining="itself"), None)
    spread = [float(cosines(vectors(model, everything)).mean()) for model in (learned, before)]
    assert spread[0] < spread[1]


@pytest.mark.parametrize("kind", ["kd", "translation", "itself"])
def test_it_follows_from_the_seed_and_is_kept(teacher, everything, kind, monkeypatch):
    config = replace(KD, pretraining=kind, pretraining_epochs=2)
    first, again, other = student(), student(), student()
    events = []
    pretrain(first, everything, config, teacher, events.append)
    assert any(isinstance(e, Stage) and e.text.startswith("Pretraining the text tower") for e in events)
    pretrain(other, everything, replace(config, seed=1), teacher)
    monkeypatch.setattr(pretraining, "_train", lambda *arguments: pytest.fail("it is kept"))
    pretrain(again, everything, config, teacher)
    hashes = [hash_state(model.text_tower.state_dict()) for model in (first, again, other)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_the_contrast_is_infonce():
    one, other = F.normalize(torch.randn(3, 5), dim=1), F.normalize(torch.randn(3, 5), dim=1)
    scores = one @ other.T / pretraining.TEMPERATURE
    there = -sum(scores[i, i] - scores[i].logsumexp(0) for i in range(3)) / 3
    back = -sum(scores[i, i] - scores[:, i].logsumexp(0) for i in range(3)) / 3
    torch.testing.assert_close(contrast(one, other), (there + back) / 2)
    assert contrast(one, one) < contrast(one, other)


def test_the_student_reads_misread_texts_and_the_teacher_clean_ones(teacher, everything, monkeypatch):
    asked = []
    monkeypatch.setattr(pretraining, "teacher_vectors", lambda *a: asked.append(a[1].texts) or teacher_vectors(*a))
    clean, misread = student(), student()
    config = replace(KD, pretraining_epochs=3)
    pretrain(clean, everything, config, teacher)
    tokenize, read = misread.text_tower.tokenize, []
    misread.text_tower.tokenize = lambda texts: read.append(texts) or tokenize(texts)
    pretrain(misread, everything, replace(config, corrupt_text=0.5), teacher)
    assert asked == [everything.texts] * 2
    assert len(read[0]) == len(everything.texts) and read[0] != everything.texts
    assert hash_state(clean.text_tower.state_dict()) != hash_state(misread.text_tower.state_dict())


@pytest.mark.parametrize("kind", ["kd", "itself"])
def test_a_table_adds_texts_about_training_pictures(teacher, tmp_path, monkeypatch, kind):
    monkeypatch.setitem(ZOO, "small", SMALL)
    key, tested = TASK.examples("train")[0].image, TASK.examples("test")[0].image
    (tmp_path / "texts.csv").write_text(f"image,text\n{key},scarlet\n{tested},crimson\n")
    read, tower, events = [], GramTower.tokenize, []

    def tokenize(self, texts):
        read.extend(texts)
        return tower(self, texts)

    monkeypatch.setattr(GramTower, "tokenize", tokenize)
    config = Config(
        weighting="none", model="small", epochs=1, batch_size=20, languages="en", pretraining=kind, texts=1.0,
        pretraining_epochs=1, unlabelled=str(tmp_path / "texts.csv"),
    )  # fmt: skip
    distill(TASK, config, tmp_path / "run", teacher, events.append)
    assert read.count("scarlet") > 1 and "crimson" not in read
    notes = [event.text for event in events if isinstance(event, Note)]
    assert notes == ["1 of 2 texts without labels are about no training picture."]


def test_texts_of_one_language_are_no_translations():
    split = load_split(TASK, "train").in_languages("en")
    with pytest.raises(UserError, match="No picture has two texts"):
        pretrain(student(), split, replace(KD, pretraining="translation"), None)


def test_a_tower_that_is_pretrained_already_is_one_sentence(everything):
    frozen = build(replace(SMALL, frozen=True), 2)
    with pytest.raises(UserError, match="Only a text tower that learns can be pretrained"):
        pretrain(frozen, everything, KD, None)


@pytest.mark.parametrize("freeze", ["none", "half", "all"])
def test_what_was_learned_is_kept_only_where_it_shall_be(teacher, tmp_path, monkeypatch, freeze):
    monkeypatch.setitem(ZOO, "small", SMALL)
    config = Config(
        weighting="none", model="small", epochs=2, batch_size=20, languages="en", pretraining="kd",
        pretraining_epochs=2, freeze_text=freeze,
    )  # fmt: skip
    kept = {}

    def remember(model, *rest):
        pretrain(model, *rest)
        kept.update({name: value.clone() for name, value in model.text_tower.state_dict().items()})

    monkeypatch.setattr("msd_core.training.distill.pretrain", remember)
    result = distill(TASK, config, tmp_path / "run", teacher)
    after = load_model(tmp_path / "run", TASK).model.text_tower.state_dict()
    assert all(torch.equal(after[name], kept[name]) for name in kept) == (freeze == "all")
    assert set(result["languages"]["student"]) == set(result["languages"]["teacher"]) == {"en", "de", "ja"}


def test_a_model_without_a_text_tower_has_no_vectors(everything):
    loaded = LoadedModel(torch.nn.Identity(), TINY, "tongues")
    with pytest.raises(UserError, match="Only a teacher with a text tower"):
        teacher_vectors(loaded, everything)


def test_a_run_that_is_taken_up_again_is_an_unbroken_one(teacher, tmp_path, monkeypatch):
    """Its tower drops grams and it misreads words at random, which follows from seed and epoch as all else does."""
    monkeypatch.setitem(ZOO, "small", SMALL)
    config = Config(
        model="small",
        epochs=3,
        batch_size=20,
        languages="en",
        pretraining="kd",
        pretraining_epochs=2,
        texts=1,
        text_noise=0.3,
        label_smoothing=0.1,
    )
    distill(TASK, config, tmp_path / "whole", teacher)
    record = Trainer.record

    def stop(self, epoch):
        record(self, epoch)
        if epoch == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "record", stop)
    with pytest.raises(KeyboardInterrupt):
        distill(TASK, config, tmp_path / "broken", teacher)
    monkeypatch.setattr(Trainer, "record", record)
    distill(TASK, config, tmp_path / "broken", teacher)
    hashes = {hash_state(load_model(tmp_path / each, TASK).model.state_dict()) for each in ("whole", "broken")}
    assert len(hashes) == 1


def test_a_task_of_one_language_learns_from_its_own_texts(tmp_path, monkeypatch):
    monkeypatch.setitem(ZOO, "small", SMALL)
    torch.manual_seed(5)
    teacher = LoadedModel(build(SMALL, 2).eval(), SMALL, "fifth")
    config = Config(model="small", epochs=1, batch_size=20, pretraining="kd", pretraining_epochs=1, texts=1)
    result = distill(FIFTH, config, tmp_path / "run", teacher)
    assert result["languages"] == {"teacher": {}, "student": {}}
