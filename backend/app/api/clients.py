"""How much each client asks for: so many requests a second, and so many at a time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil

from fastapi import Response
from starlette.requests import HTTPConnection

from .problem import refusal

_BURST = 5.0
"""Seconds' worth of requests that may come at once."""
_MOST = 10_000
"""Clients that are remembered."""


class Clients:
    """One bucket a client address: a request takes a token, and they come back at a steady rate.

    Used in one thread.

    Args:
        rate: requests a second; None sets no limit.
        at_once: requests of one client that may be answered at a time.
        clock: tells seconds.
    """

    def __init__(
        self, rate: float | None, at_once: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._at_once = at_once
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}
        """Address -> tokens, and when there were so many; the one used last comes last."""
        self._serving: Counter[str] = Counter()

    def __call__(self, connection: HTTPConnection) -> Response | None:
        """A refusal, if the client asks for too much."""
        client, path = address(connection), connection.scope["path"]
        if (seconds := self._wait(client)) > 0:
            detail = f"More than {self._rate:g} requests a second: wait for {seconds} s."
            return refusal(429, detail, path, {"Retry-After": str(seconds)})
        if self._serving[client] >= self._at_once:
            detail = f"{self._at_once} requests of this client are being answered: wait for one."
            return refusal(429, detail, path, {"Retry-After": "1"})
        return None

    @contextmanager
    def serving(self, connection: HTTPConnection) -> Iterator[None]:
        """While one is being answered."""
        client = address(connection)
        self._serving[client] += 1
        try:
            yield
        finally:
            self._serving[client] -= 1
            if not self._serving[client]:
                del self._serving[client]

    def _wait(self, client: str) -> int:
        """Take a token, or tell in how many seconds there is one."""
        if self._rate is None:
            return 0
        now, most = self._clock(), max(1.0, self._rate * _BURST)
        tokens, then = self._buckets.pop(client, (most, now))
        tokens = min(most, tokens + (now - then) * self._rate)
        missing = 1 - tokens
        self._buckets[client] = (tokens if missing > 0 else tokens - 1, now)
        if len(self._buckets) > _MOST:
            del self._buckets[next(iter(self._buckets))]
        return ceil(missing / self._rate) if missing > 0 else 0


def address(connection: HTTPConnection) -> str:
    """Of the client; what a proxy says of others is not believed."""
    return connection.client.host if connection.client else ""
