from __future__ import annotations

import pytest

from nbengine.api import connection
from tests.api.conftest import OpenSite
from tests.api.site import Site

HALF = b"GET /api/health HTTP/1.1\r\nHost: localh"


@pytest.mark.parametrize("sent", [b"", HALF], ids=["nothing", "half a head"])
def test_a_head_that_does_not_come_is_not_waited_for(
    open_site: OpenSite, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    """408, and the connection is closed."""
    monkeypatch.setattr(connection, "HEAD_TIMEOUT", 0.05)
    assert open_site().send(sent).startswith(b"HTTP/1.1 408 ")


def test_the_second_head_has_to_come_in_time_too(
    open_site: OpenSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the first request was answered."""
    monkeypatch.setattr(connection, "HEAD_TIMEOUT", 0.2)
    site = open_site()
    answer = site.send(site.head("GET /api/health") + HALF)
    assert [part[:4] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"200 ", b"408 "]


def test_a_cell_may_run_for_longer_than_a_head_may_take(
    open_site: OpenSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock stops with the last header."""
    monkeypatch.setattr(connection, "HEAD_TIMEOUT", 0.05)
    client = open_site().client()
    source = "import time; time.sleep(0.2); 'slept'"
    client.post("/api/notebooks", json={"name": "a", "cells": [{"id": "c", "source": source}]})
    assert client.post("/api/notebooks/a/cells/c/execute").json()["status"] == "ok"


def test_a_body_that_nobody_reads_is_not_taken_for_ever(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes on after the answer is dropped for a while, then the connection is closed."""
    monkeypatch.setattr(connection, "_MOST_UNHEARD", 1_000_000)
    sender = site.connect()
    sender.sendall(site.head("POST /api/nothing", "Content-Length: 1000000000"))
    answer = sender.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 404 ")
    with pytest.raises(OSError, match=r"reset|[Pp]ipe"):
        sender.sendall(b"x" * 100_000_000)


def test_a_short_body_that_nobody_reads_is_dropped(site: Site) -> None:
    """The connection is good for the next request."""
    answer = site.send(
        site.head("POST /api/nothing", "Content-Length: 5")
        + b"01234"
        + site.head("GET /api/health", "Connection: close")
    )
    assert [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"404", b"200"]
