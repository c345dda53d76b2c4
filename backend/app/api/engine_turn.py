"""How many requests may wait for the engine at a time.

What asks the engine something may have to wait for a worker, and holds a thread meanwhile. There
are 40 threads: without a bound, what waits would take all of them, and nothing could be done about
what it waits for.
"""

from __future__ import annotations

from asyncio import Semaphore
from collections.abc import AsyncIterator

from fastapi import Depends, Request

AT_ONCE = 24


async def _turn(request: Request) -> AsyncIterator[None]:
    turns = request.app.state.engine_turns
    assert isinstance(turns, Semaphore)
    async with turns:
        yield


ENGINE_TURN = Depends(_turn, scope="function")
"""Of a route that asks the engine: it begins when there is a thread to spare, and waits without."""
