"""Ending Python code of somebody else's that takes too long, in the thread that runs it.

An asynchronous exception is raised at the next bytecode (CPython, `PyThreadState_SetAsyncExc`). A
call of C that waits is only ended where waits are cut (`runtime.slices`); one that computes is not.
Code that catches everything would wait for ever where it is told to end. It is given some time, and
then an error whose constructor, which runs in that thread, lets the next line of any frame raise.
Every thread has room for one exception of this kind: one that a cell's gate sends at the same
moment may be lost, so whoever finds that the watch rang asks the gate, too.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from contextvars import Context
from ctypes import c_ulong, py_object, pythonapi
from functools import partial
from math import inf
from threading import Thread, current_thread, get_ident
from time import monotonic, sleep
from types import FrameType
from typing import Any

from ..runtime.execution import asking
from ..runtime.slices import SlicedWaits

_EVERY = 0.05
"""Seconds between two looks at the time."""
_GRACE = 0.5
"""Seconds that late code has to clean up, before it is insisted."""
_LINGER = 1.0
"""Seconds for which the clock goes on when nobody is watched."""


class Watch:
    """Runs work in the calling thread, and raises an error in it once its time is up.

    Nothing is watched before `begin`, because most work comes to no code that could last.

    Args:
        error: a class, to be raised without arguments.
        seconds: from now on.
    """

    def __init__(self, error: type[BaseException], seconds: float) -> None:
        self.rang = False
        """Whether the error was raised, perhaps in vain."""
        self.is_over = False
        self._error = error
        self._deadline = monotonic() + seconds
        self._traced_before: Any = None
        self._traces = False
        self._waits: SlicedWaits | None = None
        self._send: Callable[..., object] = bool
        self._discard: Callable[[], object] = bool
        self._raise: Callable[[], object] = bool

    def begin(self) -> None:
        """From here on the work may come to such code."""
        if self._waits is None and self._deadline < inf:
            self._send = partial(pythonapi.PyThreadState_SetAsyncExc, c_ulong(get_ident()))
            self._discard = partial(self._send, None)
            self._raise = partial(self._send, py_object(self._error))
            self._waits = SlicedWaits()
            self._waits.__enter__()
            with _uninterrupted():
                CLOCK.add(self)

    def run(self, work: Callable[[], object]) -> BaseException | None:
        """Do the work; what it let escape is given back. The error does not come after this."""
        stray = None
        try:
            work()
        except BaseException as error:
            stray = error
        # From here to the call of `_discard`, which is C, no exception can be raised.
        self.is_over = True
        if self.rang:
            self._discard()
            # Python 3.11 looks for ever for an error that was taken back, even if there was none:
            # slowly, and code that is traced or profiled does not get on at all.
            try:
                self._send(py_object(self._error))
                _checkpoint()
            except self._error:
                pass
        if self._traces:
            sys.settrace(self._traced_before)
        if self._waits is not None:
            self._waits.__exit__()
        return stray

    def ring(self) -> None:
        """Raise the error if the time is up. Called in another thread.

        The interpreter changes threads at the ends of calls, so not between look and raise.
        """
        late = monotonic() - self._deadline
        if self.is_over or late < 0 or (self.rang and late < _GRACE):
            return
        if self.rang:
            self._raise_always()
        if not self.is_over:
            self.rang = True
            self._raise()

    def _raise_always(self) -> None:
        """Let the error be one that comes again at the next line."""
        body = {"__init__": lambda *_: self._trace_lines()}
        insistent = type(self._error.__name__, (self._error,), body)
        self._raise = partial(self._send, py_object(insistent))

    def _trace_lines(self) -> None:
        if not self._traces:
            self._traced_before, self._traces = sys.gettrace(), True
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and frame.f_code is not Watch.run.__code__:
            frame.f_trace = self._trace
            frame = frame.f_back
        sys.settrace(self._trace)

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:
        if self.is_over:
            return None
        if event == "line":
            raise self._error
        return self._trace


def _uninterrupted() -> AbstractContextManager[object]:
    """An exception sent to a thread that just starts another one may come out in that (CPython)."""
    execution = asking()
    return nullcontext() if execution is None else execution.gate


def _checkpoint() -> None:
    """A Python call: CPython looks for pending exceptions at the start of each."""


class Clock:
    """One thread for all watches of the process; none while nothing is watched."""

    def __init__(self) -> None:
        self._watches: set[Watch] = set()
        self._thread: Thread | None = None

    def add(self, watch: Watch) -> None:
        """Let it ring when its time is up, until it is over."""
        self._watches.add(watch)
        if self._thread is None:
            self._thread = Thread(target=self._serve, name="nbengine-watch", daemon=True)
            Context().run(self._thread.start)  # it belongs to no cell

    def _serve(self) -> None:
        idle_since = monotonic()
        while True:
            sleep(_EVERY)
            self._ring()
            if self._watches:
                idle_since = monotonic()
            elif monotonic() - idle_since > _LINGER and self._has_ended():
                return

    def _ring(self) -> None:
        watches = list(self._watches)
        self._watches.difference_update(watch for watch in watches if watch.is_over)
        for watch in watches:
            watch.ring()

    def _has_ended(self) -> bool:
        """Whether nobody needs this thread; who comes after it starts another one."""
        self._thread = None
        if not self._watches:
            return True
        self._thread = current_thread()
        return False


CLOCK = Clock()
"""The process has one: it holds nothing but what is being watched."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=CLOCK.__init__)  # type: ignore[misc]
