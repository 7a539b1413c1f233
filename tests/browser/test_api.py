"""The named endpoints, asked politely and not."""

import subprocess
import time

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image


@pytest.fixture(scope="module")
def client(server):
    return Client(server, verbose=False)


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures") / "red.png"
    Image.new("RGB", (64, 64), "red").save(path)
    return handle_file(path)


def test_the_endpoints_are_known_and_described(client):
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(endpoints) == {"/compare", "/attribute", "/distill", "/swap", "/batch", "/study"}
    assert all(endpoint["description"] for endpoint in endpoints.values())


def test_compare_answers_by_model_view_and_label(client, picture):
    answer = client.predict("easy-vqa", picture, "what color is the shape?", api_name="/compare")
    assert set(answer["predictions"]) == {"teacher", "ce", "kd", "msd"}
    for views in answer["predictions"].values():
        assert set(views) == {"both", "image", "text", "neither"}
        assert all(abs(sum(labels.values()) - 1) < 1e-4 for labels in views.values())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere", "picture", "x"), "no task"),
        ((["easy-vqa"], "picture", "x"), "task"),
        (("easy-vqa", "picture", "x" * 100_000), "100,000 characters"),
        (("easy-vqa", "picture", "  "), "no text"),
        (("easy-vqa", "picture", {"a": 1}), "text"),
        (("easy-vqa", None, "x"), "no picture"),
        (("easy-vqa", "/etc/passwd", "x"), "not uploaded"),
        (("easy-vqa", {"path": "/etc/passwd"}, "x"), "not uploaded"),
        (("easy-vqa", "picture", "x", "../../etc/passwd"), "no such student"),
        (("easy-vqa", "picture", "x", "A" * 32), "no such student"),
    ],
)
def test_compare_refuses_in_one_sentence(client, picture, arguments, sentence):
    given = [picture if a == "picture" else a for a in arguments]
    with pytest.raises(AppError, match=sentence) as error:
        client.predict(*given, api_name="/compare")
    assert "\n" not in str(error.value)


def test_attribute_gives_signed_values_by_patch_and_word(client, picture):
    asked = "easy-vqa", picture, "what color is the shape?", "integrated-gradients", "red"
    answer = client.predict(*asked, faithfulness=True, api_name="/attribute")
    assert set(answer["maps"]) == {"teacher", "ce", "kd", "msd"} and answer["label"] == "red"
    for found in answer["maps"].values():
        assert [len(row) for row in found["patches"]] == [8] * 8
        assert [word for word, _ in found["words"]] == ["what", "color", "is", "the", "shape?"]
        added = sum(map(sum, found["patches"])) + sum(value for _, value in found["words"])
        assert abs(added - (found["value"] - found["start"]) - found["delta"]) < 1e-3
    assert set(answer["agreement"]) == {"ce", "kd", "msd"}
    assert {len(f["map"]["deletion"]) for f in answer["faithfulness"].values()} == {21}
    again = client.predict(*asked, view="text", output="logit", api_name="/attribute")
    assert "faithfulness" not in again
    assert all(value == 0 for row in again["maps"]["kd"]["patches"] for value in row)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"task": "nowhere"}, "no task"),
        ({"image": None}, "no picture"),
        ({"image": {"path": "/etc/passwd"}}, "not uploaded"),
        ({"text": " "}, "no text"),
        ({"method": "magic"}, "no method"),
        ({"label": "purple"}, "no label"),
        ({"label": 3}, "label is not a text"),
        ({"output": "x"}, "no output"),
        ({"view": "neither"}, "no view"),
        ({"baseline": "pink"}, "no baseline"),
        ({"run": "../../etc/passwd"}, "no such student"),
        ({"faithfulness": "please"}, "neither true nor false"),
    ],
)
def test_attribute_refuses_in_one_sentence(client, picture, change, sentence):
    given = {"task": "easy-vqa", "image": picture, "text": "is a circle present?", **change}
    with pytest.raises(AppError, match=sentence) as error:
        client.predict(**given, api_name="/attribute")
    assert "\n" not in str(error.value)


def _saved(folder, name: str, image: Image.Image, **options):
    image.save(folder / name, **options)
    return handle_file(folder / name)


def test_unusual_pictures_are_read(client, tmp_path):
    red = Image.new("RGB", (50, 30), "red")
    rotated = Image.Exif()
    rotated[0x0112] = 6
    pictures = [
        _saved(tmp_path, "cmyk.jpg", red.convert("CMYK")),
        _saved(tmp_path, "moving.gif", red, save_all=True, append_images=[red.rotate(90)]),
        _saved(tmp_path, "deep.png", Image.new("I;16", (40, 40), 40_000)),
        _saved(tmp_path, "turned.jpg", red, exif=rotated),
        _saved(tmp_path, "clear.png", Image.new("RGBA", (40, 40), (255, 0, 0, 0))),
        _saved(tmp_path, "dot.png", Image.new("L", (1, 1))),
    ]
    for picture in pictures:
        assert client.predict("easy-vqa", picture, "is a circle present?", api_name="/compare")["predictions"]


def test_damaged_and_huge_pictures_are_refused(client, tmp_path):
    whole = tmp_path / "whole.png"
    Image.effect_noise((200, 200), 50).save(whole)
    data = whole.read_bytes()
    (tmp_path / "cut.png").write_bytes(data[: len(data) // 2])
    (tmp_path / "bomb.png").write_bytes(data[:16] + (60_000).to_bytes(4, "big") * 2 + data[24:])
    (tmp_path / "words.png").write_bytes(b"these are words")
    for name in ("cut.png", "bomb.png", "words.png"):
        with pytest.raises(AppError, match="picture") as error:
            client.predict("easy-vqa", handle_file(tmp_path / name), "x", api_name="/compare")
        assert "Traceback" not in str(error.value)


@pytest.mark.parametrize("path", ["/etc/passwd", "app.py", "http://127.0.0.1:1/", "../../etc/passwd"])
def test_no_file_of_the_server_is_read(server, path):
    """Told to the server as an upload, which `gradio_client` would not do."""
    image = {"path": path, "meta": {"_type": "gradio.FileData"}}
    address = f"{server}/gradio_api/call/compare"
    event = httpx.post(address, json={"data": ["easy-vqa", image, "x", ""]}).json()["event_id"]
    said = httpx.get(f"{address}/{event}", timeout=30).text
    assert said.startswith("event: error")
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"task": "../digits"}, "no task"),
        ({"method": "zz"}, "no method"),
        ({"method": "dist", "task": "posters"}, "Choose another method"),
        ({"weighting": "learned-by-heart"}, "no weighting"),
        ({"student": "clip-vit-b-32"}, "no student"),
        ({"examples": 10**9}, "give one from"),
        ({"examples": "500"}, "whole number"),
        ({"epochs": 1.5}, "whole number"),
        ({"seed": True}, "whole number"),
    ],
)
def test_distill_refuses_in_one_sentence(client, change, sentence):
    with pytest.raises(AppError, match=sentence):
        client.predict(**change, api_name="/distill")


def test_distill_streams_and_its_student_compares(client, picture):
    events = list(client.submit(task="digits", examples=300, epochs=1, api_name="/distill"))
    kinds = [event["kind"] for event in events]
    assert kinds[0] == "started"
    assert kinds[-1] == "done"
    assert {"stage", "step", "epoch"} <= set(kinds)
    assert "run" not in events[-1]["result"]
    run = events[0]["run"]
    assert "own" in client.predict("digits", picture, "This is odd.", run, api_name="/compare")["predictions"]
    with pytest.raises(AppError, match="made for the task"):
        client.predict("easy-vqa", picture, "x", run, api_name="/compare")


def test_who_stops_listening_ends_the_job(client):
    job, run = client.submit(task="digits", examples=20_000, epochs=30, api_name="/distill"), ""
    for event in job:
        run = event.get("run", run)
        if event["kind"] == "step":
            break
    assert _running(run)
    job.cancel()
    deadline = time.monotonic() + 5
    while _running(run) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _running(run)


def _running(run: str) -> bool:
    return subprocess.run(["pgrep", "-f", run], stdout=subprocess.DEVNULL).returncode == 0
