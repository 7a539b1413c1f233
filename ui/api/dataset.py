"""The public endpoints on many pairs at once."""

from typing import Any

from gradio.data_classes import FileData

from ui import limits
from ui.visitor.checks import check_list, check_own, check_task, check_text, check_upload
from ui.work.models import models_for


def swap(task: str, images: list[FileData], texts: list[str], run: str = "") -> dict[str, Any]:
    """Show teacher and students every image with every text, to see which answers depend on the combination.

    task: a task's name, such as easy-vqa. images: 2 to 12 uploaded pictures (`handle_file`), each at most 10 MB
    and 40 megapixels. texts: 2 to 12 of at most 2,000 characters. run: the id of a student of your own, as `/distill`
    gave it, or "". Returns texts, and models[model] with answers[image][text], probabilities[label][image][text] (0 to
    1), interaction[label][image][text] (-1 to 1: what is left without the parts of image and text alone) and
    distance[image][text] (nats, from the teacher).
    """
    from analysis.dataset.swap import swap as swap_pairs  # heavy: the page must be up soon

    subject = check_task(task)
    pictures = [check_upload(image) for image in check_list("images", images, limits.SWAPPED)]
    lines = [check_text(text) for text in check_list("texts", texts, limits.SWAPPED)]
    return swap_pairs(subject, list(pictures), lines, models_for(subject, check_own(run))).to_dict()


def batch(task: str, table: FileData | None = None, archive: FileData | None = None, run: str = "") -> dict[str, Any]:
    """Ask teacher and students about every pair of a table, under the four views.

    task: a task's name, such as easy-vqa. table: an uploaded CSV (`handle_file`) with columns image (or file_name),
    text and perhaps label, or the same as JSON lines, at most 2,000 lines and 5 MB; null where the archive has a
    metadata.csv or metadata.jsonl. archive: a ZIP of the images that it names, at most 50 MB; null for a table of texts
    alone. run: the id of a student of your own, as `/distill` gave it, or "". Both files are deleted within an hour,
    and a batch may take two minutes: lines not reached by then are listed as bad. Returns rows (by line: row, image,
    text, label; by model and view the answer and probabilities, 0 to 1; by model and modality the saliency, 0 to 1,
    bits; warnings), bad (row and reason of every line that could not be used; the header is line 1) and notes.
    """
    from ui.work.batches import follow
    from ui.work.work import wait

    return wait(follow(check_task(task), table, archive, check_own(run))).to_dict()
