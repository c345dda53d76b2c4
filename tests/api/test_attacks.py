"""Requests as no client of ours would send them, on a real socket."""

from __future__ import annotations

import json

import pytest

from tests.api.conftest import OpenSite
from tests.api.site import Site

JSON = "Content-Type: application/json"
CLOSE = "Connection: close"


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def problem_of(answer: bytes) -> dict[str, object]:
    head, _, content = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head, answer
    problem: dict[str, object] = json.loads(content)
    assert problem["status"] == status_of(answer)
    assert isinstance(problem["detail"], str)
    assert problem["detail"].endswith(".")
    return problem


@pytest.mark.parametrize(
    "path",
    [
        "/api/notebooks/..",
        "/api/notebooks/../../etc/passwd",
        "/api/notebooks/%2e%2e",
        "/api/notebooks/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/api/notebooks/..%5c..%5cetc",
        "/api/notebooks/a%00",
        "/api/notebooks/%00",
        "/api/notebooks/a%0d%0ax",
        "/api/notebooks/%ff%fe",
        "/api/notebooks/%c0%ae%c0%ae",
        "/api/notebooks/%252e%252e",
        "/api/notebooks/%e2%80%ae",
        "/api/notebooks/con",
        "/api/notebooks/.trash",
        "/api/notebooks/-rf",
        "/api/notebooks/a%20b",
        "/api/notebooks/~root",
        "/api/notebooks/$HOME",
        "/api/notebooks/" + "a" * 129,
        "/api/notebooks/n/cells/..%2f..%2fx",
        "/api/notebooks/n/cells/a%00b",
        "/api/notebooks/n/executions/%2e%2e",
        "/api/notebooks/n/executions/%2e%2e/events",
        "/api/notebooks/n/cells/c/outputs/%2e%2e",
        "/api/notebooks/n/cells/c/outputs/99999999999999999999999999",
        "/api/notebooks/n/snapshots/..%2f/restore",
        "//api/notebooks",
        "/api//notebooks",
        "/api/notebooks/",
        "/./api/notebooks",
        "/api/../api/notebooks",
    ],
)
def test_no_path_leads_out(site: Site, path: str) -> None:
    """An id is a name, never a path: what is none is refused or not found, in a sentence."""
    site.notebooks.create("n")
    answer = site.send(site.head(f"GET {path}", CLOSE))
    assert status_of(answer) in (404, 405, 422)
    assert "root:" not in str(problem_of(answer))


@pytest.mark.parametrize(
    "request_line, lines, status",
    [
        ("GET /api/notebooks?" + "a" * 9_000, (), 414),
        ("GET /api/notebooks", ("X-Big: " + "a" * 33_000,), 431),
        ("GET /api/notebooks", tuple(f"X-{n}: " + "a" * 100 for n in range(400)), 431),
        ("BREW /api/notebooks", (), 400),
        ("GET http://evil.example/api/notebooks", ("Host: evil.example",), 400),
        ("GET /api/notebooks", ("Content-Length: -1",), 400),
        ("GET /api/notebooks", ("Content-Length: 1", "Content-Length: 2"), 400),
        ("GET /api/notebooks", ("Content-Length: 5", "Transfer-Encoding: chunked"), 400),
        ("POST /api/notebooks", ("Transfer-Encoding: gzip", JSON), 400),
        ("GET /api/notebooks", ("A\x00B: x",), 400),
        ("GET /api/notebooks", ("A: x\x00y",), 400),
        ("TRACE /api/notebooks", (), 405),
        ("OPTIONS /api/notebooks", ("Access-Control-Request-Method: POST",), 405),
    ],
    ids=lambda value: str(value)[:40],
)
def test_heads_that_are_none(
    site: Site, request_line: str, lines: tuple[str, ...], status: int
) -> None:
    """Too long, ambiguous or garbled: one problem, and the connection is closed."""
    answer = site.send(site.head(request_line, *lines, CLOSE))
    assert status_of(answer) == status
    problem_of(answer)


@pytest.mark.parametrize(
    "content",
    [b"\x16\x03\x01\x02\x00\x01\x00", b"\r\n\r\n\r\nwhat?\r\n\r\n", b"GET\r\n\r\n", b"\x00" * 100],
    ids=["tls", "words", "half a line", "zeros"],
)
def test_what_is_no_http(site: Site, content: bytes) -> None:
    """One problem, and the connection is closed."""
    answer = site.send(content)
    assert (status_of(answer), problem_of(answer)["title"]) == (400, "Bad Request")


def test_a_head_without_end_is_cut_off(site: Site) -> None:
    """However slowly its bytes come: no more are held than a head may have."""
    connection = site.connect()
    connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
    answer = b""
    try:
        for _ in range(1_000):
            connection.sendall(b"a" * 1_000)
        answer = connection.recv(10_000)
    except (ConnectionResetError, BrokenPipeError):
        answer = answer or b"HTTP/1.1 431 (reset before it was read)"
    assert status_of(answer) == 431


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a",
     "application/jsonp", "text/json", "application/json; charset=utf-16", "json", "*/*"],
)  # fmt: skip
def test_a_body_of_another_type_is_refused(site: Site, content_type: str) -> None:
    """Also for a route that takes none; a form of another site cannot send JSON."""
    site.notebooks.create("n")
    lines = (f"Content-Type: {content_type}",) if content_type else ()
    for path in ("/api/notebooks", "/api/notebooks/n/restart"):
        answer = site.send(site.head(f"POST {path}", *lines, "Content-Length: 2", CLOSE), b"{}")
        assert status_of(answer) == 415
        problem_of(answer)


@pytest.mark.parametrize(
    "body, status",
    [
        (b"", 422),
        (b"{", 400),
        (b'{"name": "a"', 400),
        (b'{"name": "\xff"}', 400),
        (b'{"name": "\\ud800"}', 400),
        (b"\xef\xbb\xbf{}", 400),
        (b"\xff\xfe{\x00}\x00", 400),
        (b'{"name": NaN}', 400),
        (b"[" * 100_000, 400),
        (b'{"name": ' * 10_000, 400),
        (b"null", 422),
        (b"[]", 422),
        (b"7", 422),
        (b'"name"', 422),
        (b'{"name": 7}', 422),
        (b'{"name": null}', 422),
        (b'{"name": "a", "colour": "red"}', 422),
        (b'{"name": ""}', 422),
        (b'{"name": "../../x"}', 422),
        (b'{"name": "a\\u0000b"}', 422),
        (b'{"name": "' + b"a" * 300 + b'"}', 422),
        (b'{"cells": [{"id": "../x"}]}', 422),
        (b'{"cells": [{"id": "a"}, {"id": "a"}]}', 422),
        (b'{"cells": [{"source": 1}]}', 422),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_bodies_that_are_none(site: Site, body: bytes, status: int) -> None:
    """A sentence says what is wrong and where; nothing is made."""
    head = site.head("POST /api/notebooks", JSON, f"Content-Length: {len(body)}", CLOSE)
    answer = site.send(head, body)
    assert status_of(answer) == status
    problem_of(answer)
    assert site.notebooks.notebooks() == []


def test_a_body_that_breaks_off_does_nothing(site: Site) -> None:
    """The client has left; the server goes on."""
    connection = site.connect()
    connection.sendall(site.head("POST /api/notebooks", JSON, "Content-Length: 100") + b'{"na')
    connection.close()
    assert site.client().get("/api/notebooks").json() == []


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_that_is_too_long_is_refused(open_site: OpenSite, declared: bool) -> None:
    """By what it says of itself, or as soon as more has come; the rest is not read."""
    site = open_site(body_limit=10_000)
    if declared:
        answer = site.send(site.head("POST /api/notebooks", JSON, "Content-Length: 10001", CLOSE))
    else:
        chunks = b"2710\r\n" + b" " * 10_000 + b"\r\n" + b"5\r\n     \r\n"
        answer = site.send(
            site.head("POST /api/notebooks", JSON, "Transfer-Encoding: chunked", CLOSE), chunks
        )
    assert (status_of(answer), b"10,000 bytes" in answer) == (413, True)
    problem_of(answer)


def test_a_body_that_does_not_come_is_not_waited_for(open_site: OpenSite) -> None:
    """408, and the connection is closed."""
    site = open_site(body_timeout=0.05)
    answer = site.send(site.head("POST /api/notebooks", JSON, "Content-Length: 100"), b"{")
    assert status_of(answer) == 408
    problem_of(answer)


@pytest.mark.parametrize(
    "chunks",
    [
        b"x\r\n",
        b"-1\r\n",
        b"ffffffffffffffffff\r\n",
        b"2\r\n{}0\r\n\r\n",
        b"2;\x00=a\r\n{}\r\n0\r\n\r\n",
    ],
    ids=repr,
)
def test_garbled_chunks(site: Site, chunks: bytes) -> None:
    """They are no body, and nothing is made of them."""
    head = site.head("POST /api/notebooks", JSON, "Transfer-Encoding: chunked", CLOSE)
    answer = site.send(head, chunks)
    assert not answer or status_of(answer) == 400
    assert site.notebooks.notebooks() == []


def test_requests_in_one_go_are_answered_in_order(site: Site) -> None:
    """Pipelined, each has its own answer, and none that of another."""
    body = b'{"name": "a"}'
    made = site.head("POST /api/notebooks", JSON, f"Content-Length: {len(body)}") + body
    answer = site.send(
        site.head("GET /api/notebooks")
        + made
        + site.head("GET /api/notebooks/none")
        + site.head("GET /api/notebooks/a", CLOSE)
    )
    statuses = [status_of(b"HTTP/1.1" + part) for part in answer.split(b"HTTP/1.1")[1:]]
    assert statuses == [200, 201, 404, 200]


def test_a_smuggled_request_is_none(site: Site) -> None:
    """What follows a body of declared length is a request of its own, and needs the token."""
    inner = b"GET /api/notebooks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = site.send(site.head("POST /api/notebooks", JSON, "Content-Length: 2") + b"{}" + inner)
    statuses = [status_of(b"HTTP/1.1" + part) for part in answer.split(b"HTTP/1.1")[1:]]
    assert statuses == [201, 401]


def test_an_upgrade_is_not_made(site: Site) -> None:
    """There are no web sockets here: the request is answered as any other."""
    lines = ("Connection: Upgrade, close", "Upgrade: websocket", "Sec-WebSocket-Key: x")
    assert status_of(site.send(site.head("GET /api/notebooks", *lines))) == 200


def test_what_was_refused_is_refused_as_a_problem_with_all_headers(site: Site) -> None:
    """Also by the gate itself."""
    answer = site.send(
        b"GET /api/notebooks HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    )
    head = answer.partition(b"\r\n\r\n")[0].lower()
    for name in (b"x-content-type-options: nosniff", b"x-frame-options: deny", b"x-request-id: "):
        assert name in head
