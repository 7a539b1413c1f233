"""The public endpoint on published studies."""

import gradio as gr

from msd_core.errors import UserError
from ui.checks import check_task
from ui.studies import named, study_of, told_of


def study(task: str) -> dict:
    """What the published study of a task shows, and the numbers that say so.

    task: easy-vqa, digits, sarcasm or posters. Returns metric; base, the condition under which arms are compared;
    sentences, the first on the difference that was named before any run, the others exploratory; arms (arm, words,
    runs, rate, mean and sd of the test metric, 0 to 1); contrasts, one row a condition and pair of arms (mean, low,
    high: difference and 95 % interval over seeds, in the unit of the metric; bca_low and bca_high: over seeds and test
    pictures; p; left: the share of runs that left the plateau, epochs: when); and named, the named difference of every
    task with holm, p adjusted over the tasks.
    """
    try:
        from analysis.study.tables import summary  # heavy: the page must be up soon
        from msd_core.study.published import plain

        name = check_task(task)
        found = study_of(name)
        return {**summary(found), "sentences": told_of(name).sentences, "contrasts": plain(found.contrasts),
                "named": plain(named())}  # fmt: skip
    except UserError as error:
        raise gr.Error(str(error), print_exception=False) from error
