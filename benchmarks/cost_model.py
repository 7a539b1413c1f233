"""What MSD costs on very many pairs: FLOPs, hours, storage, reading and traffic. No bar: a table for docs/scale.md.

    python -m benchmarks.cost_model --pairs 100000000 --cards 8

What a pair costs is counted on the real code (benchmarks/counting.py). All else is assumed, is an option, and is
printed. Not in it: pictures to be decoded, evaluation, and steps so small that a card waits for its own loop.
"""

import argparse
from dataclasses import dataclass, fields

from benchmarks.counting import SETUPS, Pair, measure

FLOAT = 4  # bytes


@dataclass(frozen=True)
class Plan:
    """What is assumed."""

    pairs: int = 100_000_000
    epochs: int = 1
    labels: int = 13
    tokens: int = 32  # of a text; CLIP reads 77 whatever the text
    batch: int = 8192  # pairs a step, all cards together
    cards: int = 8
    card_tflops: float = 400.0  # a card's peak in bf16
    share: float = 0.35  # of the peak that is reached
    disk: float = 10.0  # GB a second that storage gives, all cards together


def cost(pair: Pair, plan: Plan) -> dict[str, float]:
    """What a plan costs, by name with its unit."""
    speed = plan.cards * plan.card_tflops * 1e12 * plan.share
    once, training = plan.pairs * (pair.teacher + pair.towers), plan.pairs * plan.epochs * pair.msd
    read = pair.targets + (pair.features or pair.source)  # bytes of a pair in training
    passes = plan.pairs * (pair.source + plan.epochs * read)
    rate = speed / pair.msd  # pairs a second, if cards never wait
    sent = 2 * (plan.cards - 1) / plan.cards * FLOAT * pair.trained  # by a card in a ring that averages gradients
    return {
        "FLOPs": once + training,
        "hours of computing: teacher and frozen towers, once": once / speed / 3600,
        "hours of computing: training": training / speed / 3600,
        "hours of reading: once, and every epoch": passes / (plan.disk * 1e9) / 3600,
        "TB of pictures and token ids": plan.pairs * pair.source / 1e12,
        "TB of targets": plan.pairs * pair.targets / 1e12,
        "TB of features of frozen towers": plan.pairs * pair.features / 1e12,
        "GB a second to read in training so that no card waits": rate * read / 1e9,
        "MB of gradient that a card sends a step": sent / 1e6,
        "GB a second of it, if no card waits": sent * rate / plan.batch / 1e9,
        "FLOPs of the plain way, times ours": plan.pairs * plan.epochs * pair.plain / (once + training),
    }


def table(plan: Plan, pairs: dict[str, Pair]) -> str:
    """Markdown: what was measured of a pair by setup, then what follows for the plan."""
    measured = {
        "FLOPs: teacher, four views": "teacher",
        "FLOPs: the student's frozen towers": "towers",
        "FLOPs: KD step": "kd",
        "FLOPs: MSD step": "msd",
        "FLOPs: MSD step, the plain way": "plain",
        "bytes: picture and token ids": "source",
        "bytes: features of frozen towers": "features",
        "bytes: targets": "targets",
        "numbers that the student trains": "trained",
    }
    costs = {name: cost(pair, plan) for name, pair in pairs.items()}
    rows = [["measured, of one pair", *pairs], ["---", *["---:"] * len(pairs)]]
    rows += [[name, *(f"{getattr(pair, key):,}" for pair in pairs.values())] for name, key in measured.items()]
    rows += [[f"**it follows, for {plan.pairs:,} pairs x {plan.epochs}**", *[""] * len(pairs)]]
    rows += [[name, *(f"{values[name]:.3g}" for values in costs.values())] for name in next(iter(costs.values()))]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for field in fields(Plan):
        name = field.name.replace("_", "-")
        parser.add_argument(f"--{name}", type=field.type, default=field.default, help=f"default {field.default:,}")
    plan = Plan(**vars(parser.parse_args()))
    print("Assumed: " + ", ".join(f"{field.name} {getattr(plan, field.name):,}" for field in fields(plan)) + "\n")
    print(table(plan, {setup: measure(setup, plan.labels, plan.tokens) for setup in SETUPS}))


if __name__ == "__main__":
    main()
