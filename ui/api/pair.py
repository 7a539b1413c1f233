"""The public endpoints on one image-text pair."""

from typing import Any

from gradio.data_classes import FileData

from ui.visitor.checks import check_flag, check_optional_upload, check_own, check_settings, check_task, check_text
from ui.work.models import models_for


def compare(task: str, image: FileData | None = None, text: str = "", run: str = "") -> dict[str, Any]:
    """Ask teacher and students about one image-text pair under the four views.

    task: a task's name, such as easy-vqa. image: an uploaded picture (`handle_file`), at most 10 MB and 40
    megapixels; null to ask about the text alone. text: at most 2,000 characters; "" to ask about the image alone. run:
    the id of a student of your own, as `/distill` gave it, or "". Returns predictions[model][view][label] (0 to 1),
    saliency[model][modality] (necessity, 0 to 1, bits), sufficiency likewise, shapley[model][label] (image, text,
    interaction, -1 to 1), and warnings. Without an image or a text its modality is absent in every view.
    """
    from msd_core.comparison import compare as compare_pair  # heavy: the page must be up soon

    subject, upload, words = check_task(task), check_optional_upload(image), check_text(text).strip() or None
    return compare_pair(subject, upload, words, models_for(subject, check_own(run))).to_dict()


def attribute(
    task: str,
    image: FileData | None = None,
    text: str = "",
    method: str = "integrated-gradients",
    label: str = "",
    output: str = "probability",
    view: str = "both",
    baseline: str = "white",
    run: str = "",
    faithfulness: bool = False,
) -> dict[str, Any]:
    """Ask teacher and students why they give one image-text pair one label: a value for each patch and word.

    task, image, text and run: as for `/compare`. method: integrated-gradients, input-x-gradient, gradient-shap,
    feature-ablation, occlusion, shapley or kernel-shap. label: one of the task's, "" for the teacher's likeliest.
    output: probability (0 to 1) or logit (nats). view: both, image or text. baseline: white, grey, black or blur, what
    an absent patch looks like. Returns maps[model] with patches (rows of the picture's grid, top to bottom) and words
    (word, value), signed and in the unit of output, after (what stands after each word: blanks, or nothing), value and
    start (the score of the pair and of the baseline), delta (by how much the values miss value - start, null where
    nothing is promised) and share (of the mass, by modality, 0 to 1); saliency, shapley, agreement with the teacher's
    map, pointing and warnings; and, where faithfulness is true,
    faithfulness[model] with deletion and insertion curves beside those of random orders.
    """
    from ui.work.attributions import Request, all_students, attribution_of, faithfulness_of  # heavy

    subject, upload, words = check_task(task), check_optional_upload(image), check_text(text).strip() or None
    settings = check_settings(subject, method, label, output, view, baseline)
    wanted = check_flag("faithfulness", faithfulness)
    request = Request(subject, None, upload, words, all_students(subject, check_own(run)), settings)
    answer = attribution_of(request).to_dict()
    if wanted:
        answer["faithfulness"] = {model: each.to_dict() for model, each in faithfulness_of(request).items()}
    return answer
