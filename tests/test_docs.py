"""What the docs show is run."""

import importlib.util
import pickle
import re
import sys
from pathlib import Path

import msd_core as msd
from msd_core.tasks import SPLITS
from tests import fifth

DOCS = Path(__file__).parents[1] / "docs"


def python_of(page: str) -> list[str]:
    """The Python blocks of a page of the docs."""
    return re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(), re.S)


def test_a_task_of_your_own_is_taught_and_distilled_as_the_docs_say(tmp_path, monkeypatch):
    module, use = python_of("tasks.md")
    folder = tmp_path / "signs"
    folder.mkdir()
    for split in SPLITS:
        examples = fifth.examples(split)[:20]
        lines = [f"{example.image}.png\t{example.text}\t{example.label}" for example in examples]
        (folder / f"{split}.tsv").write_text("\n".join(lines))
        for example in examples:
            (folder / f"{example.image}.png").write_bytes(fifth.picture(example.image))
    (tmp_path / "signs.py").write_text(module.replace("/data/signs", str(folder)))
    spec = importlib.util.spec_from_file_location("signs", tmp_path / "signs.py")
    signs = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "signs", signs)
    spec.loader.exec_module(signs)
    assert pickle.loads(pickle.dumps(signs.TASK)).name == "signs"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("msd_core.training.config.Config.epochs", 2)
    exec(use, vars(signs))
    assert msd.load_teacher(signs.TASK, "runs/student").info["config"]["teacher"] == "runs/teacher"
