"""What happens in a notebook, for any number of readers, each at its own pace."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition

from ...models.events import OutputShown, OutputUpdated, TextWritten
from ...models.notebook_events import CellEnds, NotebookEvent, ResultChanged, Told
from ...runtime.bundles import size_of, size_of_result

COST = 1_000
"""Bytes that any event holds, about, beside what it says."""
_OF_RESULT, _OF_OUTPUT = 6_000, 1_500
"""And what results and outputs hold beside that: they are made of many small objects."""


class Channel:
    """The last events of a notebook, numbered. Thread-safe.

    Readers hold a number, not a queue: one that does not read costs nothing, and finds out that it
    has missed some. Numbers go on from the clock, so that those of a later process are larger.

    Args:
        count: events that are kept.
        size: bytes that they may hold together, about, beside the last one.
    """

    def __init__(self, count: int, size: int) -> None:
        self._count = count
        self._size = size
        self._held = 0
        self._told: deque[tuple[Told, int]] = deque()
        self._last = self._before = time.time_ns() // 1_000
        self._news = Condition()
        self._wakers: list[Callable[[], None]] = []

    @property
    def last(self) -> int:
        """Number of the newest event; of none, if none was told yet."""
        return self._last

    @property
    def has_readers(self) -> bool:
        """Whether anybody wants to be woken."""
        return bool(self._wakers)

    def tell(self, event: NotebookEvent) -> int:
        """Add an event and wake the readers; the oldest ones go beyond the limits.

        Returns:
            Its number.
        """
        size = COST + _weight(event)
        with self._news:
            self._last += 1
            told = Told(number=self._last, event=event)
            self._told.append((told, size))
            self._held += size
            while len(self._told) > self._count or (
                self._held > self._size and len(self._told) > 1
            ):
                forgotten, freed = self._told.popleft()
                self._held -= freed
                self._before = forgotten.number
            wakers = list(self._wakers)
            self._news.notify_all()
        if wakers:
            _ = told.json_bytes  # made here, so that no reader's thread is held up by it
        for wake in wakers:
            wake()
        return told.number

    def after(self, number: int | None, most: int | None = None) -> tuple[list[Told], bool]:
        """The events after one, and whether some between were forgotten, or it is unknown.

        Args:
            number: of the last event that the reader has; None: it has none, and misses none.
            most: how many of them.
        """
        with self._news:
            missed = number is not None and not self._before <= number <= self._last
            begin = 0 if missed or number is None else number - self._before
            end = len(self._told) if most is None else min(begin + most, len(self._told))
            return [self._told[place][0] for place in range(begin, end)], missed

    def wait(self, number: int, seconds: float) -> bool:
        """Wait in this thread until there is an event after this one; whether there is."""
        with self._news:
            return self._news.wait_for(lambda: self._last > number, seconds)

    @contextmanager
    def waking(self, wake: Callable[[], None]) -> Iterator[None]:
        """Within it, `wake` is called after each event, in the thread that told it."""
        with self._news:
            self._wakers.append(wake)
        try:
            yield
        finally:
            with self._news:
                self._wakers.remove(wake)


def _weight(event: NotebookEvent) -> int:
    """About how many bytes hold what it says."""
    match event:
        case TextWritten(text=text):
            return len(text)
        case OutputShown(output=output) | OutputUpdated(output=output):
            return _OF_OUTPUT + size_of(output) + len("".join(getattr(output, "traceback", ())))
        case CellEnds(result=result) | ResultChanged(result=result):
            return _OF_RESULT + size_of_result(result)
    return size_of(event.event)
