"""Attributions: the time of one pair, the memory of Integrated Gradients, and what encoding once saves patch-and-word
SHAP. Bars: 1.5 s; at most 1/8 of the live tensor bytes of Captum's default and no slower; at least 2.5 x faster than
one coalition at a time, with the same numbers. For models of 224 px: 32 steps in the CPU time of 60 forwards; a quick
look in 10 ms beside one."""

import time
from collections.abc import Callable

import torch
from captum.attr import IntegratedGradients, ShapleyValueSampling
from PIL import Image
from torch import Tensor

from analysis.attribution.attribution import Attribution, attribute
from analysis.attribution.methods import seeded
from analysis.attribution.pair import Settings, attribute_pair
from analysis.attribution.quick import quick_look
from analysis.attribution.score import Game, PairScore, pair_score
from benchmarks.memory import peak_bytes
from benchmarks.timing import seconds, side_by_side
from msd_core.models.base import Sequence
from msd_core.models.bundled import load_bundled
from msd_core.models.zoo import build, get_spec
from msd_core.tasks import Task, load_task
from msd_core.tasks.pictures import read_picture
from msd_core.views import visible

STEPS = 50
PERMUTATIONS = 5


class OneByOne:
    """The same game played plainly: each coalition's picture and text encoded for it alone."""

    def __init__(self, game: Game):
        self.game = game

    @torch.no_grad()
    def value(self, patches: Tensor, words: Tensor) -> Tensor:
        """The score `(B,)` of coalitions, one after the other."""
        scores = []
        for cells, present in zip(patches.flatten(1) > 0.5, words > 0.5, strict=True):
            text = self.game._text(present[None])
            scores.append(self.game.score(self.game._picture(cells[None]), text.values))
        return torch.cat(scores)


def one_pair(task: Task) -> None:
    """The bundled teacher and two students, Integrated Gradients, 32 steps."""
    models = {name: load_bundled(task, name) for name in ("teacher", "kd", "msd")}
    pairs = [(read_picture(task.picture(e.image)), e.text) for e in task.examples("test")[:10]]
    settings = Settings(n_steps=32)
    attribute_pair(task, *pairs[0], models, settings)
    worst = max(seconds(lambda pair=pair: attribute_pair(task, *pair, models, settings)) for pair in pairs)
    print(f"One pair, Integrated Gradients, 32 steps, three models: {worst:.2f} s at worst (bar 1.5)")


def memory(score: PairScore) -> None:
    """Ours against Captum's default: all steps in one batch, and autograd keeping what it likes."""

    def plain_score(pixels: Tensor, values: Tensor) -> Tensor:
        text = Sequence(values, score.mask.expand(len(values), -1))
        logits = score.model(pixels, text, visible(("both",), len(values)))[0]
        return logits.softmax(-1)[:, score.label]

    def theirs() -> tuple[tuple[Tensor, Tensor], Tensor]:
        return IntegratedGradients(plain_score).attribute(
            score.inputs, score.start, n_steps=STEPS, return_convergence_delta=True
        )

    def ours() -> Attribution:
        return attribute(score, n_steps=STEPS)

    apart = float((theirs()[0][0][0].sum(0) - ours().pixels).abs().max())
    times = {threads: _ratio(threads, ours, theirs) for threads in (2, 1)}
    mine, captums = peak_bytes(ours), peak_bytes(theirs)  # last: once it has run, the profiler slows every operation
    print(
        f"Integrated Gradients, {STEPS} steps: {mine / 2**20:.1f} MB live at most against {captums / 2**20:.1f} MB, "
        f"1/{captums / mine:.1f} (bar 1/8), in {times[2]:.2f} x the time on two threads, {times[1]:.2f} x on one "
        f"(bar 1); values differ by {apart:.0e}"
    )


def _ratio(threads: int, ours: Callable[[], object], theirs: Callable[[], object]) -> float:
    torch.set_num_threads(threads)
    return side_by_side(ours, theirs, rounds=41)[2]


def shap(score: PairScore) -> None:
    """Shapley sampling over patches and words, and MM-SHAP's share of the text."""
    game = Game(score)

    def one_by_one() -> tuple[Tensor, Tensor]:
        with seeded(0):
            return ShapleyValueSampling(OneByOne(game).value).attribute(
                game.players, (0.0, 0.0), n_samples=PERMUTATIONS
            )

    def ours() -> Attribution:
        return attribute(score, "shapley", n_samples=PERMUTATIONS)

    patches, words = one_by_one()
    own = ours()
    apart = max(float((own.patches - patches[0, 0]).abs().max()), float((own.word_values - words[0]).abs().max()))
    share = float(words.abs().sum() / (words.abs().sum() + patches.abs().sum()))
    times = side_by_side(ours, one_by_one, rounds=5)
    print(
        f"Patch-and-word SHAP, {PERMUTATIONS} permutations: {times[0]:.2f} s against {times[1]:.2f} s one by one, "
        f"{1 / times[2]:.1f} x faster (bar 2.5); values differ by {apart:.0e}, "
        f"T-SHAP {_text_share(own):.4f} and {share:.4f}"
    )


def photographs() -> None:
    """The teacher of people's own data, which reads 224 px through pretrained towers: what its maps cost."""
    torch.manual_seed(0)
    teacher = build(get_spec("minilm-effnet"), 20).eval()
    picture = Image.radial_gradient("L").convert("RGB").resize((400, 300))
    score = pair_score(teacher, picture, "a pair of blue running shoes for men", 0, False)

    @torch.inference_mode()
    def forward() -> None:
        score(*score.inputs)

    for threads in (2, 1):
        torch.set_num_threads(threads)
        one, many = cpu_seconds(forward, 20), cpu_seconds(lambda: attribute(score), 3)
        print(f"224 px, 32 steps, {threads} threads: {many:.2f} s of CPU, {many / one:.0f} forwards' (bar 60)")
    torch.set_num_threads(2)
    whole, plain = (min(seconds(work) for _ in range(20)) for work in (lambda: quick_look(score), forward))
    print(f"Quick look: {1000 * (whole - plain):.1f} ms beside a forward's {1000 * plain:.1f} (bar 10)")
    start, steps = score.start, 32
    bytes_of = [
        peak_bytes(work)
        for work in (
            lambda: attribute(score, n_steps=steps),
            lambda: IntegratedGradients(score).attribute(score.inputs, start, n_steps=steps),
        )
    ]
    print("224 px, {:.0f} MB live at most against Captum's {:.0f}".format(*(each / 2**20 for each in bytes_of)))


def cpu_seconds(work: Callable[[], object], times: int) -> float:
    """The CPU time of a call, all threads together."""
    work()
    started = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - started) / times


def _text_share(attribution: Attribution) -> float:
    assert attribution.share is not None
    return attribution.share["text"]


def main() -> None:
    torch.set_num_threads(2)
    task = load_task("easy-vqa")
    one_pair(task)
    example = task.examples("test")[0]
    assert isinstance(example.label, int)
    teacher = load_bundled(task, "teacher").model
    picture = read_picture(task.picture(example.image))
    score = pair_score(teacher, picture, example.text, example.label, task.multilabel)
    shap(score)
    memory(score)
    photographs()


if __name__ == "__main__":
    main()
