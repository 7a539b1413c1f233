"""The page docs/models.md: what the bundled models score, from the report and from nothing else."""

from pathlib import Path
from typing import Any

from msd_core.models.bundled import BUNDLED, FLAGSHIP
from msd_core.storage import atomic_write
from msd_core.tasks import TASKS, codes, load_task
from msd_core.views import MODALITIES, VIEWS

TITLES = {
    "teacher": "Teacher",
    "ce": "Student (labels alone)",
    "kd": "Student (KD)",
    "msd": "Student (MSD)",
    "recombined": "Student (recombined pairs)",
    "texts": "Student (MSD, and names without labels)",
    "pretrained": "Student (MSD, text tower pretrained by KD)",
}
PAGE = Path(__file__).parent.parent / "docs" / "models.md"

_HEAD = """# The bundled models

Written by `python -m tools bundle`, which trains them, puts them into `msd_core/bundled/` as 16-bit safetensors and
measures the files as they are on each task's test split. Do not edit: run the command.

Teachers learn from labels alone, on the whole training split, with a modality hidden in three examples of ten (only the
image shown, only the text, or neither, each as often), so that they can answer half a pair. Students have
the defaults of every run but for what the task's recipe says (architecture, epochs, examples, languages, rate): `ce`
from labels alone, `kd` by plain distillation, `msd` by `kd` with `instance` weighting, as the paper has it, and
`recombined` by the teacher's answers on [recombined pairs](method.md#recombined-pairs), beside `kd` or `fitnets`,
whichever of four settings does best on validation (the others have one); where a task has several languages, MSD also
with its names in all of them, read without labels beside the labels or before. One seed each, 0: differences between
students here are no evidence for a method; [the studies](findings.md) are.

KL (nats) is of the model from the teacher on each view, hiding by the model's null embedding. `averaged` hides by
averaging the model's prediction over 64 training texts or images instead ([why both](method.md#views)).
"""


def write_page(report: dict[str, Any]) -> None:
    """Write the page."""
    with atomic_write(PAGE) as temporary:
        temporary.write_text(_HEAD + "".join(_section(task, scores) for task, scores in report.items()))


def _section(task: str, scores: dict[str, Any]) -> str:
    sizes = ", ".join(f"{n:,} {split}" for split, n in scores["examples"].items())
    lines = [f"\n## {task}\n", f"Examples: {sizes}. Metric: {_words(scores['metric'])}, in percent."]
    known = scores["baselines"]
    text_only, majority = _percent(known["text_only"]), _percent(known["majority"])
    lines.append(f"A guess without the picture: {text_only}; always the commonest: {majority}.")
    recipe = scores["recipe"]
    students = min(recipe["student_size"], scores["examples"]["train"])
    epochs = (
        f"The teacher trained for {recipe['teacher_epochs']} epochs, the students for {recipe['student_epochs']} on "
    )
    lines.append(epochs + f"{students:,} examples.")
    if "ceiling" in scores:
        lines.append(f"The best score that can be expected: {_percent(scores['ceiling'])}.")
    lines += [
        "",
        f"| model | parameters | {' | '.join(VIEWS)} | other metric, both "
        "| KL to teacher: both, image, text | averaged: image, text |",
    ]
    lines.append("|---|---:|" + "---:|" * (len(VIEWS) + 3))
    lines += [_row(name, scores["models"][name], scores["metric"]) for name in BUNDLED if name in scores["models"]]
    lines += ["", *_winner(scores), *_languages(scores), *_evidence(scores), _ood(scores), *_credit(task), ""]
    return "\n".join(lines)


def _row(name: str, model: dict, metric: str) -> str:
    scores = " | ".join(_percent(model["metrics"][view][metric]) for view in VIEWS)
    others = ", ".join(f"{_words(k)} {_percent(v)}" for k, v in model["metrics"]["both"].items() if k != metric) or "-"
    divergence = "-" if name == "teacher" else ", ".join(f"{model['agreement'][v]['kl']:.3f}" for v in VIEWS[:3])
    averaged = ", ".join(f"{model['marginal_kl'][m]:.3f}" for m in MODALITIES) if model["marginal_kl"] else "-"
    return f"| {TITLES[name]} | {model['parameters']:,} | {scores} | {others} | {divergence} | {averaged} |"


def _winner(scores: dict[str, Any]) -> list[str]:
    """Which student does best on the test split, and what the flagship was chosen from."""
    metric, students = scores["metric"], {n: m for n, m in scores["models"].items() if n != "teacher"}
    both = {name: model["metrics"]["both"][metric] for name, model in students.items()}
    best = max(both, key=both.__getitem__)
    lines = [f"Best of the students on the test split, on both: {TITLES[best]}, {_percent(both[best])}."]
    if (flagship := students.get(FLAGSHIP)) and flagship["tried"]:
        tried = ", ".join(f"{title}, gamma {gamma:g}: {_percent(score)}" for title, gamma, score in flagship["tried"])
        lines.append(f"The student of recombined pairs is the best of these on validation: {tried}.")
    return [" ".join(lines)]


def _languages(scores: dict[str, Any]) -> list[str]:
    """What every model scores by language, on image and text and on the text alone; nothing for most tasks."""
    by_model = {name: model["languages"] for name, model in scores["models"].items() if model.get("languages")}
    if not by_model:
        return []
    languages, learned = [*next(iter(by_model.values()))], codes(scores["recipe"]["languages"])
    lines = [
        f"Labels were learned in {', '.join(learned)} alone. By language, on both / on the text alone, in percent:",
        "",
        f"| model | {' | '.join(languages)} |",
        "|---|" + "---:|" * len(languages),
    ]
    for name, known in by_model.items():
        cells = (f"{100 * known[code]['both']:.0f} / {100 * known[code]['text']:.0f}" for code in languages)
        lines.append(f"| {TITLES[name]} | {' | '.join(cells)} |")
    return [*lines, ""]


def _credit(task: str) -> list[str]:
    credit = load_task(task).credit if task in TASKS else None
    return [] if credit is None else ["", credit]


def _evidence(scores: dict[str, Any]) -> list[str]:
    if scores["evidence_auroc"] is None:
        return []
    lines = []
    for kind, by_modality in scores["evidence_auroc"].items():
        parts = [f"{m} {by_modality[m]:.3f}" for m in MODALITIES if by_modality[m] is not None]
        if parts:
            lines.append(f"AUROC of {kind} against the known evidence: {', '.join(parts)}.")
    by_label = scores["evidence_auroc_by_label"]
    if by_label:
        cases = [
            (value, f"{kind} of the {m}, {label}")
            for label, kinds in by_label.items()
            for kind, by_modality in kinds.items()
            for m, value in by_modality.items()
            if value is not None
        ]
        low = [f"{value:.3f} ({case})" for value, case in sorted(cases) if value < 0.95]
        lines.append(f"That is over all labels together; taken label by label, below 0.95: {', '.join(low) or 'none'}.")
    return lines or ["Every example needs both modalities, so there is nothing for saliency to tell apart."]


def _ood(scores: dict[str, Any]) -> str:
    made = f"Made in {scores['seconds'] / 60:.0f} minutes."
    if scores["called_ood"] is None:
        return made
    shares = ", ".join(f"{_percent(share)} of the {modality}s" for modality, share in scores["called_ood"].items())
    return f"Of the task's own test split {shares} are called out of distribution. {made}"


def _percent(value: float) -> str:
    return f"{100 * value:.2f} %"


def _words(metric: str) -> str:
    return {"accuracy": "accuracy", "auroc": "AUROC", "macro_f1": "macro F1", "micro_f1": "micro F1"}[metric]
