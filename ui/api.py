"""The public endpoints: plain data in, plain data out."""

from collections.abc import Iterator

import gradio as gr
from gradio.data_classes import FileData

from msd_core.errors import UserError
from ui import limits
from ui.api_dataset import batch, swap
from ui.api_study import study
from ui.checks import check_config, check_flag, check_settings, check_task, check_text, check_upload
from ui.running import begin, events


def compare(task: str, image: FileData, text: str, run: str = "") -> dict:
    """Ask teacher and students about one image-text pair under the four views.

    task: easy-vqa, digits, sarcasm or posters. image: an uploaded picture (`handle_file`), at most 10 MB and 40
    megapixels. text: at most 2,000 characters. run: the id of a student of your own, as `/distill` gave it, or "".
    Returns predictions[model][view][label] (0 to 1), saliency[model][modality] (necessity, 0 to 1, bits),
    sufficiency likewise, shapley[model][label] (image, text, interaction, -1 to 1), and warnings.
    """
    from ui.ask import ask  # heavy: the page must be up soon

    try:
        own = {"own": check_text(run)} if run else {}
        return ask(check_task(task), check_upload(image), check_text(text), own).to_dict()
    except UserError as error:
        raise gr.Error(str(error), print_exception=False) from error


def distill(
    task: str = "easy-vqa",
    method: str = "kd",
    weighting: str = "instance",
    student: str = "student",
    examples: int = 8000,
    epochs: int = 10,
    seed: int = 0,
) -> Iterator[dict]:
    """Distil a student from a task's bundled teacher, and stream what happens.

    method: ce, kd, dkd, dist, fitnets, rkd, sp or crd (dkd and dist need one label of three or more). weighting: none,
    uniform, population, instance or learned. student: student or student-tiny. examples: 100 to 20,000. epochs: 1 to
    30. Each event has a `kind`: `started` (with `run`, the id by which you alone can
    compare the student in `/compare` for a day), `stage`, `step` and `epoch` (losses in nats, metrics and agreement by
    view), and at last `done` (with `result`), `error` or `cancelled`. Whoever stops listening ends the job; none runs
    for more than 15 minutes.
    """
    try:
        config = check_config(task, method, weighting, student, examples, epochs, seed)
        run = begin()
        yield {"kind": "started", "run": run}
        for event in events(config, run):
            if event["kind"] == "done":  # where the run lies on the server is nobody's business
                event["result"].pop("run", None)
            yield event
    except UserError as error:
        raise gr.Error(str(error), print_exception=False) from error


def attribute(
    task: str,
    image: FileData,
    text: str,
    method: str = "integrated-gradients",
    label: str = "",
    output: str = "probability",
    view: str = "both",
    baseline: str = "white",
    run: str = "",
    faithfulness: bool = False,
) -> dict:
    """Ask teacher and students why they give one image-text pair one label: a value for each patch and word.

    task, image, text and run: as for `/compare`. method: integrated-gradients,
    input-x-gradient, gradient-shap, feature-ablation, occlusion, shapley or kernel-shap. label: one of the task's, ""
    for the teacher's likeliest. output: probability (0 to 1) or logit (nats). view: both, image or text. baseline:
    white, grey, black or blur, what an absent patch looks like. Returns maps[model] with patches (8 by 8) and words
    (word, value), signed and in the unit of output, value and start (the score of the pair and of the baseline), delta
    (by how much the values miss value - start, null where nothing is promised) and share (of the mass, by modality, 0
    to 1); saliency, shapley, agreement with the teacher's map, pointing and warnings; and, where faithfulness is true,
    faithfulness[model] with deletion and insertion curves beside those of random orders.
    """
    try:
        name, asked = check_task(task), (check_upload(image), check_text(text))
        settings = check_settings(name, method, label, output, view, baseline)
        wanted = check_flag("faithfulness", faithfulness)
        from ui.why import ROOM, Asked, bundled_and, explained  # heavy: the page must be up soon

        found, measured = explained(Asked(name, None, *asked, bundled_and(check_text(run)), settings)), {}
        if wanted:
            with ROOM.enter():
                measured = found.faithfulness()
    except UserError as error:
        raise gr.Error(str(error), print_exception=False) from error
    told = {"faithfulness": {model: each.to_dict() for model, each in measured.items()}} if measured else {}
    return {**found.to_dict(), **told}


def add_endpoints() -> None:
    """Make them public; what takes long waits in `ui.running` and `ui.why`, with what the page starts."""
    gr.api(compare, api_name="compare", concurrency_limit=limits.COMPARES_AT_ONCE, concurrency_id="compare")
    gr.api(attribute, api_name="attribute", concurrency_limit=None)
    gr.api(distill, api_name="distill", concurrency_limit=None)
    gr.api(swap, api_name="swap", concurrency_limit=limits.SWAPS_AT_ONCE, concurrency_id="swap")
    gr.api(batch, api_name="batch", concurrency_limit=limits.BATCHES_WAITING, concurrency_id="batches")
    gr.api(study, api_name="study", concurrency_limit=limits.STUDIES_AT_ONCE, concurrency_id="study")
