"""What scores and leanings by language show, a sentence each."""

import pandas as pd

from analysis.study.tables import points, span
from analysis.words import VIEW_TITLES, language_name, percent, subject
from msd_core.study.languages import NAMED
from msd_core.study.published import Study

_PLACES = {"text": "from the text alone", "both": "from picture and text", "image": "from the picture alone"}


def of_study(study: Study) -> str:
    """Whether distilling before the labels goes further than distilling with them: the first difference that was named
    beforehand."""
    first, table = NAMED[0], study.transfer
    rows = table[
        (table["arm"] == first.arm) & (table["against"] == first.against) & (table["measure"] == first.measure)
    ]
    if rows.empty:
        return "This study has no pairs of runs of the first difference that was named beforehand."
    row = rows.iloc[0]
    where = f"in the languages without labels, {_PLACES[first.measure.rpartition('_')[2]]}"
    numbers = f"95 % interval {span(row)} points, {int(row['seeds'])} pairs of runs, named beforehand"
    if row["low"] <= 0 <= row["high"]:
        return f"Distilling before the labels or with them makes no clear difference {where} ({numbers})."
    verb = "above" if row["low"] > 0 else "below"
    size = points(abs(row["mean"])).lstrip("+")
    return f"Distilling before the labels scores {size} points {verb} distilling with them {where} ({numbers})."


def named(study: Study) -> str:
    """How many of the differences across languages that were named beforehand are clear, by p adjusted over all."""
    rows = study.transfer[study.transfer["named"]]
    clear = rows[(rows["holm"] <= 0.05) & ((rows["low"] > 0) | (rows["high"] < 0))]
    return (
        f"{len(clear)} of {len(NAMED)} differences across languages that were named before any run are clear (p "
        "adjusted over all of them, Holm)."
    )


def recipes(means: pd.DataFrame, view: str) -> str:
    """Which recipe goes furthest under a view in the languages without labels, and how far the first is from there."""
    here = means[(means["view"] == view) & (means["kind"] == "zero_shot")]
    teachers = here["who"].str.lower().str.startswith("teacher")
    others = here[~teachers]
    if others.empty:
        return ""
    best = others.loc[others["mean"].idxmax()]
    beside = [f"{row['who']} {percent(row['mean'])}" for _, row in here[teachers].head(1).iterrows()]
    against = f" ({beside[0]})" if beside else ""
    return f"{VIEW_TITLES[view]}, languages without labels: {best['who']} is right in most, " + (
        f"{percent(best['mean'])} of the names{against}."
    )


def leaning(leanings: pd.DataFrame, who: str) -> str:
    """In which language a model leans most, and least, on the text."""
    here = leanings[(leanings["who"] == who) & (leanings["modality"] == "text")]
    most, least = (here.loc[place] for place in (here["mean"].idxmax(), here["mean"].idxmin()))
    ends = [f"in {language_name(row['language'])} ({row['mean']:.2f} bits)" for row in (most, least)]
    return f"{subject(who)} leans on the text most {ends[0]} and least {ends[1]}."
