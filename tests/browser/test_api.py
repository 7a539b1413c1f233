"""The named endpoints, called politely and not."""

import json
import time
from contextlib import suppress

import httpx
import psutil
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
    assert set(endpoints) == {
        "/compare",
        "/attribute",
        "/distill",
        "/teach",
        "/forget",
        "/swap",
        "/batch",
        "/study",
        "/languages",
    }
    assert all(endpoint["description"] for endpoint in endpoints.values())


def test_compare_answers_by_model_view_and_label(client, picture):
    answer = client.predict("easy-vqa", picture, "what color is the shape?", api_name="/compare")
    assert set(answer["predictions"]) == {"teacher", "ce", "kd", "msd", "recombined"}
    for views in answer["predictions"].values():
        assert set(views) == {"both", "image", "text", "neither"}
        assert all(abs(sum(labels.values()) - 1) < 1e-4 for labels in views.values())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere", "picture", "x"), "no task"),
        ((["easy-vqa"], "picture", "x"), "task"),
        (("easy-vqa", "picture", "x" * 100_000), "100,000 characters"),
        (("easy-vqa", None, "  "), "neither a picture nor a text"),
        (("easy-vqa", "picture", {"a": 1}), "text"),
        (("easy-vqa", {"path": ""}, "x"), "no picture"),
        (("easy-vqa", "/etc/passwd", "x"), "not uploaded"),
        (("easy-vqa", {"path": "/etc/passwd"}, "x"), "not uploaded"),
        (("easy-vqa", "picture", "x", "../../etc/passwd"), "no such student"),
        (("easy-vqa", "picture", "x", "A" * 32), "no such student"),
    ],
)
def test_compare_refuses_in_one_sentence(client, picture, arguments, sentence):
    values = [picture if a == "picture" else a for a in arguments]
    with pytest.raises(AppError, match=sentence) as error:
        client.predict(*values, api_name="/compare")
    assert "\n" not in str(error.value)


def test_a_pair_may_lack_its_image_or_its_text(client, picture):
    """Not merely as if the other half were hidden: in no view is there anything of what is not there."""
    text = "what color is the shape?"
    alone = client.predict("easy-vqa", None, text, api_name="/compare")
    assert "no picture" in alone["warnings"][0]
    for views in alone["predictions"].values():
        assert views["both"] == pytest.approx(views["text"], abs=1e-5)
        assert views["image"] == pytest.approx(views["neither"], abs=1e-5)
    assert all(each["image"] == pytest.approx(0, abs=1e-6) for each in alone["saliency"].values())
    blind = client.predict("easy-vqa", picture, "", api_name="/compare")
    assert "no text" in blind["warnings"][0]
    maps = client.predict("easy-vqa", None, text, "occlusion", api_name="/attribute")["maps"]
    values = [value for each in maps.values() for row in each["patches"] for value in row]
    assert values == pytest.approx([0] * len(values), abs=1e-6)


def test_attribute_gives_signed_values_by_patch_and_word(client, picture):
    request = "easy-vqa", picture, "what color is the shape?", "integrated-gradients", "red"
    answer = client.predict(*request, faithfulness=True, api_name="/attribute")
    assert set(answer["maps"]) == {"teacher", "ce", "kd", "msd", "recombined"} and answer["label"] == "red"
    for each in answer["maps"].values():
        assert [len(row) for row in each["patches"]] == [8] * 8
        assert [word for word, _ in each["words"]] == ["what", "color", "is", "the", "shape?"]
        assert each["after"] == [" "] * 4 + [""]
        added = sum(map(sum, each["patches"])) + sum(value for _, value in each["words"])
        assert abs(added - (each["value"] - each["start"]) - each["delta"]) < 1e-3
    assert set(answer["agreement"]) == {"ce", "kd", "msd", "recombined"}
    assert {len(f["map"]["deletion"]) for f in answer["faithfulness"].values()} == {21}
    again = client.predict(*request, view="text", output="logit", api_name="/attribute")
    assert "faithfulness" not in again
    assert all(value == 0 for row in again["maps"]["kd"]["patches"] for value in row)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"task": "nowhere"}, "no task"),
        ({"image": None, "text": ""}, "neither a picture nor a text"),
        ({"image": {"path": "/etc/passwd"}}, "not uploaded"),
        ({"method": "magic"}, "no method"),
        ({"label": "purple"}, "no label"),
        ({"label": 3}, "label must be a string"),
        ({"output": "x"}, "no output"),
        ({"view": "neither"}, "no view"),
        ({"baseline": "pink"}, "no baseline"),
        ({"run": "../../etc/passwd"}, "no such student"),
        ({"faithfulness": "please"}, "must be true or false"),
    ],
)
def test_attribute_refuses_in_one_sentence(client, picture, change, sentence):
    values = {"task": "easy-vqa", "image": picture, "text": "is a circle present?", **change}
    with pytest.raises(AppError, match=sentence) as error:
        client.predict(**values, api_name="/attribute")
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


def call(server: str, endpoint: str, data: list) -> tuple[str, object]:
    """What the server streams to a call over plain HTTP at last: the event and its data."""
    address = f"{server}/gradio_api/call/{endpoint}"
    event = httpx.post(address, json={"data": data}).json()["event_id"]
    event_line, data_line = httpx.get(f"{address}/{event}", timeout=60).text.strip().splitlines()[-2:]
    return event_line.removeprefix("event: "), json.loads(data_line.removeprefix("data: "))


@pytest.mark.parametrize(
    "image",
    [
        *({"path": path} for path in ("/etc/passwd", "app.py", "http://127.0.0.1:1/", "../../etc/passwd", ["x"])),
        {"url": "http://127.0.0.1:1/"},
        [{"path": "/etc/passwd"}],
    ],
)
def test_no_file_of_the_server_is_read(server, image):
    """Sent as if it had been uploaded, which `gradio_client` would not do."""
    for each in image if isinstance(image, list) else [image]:
        each["meta"] = {"_type": "gradio.FileData"}
    event, data = call(server, "compare", ["easy-vqa", image, "x", ""])
    assert event == "error" and data["error"].endswith(".") and "/" not in data["error"]


def test_a_request_that_lacks_values_gets_a_sentence(server):
    event, data = call(server, "compare", ["easy-vqa"])
    assert event == "error" and "send every value" in data["error"]


def test_plain_values_come_back_over_plain_http(server):
    event, (answer,) = call(server, "compare", ["easy-vqa", None, "is a circle present?", ""])
    assert event == "complete" and 0 <= answer["predictions"]["teacher"]["text"]["yes"] <= 1
    event, (answer,) = call(server, "study", ["easy-vqa"])
    assert event == "complete" and type(answer["base"]["train_size"]) is int


@pytest.mark.parametrize("route", ["run/compare", "run/predict", "api/compare"])
def test_no_route_passes_by_the_queue(server, route):
    data = {"data": ["easy-vqa", None, "x", ""], "fn_index": 0}
    assert httpx.post(f"{server}/gradio_api/{route}", json=data).status_code in (401, 403, 404, 405)


def test_no_route_leaves_files_of_the_page(server):
    assert httpx.get(f"{server}/gradio_api/deep_link", params={"session_hash": "x"}).status_code == 404


def test_uploads_lie_in_the_folder_that_is_swept(server, client, picture, tmp_path_factory):
    client.predict("easy-vqa", picture, "is a circle present?", api_name="/compare")
    assert any(tmp_path_factory.getbasetemp().glob("app*/uploads/msd-uploads/*/red.png"))


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
        ({"recombine": 65}, "give one from 0 to 64"),
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
    assert not {"run", "environment"} & set(events[-1]["result"])  # what the server is made of
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
    """Whether a process has a file of the run open."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if any(run in file.path for file in process.open_files()):
                return True
    return False
