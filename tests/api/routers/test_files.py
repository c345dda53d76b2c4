from __future__ import annotations

import hashlib
import os
from pathlib import Path

import httpx
import psutil
import pytest

from tests.api.conftest import OpenSite
from tests.api.site import Site
from tests.conftest import until

CSV = b"species;mass\nAdelie;3700,5\nGentoo;\n"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63"
    "fccfc0f01f00050001ff5cc8e7d50000000049454e44ae426082"
)


@pytest.fixture
def files(client: httpx.Client) -> str:
    """Where the files of a new notebook are."""
    client.post("/api/notebooks", json={"name": "a"})
    return "/api/notebooks/a/files"


def test_a_file_is_brought_in_listed_taken_out_and_deleted(
    client: httpx.Client, files: str
) -> None:
    """And it is in the folder where the cells work."""
    made = client.put(f"{files}/data/p.csv", content=CSV)
    assert (made.status_code, made.json()["size"]) == (201, len(CSV))
    cell = {"source": "print(open('data/p.csv').readline())", "id": "c"}
    client.post("/api/notebooks/a/cells", json=cell)
    result = client.post("/api/notebooks/a/cells/c/execute").json()
    assert result["outputs"][0]["text"] == "species;mass\n\n"
    assert [each["name"] for each in client.get(files).json()["files"]] == ["data/p.csv"]
    assert client.get(f"{files}/data/p.csv").content == CSV
    assert client.delete(f"{files}/data/p.csv").status_code == 204
    assert client.get(f"{files}/data/p.csv").status_code == 404


def test_a_file_that_is_there_is_replaced_only_if_that_is_said(
    client: httpx.Client, files: str
) -> None:
    """Otherwise 409, and it is what it was."""
    client.put(f"{files}/a.txt", content=b"one")
    assert client.put(f"{files}/a.txt", content=b"two").status_code == 409
    assert client.get(f"{files}/a.txt").content == b"one"
    answer = client.put(f"{files}/a.txt", content=b"two", params={"overwrite": True})
    assert answer.status_code == 201
    assert client.get(f"{files}/a.txt").content == b"two"


def test_a_file_without_a_length_and_an_empty_one_are_taken(
    client: httpx.Client, files: str
) -> None:
    """Chunked bodies come in pieces of any size."""
    pieces = [b"x" * size for size in (1, 70_000, 3, 2_000_000)]
    assert client.put(f"{files}/chunked", content=iter(pieces)).status_code == 201
    assert client.get(f"{files}/chunked").content == b"".join(pieces)
    assert client.put(f"{files}/empty").json()["size"] == 0
    assert client.get(f"{files}/empty").content == b""


def test_what_arrived_is_compared_with_its_hash(client: httpx.Client, files: str) -> None:
    """A file that is another than the sender's is not there."""
    right = hashlib.sha256(CSV).hexdigest()
    wrong = client.put(f"{files}/a", content=CSV, params={"sha256": "0" * 64})
    assert wrong.status_code == 422
    assert client.get(f"{files}/a").status_code == 404
    assert client.put(f"{files}/a", content=CSV, params={"sha256": right}).status_code == 201


def test_too_long_a_file_is_refused_and_nothing_of_it_stays(open_site: OpenSite) -> None:
    """Whether its length was said or not."""
    site = open_site(upload_limit=1_000)
    client = site.client()
    client.post("/api/notebooks", json={"name": "a"})
    for content in (b"x" * 1_001, iter([b"x" * 600, b"x" * 600])):
        assert client.put("/api/notebooks/a/files/long", content=content).status_code == 413
    assert client.get("/api/notebooks/a/files").json()["files"] == []
    store = site.notebooks.files_folder("a") / ".nbengine-uploads"
    assert not store.exists() or list(store.iterdir()) == []


def test_a_sender_who_leaves_amid_a_file_leaves_nothing(site: Site, client: httpx.Client) -> None:
    """Neither a file nor an upload."""
    client.post("/api/notebooks", json={"name": "a"})
    store = site.notebooks.files_folder("a") / ".nbengine-uploads"
    head = site.head("PUT /api/notebooks/a/files/half", "Content-Length: 1000")
    with site.connect() as connection:
        connection.sendall(head + b"x" * 500)
        until(lambda: store.exists() and len(list(store.iterdir())) == 2)
    until(lambda: list(store.iterdir()) == [])
    assert client.get("/api/notebooks/a/files/half").status_code == 404


def test_a_body_that_stops_coming_is_given_up(open_site: OpenSite) -> None:
    """408, and the connection is closed."""
    site = open_site(body_timeout=0.2)
    site.client().post("/api/notebooks", json={"name": "a"})
    head = site.head("PUT /api/notebooks/a/files/slow", "Content-Length: 1000")
    answer = site.send(head + b"x" * 10)
    assert answer.split()[1] == b"408"


@pytest.mark.parametrize(
    "name", ["../a", "..%2fa", "%2e%2e/a", "/etc/passwd", "a//b", "con", ".nbengine-x", "a%00b"]
)
def test_no_name_leads_out_of_the_folder(site: Site, client: httpx.Client, name: str) -> None:
    """Nor to what is the engine's own; the address is sent as it stands."""
    client.post("/api/notebooks", json={"name": "a"})
    for method in ("GET", "PUT", "DELETE"):
        request = f"{method} /api/notebooks/a/files/{name}"
        answer = site.send(site.head(request, "Connection: close", "Content-Length: 0"))
        assert answer.split()[1] in (b"404", b"405", b"422"), method


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
def test_a_link_leads_nowhere(site: Site, client: httpx.Client, files: str, tmp_path: Path) -> None:
    """It is neither listed nor followed."""
    (tmp_path / "secret").write_text("secret")
    (site.notebooks.files_folder("a") / "link").symlink_to(tmp_path / "secret")
    assert client.get(f"{files}/link").status_code == 404
    assert client.get(files).json()["files"] == []


@pytest.mark.parametrize(
    "asked, said",
    [
        ("bytes=0-4", b"speci"),
        ("bytes=8-", CSV[8:]),
        ("bytes=-3", CSV[-3:]),
        ("bytes=30-999", CSV[30:]),
    ],
)
def test_a_part_of_a_file_is_given(
    client: httpx.Client, files: str, asked: str, said: bytes
) -> None:
    """206 with the place of the part in the whole."""
    client.put(f"{files}/p.csv", content=CSV)
    answer = client.get(f"{files}/p.csv", headers={"range": asked})
    assert (answer.status_code, answer.content) == (206, said)
    start = CSV.index(said)
    assert answer.headers["content-range"] == f"bytes {start}-{start + len(said) - 1}/{len(CSV)}"


def test_a_part_of_another_version_is_not_given(client: httpx.Client, files: str) -> None:
    """`If-Range` with an old tag gets the whole new file, `If-None-Match` with the tag 304."""
    tag = client.put(f"{files}/a", content=b"first").headers["etag"]
    asked = {"range": "bytes=0-1", "if-range": tag}
    assert client.get(f"{files}/a", headers=asked).content == b"fi"
    assert client.get(f"{files}/a", headers={"if-none-match": tag}).status_code == 304
    client.put(f"{files}/a", content=b"second", params={"overwrite": True})
    answer = client.get(f"{files}/a", headers=asked)
    assert (answer.status_code, answer.content) == (200, b"second")
    assert client.get(f"{files}/a", headers={"if-none-match": tag}).status_code == 200


def test_a_part_behind_the_end_is_416(client: httpx.Client, files: str) -> None:
    """With the length that the file has."""
    client.put(f"{files}/a", content=b"abc")
    answer = client.get(f"{files}/a", headers={"range": "bytes=3-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */3")


def test_head_tells_the_length_and_sends_nothing(client: httpx.Client, files: str) -> None:
    """As GET would, without a body."""
    client.put(f"{files}/a.txt", content=b"abc")
    answer = client.head(f"{files}/a.txt")
    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, "3", b"")


def test_a_file_is_for_download_under_its_own_name(client: httpx.Client, files: str) -> None:
    """In any script; a page in it is never shown as one."""
    for name, told in (
        ("a.html", 'attachment; filename="a.html"'),
        (
            "Größe.html",
            "attachment; filename=\"Gr__e.html\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.html",
        ),
        ('a"b%.txt', "attachment; filename=\"a_b_.txt\"; filename*=UTF-8''a%22b%25.txt"),
    ):
        place = f"{files}/{name.replace('%', '%25')}"
        client.put(place, content=b"<script>alert(1)</script>")
        headers = client.get(place, params={"in_place": True}).headers
        assert headers["content-disposition"] == told
        assert headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in headers["content-security-policy"]


def test_a_picture_may_be_shown_in_place(client: httpx.Client, files: str) -> None:
    """If that is asked for."""
    client.put(f"{files}/dot.png", content=PNG)
    plain = client.get(f"{files}/dot.png")
    shown = client.get(f"{files}/dot.png", params={"in_place": True})
    assert plain.headers["content-disposition"].startswith("attachment")
    assert shown.headers["content-disposition"].startswith("inline")
    assert (shown.headers["content-type"], shown.content) == ("image/png", PNG)


def test_the_context_of_a_file_is_told_as_json_and_for_a_prompt(
    client: httpx.Client, files: str
) -> None:
    """Columns, types and missing values; of one file, and of all."""
    client.put(f"{files}/p.csv", content=CSV)
    context = client.get("/api/notebooks/a/contexts/p.csv").json()
    assert [column["name"] for column in context["tables"][0]["columns"]] == ["species", "mass"]
    text = client.get("/api/notebooks/a/contexts/p.csv", params={"as": "text"})
    assert text.headers["content-type"].startswith("text/plain")
    assert '- "mass": number, 1 missing' in text.text
    everything = client.get("/api/notebooks/a/contexts").json()
    assert [each["file"]["name"] for each in everything["contexts"]] == ["p.csv"]


def test_memory_does_not_grow_with_a_file(client: httpx.Client, files: str) -> None:
    """Neither on its way in nor on its way out."""
    process, block, peak = psutil.Process(), b"x" * 2**20, 0
    before = process.memory_info().rss

    def noted(piece: bytes) -> bytes:
        nonlocal peak
        peak = max(peak, process.memory_info().rss)
        return piece

    client.put(f"{files}/big", content=(noted(block) for _ in range(150)))
    with client.stream("GET", f"{files}/big") as response:
        length = sum(len(noted(piece)) for piece in response.iter_raw(2**20))
    assert length == 150 * 2**20
    assert peak - before < 50 * 2**20


def test_a_download_that_is_left_closes_its_file(site: Site, client: httpx.Client) -> None:
    """And the server serves others meanwhile."""
    client.post("/api/notebooks", json={"name": "a"})
    client.put("/api/notebooks/a/files/big", content=b"x" * 30_000_000)
    with client.stream("GET", "/api/notebooks/a/files/big") as response:
        next(response.iter_raw())
        assert client.get("/api/notebooks").status_code == 200
    big = str(site.notebooks.files_folder("a") / "big")
    until(lambda: big not in {each.path for each in psutil.Process().open_files()})
