from __future__ import annotations

import asyncio

import psutil
from starlette.types import Message

from nbengine.api.event_stream import EventStream, Streams
from nbengine.models.events import TextWritten
from nbengine.models.notebook_events import Told
from nbengine.services.notebooks.channel import Channel
from tests.api.conftest import OpenSite
from tests.api.reading import Heard, heard
from tests.conftest import until

MANY = 400
BLOCK = "x" * 500_000


def text(content: str) -> TextWritten:
    return TextWritten(execution_id="e", name="stdout", text=content)


def test_a_slow_reader_costs_one_chunk(open_site: OpenSite) -> None:
    """Whatever is told while it does not read: the server holds what the channel may hold.

    When it reads again it gets what had been sent, then `reset`, then what is kept.
    """
    site = open_site(event_bytes=2_000_000)
    site.notebooks.create("a")
    channel = site.notebooks.channel("a")
    slow = site.connect()
    slow.sendall(site.head("GET /api/notebooks/a/events"))
    until(lambda: len(site.streams) == 1)
    before = psutil.Process().memory_info().rss
    for number in range(MANY):
        channel.tell(text(f"{number:04}{BLOCK}"))
    held = psutil.Process().memory_info().rss - before
    assert held < 50_000_000 < MANY * len(BLOCK)
    received = b""
    while f"{MANY - 1:04}xxx".encode() not in received:
        received += slow.recv(1_000_000)
    assert b"event: reset" in received


def test_the_json_of_an_event_is_made_once() -> None:
    """However many readers there are; with none it is not made at all."""
    channel = Channel(10, 10**6)
    channel.tell(text("unheard"))
    with channel.waking(lambda: None):
        channel.tell(text("heard"))
    unheard, loud = channel.after(None)[0]
    assert ["json_bytes" in vars(told) for told in (unheard, loud)] == [False, True]
    assert loud.json_bytes is loud.json_bytes


def streamed(channel: Channel, last: str, **options: object) -> tuple[list[Heard], list[int]]:
    """What a stream sends up to a text, and the sizes of its chunks."""
    chunks: list[bytes] = []
    gone = asyncio.Event()

    async def send(message: Message) -> None:
        body = message.get("body", b"")
        assert isinstance(body, bytes)
        chunks.append(body)
        if last.encode() in body:
            gone.set()

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def serve() -> None:
        stream = EventStream(channel, Streams(), after=None, heartbeat=60, **options)  # type: ignore[arg-type]
        await stream({"type": "http"}, receive, send)

    asyncio.run(serve())
    lines = b"".join(chunks).decode().split("\n")
    return list(heard(lines)), [len(chunk) for chunk in chunks]


def test_many_events_come_in_chunks_of_bounded_size() -> None:
    """All of them, in order."""
    channel = Channel(10_000, 10**9)
    for number in range(5_000):
        channel.tell(text(f"{number:0100}"))
    events, sizes = streamed(channel, f"{4_999:0100}")
    assert [int(event.data["text"]) for event in events] == list(range(5_000))
    assert max(sizes) < 70_000
    assert len(sizes) > 10


def test_events_are_picked_and_the_last_one_ends_the_stream() -> None:
    """Nobody needs to leave."""
    channel = Channel(1_000, 10**9)
    for number in range(300):
        channel.tell(text(f"{number}"))

    def is_even(told: Told) -> bool:
        return isinstance(told.event, TextWritten) and int(told.event.text) % 2 == 0

    def is_100(told: Told) -> bool:
        return isinstance(told.event, TextWritten) and told.event.text == "100"

    events, _ = streamed(channel, "never", picks=is_even, is_last=is_100)
    assert [int(event.data["text"]) for event in events] == list(range(0, 101, 2))


def test_an_event_in_another_alphabet_is_one_event() -> None:
    """Line breaks of all kinds, and what looks like a field, stay within the data."""
    channel = Channel(1_000, 10**9)
    tricky = "a\n\nid: 7\r\ndata: x\u2028y\x00 é😀"
    channel.tell(text(tricky))
    channel.tell(text("end"))
    events, _ = streamed(channel, '"end"')
    assert [event.data["text"] for event in events] == [tricky, "end"]


def test_streams_end_with_their_server() -> None:
    """Also those that wait."""

    async def serve() -> list[str]:
        streams, told = Streams(), []
        stream = EventStream(Channel(10, 10), streams, after=None, heartbeat=60)

        async def send(message: Message) -> None:
            told.append(str(message["type"]))

        async def receive() -> Message:
            await asyncio.Event().wait()
            return {}

        task = asyncio.ensure_future(stream({"type": "http"}, receive, send))
        while not len(streams):
            await asyncio.sleep(0)
        streams.close()
        await task
        assert len(streams) == 0
        return told

    assert asyncio.run(serve())[-1] == "http.response.body"
