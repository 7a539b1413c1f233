"""A task from any of the files that people have: the same pairs, whatever they are in."""

import unicodedata

import pytest

from msd_core.errors import UserError
from msd_core.tasks import SPLITS, load_split
from msd_core.tasks.files import Options, read_task
from tests.core.tasks.own_files import (
    EXPECTED,
    PETS,
    ROWS,
    csv_of,
    jsonl_of,
    left_out,
    pairs,
    parquet_of,
    put,
    with_rows,
)  # fmt: skip
from tests.files import archive, table


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MSD_HOME", str(tmp_path / "home"))


@pytest.fixture
def pets(tmp_path):
    """A folder of the pictures alone."""
    return put(tmp_path / "pets")


def read(tmp_path, content: bytes, images=None, name: str = "table.csv", **options):
    """The task of a table, whose pictures are in a folder if none is given."""
    (tmp_path / name).write_bytes(content)
    return read_task(tmp_path / name, images or put(tmp_path / "pets"), Options(**options))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", csv_of()), ("t.tsv", csv_of().replace(b",", b"\t")), ("t.csv", csv_of().replace(b",", b";")),
        ("t.jsonl", jsonl_of()), ("t.parquet", parquet_of()), ("t.txt", csv_of().decode().encode("utf-16")),
        ("t.csv", b"\xef\xbb\xbf" + csv_of()), ("t.csv", b"sep=,\r\n" + csv_of()),
    ],
)  # fmt: skip
def test_a_table_of_any_kind_with_a_folder_or_an_archive(tmp_path, pets, name, content):
    (tmp_path / "pets.zip").write_bytes(archive(PETS))
    for images in (pets, tmp_path / "pets.zip"):
        task = read(tmp_path, content, images, name)
        assert pairs(task) == EXPECTED and task.labels == ("cat", "dog") and not task.multilabel
        assert task.files.rows == 12 and not left_out(task) and task.files.notes == ()
        for split in SPLITS:
            loaded = load_split(task, split)
            assert len(loaded) == len(task.examples(split)) > 0
            for row, key in enumerate(loaded.pictures.keys):
                assert loaded.pictures.read(row) == task.picture(key) == PETS[key]


def test_a_table_beside_its_pictures_needs_no_more(pets):
    (pets / "table.csv").write_bytes(csv_of())
    assert pairs(read_task(pets / "table.csv")) == EXPECTED


@pytest.mark.parametrize("kind", ["folder", "ZIP"])
@pytest.mark.parametrize("column", ["file_name", "image_file_name"])
@pytest.mark.parametrize(
    ("name", "write"), [("metadata.csv", csv_of), ("metadata.jsonl", jsonl_of), ("metadata.parquet", parquet_of)]
)
def test_an_imagefolder_with_its_table(tmp_path, kind, column, name, write):
    rows = [{column: row["image"], "text": row["text"], "label": row["label"]} for row in ROWS]
    files = {f"in/{path}": content for path, content in ({name: write(rows)} | PETS).items()}
    task = read_task(_as(kind, tmp_path, files))
    assert pairs(task) == [(f"in/{image}", text, label) for image, text, label in EXPECTED]


def _as(kind: str, tmp_path, files: dict[str, bytes]):
    if kind == "folder":
        return put(tmp_path / "data", files)
    (tmp_path / "data.ZIP").write_bytes(archive(files))
    return tmp_path / "data.ZIP"


@pytest.mark.parametrize("kind", ["folder", "ZIP"])
def test_folders_name_labels_and_splits(tmp_path, kind):
    places = ["train/cat", "train/dog", "test/cat", "test/dog"]
    files = {f"{places[i % 4]}/{name}": content for i, (name, content) in enumerate(PETS.items())}
    task = read_task(_as(kind, tmp_path, files | {"test/stray.png": PETS["0.png"], "notes.txt": b"hi"}))
    assert left_out(task) == {7: "'test/stray.png' lies in no folder that names its label."}
    assert {(image, text, label) for image, text, label in pairs(task)} == {
        (path, "", path.split("/")[1]) for path in files
    }
    assert {e.image for e in task.examples("test")} == {path for path in files if path.startswith("test")}
    assert len(task.examples("validation")) == 1, "taken out of the training rows"
    assert "1 picture belongs to no row that is used." in task.files.notes


def test_folders_of_labels_alone_are_split(tmp_path):
    files = {f"{('cat', 'dog')[i % 2]}/{name}": content for i, (name, content) in enumerate(PETS.items())}
    task = read_task(put(tmp_path / "data", files))
    assert len(pairs(task)) == 12 and all(task.examples(split) for split in SPLITS)
    assert task.files.notes == (), "texts that are not there tie nothing"


def test_whole_paths_in_a_table_need_no_folder(tmp_path, pets, monkeypatch):
    monkeypatch.setattr("msd_core.tasks.archive._inside", lambda root: pytest.fail("the disk is searched"))
    tree = unicodedata.normalize("NFD", "Grüner_Baum.jpg")
    put(tmp_path / "tables", {"near.png": PETS["1.png"], tree: PETS["2.png"]})
    rows = with_rows(*({"image": str(pets / row["image"])} for row in ROWS))
    rows[1]["image"], rows[2]["image"], rows[3]["image"] = "near.png", "Grüner_Baum.jpg", str(tmp_path / "none.png")
    (tmp_path / "tables" / "t.csv").write_bytes(csv_of(rows))
    task = read_task(tmp_path / "tables" / "t.csv")
    assert [*left_out(task)] == [5] and "none.png': check the path." in left_out(task)[5]
    assert len(pairs(task)) == 11 and str(pets / "0.png") in {image for image, _, _ in pairs(task)}
    for split in SPLITS:
        assert all(task.picture(example.image) in PETS.values() for example in task.examples(split))
    put(tmp_path, {"none.png": PETS["3.png"]})
    assert not left_out(read_task(tmp_path / "tables" / "t.csv")), "read anew once it is there"


@pytest.mark.parametrize("kind", ["folder", "ZIP"])
def test_a_table_reaches_nothing_outside_of_the_pictures(tmp_path, kind):
    put(tmp_path, {"secret.png": PETS["11.png"], "inside/secret.png": PETS["11.png"]})
    rows = with_rows(*({"image": name} for name in (
        str(tmp_path / "secret.png"), "../secret.png", "../../secret.png", "a/../../secret.png", "link.png",
        "/etc/passwd", "..\\secret.png", "folder/secret.png",
    )))  # fmt: skip
    images = _as(kind, tmp_path, {name: content for name, content in PETS.items() if int(name[:-4]) > 7})
    if kind == "folder":
        (images / "link.png").symlink_to(tmp_path / "secret.png")
        (images / "folder").symlink_to(tmp_path / "inside")
    task = read(tmp_path, csv_of(rows), images)
    assert [*left_out(task)] == [*range(2, 10)] and all("has no file" in reason for reason in left_out(task).values())
    assert pairs(task) == [pair for pair in EXPECTED if int(pair[0][:-4]) > 7]
    with pytest.raises(UserError):
        task.picture("../secret.png")


def test_several_labels_a_row(tmp_path):
    several = [{"label": labels} for labels in (["a", "b"], [], ["c"])]
    for name, content in (("t.jsonl", jsonl_of), ("t.parquet", parquet_of)):
        rows = with_rows(*several, *({"label": ["a"]} for _ in range(9)))
        task = read(tmp_path, content(rows), name=name)
        assert task.multilabel and task.labels == ("a", "b", "c")
        assert [label for _, _, label in sorted(pairs(task), key=lambda p: int(p[0][:-4]))][:4] == ["a|b", "", "c", "a"]
        assert load_split(task, "train").labels.shape[1] == 3
    task = read(tmp_path, csv_of(with_rows({"label": "a|b"}, {"label": " "}, {"label": "|"})))
    assert task.multilabel and task.labels == ("a", "b", "cat", "dog") and left_out(task) == {3: "It has no label."}
    single = read(tmp_path, csv_of(with_rows({"label": "a|b"})), multilabel=False)
    assert not single.multilabel and single.labels == ("a|b", "cat", "dog")


def test_whether_rows_have_several_labels_makes_another_source(tmp_path):
    tasks = [read(tmp_path, csv_of(), multilabel=multilabel) for multilabel in (False, True)]
    assert pairs(tasks[0]) == pairs(tasks[1]) and tasks[0].source() != tasks[1].source()
    assert [load_split(task, "train").labels.ndim for task in tasks] == [1, 2]


def test_several_columns_as_one_label(tmp_path):
    rows = [row | {"title": ("big", "small")[i // 2 % 2]} for i, row in enumerate(ROWS)]
    task = read(tmp_path, csv_of([{"title": r["title"], **r} for r in rows]), label="label, title")
    assert task.labels == ("cat, big", "cat, small", "dog, big", "dog, small")
    assert {text for _, text, _ in pairs(task)} == {row["text"] for row in ROWS}, "a column of the label is no text"
    rows = [{"image": row["image"], "title": row["title"], "label": row["label"]} for row in rows]
    assert {text for _, text, _ in pairs(read(tmp_path, csv_of(rows), label="label,title"))} == {""}


def test_a_column_of_a_name_with_a_comma_is_one(tmp_path):
    content = csv_of([{"image": r["image"], "text": r["text"], "kind, size": r["label"]} for r in ROWS])
    assert read(tmp_path, content, label="Kind, Size").labels == ("cat", "dog")
    for wrong in ("kind", "kind,size"):
        with pytest.raises(UserError, match="no column 'kind': choose among image, text, kind, size"):
            read(tmp_path, content, label=wrong)


def test_words_of_other_columns_are_hidden(tmp_path):
    rows = with_rows({"text": "A Cat of ACME, catlike", "maker": "acme"}, {"text": "dog", "maker": ""})
    texts = {image: text for image, text, _ in pairs(read(tmp_path, csv_of(rows), blank="label,maker"))}
    assert texts["0.png"] == "A of , catlike" and texts["1.png"] == ""


def test_labels_of_too_few_rows_are_left_out(tmp_path):
    content = csv_of(with_rows({"label": "cow"}))
    task = read(tmp_path, content, least=2)
    assert left_out(task) == {2: "Its label 'cow' has 1 of the 2 rows that a label must have."}
    assert task.labels == ("cat", "dog") and len(pairs(task)) == 11
    with pytest.raises(UserError, match=r"None of the 12 rows can be used; the first, row 2: Its label 'cow' has 1"):
        read(tmp_path, content, least=7)


def test_columns_may_be_named_and_languages_are_kept(tmp_path):
    content = csv_of([{"a": r["image"], "b": r["label"], "c": r["text"], "d": "de", "e": "test"} for r in ROWS])
    task = read(tmp_path, content, image="a", label="b", text="c", language="D", split="e")
    assert pairs(task) == EXPECTED and {e.language for e in task.examples("test")} == {"de"}


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (b"image,text,label\n", {}, "no lines below its header"), (b"", {}, "The table is empty"),
        (table([["a b c", "yes"]] * 4, ("text", "label")), {}, "names no pictures"),
        (table([[f"{i}.png", f"t {i}"] for i in range(12)]), {}, "no column of labels that can be told: name it"),
        (csv_of(with_rows(*({"label": str(i + 0.5)} for i in range(12)))), {"label": "text,weight"}, "'weight'"),
        (csv_of(), {"blank": "colour"}, "no column 'colour'"), (csv_of(), {"split": "label"}, "no column of labels"),
        (csv_of(), {"label": "text", "text": "text"}, "cannot be two things"),
        (csv_of(with_rows(*({"label": "cat"} for _ in ROWS))), {}, "The only label is 'cat'"),
        (csv_of(with_rows(*({"image": "none.png"} for _ in ROWS))), {},
         r"None of the 12 rows can be used; the first, row 2: The folder has no file 'none\.png'"),
        (csv_of([row | {"split": "somewhere"} for row in ROWS]), {}, "The split 'somewhere' is not known"),
        (csv_of(with_rows(*({"image": f"{i % 2}.png"} for i in range(12)))), {}, "cannot be split"),
    ],
)  # fmt: skip
def test_what_makes_no_task_is_one_sentence(tmp_path, content, options, words):
    with pytest.raises(UserError, match=words):
        read(tmp_path, content, **options)


def test_files_that_do_not_fit_together_are_one_sentence(tmp_path, pets):
    (tmp_path / "t.csv").write_bytes(csv_of())
    for data, images, words in (
        (tmp_path / "none.csv", pets, r"There is no .*none\.csv: check the path"),
        (tmp_path / "t.csv", tmp_path / "none", "There is no .*none: check the path"),
        ("x" * 5000, None, "There is no x+: check the path"), ("a\0b", None, "There is no"),
        (pets, pets, "has pictures of its own"), (tmp_path / "t.csv", tmp_path / "t.csv", "not a ZIP file"),
        (pets, None, "There is no table: give a CSV, put a metadata.csv"),
        ("/proc/self/mem", pets, "There is no .*|The table .* cannot be read: check the path and its permissions"),
    ):  # fmt: skip
        with pytest.raises(UserError, match=words):
            read_task(data, images)


def test_a_table_of_too_many_rows_is_refused_whoever_read_it_before(tmp_path, pets):
    (tmp_path / "t.csv").write_bytes(csv_of())
    folders = put(tmp_path / "in", {f"{name[0]}/{name}": content for name, content in PETS.items()})
    for data, images in ((tmp_path / "t.csv", pets), (folders, None)):
        read_task(data, images, most_rows=12)
        with pytest.raises(UserError, match="has 12 lines: give at most 11"):
            read_task(data, images, most_rows=11)


def test_too_many_files_are_refused(tmp_path, pets, monkeypatch):
    monkeypatch.setattr("msd_core.tasks.files.MOST_FILES", 11)
    (tmp_path / "t.csv").write_bytes(csv_of())
    with pytest.raises(UserError, match="The folder has 12 files: give at most 11"):
        read_task(tmp_path / "t.csv", pets, most_rows=5)


@pytest.mark.parametrize("name", ["../../escape", "Ma fête: été / 2", "图片" * 100, "", "..", "a\0b", "x.y-z_1"])
def test_any_name_is_a_title_and_names_no_other_folder(tmp_path, name):
    (tmp_path / "pets.v1.csv").write_bytes(csv_of())
    task = read_task(tmp_path / "pets.v1.csv", put(tmp_path / "pets"), name=name)
    assert task.title == (name or "pets.v1") and set(task.name).isdisjoint("/\0 :") and task.name.strip(".")
    load_split(task, "test")
    kept = [path.parent for path in (tmp_path / "home" / "tasks").glob("*/*")]
    assert len(kept) == 1 and kept[0].name == f"{task.name}-{task.source()[:16]}"


def test_progress_is_reported_from_nothing_on(tmp_path, pets):
    (tmp_path / "t.csv").write_bytes(csv_of())
    reported = []
    read_task(tmp_path / "t.csv", pets, report=lambda share, what: reported.append((share, what)))
    assert reported == [(0.0, "Looking at the files"), (0.0, "Reading pictures: 0 of 12")]


def test_ten_thousand_labels_are_fine(tmp_path):
    lines = [[f"{i % 12}.png", f"text {i}", f"label {i}"] for i in range(10_001)]
    header = ("image", "text", "label")
    assert len(read(tmp_path, table(lines[:-1], header)).labels) == 10_000
    with pytest.raises(UserError, match="There are 10,001 labels"):
        read(tmp_path, table(lines, header))
