from __future__ import annotations

import httpx
import pytest

from nbengine.models.events import TextWritten
from nbengine.models.notebook import Cell
from nbengine.services.notebooks.channel import Channel
from tests.api.conftest import OpenSite
from tests.api.reading import Heard, first, text_of, until_end
from tests.api.site import Site
from tests.conftest import until

EVENTS = "/api/notebooks/a/events"
ASKS = "print('before')\nprint(input())"


def make(site: Site, *sources: str) -> None:
    cells = [Cell(id=f"c{n}", source=source) for n, source in enumerate(sources, start=1)]
    site.notebooks.create("a", cells)


def names(events: list[Heard]) -> list[str]:
    return [event.name for event in events]


def start(site: Site, cell: str = "c1") -> str:
    """Let a cell run that may ask; the id of its execution."""
    return site.notebooks.start("a", [cell], allow_stdin=True)[0].id


def write(channel: Channel, *texts: str) -> None:
    for text in texts:
        channel.tell(TextWritten(execution_id="e", name="stdout", text=text))


def test_a_reader_hears_a_cell_from_its_start_to_its_end(site: Site) -> None:
    """Each event has a number that is larger than that of the one before it."""
    make(site, "print('hi')\n1")
    execution = start(site)
    with site.listening(EVENTS) as events:
        told = until_end(events)
    assert [name for name in names(told) if name != "waiting"] == [
        "started",
        "text",
        "output",
        "ended",
    ]
    numbers = [event.number or 0 for event in told]
    assert numbers == sorted(set(numbers))
    assert {event.data["execution_id"] for event in told} == {execution}


def test_any_number_of_readers_hear_the_same(site: Site) -> None:
    """Also one that comes when the cell has shown something, and one that comes after its end."""
    make(site, ASKS)
    with site.listening(EVENTS) as early_reader:
        execution = start(site)
        first(early_reader, "input")
        with site.listening(EVENTS) as late_reader:
            first(late_reader, "text")
            site.notebooks.answer("a", execution, "after")
            late = text_of(until_end(late_reader))
        early = text_of(until_end(early_reader))
    with site.listening(EVENTS) as third:
        assert text_of(until_end(third)) == "before\nafter\n"
    assert "after" in early
    assert "after" in late


def test_a_reader_that_comes_back_goes_on_where_it_was(site: Site) -> None:
    """By `Last-Event-ID`, as a browser does it, or by `after`; the header wins."""
    make(site, "print('one')\nprint('two', flush=True)")
    start(site)
    with site.listening(EVENTS) as events:
        told = until_end(events)
    middle, rest = told[1], told[2:]
    number = middle.number or 0
    with site.listening(EVENTS, {"after": number}) as events:
        assert until_end(events) == rest
    with site.listening(EVENTS, {"after": 1}, **{"last-event-id": str(number)}) as events:
        assert until_end(events) == rest


def test_a_reader_that_has_missed_some_is_told_first(open_site: OpenSite) -> None:
    """`reset` says to read the notebook anew; then comes what is kept."""
    site = open_site(event_count=100)
    make(site)
    channel = site.notebooks.channel("a")
    first = channel.last
    write(channel, *map(str, range(150)))
    with site.listening(EVENTS, {"after": first}) as events:
        assert next(events).name == "reset"
        assert next(events).data["text"] == "50"


@pytest.mark.parametrize("number", [0, 1, 2**62])
def test_a_number_that_was_never_given_resets_once(site: Site, number: int) -> None:
    """Such as one of a server whose clock was wrong."""
    make(site)
    with site.listening(EVENTS, {"after": number}) as events:
        assert next(events).name == "reset"
        write(site.notebooks.channel("a"), "news")
        assert next(events).data["text"] == "news"


@pytest.mark.parametrize("number", ["-1", "x", "1e3", str(2**63)])
def test_what_is_no_number_is_refused(client: httpx.Client, site: Site, number: str) -> None:
    """In the query and in the header alike."""
    make(site)
    assert client.get(EVENTS, params={"after": number}).status_code == 422
    assert client.get(EVENTS, headers={"last-event-id": number}).status_code == 422


def test_silence_is_broken_by_comments(open_site: OpenSite) -> None:
    """So that proxies keep the connection, and one that is gone is found out."""
    site = open_site(event_heartbeat=0.01)
    make(site)
    with site.listening(EVENTS) as events:
        assert [next(events).name for _ in range(3)] == ["comment"] * 3


def test_readers_that_leave_leave_nothing_behind(open_site: OpenSite) -> None:
    """Neither a stream, nor anybody to be woken, nor a task of the server."""
    site = open_site(event_heartbeat=1_000)
    make(site, ASKS)
    execution = start(site)
    channel = site.notebooks.channel("a")
    for _ in range(5):
        with site.listening(EVENTS) as events:
            next(events)
    until(lambda: len(site.streams) == 0 and not channel.has_readers)
    until(lambda: not site.server.server_state.tasks)
    site.notebooks.answer("a", execution, "x")
    assert site.notebooks.execution("a", execution).cell_id == "c1"


def test_a_reader_leaves_though_it_has_sent_another_request(open_site: OpenSite) -> None:
    """The stream ends with its connection, whatever waits behind it there, and at once."""
    site = open_site(event_heartbeat=1_000)
    make(site)
    connection = site.connect()
    connection.sendall(site.head(f"GET {EVENTS}") + site.head("GET /api/health"))
    until(lambda: len(site.streams) == 1)
    connection.close()
    until(lambda: len(site.streams) == 0)


def test_a_deleted_notebook_says_so_and_no_more(client: httpx.Client, site: Site) -> None:
    """Its stream ends."""
    make(site)
    with site.listening(EVENTS) as events:
        until(lambda: len(site.streams) == 1)
        client.delete("/api/notebooks/a")
        assert names(list(events))[-1] == "deleted"


def test_a_notebook_with_another_id_has_another_stream(
    open_site: OpenSite, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In a folder of the user's own the old one ends with the new id; else it goes on."""
    own = open_site(folder=tmp_path_factory.mktemp("own"))
    place = own.notebooks.create("a").id
    with own.listening(f"/api/notebooks/{place}/events") as events:
        renamed = own.notebooks.rename(place, "b")
        last = list(events)[-1]
    assert (last.name, last.data["id"]) == ("renamed", renamed.id)
    assert renamed.id != place
    site = open_site()
    make(site)
    with site.listening(EVENTS) as events:
        site.notebooks.rename("a", "b")
        site.notebooks.add_cell("a")
        first(events, "renamed")
        first(events, "edited")


def test_an_execution_has_a_stream_of_its_own(site: Site) -> None:
    """It tells nothing of others, and ends with `ended`."""
    make(site, "print('one')", "print('two')")
    (one, two) = site.notebooks.start("a", ["c1", "c2"])
    two.future.result()
    for execution, text in ((one, "one\n"), (two, "two\n")):
        with site.listening(f"/api/notebooks/a/executions/{execution.id}/events") as events:
            told = list(events)
        assert (text_of(told), told[-1].name) == (text, "ended")


def test_who_has_had_the_end_of_an_execution_need_not_come_back(
    client: httpx.Client, site: Site
) -> None:
    """204 says so to a browser, which would ask again for ever."""
    make(site, "1")
    path = f"/api/notebooks/a/executions/{start(site)}/events"
    with site.listening(path) as events:
        last = list(events)[-1].number
    assert client.get(path, headers={"last-event-id": str(last)}).status_code == 204


def test_the_end_is_told_when_all_else_is_forgotten(open_site: OpenSite) -> None:
    """After a `reset`; again 204 to who has had it."""
    site = open_site(event_count=100)
    make(site, "'result'")
    execution = site.notebooks.start("a", ["c1"])[0]
    execution.future.result()
    write(site.notebooks.channel("a"), *map(str, range(150)))
    path = f"/api/notebooks/a/executions/{execution.id}/events"
    with site.listening(path) as events:
        told = list(events)
    assert names(told) == ["reset", "ended"]
    again = site.client().get(path, params={"after": told[-1].number or 0})
    assert again.status_code == 204


def test_the_beginning_of_an_execution_may_be_forgotten(open_site: OpenSite) -> None:
    """Then its stream begins with `reset`."""
    site = open_site(event_count=100)
    make(site, "input()\nprint('after')")
    execution = start(site)
    with site.listening(EVENTS) as events:
        first(events, "input")
    channel = site.notebooks.channel("a")
    texts = (TextWritten(execution_id=execution, name="stdout", text=str(n)) for n in range(150))
    for text in texts:
        channel.tell(text)
    with site.listening(f"/api/notebooks/a/executions/{execution}/events") as events:
        assert next(events).name == "reset"
        site.notebooks.answer("a", execution, "x")
        assert "after" in text_of(until_end(events))
