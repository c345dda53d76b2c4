"""The event loop of one notebook: top-level `await`, and tasks that live on to the next cell."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from contextvars import Context
from threading import Lock, Thread, get_ident
from typing import TYPE_CHECKING, Any

from .interrupt import Gate

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task

_OWN_RUNNERS = frozenset({"run", "Runner", "run_until_complete", "run_forever"})
_MOST_ROUNDS = 16
"""Rounds that tasks of earlier cells get after a cell; they go on with the next one."""


class CellLoop:
    """Made when a cell first needs it; runs only while a cell of its notebook does."""

    def __init__(self) -> None:
        self._loop: AbstractEventLoop | None = None
        self._entered = False
        self._closing = Lock()

    @property
    def exists(self) -> bool:
        """Whether a cell has needed it."""
        return self._loop is not None

    def run(
        self, start: Callable[[], Coroutine[Any, Any, Any]], context: Context, gate: Gate
    ) -> Any:
        """The result of the coroutine that `start` makes; what it raises is raised."""
        task: Task[Any] | None = None
        try:
            with gate:
                loop = self._made()
                task = loop.create_task(start(), context=context)
                task.add_done_callback(lambda _: loop.stop())
                gate.cancel = _cancelling(loop, task, gate)
            while not task.done():
                loop.run_forever()
        except BaseException:
            if task is not None:
                self._cancel(loop, task)
            raise
        finally:
            gate.cancel, gate.cancelled = None, False
        try:
            return task.result()
        except sys.modules["asyncio"].CancelledError as cancelled:
            if not gate.reason:
                raise
            raise KeyboardInterrupt().with_traceback(cancelled.__traceback__) from None

    def enter(self) -> None:
        """Be the running loop of a cell without `await`, so that it can create tasks."""
        loop = self._made()
        self._entered = True
        _run_in(loop, get_ident())
        _set_running_loop(loop)

    def leave(self) -> None:
        """Undo `enter`, if need be."""
        if self._entered:
            self._entered = False
            _run_in(self._loop, None)
            _set_running_loop(None)

    def spin(self) -> None:
        """Let tasks that are ready take a few steps, as they would in a loop that never stops."""
        loop = self._loop
        for _ in range(_MOST_ROUNDS):
            if loop is None or not getattr(loop, "_ready", None):
                return
            loop.call_soon(loop.stop)
            loop.run_forever()

    def close(self) -> None:
        """Cancel what is left and give the loop's descriptors back."""
        with self._closing:
            loop, self._loop = self._loop, None
        if loop is None or loop.is_running() or loop.is_closed():
            return
        if runs_in_event_loop():
            thread = Thread(target=self._end, args=(loop,))
            thread.start()
            thread.join()
        else:
            self._end(loop)

    @staticmethod
    def _end(loop: AbstractEventLoop) -> None:
        tasks = sys.modules["asyncio"].all_tasks(loop)
        for task in tasks:
            task.cancel()
        for _ in range(_MOST_ROUNDS if tasks else 0):
            loop.call_soon(loop.stop)
            loop.run_forever()
        loop.close()

    def _made(self) -> AbstractEventLoop:
        if self._loop is None:
            import asyncio  # noqa: PLC0415  (30 ms that plain cells do not pay)

            self._loop = asyncio.new_event_loop()
        return self._loop

    @staticmethod
    def _cancel(loop: AbstractEventLoop, task: Task[Any]) -> None:
        task.cancel()
        for _ in range(_MOST_ROUNDS):
            if task.done():
                break
            loop.call_soon(loop.stop)
            loop.run_forever()
        if task.done() and not task.cancelled():
            task.exception()


def _cancelling(loop: AbstractEventLoop, task: Task[Any], gate: Gate) -> Callable[[], object]:
    def deliver() -> None:
        gate.cancelled = task.cancel()

    def cancel() -> None:
        with suppress(RuntimeError):  # the loop was closed
            loop.call_soon_threadsafe(deliver)

    return cancel


def needs_running_loop(names: Iterable[str]) -> bool:
    """Whether a cell that mentions these names is to see a running loop, as in Jupyter.

    One that starts a loop itself (`asyncio.run`) is not, or it would be refused.
    """
    mentioned = frozenset(names)
    return "asyncio" in mentioned and not mentioned & _OWN_RUNNERS


def runs_in_event_loop() -> bool:
    """Whether the calling thread is inside a running event loop of the host."""
    asyncio = sys.modules.get("asyncio.events")
    return asyncio is not None and asyncio._get_running_loop() is not None


def _run_in(loop: AbstractEventLoop | None, thread: int | None) -> None:
    """Let `loop.is_running()` say so; loops that are not asyncio's own keep their word."""
    with suppress(AttributeError):
        loop._thread_id = thread  # type: ignore[union-attr]


def _set_running_loop(loop: AbstractEventLoop | None) -> None:
    sys.modules["asyncio.events"]._set_running_loop(loop)
