"""The loop: exact where it promises to be, repeatable, resumable, and worth running."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from msd_core import train
from msd_core.config import Config
from msd_core.distill import distill
from msd_core.errors import Diverged, UserError
from msd_core.evaluate import encode_split as encode
from msd_core.evaluate import logits_by_view, mean_encoding
from msd_core.inputs import read_inputs
from msd_core.losses import ce, distillation_loss, kd
from msd_core.methods.kd import KD
from msd_core.models.bundled import load_bundled, report
from msd_core.models.files import load_model
from msd_core.models.zoo import build
from msd_core.saliency import saliency
from msd_core.setup import prepare
from msd_core.steps import Batches, Data, EpochOrder, Mix, Objective, schedule, shown_views
from msd_core.tasks import get_task, load_split
from msd_core.views import VIEWS, visible
from tests.conftest import TINY

QUICK = {"task": "digits", "student": "student-tiny", "epochs": 3, "train_size": 300, "batch": 50}


def data(tiny_model, split, weights=None) -> Data:
    torch.manual_seed(1)
    answers = torch.randn(len(split), 4, 5)
    return Data(read_inputs(tiny_model, split), split.image_of, split.text_of, split.labels, answers, weights)


def objective(student, feed: Data) -> Objective:
    return Objective(student, feed, Mix(), KD(2.0, False))


def step(split, weights):
    torch.manual_seed(0)
    student = build(TINY, 5)
    optimizer = torch.optim.AdamW(student.parameters())
    for rows in torch.arange(40).split(10):
        loss, _ = objective(student, data(student, split))(rows, None if weights is None else weights[rows])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return float(loss.detach()), student.state_dict()


def test_no_weighting_and_weights_of_zero_are_the_same_step(tiny_split):
    loss, state = step(tiny_split, None)
    other, again = step(tiny_split, torch.zeros(40, 2))
    assert loss == other
    assert all(torch.equal(value, again[name]) for name, value in state.items())


@pytest.mark.parametrize("dtype, tolerance", [(torch.float32, 1e-5), (torch.float64, 1e-12)])
def test_encoding_once_is_the_plain_way(tiny_split, dtype, tolerance):
    """The towers once a distinct picture and the views fused together, against every view of every pair run alone."""
    torch.manual_seed(0)
    student = build(TINY, 5).to(dtype)
    weights = torch.rand(40, 2, dtype=dtype)
    rows = torch.randperm(40)[:24]
    feed = data(student, tiny_split, weights)
    pictures = feed.inputs.pictures.permute(0, 3, 1, 2).to(dtype) / 255
    feed = Data(_AsFloat(feed.inputs, pictures), *(getattr(feed, f) for f in ("image_of", "text_of", "labels")),
                feed.targets.to(dtype), weights)  # fmt: skip
    loss, terms = objective(student, feed)(rows, weights[rows])
    grads = torch.autograd.grad(loss, list(student.parameters()))
    masks = visible(("both", "image", "text"), 24)
    images, tokens = pictures[tiny_split.image_of[rows]], feed.inputs.words[tiny_split.text_of[rows]]
    alone = torch.stack([student.fuse(student.encode(images, tokens), mask) for mask in masks])
    hard, soft = (
        ce(alone[0], tiny_split.labels[rows], False),
        kd(feed.targets[rows, :3].transpose(0, 1), alone, 2.0, False),
    )
    plain = distillation_loss(hard, soft[0], soft[1:], weights[rows], 0.5)
    named = {"ce": hard, "kd_both": soft[0], "kd_image": soft[1], "kd_text": soft[2]}
    assert {k: float(v.detach()) for k, v in terms.items()} == pytest.approx(
        {k: float(v.detach().mean()) for k, v in named.items()}
    )
    torch.testing.assert_close(loss, plain, atol=tolerance, rtol=tolerance)
    for one, other in zip(grads, torch.autograd.grad(plain, list(student.parameters())), strict=True):
        torch.testing.assert_close(one, other, atol=tolerance, rtol=tolerance)


class _AsFloat:
    """Inputs whose pictures are already numbers of the precision under test."""

    def __init__(self, inputs, pictures):
        self.words, self.pictures = inputs.words, pictures

    def images(self, rows):
        return self.pictures[rows]

    def texts(self, rows):
        return self.words[rows]


def test_every_example_is_seen_once_an_epoch_in_an_order_of_its_own(tiny_split):
    order = EpochOrder(tiny_split.image_of, seed=3)
    first = list(order)
    order.epoch = 1
    second = list(order)
    assert sorted(first) == sorted(second) == list(range(40)) and first != second
    order.epoch = 0
    assert list(order) == first
    pictures = tiny_split.image_of[torch.tensor(first)]
    assert (pictures[1:] == pictures[:-1]).float().mean() > 0.4, "examples of one picture come together"


def test_dropout_on_labels_touches_the_label_term_alone(tiny_split):
    torch.manual_seed(0)
    student, rows = build(TINY, 5), torch.arange(10)
    feed, nothing = data(student, tiny_split), torch.zeros(10, 2, dtype=torch.bool)
    whole, hidden = (objective(student, feed)(rows, None, shown)[1] for shown in (None, nothing))
    assert torch.equal(whole["kd_both"], hidden["kd_both"]) and not torch.equal(whole["ce"], hidden["ce"])
    logits = student.fuse(encode(student, feed.inputs).take(feed.image_of[rows], feed.text_of[rows]), nothing)
    assert float(hidden["ce"].detach()) == pytest.approx(float(ce(logits, feed.labels[rows], False).mean().detach()))


@pytest.mark.parametrize("examples, batch", [(40, 10), (37, 10), (41, 10), (7, 64), (2, 1)])
@pytest.mark.parametrize("parts", [1, 2])
def test_every_process_takes_its_share_of_the_same_batches(examples, batch, parts):
    order = EpochOrder(torch.arange(examples) // 3, seed=1)
    alone, dealt = list(Batches(order, batch)), list(Batches(order, batch, parts))
    assert sorted(row for share in dealt for row in share) == list(range(examples))
    assert all(dealt), "no process is left without work"
    assert len(dealt) == len(Batches(order, batch, parts)) == parts * len(Batches(order, batch, parts).sizes)
    together = [sorted(itertools.chain(*dealt[i : i + parts])) for i in range(0, len(dealt), parts)]
    if len(together) == len(alone):
        assert together == [sorted(rows) for rows in alone]


def test_hidden_views_come_as_often_as_said():
    shown = shown_views(Config(hide=0.3), 30_000, epoch=0)
    share = {view: float((shown == visible((view,))[0, 0]).all(1).float().mean()) for view in VIEWS}
    assert share == pytest.approx({"both": 0.7, "image": 0.1, "text": 0.1, "neither": 0.1}, abs=0.01)
    assert shown_views(Config(), 10, 0) is None


def test_the_learning_rate_warms_up_and_ends_at_nothing():
    rates = [schedule(i / 100) for i in range(101)]
    assert rates[1] < rates[3] < rates[5] and rates[5] > 0.97 and rates[100] < 1e-9
    assert all(a >= b for a, b in itertools.pairwise(rates[6:]))


def test_the_same_seed_gives_the_same_numbers_and_another_does_not(tmp_path):
    results = [distill(Config(**QUICK, seed=seed), tmp_path / str(i)) for i, seed in enumerate((0, 0, 1))]
    assert results[0]["metrics"] == results[1]["metrics"] and results[0]["agreement"] == results[1]["agreement"]
    assert results[0]["agreement"] != results[2]["agreement"]
    assert results[0]["environment"]["threads"] == torch.get_num_threads()


def test_a_run_that_diverges_says_at_which_rate(tmp_path, monkeypatch):
    monkeypatch.setattr(train, "schedule", lambda done: float("nan") if done > 0.5 else 1.0)
    with pytest.raises(Diverged, match=r"by epoch 2 at rate 0\.002: give a smaller one"):
        distill(Config(**QUICK), tmp_path / "run")
    assert not (tmp_path / "run" / "result.json").exists()


def test_a_killed_run_ends_as_an_unbroken_one(tmp_path):
    config = Config(**QUICK)
    whole = distill(config, tmp_path / "whole")
    command = [sys.executable, "-c", _SLOW.format(folder=str(tmp_path / "killed"), quick=QUICK)]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2], env={**os.environ, "OMP_NUM_THREADS": "1"})
    checkpoint = tmp_path / "killed" / "checkpoint.safetensors"
    deadline = time.time() + 120
    while not checkpoint.exists() and time.time() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    process.wait()
    assert checkpoint.exists() and not (tmp_path / "killed" / "result.json").exists()
    epochs = []
    resumed = distill(
        config, tmp_path / "killed", lambda e: epochs.append(e["epoch"]) if e["kind"] == "epoch" else None
    )
    assert 1 not in epochs, "it went on where it was"
    assert resumed["metrics"] == whole["metrics"] and resumed["agreement"] == whole["agreement"]
    weights = [
        load_model(tmp_path / f / "model.safetensors", get_task("digits")).weights_hash for f in ("whole", "killed")
    ]
    assert weights[0] == weights[1]


_SLOW = """
import time, torch
torch.set_num_threads(1)
from msd_core.config import Config
from msd_core.distill import distill
distill(Config(**{quick}), {folder!r}, lambda event: time.sleep(20) if event["kind"] == "epoch" else None)
"""


def test_a_finished_run_gives_its_result_again(tmp_path):
    first = distill(Config(**{**QUICK, "epochs": 1}), tmp_path / "run")
    assert distill(Config(**{**QUICK, "epochs": 1}), tmp_path / "run") == first
    saved = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert [e["epoch"] for e in saved["history"]] == [1]
    assert sum(saved["history"][0]["weights"].values()) == pytest.approx(2.0)
    assert set(saved["history"][0]["terms"]) == {"loss", "ce", "kd_both", "kd_image", "kd_text"}


def test_folders_that_cannot_be_used_are_one_sentence(tmp_path):
    config = Config(**{**QUICK, "epochs": 1})
    (tmp_path / "file").write_text("x")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "photo.png").write_text("x")
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "config.json").write_text('{"task": "dig')
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name, said in (("pipe", "is a file"), ("dangling", "is a file"), ("x" * 300, "cannot be used")):
        with pytest.raises(UserError, match=said):
            distill(config, tmp_path / name)
    for name, said in (("file", "is a file"), ("other", "holds other files"), ("half", "half-written")):
        with pytest.raises(UserError, match=said):
            distill(config, tmp_path / name)
    distill(config, tmp_path / "run")
    with pytest.raises(UserError, match="another seed"):
        distill(Config(**{**QUICK, "epochs": 1, "seed": 5}), tmp_path / "run")
    (tmp_path / "run" / "result.json").unlink()
    (tmp_path / "run" / "checkpoint.safetensors").write_bytes(b"half a checkpoint")
    with pytest.raises(UserError, match="damaged or half-written"):
        distill(config, tmp_path / "run")


@pytest.mark.parametrize(
    "wrong", [{"task": "cats"}, {"method": "hint"}, {"weighting": "inverse"}, {"student": "gpt"}, {"epochs": 0},
              {"train_size": -1}, {"tau": 0.0}, {"lam": 1.5}, {"beta": -1.0}, {"teacher": None}, {"hide": 2.0},
              {"shuffle": "labels"}, {"shuffle": "weights", "weighting": "uniform"}, {"label_noise": -0.1},
              {"shuffle": "targets", "weighting": "none"}, {"corrupt_text": 1.1}],
)  # fmt: skip
def test_options_that_make_no_sense_are_one_sentence(wrong):
    with pytest.raises(UserError):
        Config(**wrong)


def test_a_student_that_never_saw_a_hidden_view_gets_the_mean_encoding(tmp_path):
    distill(Config(**{**QUICK, "weighting": "none", "epochs": 1}), tmp_path / "run")
    task = get_task("digits")
    student = load_model(tmp_path / "run" / "model.safetensors", task).model
    split = load_split(task, "train").take(QUICK["train_size"])
    image, text = mean_encoding(encode(student, read_inputs(student, split)), split)
    torch.testing.assert_close(student.null_image.data, image)
    torch.testing.assert_close(student.null_text.data, text)


def test_weights_follow_the_teachers_saliency_and_spend_beta():
    config = Config(**{**QUICK, "beta": 0.7, "to": "other"})
    setup = prepare(config)
    salient = saliency(setup.targets["train"])
    assert float(setup.weights.mean()) == pytest.approx(0.7, rel=1e-5)
    torch.testing.assert_close(setup.weights, 0.7 * salient.flip(1) / salient.mean())
    assert prepare(Config(**{**QUICK, "weighting": "none"})).weights is None


def test_the_teacher_may_be_a_run(tmp_path):
    alone = {**QUICK, "epochs": 1, "method": "ce", "weighting": "none"}
    first = distill(Config(**{**alone, "teacher": None}), tmp_path / "first")
    assert first["teacher"] is None and first["agreement"] is None
    second = distill(Config(**{**QUICK, "epochs": 1, "teacher": str(tmp_path / "first")}), tmp_path / "second")
    assert second["teacher"] == first["student"]
    with pytest.raises(UserError, match="no finished run"):
        distill(Config(**{**QUICK, "teacher": str(tmp_path / "none")}), tmp_path / "third")


def test_a_short_msd_run_on_real_questions_beats_the_best_guess_without_the_picture(tmp_path):
    result = distill(Config(task="easy-vqa", epochs=6, train_size=8000), tmp_path / "run")
    floor = report()["easy-vqa"]["floors"]["text"]
    assert result["student"]["both"] > floor + 0.08
    assert result["agreement"]["both"]["top"] > floor
    teacher = load_bundled("easy-vqa", "teacher").model
    test = load_split(get_task("easy-vqa"), "test")
    right = (logits_by_view(teacher, test)[:, 0].argmax(-1) == test.labels).float().mean()
    assert float(right) == pytest.approx(result["teacher"]["both"], abs=1e-6)


def test_a_checkpoint_of_another_task_or_student_is_one_sentence(tmp_path):
    for name, options in (("one", {}), ("other", {"task": "easy-vqa"})):
        distill(Config(**{**QUICK, **options, "epochs": 1}), tmp_path / name)
    for name in ("result.json", "model.safetensors"):
        (tmp_path / "one" / name).unlink()
    (tmp_path / "one" / "checkpoint.safetensors").write_bytes(
        (tmp_path / "other" / "checkpoint.safetensors").read_bytes()
    )
    with pytest.raises(UserError, match="of another task or student"):
        distill(Config(**{**QUICK, "epochs": 1}), tmp_path / "one")


@pytest.mark.parametrize("content", ["[]", "{}", "null", '{"task": 3', "[" * 100_000])
def test_a_result_that_is_none_is_one_sentence(tmp_path, content):
    config = Config(**{**QUICK, "epochs": 1})
    distill(config, tmp_path / "run")
    (tmp_path / "run" / "result.json").write_text(content)
    with pytest.raises(UserError, match=r"half-written|another version"):
        distill(config, tmp_path / "run")


def test_a_result_without_its_student_is_no_result(tmp_path):
    config = Config(**{**QUICK, "epochs": 1})
    distill(config, tmp_path / "run")
    (tmp_path / "run" / "model.safetensors").write_bytes(b"half")
    with pytest.raises(UserError, match="damaged"):
        distill(config, tmp_path / "run")


def test_a_mistyped_teacher_leaves_nothing_behind(tmp_path):
    with pytest.raises(UserError, match="no finished run"):
        distill(Config(**{**QUICK, "teacher": str(tmp_path / "typo")}), tmp_path / "run")
    assert not (tmp_path / "run").exists()
