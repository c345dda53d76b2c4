"""What happens in a notebook, as server-sent events.

A reader holds the number of the last event that it was sent, and one chunk; the channel holds the
events, for all readers together. So any number of readers may be as slow as they like.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import anyio
from fastapi import Response
from fastapi.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from ..models.notebook_events import Told
from ..services.notebooks.channel import Channel

_CHUNK = 64 * 1024
"""Bytes after which a chunk is sent; one event may be longer."""
_AT_ONCE = 64
"""Events that are looked at for one chunk."""
_BEAT = b": still here\n\n"
_RESET = (
    b"event: reset\n"
    b'data: {"event":"reset","why":"Some events are not kept any more: read the notebook anew."}'
    b"\n\n"
)

Picks = Callable[[Told], bool]


class Streams:
    """The streams that are open; used in the thread of the event loop."""

    def __init__(self) -> None:
        self._open: set[asyncio.Event] = set()
        self.is_closing = False

    def __len__(self) -> int:
        return len(self._open)

    def close(self) -> None:
        """End all of them, because the server ends."""
        self.is_closing = True
        for news in self._open:
            news.set()

    @contextmanager
    def opened(self) -> Iterator[asyncio.Event]:
        """While one is open; what wakes it."""
        news = asyncio.Event()
        self._open.add(news)
        try:
            yield news
        finally:
            self._open.discard(news)


class EventStream(Response):
    """A response that goes on until the reader leaves, the server ends, or all was told.

    Args:
        channel: what is read.
        streams: where it is counted.
        after: number of the last event that the reader has, if any.
        heartbeat: seconds of silence after which a comment is sent, so that a connection that is
            gone is found out.
        picks: whether an event is for this reader.
        is_last: whether nothing comes after an event.
        has_missed: what it should have begun with is not kept.
        farewell: an event that comes after all others that there are, and ends the stream.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        channel: Channel,
        streams: Streams,
        *,
        after: int | None,
        heartbeat: float,
        picks: Picks = lambda _: True,
        is_last: Picks = lambda _: False,
        has_missed: bool = False,
        farewell: Told | None = None,
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._channel = channel
        self._streams = streams
        self._last = after
        self._heartbeat = heartbeat
        self._picks = picks
        self._is_last = is_last
        self._has_missed = has_missed
        self._farewell = farewell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_until_gone, receive, tasks.cancel_scope)
            await self._tell(send)
            tasks.cancel_scope.cancel()

    async def _tell(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        is_behind = True
        with self._streams.opened() as news, self._channel.waking(_waker(news)):
            while not self._streams.is_closing:
                news.clear()
                chunk, is_end = await self._next_chunk(in_thread=is_behind)
                is_behind = len(chunk) >= _CHUNK
                if not chunk and not is_end and not await _woken(news, self._heartbeat):
                    chunk = _BEAT
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                if is_end:
                    break
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _next_chunk(self, *, in_thread: bool) -> tuple[bytes, bool]:
        """What has just happened is JSON already; what others have not read is still to be."""
        return await run_in_threadpool(self._next) if in_thread else self._next()

    def _next(self) -> tuple[bytes, bool]:
        """As much as there is, up to the size of a chunk, and whether nothing follows."""
        chunk = bytearray()
        while len(chunk) < _CHUNK:
            told, missed = self._channel.after(self._last, _AT_ONCE)
            if missed or self._has_missed:
                chunk += _RESET
                self._last, self._has_missed = (None if missed else self._last), False
            if not told:
                if self._farewell is not None:
                    chunk += _frame(self._farewell)
                return bytes(chunk), self._farewell is not None
            if self._take(told, chunk):
                return bytes(chunk), True
        return bytes(chunk), False

    def _take(self, told: list[Told], chunk: bytearray) -> bool:
        """Put events into the chunk until it is full; whether one was the last of all."""
        for each in told:
            self._last = each.number
            if self._picks(each):
                chunk += _frame(each)
                if self._is_last(each):
                    return True
            if len(chunk) >= _CHUNK:
                break
        return False


def _frame(told: Told) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (
        told.number,
        told.event.event.encode(),
        told.json_bytes,
    )


def _waker(news: asyncio.Event) -> Callable[[], None]:
    """Wakes a reader from any thread, once until it has looked."""
    loop = asyncio.get_running_loop()

    def wake() -> None:
        if not news.is_set():
            with suppress(RuntimeError):  # the loop has ended, and the reader with it
                loop.call_soon_threadsafe(news.set)

    return wake


async def _woken(news: asyncio.Event, seconds: float) -> bool:
    """Wait for news; whether there are some."""
    try:
        async with asyncio.timeout(seconds):
            await news.wait()
    except TimeoutError:
        return False
    return True


async def _until_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    """Wait until the client has left, then end the stream."""
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
