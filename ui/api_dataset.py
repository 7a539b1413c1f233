"""The public endpoints on many pairs at once: plain data in, plain data out."""

import gradio as gr
from gradio.data_classes import FileData

from msd_core.errors import UserError
from ui import limits
from ui.checks import check_list, check_task, check_text, check_upload


def swap(task: str, images: list[FileData], texts: list[str], run: str = "") -> dict:
    """Show teacher and students every image with every text, to see what only the two together decide.

    task: easy-vqa, digits, sarcasm or posters. images: 2 to 12 uploaded pictures (`handle_file`), each at most 10 MB
    and 40 megapixels. texts: 2 to 12 of at most 2,000 characters. run: the id of a student of your own, as `/distill`
    gave it, or "". Returns texts, and models[model] with answers[image][text], probabilities[label][image][text] (0 to
    1) and interaction[label][image][text] (-1 to 1: what is left without the parts of image and text alone).
    """
    from analysis.dataset.swap import swap as ask  # heavy: the page must be up soon

    try:
        task, models = check_task(task), _models(task, run)
        pictures = [check_upload(image) for image in check_list("images", images, limits.SWAPPED)]
        said = [check_text(text) for text in check_list("texts", texts, limits.SWAPPED)]
        return ask(task, pictures, said, models).to_dict()
    except UserError as error:
        raise gr.Error(str(error), print_exception=False) from error


def batch(task: str, table: FileData, archive: FileData | None = None, run: str = "") -> dict:
    """Ask teacher and students about every pair of a table, under the four views.

    task: easy-vqa, digits, sarcasm or posters. table: an uploaded CSV (`handle_file`) with columns image, text and
    perhaps label, at most 2,000 lines and 5 MB. archive: a ZIP of the images that it names, at most 50 MB. run: the id
    of a student of your own, as `/distill` gave it, or "". Both files are deleted within an hour, and a
    batch may take two minutes: lines not reached by then are listed as bad. Returns rows (by line:
    row, image, text, label; by model and view the answer and probabilities, 0 to 1; by model and modality the saliency,
    0 to 1, bits; warnings) and bad (row and reason of every line that could not be used; the header is line 1).
    """
    from ui.explore_batch import follow
    from ui.working import wait

    try:
        own = {"own": check_text(run)} if run else {}
        return wait(follow(task, table, archive, own)).to_dict()
    except UserError as error:
        raise gr.Error(str(error), print_exception=False) from error


def _models(task: str, run: object) -> dict:
    from msd_core.compare import bundled_models
    from ui.visitor import load_student

    return bundled_models(task) | ({"own": load_student(run, task)} if run else {})
