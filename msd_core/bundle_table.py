"""The page docs/models.md: what the bundled models score, from the report and from nothing else."""

from pathlib import Path

from msd_core.models.bundled import BUNDLED, TITLES
from msd_core.storage import new_file
from msd_core.views import MODALITIES, VIEWS

PAGE = Path(__file__).parent.parent / "docs" / "models.md"

_HEAD = """# The bundled models

Written by `python -m msd_core bundle`, which trains them, puts them into `msd_core/bundled/` as 16-bit safetensors and
measures the files as they are on each task's test split. Do not edit: run the command.

Teachers learn from labels alone, on the whole training split, with a modality hidden in three examples of ten (only the
image shown, only the text, or neither, each as often), so that they know what to say of half a pair. Students are
`student` of the zoo with the defaults of every run but for epochs and examples: `ce` from labels alone, `kd` by plain
distillation, `msd` by `kd` with `instance` weighting. One seed each, 0: differences between students here are no
evidence for a method.

KL (nats) is of the model from the teacher on each view, hiding by the model's null embedding. `averaged` hides by
averaging the model's prediction over 64 training texts or images instead ([why both](method.md#views)).
"""


def write_table(report: dict) -> None:
    """Write the page."""
    with new_file(PAGE) as temporary:
        temporary.write_text(_HEAD + "".join(_section(task, found) for task, found in report.items()))


def _section(task: str, found: dict) -> str:
    sizes = ", ".join(f"{n:,} {split}" for split, n in found["examples"].items())
    lines = [f"\n## {task}\n", f"Examples: {sizes}. Metric: {_words(found['metric'])}, in percent."]
    floors = f"A guess without the picture: {_percent(found['floors']['text'])}; always the commonest: "
    lines.append(floors + _percent(found["floors"]["majority"]) + ".")
    recipe = found["recipe"]
    students = min(recipe["student_size"], found["examples"]["train"])
    epochs = (
        f"The teacher trained for {recipe['teacher_epochs']} epochs, the students for {recipe['student_epochs']} on "
    )
    lines.append(epochs + f"{students:,} examples.")
    if "ceiling" in found:
        lines.append(f"A support vector machine on the digits with perfect reading: {_percent(found['ceiling'])}.")
    lines += [
        "",
        f"| model | parameters | {' | '.join(VIEWS)} | other metric, both "
        "| KL to teacher: both, image, text | averaged: image, text |",
    ]
    lines.append("|---|---:|" + "---:|" * (len(VIEWS) + 3))
    lines += [_row(name, found["models"][name], found["metric"]) for name in BUNDLED]
    lines += ["", *_evidence(found), _foreign(found), ""]
    return "\n".join(lines)


def _row(name: str, model: dict, metric: str) -> str:
    scores = " | ".join(_percent(model["metrics"][view][metric]) for view in VIEWS)
    others = ", ".join(f"{_words(k)} {_percent(v)}" for k, v in model["metrics"]["both"].items() if k != metric) or "-"
    divergence = "-" if name == "teacher" else ", ".join(f"{model['agreement'][v]['kl']:.3f}" for v in VIEWS[:3])
    averaged = ", ".join(f"{model['marginal_kl'][m]:.3f}" for m in MODALITIES)
    return f"| {TITLES[name]} | {model['parameters']:,} | {scores} | {others} | {divergence} | {averaged} |"


def _evidence(found: dict) -> list[str]:
    said = []
    for kind, by_modality in found["evidence_auroc"].items():
        parts = [f"{m} {by_modality[m]:.3f}" for m in MODALITIES if by_modality[m] is not None]
        if parts:
            said.append(f"AUROC of {kind} against the known evidence: {', '.join(parts)}.")
    by_label = found["evidence_auroc_by_label"]
    if by_label:
        cases = [
            (value, f"{kind} of the {m}, {label}")
            for label, kinds in by_label.items()
            for kind, by_modality in kinds.items()
            for m, value in by_modality.items()
            if value is not None
        ]
        low = [f"{value:.3f} ({case})" for value, case in sorted(cases) if value < 0.95]
        said.append(f"That is over all labels together; taken label by label, below 0.95: {', '.join(low) or 'none'}.")
    return said or ["Every example needs both modalities, so saliency has nothing to be told apart by."]


def _foreign(found: dict) -> str:
    shares = ", ".join(f"{_percent(found['called_foreign'][m])} of the {m}s" for m in MODALITIES)
    return f"Of the task's own test split {shares} are called foreign. Made in {found['seconds'] / 60:.0f} minutes."


def _percent(value: float) -> str:
    return f"{100 * value:.2f} %"


def _words(metric: str) -> str:
    return {"accuracy": "accuracy", "auroc": "AUROC", "macro_f1": "macro F1", "micro_f1": "micro F1"}[metric]
