from __future__ import annotations

import hashlib

import httpx
import pytest

from tests.api.conftest import OpenSite

TYPE = {"content-type": "application/offset+octet-stream"}
WHOLE = bytes(range(256)) * 20


@pytest.fixture
def uploads(client: httpx.Client) -> str:
    """Where the uploads of a new notebook are."""
    client.post("/api/notebooks", json={"name": "a"})
    return "/api/notebooks/a/uploads"


def begun(client: httpx.Client, uploads: str, **told: object) -> str:
    """The place of a new upload."""
    answer = client.post(uploads, json={"name": "whole.bin", **told})
    assert answer.status_code == 201
    assert answer.headers["upload-offset"] == "0"
    return answer.headers["location"]


def append(client: httpx.Client, place: str, offset: int, content: bytes) -> httpx.Response:
    headers = {**TYPE, "upload-offset": str(offset)}
    return client.patch(place, content=content, headers=headers)


def test_a_file_comes_piece_by_piece(client: httpx.Client, uploads: str) -> None:
    """Each answer says where it goes on; once finished it is the file and no upload any more."""
    place = begun(client, uploads, size=len(WHOLE))
    assert append(client, place, 0, WHOLE[:1_000]).headers["upload-offset"] == "1000"
    head = client.head(place)
    assert (head.headers["upload-offset"], head.headers["upload-length"]) == ("1000", "5120")
    assert append(client, place, 1_000, WHOLE[1_000:]).status_code == 204
    digest = hashlib.sha256(WHOLE).hexdigest()
    done = client.post(f"{place}/finish", json={"sha256": digest})
    assert (done.status_code, done.json()["name"]) == (201, "whole.bin")
    assert client.get("/api/notebooks/a/files/whole.bin").content == WHOLE
    assert client.get(place).status_code == 404


def test_bytes_at_another_offset_are_refused(client: httpx.Client, uploads: str) -> None:
    """409 says at which it goes on, and nothing was written."""
    place = begun(client, uploads)
    append(client, place, 0, b"abc")
    wrong = append(client, place, 5, b"xyz")
    assert (wrong.status_code, wrong.json()["offset"]) == (409, 3)
    assert client.get(place).json()["offset"] == 3


def test_an_upload_outlives_its_server(open_site: OpenSite) -> None:
    """It goes on at the same offset at the next one."""
    site = open_site()
    client = site.client()
    client.post("/api/notebooks", json={"name": "a"})
    place = begun(client, "/api/notebooks/a/uploads")
    append(client, place, 0, b"abc")
    site.close()
    client = open_site().client()
    assert client.get(place).json()["offset"] == 3
    append(client, place, 3, b"def")
    assert client.post(f"{place}/finish").status_code == 201
    assert client.get("/api/notebooks/a/files/whole.bin").content == b"abcdef"


def test_what_is_not_whole_cannot_be_finished(client: httpx.Client, uploads: str) -> None:
    """409 says how far it is, and the upload stays."""
    place = begun(client, uploads, size=10)
    append(client, place, 0, b"abc")
    answer = client.post(f"{place}/finish")
    assert (answer.status_code, answer.json()["offset"]) == (409, 3)
    assert client.get(place).json()["offset"] == 3


def test_an_upload_that_was_cancelled_is_gone(client: httpx.Client, uploads: str) -> None:
    """With its bytes."""
    place = begun(client, uploads)
    assert client.delete(place).status_code == 204
    assert client.head(place).status_code == 404


def test_only_bytes_that_say_so_are_appended(client: httpx.Client, uploads: str) -> None:
    """Another content type is 415, no offset 422."""
    place = begun(client, uploads)
    offset = {"upload-offset": "0"}
    plain = client.patch(place, content=b"x", headers={**offset, "content-type": "text/plain"})
    assert plain.status_code == 415
    assert client.patch(place, content=b"x", headers=TYPE).status_code == 422
    assert client.get(place).json()["offset"] == 0


def test_what_was_announced_too_long_is_refused_at_once(open_site: OpenSite) -> None:
    """And more than was announced when it comes; what came before stays."""
    client = open_site(upload_limit=1_000).client()
    client.post("/api/notebooks", json={"name": "a"})
    uploads = "/api/notebooks/a/uploads"
    assert client.post(uploads, json={"name": "b", "size": 1_001}).status_code == 413
    place = begun(client, uploads, size=3)
    append(client, place, 0, b"ab")
    assert append(client, place, 2, b"cd").status_code == 413
    assert client.get(place).json()["offset"] == 2
