"""The public endpoint on published studies."""

from typing import Any

from ui.visitor.checks import check_task
from ui.work.studies import named, recombined, study_of, summary_of


def study(task: str) -> dict[str, Any]:
    """What the published study of a task shows, and the numbers that say so.

    task: a task's name, such as easy-vqa. Returns metric; base, the condition under which arms are compared;
    sentences, the first on the difference that was named before any run, the others exploratory; arms (arm, words,
    runs, lr, mean and sd of the test metric, 0 to 1); contrasts, one row a condition and pair of arms (mean, low,
    high: difference and 95 % interval over seeds, in the unit of the metric; bca_low and bca_high: over seeds and test
    pictures; p; left: the share of runs that left the plateau, epochs: when); named, the named difference of every
    task with holm, p adjusted over the tasks; and recombined, in the same form the named differences of recombined
    pairs, by size.
    """
    from analysis.study.tables import summary  # heavy: the page must be up soon
    from msd_core.study.published import plain

    name = check_task(task).name
    published = study_of(name)
    return {
        **summary(published),
        "sentences": summary_of(name).sentences,
        "contrasts": plain(published.contrasts),
        "named": plain(named()),
        "recombined": plain(recombined()),
    }
