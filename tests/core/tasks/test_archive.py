"""Pictures come from the archive or folder by path or name, from nowhere else, and never one for another."""

import os
import unicodedata

import pytest

from msd_core.errors import UserError
from msd_core.tasks.archive import MOST_FILES, from_archive, from_folder, no_pictures
from msd_core.tasks.pictures import MAX_BYTES
from tests.files import archive

PETS = {"data/cats/1.png": b"cat", "data/dogs/1.png": b"dog", "data/dogs/2.png": b"other dog"}
NFC, NFD = (unicodedata.normalize(form, "Grüner_Baum.jpg") for form in ("NFC", "NFD"))


def in_folder(folder, files: dict[str, bytes], **options):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return from_folder(folder, **options)


def on_disk(path, files: dict[str, bytes], **options):
    path.write_bytes(archive(files))
    return from_archive(path, **options)


@pytest.fixture(params=["archive", "archive on disk", "folder"])
def place(request, tmp_path):
    """Puts files into an archive or a folder, and opens it."""
    if request.param == "archive":
        return lambda files, **options: from_archive(archive(files), **options)
    put = in_folder if request.param == "folder" else on_disk
    return lambda files, **options: put(tmp_path / "in", files, **options)


def content_of(pictures, name: str) -> bytes:
    return pictures.read(pictures.find(name, ""))


def unflagged(content: bytes) -> bytes:
    """The archive, its first file's name in UTF-8 without the flag that says so."""
    changed = bytearray(content)
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[content.index(mark) + flags + 1] &= ~0x08
    return bytes(changed)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cats/1.png", b"cat"), ("data/dogs/1.png", b"dog"), ("2.png", b"other dog"), ("./data/cats/1.png", b"cat"),
        ("/dogs/1.png", b"dog"), ("cats//1.png", b"cat"), ("CATS/1.PNG", b"cat"), ("cats\\1.png", b"cat"),
        (".\\data\\dogs\\2.png", b"other dog"),
    ],
)  # fmt: skip
def test_a_name_is_matched_from_its_end_folder_by_folder(place, name, content):
    assert content_of(place(PETS), name) == content


def test_a_name_that_could_be_two_is_refused_with_both(place):
    with pytest.raises(UserError, match=r"could be .*data/(cats|dogs)/1\.png.* or .*data/(cats|dogs)/1\.png") as error:
        place(PETS).find("1.png", "")
    assert "cats" in str(error.value) and "dogs" in str(error.value) and "with its folder" in str(error.value)


@pytest.mark.parametrize(
    "name",
    ["birds/1.png", "s/1.png", "3.png", "1", "data", "data/cats", "../data/cats/1.png", "elsewhere/data/cats/1.png", "",
     ".", "/", "a\0.png", "x" * 5000],
)  # fmt: skip
def test_what_is_not_there_is_not_found(place, name):
    with pytest.raises(UserError, match="has no file") as error:
        place(PETS).find(name, "")
    assert len(str(error.value)) < 250


def test_a_name_in_another_folder_is_hinted_at(place):
    with pytest.raises(UserError, match=r"no file 'birds/2\.png'; it has 'data/dogs/2\.png'"):
        place(PETS).find("birds/2.png", "")


def test_a_whole_path_is_no_longer_one():
    pictures = from_archive(archive({"1.png": b"top", "cats/1.png": b"cat"}))
    assert content_of(pictures, "1.png") == b"top" and content_of(pictures, "cats/1.png") == b"cat"


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("times", [2, 3])
def test_of_files_of_the_same_path_none_is_taken(times):
    pictures = from_archive(archive([*[("in/a.png", b"%d" % n) for n in range(times)], ("in/b.png", b"b")]))
    for name in ("a.png", "in/a.png", "A.PNG"):
        with pytest.raises(UserError, match=r"'in/a\.png' is in the archive twice: rename or remove one"):
            content_of(pictures, name)
    assert content_of(pictures, "b.png") == b"b"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_tables_of_the_same_path_none_is_taken():
    pictures = from_archive(archive([("metadata.csv", b"old"), ("metadata.csv", b"new"), ("a.png", b"a")]))
    with pytest.raises(UserError, match=r"'metadata\.csv' is in the archive twice"):
        pictures.table()
    assert content_of(pictures, "a.png") == b"a"


def test_of_twins_but_for_case_the_exact_one_is_meant(place):
    pictures = place({"x/Cat.png": b"1", "y/cat.png": b"2"})
    assert content_of(pictures, "Cat.png") == b"1" and content_of(pictures, "cat.png") == b"2"
    assert content_of(pictures, "X/CAT.PNG") == b"1"
    with pytest.raises(UserError, match=r"'CAT\.png' could be 'x/Cat\.png' or 'y/cat\.png'"):
        pictures.find("CAT.png", "")


def test_a_file_has_one_identity_under_all_its_names(place):
    pictures = place({"deep/Er.PNG": b"1"})
    assert len({pictures.find(name, "") for name in ("deep/Er.PNG", "er.png", ".\\deep\\Er.PNG")}) == 1


@pytest.mark.parametrize("name", ["cats/1.png", "cats\\1.png", "data\\cats\\1.png", "data/cats/1.png"])
def test_an_archive_may_divide_folders_by_backslashes(name):
    files = {path.replace("/", "\\"): content for path, content in PETS.items()}
    assert content_of(from_archive(archive(files)), name) == b"cat"


def test_a_path_in_an_archive_that_climbs_is_a_name_and_no_more(tmp_path):
    pictures = from_archive(archive({"../../escape.png": b"inside"}))
    assert content_of(pictures, "escape.png") == content_of(pictures, "../../escape.png") == b"inside"
    (tmp_path / "outside.png").write_bytes(b"outside")
    for name in ("../outside.png", str(tmp_path / "outside.png")):
        with pytest.raises(UserError, match="has no file"):
            pictures.find(name, "")


@pytest.mark.parametrize("there", [NFC, NFD])
@pytest.mark.parametrize("name", [NFC, NFD, NFC.upper(), NFD.upper()])
def test_letters_may_be_composed_either_way(place, there, name):
    assert NFC != NFD and content_of(place({f"Wald/{there}": b"tree"}), f"wald/{name}") == b"tree"


@pytest.mark.parametrize("name", ["💫.png", "图片.png", "صورة.png", "two words.png", "a'b.png"])
def test_any_name_is_found(place, name):
    assert content_of(place({f"p/{name}": b"it"}), name) == b"it"


@pytest.mark.parametrize("name", ["Grüner_Baum.jpg", "💫.png"])
def test_a_name_is_found_that_a_mac_packed_in_utf_8_without_a_note_of_it(name):
    content = unflagged(archive({unicodedata.normalize("NFD", name): b"it"}))
    assert content_of(from_archive(content), name) == b"it"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_files_of_one_path_with_and_without_a_note_of_utf_8_none_is_taken():
    pictures = from_archive(unflagged(archive([(NFC, b"old"), (NFC, b"new"), ("b.png", b"b")])))
    with pytest.raises(UserError, match=f"'{NFC}' is in the archive twice"):
        content_of(pictures, NFC)
    assert content_of(pictures, "b.png") == b"b"


@pytest.mark.parametrize(
    "litter", ["__MACOSX/._1.png", "._1.png", "__MACOSX/1.png", "data/._1.png", "__MACOSX/data/1.png", "x/.DS_Store"]
)
def test_what_a_mac_leaves_never_wins(place, litter):
    pictures = place({litter: b"litter", "data/1.png": b"picture"})
    assert content_of(pictures, "1.png") == b"picture"
    with pytest.raises(UserError, match="has no file"):
        place({litter: b"litter"}).find(litter, "")


@pytest.mark.parametrize("name", ["metadata.csv", "metadata.jsonl", "metadata.parquet"])
def test_the_table_beside_the_pictures_is_that_of_the_outer_folder(place, name):
    files = {**PETS, f"__MACOSX/._{name}": b"litter", f"data/more/{name}": b"inner", f"data/{name}": b"outer"}
    table = place(files).table()
    assert (table.content, table.folder) == (b"outer", "data")
    assert "2 tables" in table.note and f"data/{name}" in table.note


def test_a_table_of_another_name_is_not_taken_for_it(place):
    assert place({**PETS, "data/table.csv": b"another", "metadata.csv/1.png": b"a folder"}).table() is None
    assert no_pictures().table() is None


def test_a_long_table_is_read_whole_or_refused(place):
    long = b"file_name,text\n" + b"1.png,is it red?\n" * (MAX_BYTES // 16)
    pictures = place({"metadata.csv": long})
    assert len(long) > MAX_BYTES and pictures.table().content == long
    with pytest.raises(UserError, match=r"'metadata\.csv' is larger than 50 MB"):
        place({"metadata.csv": b"x" * (51 * 2**20)}).table()


def test_a_name_is_looked_for_in_the_folder_of_its_table_first(place):
    pictures = place({"train/1.png": b"train", "test/1.png": b"test", "test/sub/2.png": b"2"})
    for folder in ("train", "test"):
        assert pictures.read(pictures.find("1.png", folder)) == folder.encode()
    assert pictures.read(pictures.find("sub/2.png", "test")) == b"2"
    assert pictures.read(pictures.find("train/1.png", "test")) == b"train"
    with pytest.raises(UserError, match="could be"):
        pictures.find("1.png", "elsewhere")


@pytest.mark.parametrize("kind", ["file", "folder", "root"])
def test_no_link_leads_out_of_a_folder(tmp_path, kind):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.png").write_bytes(b"secret")
    in_folder(tmp_path / "in", {"a.png": b"picture"})
    target = {"file": "secret/key.png", "folder": "secret", "root": ""}[kind]
    os.symlink(tmp_path / target, tmp_path / "in" / ("key.png" if kind == "file" else "out"))
    os.symlink(tmp_path / "in" / "a.png", tmp_path / "in" / "b.png")
    pictures = from_folder(tmp_path / "in")
    assert content_of(pictures, "a.png") == b"picture"
    for name in ("key.png", "out/key.png", "out/secret/key.png", "../secret/key.png", str(tmp_path / "secret/key.png")):
        with pytest.raises(UserError, match="has no file"):
            pictures.find(name, "")
    assert content_of(pictures, "b.png") == b"picture", "one that stays inside may be followed"


def test_a_folder_that_is_a_link_itself_is_read(tmp_path):
    in_folder(tmp_path / "in", {"a.png": b"picture"})
    os.symlink(tmp_path / "in", tmp_path / "linked")
    assert content_of(from_folder(tmp_path / "linked"), "a.png") == b"picture"


def test_a_folder_that_is_not_there_has_nothing(tmp_path):
    with pytest.raises(UserError, match=r"The folder has no file 'a\.png'"):
        from_folder(tmp_path / "none").find("a.png", "")


def test_too_many_files_are_refused(place):
    place({**PETS, ".DS_Store": b""}, most_files=3)  # litter does not count
    with pytest.raises(UserError, match="has 4 files: give at most 3"):
        place({**PETS, "data/dogs/3.png": b""}, most_files=3)


def test_a_real_archive_of_20_001_files_is_refused():
    assert MOST_FILES == 20_000
    many = archive({f"{i}.png": b"" for i in range(20_001)})
    with pytest.raises(UserError, match="The archive has 20,001 files: give at most 20,000"):
        from_archive(many)


def test_no_more_is_read_of_a_file_than_a_picture_may_have(place):
    pictures = place({"large.png": b"x" * (MAX_BYTES + 1000)})
    assert len(content_of(pictures, "large.png")) == MAX_BYTES + 1


def test_a_damaged_or_locked_file_is_one_sentence():
    whole = archive({"a.png": b"content of a"})
    damaged = whole.replace(b"content of a", b"content of b")
    locked = bytearray(whole)
    locked[6] |= 1
    locked[whole.index(b"PK\x01\x02") + 8] |= 1
    for content in (damaged, bytes(locked)):
        pictures = from_archive(content)
        with pytest.raises(UserError, match=r"'a\.png' cannot be read from the archive"):
            content_of(pictures, "a.png")


@pytest.mark.parametrize(
    "content",
    [b"", b"PK no", b"\x89PNG", archive(PETS)[:60]],
    ids=["nothing", "no ZIP", "a picture", "half a ZIP"],  # not the bytes: a ZIP has the time in it
)
def test_what_is_no_archive_is_one_sentence(content):
    with pytest.raises(UserError, match="not a ZIP"):
        from_archive(content)


def test_no_pictures_have_no_names():
    with pytest.raises(UserError, match=r"no images, so none called 'a\.png': give a ZIP"):
        no_pictures().find("a.png", "")


def test_all_files_are_listed_but_for_litter(place):
    pictures = place({**PETS, "notes.txt": b"", "__MACOSX/data/._1.png": b"", "x/.DS_Store": b""})
    assert pictures.files == (*sorted(PETS), "notes.txt") and no_pictures().files == ()
    assert all(pictures.find(path, "") == path for path in pictures.files)


def test_a_stamp_is_the_same_until_a_file_changes(place):
    before = place({"a.png": b"one", "b.png": b"b"}).stamp("a.png")
    assert place({"b.png": b"other"}).stamp("b.png") != place({"b.png": b"another"}).stamp("b.png")
    pictures = place({"a.png": b"more"})
    assert pictures.stamp("a.png") != before and pictures.stamp("a.png") == pictures.stamp("a.png")


def test_a_stamp_tells_files_of_one_size_apart(tmp_path):
    one, two = (from_archive(archive({"a.png": content})) for content in (b"one", b"two"))
    assert one.stamp("a.png") != two.stamp("a.png")
    folder = in_folder(tmp_path, {"a.png": b"one"})
    before = folder.stamp("a.png")
    os.utime(tmp_path / "a.png", ns=(1, 1))
    assert folder.stamp("a.png") != before


def test_an_archive_on_disk_is_no_folder_and_must_be_there(tmp_path):
    for path, words in ((tmp_path / "none.zip", "There is no archive"), (tmp_path, "not a ZIP")):
        with pytest.raises(UserError, match=words):
            from_archive(path)


def test_a_file_of_a_name_that_many_have_is_found_by_its_folder(place):
    pictures = place({f"top/{i}/image.png": b"%d" % i for i in range(300)})
    assert content_of(pictures, "123/image.png") == content_of(pictures, "top\\123\\IMAGE.png") == b"123"
    assert pictures.read(pictures.find("image.png", "top/7")) == b"7"
    with pytest.raises(UserError, match="could be"):
        pictures.find("image.png", "")
