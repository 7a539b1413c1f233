"""A task of the caller's own over the API: taught, used and forgotten, by whoever knows its name alone."""

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from tests.files import archive, picture_file


@pytest.fixture(scope="module")
def client(server):
    return Client(server, verbose=False)


@pytest.fixture
def pictures(tmp_path):
    """A ZIP with a folder for each label, and how it is sent."""
    path = tmp_path / "pets.zip"
    path.write_bytes(archive({f"{('cat', 'dog')[i % 2]}/{i}.png": picture_file(i) for i in range(12)}))
    return handle_file(path)


def test_a_task_is_looked_at_taught_and_forgotten_while_somebody_distils(client, server, pictures):
    somebody = Client(server, verbose=False)
    student, seen = None, []
    for event in client.submit(pictures, None, "Pets", api_name="/teach"):
        seen.append(event)
        if event["kind"] == "step" and student is None:
            task = seen[0]["task"]
            with pytest.raises(AppError, match="no model of"):
                client.predict(task, None, "pet", api_name="/compare")
            with pytest.raises(AppError, match="has no teacher"):
                client.predict(task, api_name="/distill")
            student = somebody.submit("digits", "ce", "none", "student-tiny", 100, 1, api_name="/distill")
    assert seen[0]["kind"] == "started" and task.startswith("own:")
    looked = next(event for event in seen if event["kind"] == "looked")
    assert sum(looked["report"]["rows"].values()) == 12 and looked["left_out"] == []
    assert seen[-1]["kind"] == student.result()["kind"] == "done"
    assert seen[-1]["result"]["cross_validated"]["rows"] == 12
    assert "teacher" in client.predict(task, None, "pet", api_name="/compare")["predictions"]
    mine = client.submit(task, "kd", "instance", "student-tiny", 100, 1, api_name="/distill").result()
    whole = mine["result"]["cross_validated"]
    assert whole["rows"] == 12 and whole["teacher"] == seen[-1]["result"]["cross_validated"]["student"]
    assert client.predict(task, [], api_name="/forget")["forgotten"] is True
    with pytest.raises(AppError, match="no such task"):
        client.predict(task, None, "pet", api_name="/compare")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((None,), "no pictures"),
        (("/etc/passwd",), "not uploaded"),
        (("pictures", None, "x", "nowhere"), "no column called"),
        (("pictures", None, "x", "", "", "", "", [], 0), "out of range"),
        (("pictures", None, "x", "", "", "", "", [], 1, "own:../.."), "no such task"),
        ((None, None, "", "", "", "", "", [], 1, "own:" + "A" * 32), "no such task"),
    ],
)
def test_teach_refuses_in_one_sentence(client, pictures, arguments, sentence):
    values = [pictures if value == "pictures" else value for value in arguments]
    with pytest.raises(AppError, match=sentence) as error:
        client.submit(*values, api_name="/teach").result()
    assert "\n" not in str(error.value) and "A" * 32 not in str(error.value)
