from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.requests import HTTPConnection

from nbengine.api.clients import Clients
from tests.api.conftest import OpenSite
from tests.conftest import until


def of(client: str) -> HTTPConnection:
    return HTTPConnection({"type": "http", "path": "/", "headers": [], "client": (client, 1)})


class Clock:
    """Tells what it is told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Stands still until it is moved."""
    return Clock()  # type: ignore[return-value]


def served(clients: Clients, client: str, count: int) -> list[bool]:
    return [clients(of(client)) is None for _ in range(count)]


def test_a_client_has_five_seconds_worth_at_once(clock: Clock) -> None:
    """Then as many as come back; other clients have their own."""
    clients = Clients(2.0, 10, clock)
    assert served(clients, "a", 11) == [True] * 10 + [False]
    assert served(clients, "b", 1) == [True]
    clock.now = 1.0
    assert served(clients, "a", 3) == [True, True, False]
    clock.now = 100.0
    assert served(clients, "a", 11) == [True] * 10 + [False]


def test_it_is_told_when_to_come_back(clock: Clock) -> None:
    """In whole seconds, not too early."""
    clients = Clients(0.25, 10, clock)
    served(clients, "a", 1)
    refusal = clients(of("a"))
    assert refusal is not None
    assert (refusal.status_code, refusal.headers["retry-after"]) == (429, "3")
    clock.now = 3.0
    assert served(clients, "a", 2) == [True, False]


def test_no_rate_sets_no_limit(clock: Clock) -> None:
    """The clock stands still."""
    assert all(served(Clients(None, 10, clock), "a", 10_000))


def test_clients_are_forgotten_in_time(clock: Clock) -> None:
    """Those seen last are remembered, whatever the number of addresses."""
    clients = Clients(1.0, 10, clock)
    served(clients, "a", 5)
    for number in range(20_000):
        clients(of(f"{number}"))
    assert len(clients._buckets) == 10_000


def test_so_many_are_served_at_a_time(open_site: OpenSite) -> None:
    """Streams are some of them; when one ends there is room again."""
    site = open_site(request_concurrency=2)
    site.notebooks.create("a")
    client = site.client()
    path = "/api/notebooks/a/events"
    with site.listening(path):
        with site.listening(path):
            refused = client.get("/api/notebooks")
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        until(lambda: client.get("/api/notebooks").status_code == 200)


def test_too_many_a_second_are_refused(open_site: OpenSite) -> None:
    """Before the token is looked at, so that nobody tries many."""
    stranger = open_site(request_rate=0.2).stranger()
    assert [stranger.get("/api/notebooks").status_code for _ in range(2)] == [401, 429]
