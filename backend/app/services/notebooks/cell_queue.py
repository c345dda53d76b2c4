"""The cells of a notebook that run, or wait to: one after another, in the order of their asking."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Condition, Thread
from typing import Any

from ...errors import CapacityError, UnknownNotebookError
from ...models.notebook import Cell, ExecutionResult
from ...models.notebook_view import Running

_LINGER = 10.0
"""Seconds for which the thread waits for more before it ends."""


@dataclass(eq=False)
class Execution:
    """One cell that was asked for."""

    id: str
    cell: Cell
    """As it was when it was asked for."""
    options: dict[str, Any]
    """Further arguments of `execute_code`."""
    batch: object
    """Those asked for together have the same: a failure of one ends the others."""
    queued_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    started_at: datetime | None = None
    future: Future[ExecutionResult] = field(default_factory=Future)
    context: Context = field(default_factory=copy_context)
    """Of whoever asked for it: an observer finds there what it put there."""

    @property
    def cell_id(self) -> str:
        """Of its cell."""
        return self.cell.id


class CellQueue:
    """Runs the cells of one notebook in a thread, which exists while there are some. Thread-safe.

    Args:
        name: of the thread.
        run: runs one; whatever it raises is in the execution's future.
        give_up: gives the result of one that is not run.
        waits: told of one that waits, and of its place, before it can begin.
        length: cells that may wait.
    """

    def __init__(
        self,
        name: str,
        run: Callable[[Execution], ExecutionResult],
        give_up: Callable[[Execution], ExecutionResult],
        waits: Callable[[Execution, int], None],
        length: int,
    ) -> None:
        self._name = name
        self._run = run
        self._give_up = give_up
        self._waits = waits
        self._length = length
        self._waiting: deque[Execution] = deque()
        self._current: Execution | None = None
        self._thread: Thread | None = None
        self._is_closed = False
        self._holds = 0
        self._changed = Condition()

    @property
    def is_busy(self) -> bool:
        """Whether a cell runs, or waits to."""
        return self._current is not None or bool(self._waiting)

    @property
    def waiting(self) -> int:
        """How many wait to be run."""
        return len(self._waiting)

    @property
    def current(self) -> Execution | None:
        """The one that runs."""
        return self._current

    def add(self, executions: Sequence[Execution]) -> None:
        """Let them run when all before them have.

        Raises:
            CapacityError: too many wait, or the system gives no thread.
            UnknownNotebookError: it is closed.
        """
        with self._changed:
            self._check_room(len(executions))
            if self._thread is None:
                self._start()
            ahead = len(self._waiting) + (self._current is not None)
            for position, each in enumerate(executions, start=len(self._waiting) + 1):
                if position > 1 or ahead:
                    self._waits(each, position)
            self._waiting += executions
            self._changed.notify_all()

    def _check_room(self, count: int) -> None:
        if self._is_closed:
            raise UnknownNotebookError("This notebook was taken away meanwhile.")
        if len(self._waiting) + count > self._length:
            raise CapacityError(
                f"{len(self._waiting)} cells of this notebook wait to be run, of "
                f"{self._length} that may: try again when some have ended."
            )

    def _start(self) -> None:
        thread = Thread(target=self._serve, name=self._name, daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            raise CapacityError(f"No cell can be run now: {error}.") from error
        self._thread = thread

    @contextmanager
    def held(self) -> Iterator[Execution | None]:
        """Within it no cell begins; gives the one that has begun. Several may hold it."""
        with self._changed:
            self._holds += 1
            current = self._current
        try:
            yield current
        finally:
            with self._changed:
                self._holds -= 1
                self._changed.notify_all()

    def running(self) -> dict[str, Running]:
        """Cell id -> its execution that comes next, or is running."""
        with self._changed:
            queue = [*([self._current] if self._current else []), *self._waiting]
        first = 0 if queue and queue[0].started_at else 1
        told: dict[str, Running] = {}
        for position, each in enumerate(queue, start=first):
            running = Running(
                execution_id=each.id,
                position=position,
                queued_at=each.queued_at,
                started_at=each.started_at,
            )
            told.setdefault(each.cell_id, running)
        return told

    def find(self, execution_id: str) -> Execution | None:
        """One that runs or waits."""
        with self._changed:
            queue = [*([self._current] if self._current else []), *self._waiting]
        return next((each for each in queue if each.id == execution_id), None)

    def clear(self, batch: object = None) -> None:
        """What waits is not run: all of it, or what was asked for together."""
        with self._changed:
            gone = [each for each in self._waiting if batch is None or each.batch is batch]
            self._waiting = deque(each for each in self._waiting if each not in gone)
            self._changed.notify_all()
        for each in gone:
            self._drop(each)

    def close_if_idle(self) -> bool:
        """Take no more cells, if there are none; whether that is so."""
        with self._changed:
            if not self.is_busy:
                self._is_closed = True
                self._changed.notify_all()
            return self._is_closed

    def close(self, seconds: float) -> None:
        """Take no more cells, drop those that wait; what runs has so long to end."""
        with self._changed:
            self._is_closed = True
            thread = self._thread
        self.clear()
        if thread is not None:
            thread.join(seconds)

    def _drop(self, execution: Execution) -> None:
        result = self._give_up(execution)
        if execution.future.set_running_or_notify_cancel():
            execution.future.set_result(result)

    def _serve(self) -> None:
        while (execution := self._next()) is not None:
            if not execution.future.set_running_or_notify_cancel():
                self._end()
                self._give_up(execution)
                continue
            try:
                result = self._run(execution)
            except BaseException as error:
                self._end()
                execution.future.set_exception(error)
            else:
                self._end()
                execution.future.set_result(result)

    def _next(self) -> Execution | None:
        with self._changed:
            while not self._changed.wait_for(self._may_go_on, _LINGER) and self._waiting:
                pass  # held for long
            if not self._waiting:
                self._thread = None
                return None
            self._current = self._waiting.popleft()
            self._current.started_at = datetime.now(UTC)
            return self._current

    def _may_go_on(self) -> bool:
        return not self._holds if self._waiting else self._is_closed

    def _end(self) -> None:
        with self._changed:
            self._current = None
            self._changed.notify_all()
