"""One connection: bounds that hold before there is a request, on top of uvicorn's own protocol."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from .gate import LONGEST_HEAD, LONGEST_URL
from .problem import MEDIA_TYPE, Problem, json_of_problem

_LONGEST = LONGEST_HEAD + LONGEST_URL
HEAD_TIMEOUT = 10.0
"""Seconds within which a request line and its headers have to come."""
_MOST_UNHEARD = 16 * 2**20
"""Bytes of a body that are read, and dropped, after its request was answered."""
KEEP_ALIVE = 30
"""Seconds for which a connection may rest between two requests."""


class Connection(HttpToolsProtocol):
    """Refuses what is no HTTP, what begins with too many bytes, and what comes too slowly.

    Tells also the request that is being answered that its client has left, when another one was
    sent after it on the same connection.
    """

    _answering: RequestResponseCycle | None = None
    _head: int | None = 0
    """Bytes of a head that has not ended; None within a body."""
    _clock: asyncio.TimerHandle | None = None
    _unheard = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._head is not None:
            self._head += len(data)
        super().data_received(data)
        if self._head is not None and self._head > _LONGEST:
            self._refuse(431, f"The headers have more than {LONGEST_HEAD:,} bytes.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._unheard = 0
        if self._clock is None:
            self._wait_for_head()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        self._head = None
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        if self.cycle.response_complete:
            self._unheard += len(body)
            if self._unheard > _MOST_UNHEARD:
                self.transport.close()

    def on_message_complete(self) -> None:
        self._head = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, "This is no HTTP request.")

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _wait_for_head(self) -> None:
        self._clock = self.loop.call_later(HEAD_TIMEOUT, self._give_up)

    def _stop_waiting(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _give_up(self) -> None:
        self._refuse(408, f"No request came within {HEAD_TIMEOUT:g} seconds.")

    def _refuse(self, status: int, detail: str) -> None:
        """Answer before the app does, and close; amid another answer only close."""
        self._stop_waiting()
        if self.transport.is_closing():
            return
        other = self._answering
        if other is None or other.response_complete or self._has_just_begun(other):
            self.transport.write(_response(status, detail))
        self.transport.close()

    def _has_just_begun(self, cycle: RequestResponseCycle) -> bool:
        """Whether it is the last request that came, and nothing was answered yet."""
        return cycle is self.cycle and not cycle.response_started


def _response(status: int, detail: str) -> bytes:
    phrase = HTTPStatus(status).phrase
    content = json_of_problem(Problem(title=phrase, status=status, detail=detail, instance=""))
    head = (
        f"HTTP/1.1 {status} {phrase}\r\ncontent-type: {MEDIA_TYPE}\r\n"
        f"content-length: {len(content)}\r\nx-content-type-options: nosniff\r\n"
        "connection: close\r\n\r\n"
    )
    return head.encode() + content
