from __future__ import annotations

import httpx
import pytest

PLACE = "/api/notebooks/a/cells"


@pytest.fixture(autouse=True)
def notebook(client: httpx.Client) -> None:
    """One with three cells."""
    cells = [{"id": each, "source": f"{each} = 1"} for each in ("c1", "c2", "c3")]
    client.post("/api/notebooks", json={"name": "a", "cells": cells})


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [cell["id"] for cell in answer.json()["cells"]]


def test_a_cell_is_added_after_another_one(client: httpx.Client) -> None:
    """Its address is in `Location`; without a cell before it it comes first."""
    made = client.post(PLACE, json={"source": "x", "after": "c1", "id": "new"})
    assert (made.status_code, made.headers["location"]) == (201, f"{PLACE}/new")
    first = client.post(PLACE, json={"cell_type": "markdown"}).json()["id"]
    assert ids(client.get("/api/notebooks/a")) == [first, "c1", "new", "c2", "c3"]


def test_an_edit_names_the_revision_that_it_changes(client: httpx.Client) -> None:
    """In `If-Match`, as the whole entity tag or as the revision in it, or in the body."""
    for n, header in enumerate(('"{0}"', "{1}", "W/{1}", "*")):
        seen = client.get(f"{PLACE}/c1")
        match = header.format(seen.json()["revision"], seen.headers["etag"])
        answer = client.patch(f"{PLACE}/c1", json={"source": f"{n}"}, headers={"if-match": match})
        assert (answer.status_code, answer.json()["source"]) == (200, f"{n}")
    revision = client.get(f"{PLACE}/c1").json()["revision"]
    answer = client.patch(f"{PLACE}/c1", json={"cell_type": "raw", "revision": revision})
    assert (answer.json()["cell_type"], answer.json()["source"]) == ("raw", "3")


@pytest.mark.parametrize("headers", [{}, {"if-match": ""}], ids=["none", "empty"])
def test_an_edit_without_a_revision_is_told_how_to_get_one(
    client: httpx.Client, headers: dict[str, str]
) -> None:
    """428 names the header, the member, and the star; nothing has changed."""
    answer = client.patch(f"{PLACE}/c1", json={"source": "new"}, headers=headers)
    assert answer.status_code == 428
    for word in ("If-Match", "ETag", "revision", "*"):
        assert word in answer.json()["detail"]
    assert client.delete(f"{PLACE}/c1").status_code == 428
    assert client.post(f"{PLACE}/c1/split", json={"at": 1}).status_code == 428
    assert client.get(f"{PLACE}/c1").json()["source"] == "c1 = 1"


def test_two_editors_of_a_cell_lose_nothing(client: httpx.Client) -> None:
    """The second one gets what is there, its revision, and what it sent itself."""
    seen = client.get(f"{PLACE}/c1").headers["etag"]
    first = client.patch(f"{PLACE}/c1", json={"source": "one"}, headers={"if-match": seen})
    second = client.patch(f"{PLACE}/c1", json={"source": "two"}, headers={"if-match": seen})
    problem = second.json()
    assert (second.status_code, problem["title"]) == (409, "Edit conflict")
    assert problem["theirs"]["source"] == "one"
    assert problem["theirs"]["revision"] == first.json()["revision"]
    assert problem["yours"] == {"source": "two"}
    assert client.get(f"{PLACE}/c1").json()["source"] == "one"


def test_several_revisions_at_once_are_refused(client: httpx.Client) -> None:
    """An edit is made to one."""
    answer = client.patch(f"{PLACE}/c1", json={"source": ""}, headers={"if-match": '"a", "b"'})
    assert answer.status_code == 422


def test_cells_are_moved_split_merged_and_deleted(client: httpx.Client) -> None:
    """Each answers the whole notebook as it is then."""
    assert ids(client.post(f"{PLACE}/c3/move", json={})) == ["c3", "c1", "c2"]
    assert ids(client.post(f"{PLACE}/c3/move", json={"after": "c2"})) == ["c1", "c2", "c3"]
    split = client.post(f"{PLACE}/c2/split", json={"at": 2, "revision": "*"})
    first, second = split.json()["cells"][1:3]
    assert (first["source"], second["source"], second["id"]) == ("c2", " = 1", "c2")
    revisions = {first["id"]: first["revision"], "c2": "*"}
    merged = client.post(f"{PLACE}/merge", json={"revisions": revisions})
    assert ids(merged) == ["c1", "c2", "c3"]
    deleted = client.delete(f"{PLACE}/c2", headers={"if-match": "*"})
    assert ids(deleted) == ["c1", "c3"]
    assert client.get(f"{PLACE}/c2").status_code == 404


def run(client: httpx.Client, source: str) -> None:
    body = {"source": source, "revision": "*"}
    assert client.post(f"{PLACE}/c1/execute", json=body).json()["status"] == "ok"


def test_html_of_a_cell_has_an_origin_of_its_own(client: httpx.Client) -> None:
    """It may run scripts, but neither as the page nor with its cookie; only our pages frame it."""
    run(client, "from IPython.display import HTML\nHTML('<script>1</script>é')")
    answer = client.get(f"{PLACE}/c1/outputs/0", params={"mime": "text/html"})
    assert answer.text == "<script>1</script>é"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"].split("; ")
    sandbox = policy[0].split()
    assert sandbox[0] == "sandbox"
    assert "allow-scripts" in sandbox
    assert not {"allow-same-origin", "allow-top-navigation", "allow-forms"} & set(sandbox)
    assert {"frame-ancestors 'self'", "form-action 'none'", "default-src 'none'"} <= set(policy)
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"


def test_a_picture_comes_as_its_bytes(client: httpx.Client) -> None:
    """So that a page can show it by its address."""
    run(
        client,
        "from IPython.display import Image\nImage(b'\\x89PNG\\r\\n\\x1a\\nrest', format='png')",
    )
    answer = client.get(f"{PLACE}/c1/outputs/0", params={"mime": "image/png"})
    assert answer.content == b"\x89PNG\r\n\x1a\nrest"
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_svg_runs_nothing(client: httpx.Client) -> None:
    """Opened on its own, it is a document, and its policy has no scripts in it."""
    run(
        client,
        "from IPython.display import SVG\nSVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')",
    )
    answer = client.get(f"{PLACE}/c1/outputs/0", params={"mime": "image/svg+xml"})
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script" not in policy


@pytest.mark.parametrize(
    "mime, served",
    [
        ("application/javascript", "application/octet-stream"),
        ("text/javascript", "text/plain; charset=utf-8"),
        ("application/xhtml+xml", "application/octet-stream"),
        ("text/xml", "text/plain; charset=utf-8"),
        ("application/vnd.own+json", "application/json"),
        ("text/html;charset=utf-7", "text/plain; charset=utf-8"),
    ],
)
def test_no_other_type_becomes_a_document(client: httpx.Client, mime: str, served: str) -> None:
    """Whatever a cell calls it: it is text, JSON, or for download."""
    run(client, f"display({{{mime!r}: '<script>alert(1)</script>'}}, raw=True)")
    answer = client.get(f"{PLACE}/c1/outputs/0", params={"mime": mime})
    assert (answer.status_code, answer.headers["content-type"]) == (200, served)
    assert ("content-disposition" in answer.headers) == served.endswith("octet-stream")


def test_an_output_that_is_not_there_is_named(client: httpx.Client) -> None:
    """By number and by type; without a type the one that says most is served."""
    run(client, "print('hi')")
    assert client.get(f"{PLACE}/c1/outputs/0").text == "hi\n"
    assert client.get(f"{PLACE}/c1/outputs/1").status_code == 404
    assert client.get(f"{PLACE}/c1/outputs/-1").status_code == 404
    wrong = client.get(f"{PLACE}/c1/outputs/0", params={"mime": "image/png"})
    assert (wrong.status_code, "text/plain" in wrong.json()["detail"]) == (422, True)
