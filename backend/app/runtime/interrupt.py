"""Stopping the cell that runs, only that one, and never in the middle of our own bookkeeping.

Two ways in: a signal when the cell runs in the main thread (it also ends a blocking system call),
an asynchronous exception otherwise (it is raised at the next bytecode, so a C call ends first).
Both raise KeyboardInterrupt, as Jupyter does. Source: CPython, `PyThreadState_SetAsyncExc`.

The thread that runs the cell takes no lock here: an exception that strikes between taking a lock
and the block that gives it back would leave it taken. Instead the two sides each raise a flag and
then look at the other's.
"""

from __future__ import annotations

import _signal
import signal
from collections.abc import Callable
from ctypes import c_ulong, py_object, pythonapi
from threading import Lock, current_thread, get_ident, main_thread
from time import monotonic, sleep
from types import FrameType
from typing import Any, Literal

Reason = Literal["interrupted", "timeout"]

_SIGINT = int(signal.SIGINT)
"""For `_signal.signal`: the public function spends six microseconds on making enums of numbers."""
_INSIST_EVERY = 0.005
"""Seconds between interrupts once the first has been ignored for half of the grace period."""
_SETTLE = 0.05
"""Seconds that a cancelled task, or a signal that somebody else handles, is waited for."""


class Gate:
    """Open while a cell's code runs; an interrupt passes only through an open gate.

    As a context manager it is shut for a while: an interrupt that comes then is raised at the
    end of the block. Threads other than the cell's own pass through unchanged.
    """

    def __init__(self) -> None:
        self.reason: Reason | None = None
        """Why the cell was asked to stop, if it was."""
        self.cancel: Callable[[], object] | None = None
        """Cancels what the cell awaits, while an event loop runs it."""
        self._asking = Lock()
        self._ended = Lock()
        self._ended.acquire()
        self._thread: int | None = None
        self._shut = True
        self._by_signal = False
        self._shields = 0
        self._injecting = False
        self._deferred = False
        self._signalled = False

    @property
    def thread(self) -> int | None:
        """The thread that runs the cell, once it does."""
        return self._thread

    def open(self, *, by_signal: bool = False) -> None:
        """The calling thread starts to run the cell; in the main thread signals can reach it."""
        self._by_signal = by_signal
        self._thread = get_ident()
        self._shut = False

    def close(self) -> None:
        """The cell is over: from here on no interrupt meant for it is raised any more."""
        while True:
            try:
                self._shut = True
                self._await_injection()
                break
            except KeyboardInterrupt:
                continue
        self._ended.release()

    def __enter__(self) -> None:
        if get_ident() != self._thread:
            return
        self._shields += 1
        try:
            self._await_injection()
        except BaseException:
            self._shields -= 1
            raise

    def __exit__(self, *exc: object) -> None:
        if get_ident() != self._thread:
            return
        self._shields -= 1
        if self._deferred and not self._shields and not self._shut:
            self._deferred = False
            raise KeyboardInterrupt

    def wait_ended(self, timeout: float) -> bool:
        """Whether the cell ended within `timeout` seconds."""
        ended = self._ended.acquire(timeout=max(0.0, timeout))
        if ended:
            self._ended.release()
        return ended

    def stop(self, reason: Reason, grace: float) -> bool:
        """Interrupt the cell from another thread; whether it ended within `grace` seconds.

        The first half of the time is the cell's, to clean up after one KeyboardInterrupt; in the
        second half it is interrupted again and again, which ends loops that swallow it.
        """
        with self._asking:
            self.reason = self.reason or reason
            if self._cancelled() or (self._inject() and self.wait_ended(grace / 2)):
                return True
            deadline = monotonic() + grace / 2
            while monotonic() < deadline:
                self._inject(insist=True)
                if self.wait_ended(_INSIST_EVERY):
                    return True
            return False

    def _cancelled(self) -> bool:
        cancel = self.cancel
        if cancel is None:
            return False
        cancel()
        return self.wait_ended(_SETTLE)

    def _inject(self, *, insist: bool = False) -> bool:
        self._injecting = True
        try:
            if self._shut:
                return True
            if self._shields:
                self._deferred = True
            elif self._by_signal:
                self._signal(insist=insist)
            else:
                self._raise_async()
        finally:
            self._injecting = False
        return True

    def _raise_async(self) -> None:
        assert self._thread is not None
        pythonapi.PyThreadState_SetAsyncExc(c_ulong(self._thread), py_object(KeyboardInterrupt))

    def _signal(self, *, insist: bool) -> None:
        if not self._signalled:
            self._signalled = True
            signal_main_thread()
        elif insist:
            # Somebody else handles the signal: the code that runs has to be met directly.
            self._raise_async()

    def on_signal(self) -> bool:
        """A SIGINT arrived in the cell's thread. Whether it was meant for, or may hit, the cell."""
        ours, self._signalled = self._signalled, False
        if self._shut:
            return ours
        self.reason = self.reason or "interrupted"
        if self._shields:
            self._deferred = True
            return True
        raise KeyboardInterrupt

    def _await_injection(self) -> None:
        """Let an interrupt that is on its way be raised here, so that none comes after."""
        while self._injecting:
            sleep(0)
        deadline = monotonic() + _SETTLE if self._signalled else 0.0
        while self._signalled and monotonic() < deadline:
            sleep(0)
        if self._shut and self.reason is not None and self._thread is not None:
            pythonapi.PyThreadState_SetAsyncExc(c_ulong(self._thread), None)
        _checkpoint()


def _checkpoint() -> None:
    """A Python call: CPython looks for pending interrupts at the start of each."""


def signal_main_thread() -> None:
    """Send SIGINT to the main thread, so that a blocking system call returns too."""
    if hasattr(signal, "pthread_kill"):
        ident = main_thread().ident
        assert ident is not None
        signal.pthread_kill(ident, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)


def can_be_signalled() -> bool:
    """Whether the calling thread is the one that Python delivers signals to."""
    return current_thread() is main_thread()


class SignalRoute:
    """While a cell runs in the main thread, SIGINT (Ctrl-C too) is that cell's interrupt."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._before: Any = None

    def __enter__(self) -> None:
        self._before = _signal.signal(_SIGINT, self._handle)

    def __exit__(self, *exc: object) -> None:
        _signal.signal(_SIGINT, self._before or signal.default_int_handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if not self._gate.on_signal() and callable(self._before):
            self._before(number, frame)
