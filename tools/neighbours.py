"""Short studies of emoji beside that of the recipes: each asks one question, with its control."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from msd_core.storage import atomic_write
from msd_core.study.languages import difference
from msd_core.study.plan import CONDITION, Plan
from msd_core.tasks import BOX, codes, load_task
from msd_core.training.events import OnEvent, ignore

PLACE = BOX / "neighbours"
TASK, SEEDS = "emoji", 5
PLANS, TABLE = "plans.json", "languages.csv"
SHOWN = {
    "zero_shot_text": "zero-shot, text", "zero_shot_both": "zero-shot, both", "source_both": "learned, both",
    "source_image": "image",
}  # fmt: skip


@dataclass(frozen=True)
class Neighbour:
    """A short study. pairs: the arms that are compared, each with its control. languages: those whose labels are
    learned from. label_noise, corrupt_text: the shares at which it is asked; none for clean data."""

    title: str
    pairs: tuple[tuple[str, str], ...]
    languages: str = "en"
    label_noise: tuple[float, ...] = ()
    corrupt_text: tuple[float, ...] = ()

    @property
    def arms(self) -> tuple[str, ...]:
        """All of its arms, each once."""
        return tuple(dict.fromkeys(arm for pair in self.pairs for arm in reversed(pair)))

    def plan(self, unlabelled: str = "") -> Plan:
        """What it runs: the study's own budget, a split and a teacher of its own for each seed. unlabelled: the table
        of arms that read `keywords`."""
        recipe = load_task(TASK).recipe
        assert recipe is not None
        names = len(codes(self.languages))  # of each picture, which then needs as many epochs fewer
        return Plan(
            task=TASK, arms=self.arms, seeds=SEEDS, teachers=SEEDS, model=recipe.student,
            train_size=recipe.study_size * names, epochs=max(1, round(recipe.study_epochs / names)),
            languages=self.languages, label_noise=self.label_noise, corrupt_text=self.corrupt_text,
            unlabelled=unlabelled,
        )  # fmt: skip


_MSD = (("kd", "ce"), ("kd+instance", "kd"), ("ce/pretrained", "ce"))
NEIGHBOURS = {
    "soft-freezing": Neighbour(
        "Layers frozen softly, by languages held out in turn",
        tuple(("ce/pretrained/softly", f"ce/pretrained{kind}") for kind in ("", "/thawed", "/half")),
        languages="en,de,es,fr",
    ),
    "lexicon": Neighbour(
        "Words in other languages by a lexicon, an adversary of languages",
        (("ce/lexicon", "ce"), ("ce/lexicon", "ce/lexicon-shuffled"), ("ce/adversary", "ce"),
         ("ce/lexicon/adversary", "ce/lexicon")),
    ),
    "misread": Neighbour("A clean teacher, a student that misreads", _MSD, corrupt_text=(0.4,)),
    "wrong-labels": Neighbour("Wrong labels", _MSD, label_noise=(0.4,)),
    "self": Neighbour(
        "Self-distillation, smoothed labels, noise",
        (("kd/self", "ce"), ("kd/smoothed-self", "ce/smoothed"), ("ce/smoothed", "ce"), ("ce/noisy", "ce"),
         ("kd/self/noisy", "ce/noisy")),
    ),
    "keywords": Neighbour(
        "Keywords beside the names, in pretraining",
        (("ce/pretrained/keywords", "ce/pretrained"),),
    ),
    "cross-fitted": Neighbour(
        "Targets from a teacher that did not learn from the row",
        (("kd", "ce"), ("kd/cross-fitted", "kd"), ("kd+instance", "kd"), ("kd+instance/cross-fitted", "kd+instance"),
         ("kd+instance/cross-fitted", "kd/cross-fitted")),
    ),
}  # fmt: skip


def run_neighbour(
    name: str, folder: Path, unlabelled: str = "", on_event: OnEvent = ignore, at_once: int | None = None
) -> None:
    """Do what of a short study is not done yet, and put its tables into the box. unlabelled: as for its plan."""
    from msd_core.study.runner import run_study
    from msd_core.study.sheets import make_tables

    task = load_task(TASK)
    run_study(task, NEIGHBOURS[name].plan(unlabelled), folder, on_event, at_once)
    make_tables(task, folder)
    plans = [_portable(entry) for entry in json.loads((folder / PLANS).read_text())]
    with atomic_write(PLACE / name / PLANS) as temporary:
        temporary.write_text(json.dumps(plans, indent=1))
    with atomic_write(PLACE / name / TABLE) as temporary:
        shutil.copyfile(folder / TABLE, temporary)


def _portable(entry: dict) -> dict:
    """A plan without the folder that its table of texts lay in."""
    return {**entry, "plan": {**entry["plan"], "unlabelled": Path(entry["plan"]["unlabelled"]).name}}


def rows(line: Callable[..., str], score: Callable[[dict], str]) -> list[str]:
    """A line for each pair of arms, and condition, of every short study in the box."""
    lines = []
    for name, each in NEIGHBOURS.items():
        if not (file := PLACE / name / TABLE).exists():
            continue
        table = pd.read_csv(file)
        source = codes(each.languages)
        runs = table[~table["arm"].str.startswith("teacher")]
        for place, part in runs.groupby(CONDITION):
            for arm, control in each.pairs:
                found = [difference(part, source, arm, control, measure) for measure in SHOWN]
                where = _condition(each, dict(zip(CONDITION, place, strict=True)))
                cells = ["-" if one is None else score(one) for one in found]
                seeds = next((one["seeds"] for one in found if one), 0)
                lines.append(line(each.title, where, f"`{arm}`", f"`{control}`", seeds, *cells))
    return lines


def by_language(name: str, clean: pd.DataFrame) -> pd.DataFrame:
    """What a short study's arms make of the text alone, minus what the same arms and seeds make of it in the table
    `clean`: the mean over seeds, by arm and language; empty where it is not in the box."""
    if not (file := PLACE / name / TABLE).exists():
        return pd.DataFrame()
    kept = [each for each in clean if each.startswith("text_")]
    here, there = (table.set_index(["arm", "seed"])[kept] for table in (pd.read_csv(file), clean))
    means = (here - there).dropna(how="all").groupby("arm").mean()
    means = means.loc[[arm for arm in NEIGHBOURS[name].arms if arm in means.index]]
    return means.rename(columns=lambda column: column.removeprefix("text_"))


def _condition(each: Neighbour, place: dict[str, float]) -> str:
    """What is wrong with the data, in words."""
    if each.corrupt_text:
        return f"{place['corrupt_text']:.0%} of words misread"
    if each.label_noise:
        return f"{place['label_noise']:.0%} of labels wrong"
    return "clean"
