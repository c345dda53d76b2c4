"""Stopping the cell that runs, only that one, and never in the middle of our own bookkeeping.

Two ways in: a signal when the cell runs in the main thread (it also ends a blocking system call),
an asynchronous exception otherwise (it is raised at the next bytecode, so a C call ends first).
Both raise KeyboardInterrupt, as Jupyter does. Source: CPython, `PyThreadState_SetAsyncExc`.
A C call that never lets go of the interpreter lock (`sum(range(10**10))`) holds up the whole
process, this module included: only another process can end that.

The thread that runs the cell takes no lock here: an exception that strikes between taking a lock
and the block that gives it back would leave it taken. Instead the two sides each raise a flag and
then look at the other's.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import signal
from collections.abc import Callable
from ctypes import c_ulong, py_object, pythonapi
from functools import partial
from threading import Lock, current_thread, get_ident, main_thread
from time import monotonic, sleep
from typing import Any, Literal

SIGINT = int(signal.SIGINT)
Reason = Literal["interrupted", "timeout"]

_INSIST_EVERY = 0.001
"""Seconds between interrupts once the first has been ignored for half of the grace period."""
_LOOK_EVERY = 0.005
"""Seconds between looks at whether a cancellation has arrived."""
_SETTLE = 0.05
"""Seconds that a cancelled task, or a signal that somebody else handles, is waited for."""


class Gate:
    """Open while a cell's code runs; an interrupt passes only through an open gate.

    As a context manager it is shielded for a while: an interrupt that comes then is raised at the
    end of the block. Threads other than the cell's own pass through unchanged.
    """

    def __init__(self) -> None:
        self._asked: Reason | None = None
        self._answered: tuple[Reason | None] | None = None
        self.cancel: Callable[[], object] | None = None
        """Cancels what the cell awaits, while an event loop runs it."""
        self.cancelled = False
        """Whether that has reached what the cell awaits."""
        self.inner: Gate | None = None
        """Gate of the cell that this one has asked for, and which is to end with it."""
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
        self._echo = False
        """Whether a signal is, or was, on its way that only repeats one."""
        self._discard: Callable[[], object] = bool
        """Takes back an exception that was not raised yet; written in C, so none can precede it."""
        self._raise: Callable[[], object] = bool
        """Raises one here, if one may have been taken back: Python 3.11 looks for that at the
        beginning of every function, and never finds its way into one that is profiled."""

    @property
    def thread(self) -> int | None:
        """The thread that runs the cell, once it does."""
        return self._thread

    @property
    def reason(self) -> Reason | None:
        """Why the cell was asked to stop, if it was before it ended."""
        return self._asked if self._answered is None else self._answered[0]

    @property
    def deferred(self) -> bool:
        """Whether an interrupt waits for the end of a shielded block."""
        return self._deferred

    @property
    def signalled(self) -> bool:
        """Whether a signal meant for this cell alone is, or may be, on its way."""
        return self._signalled or self._echo

    def run(self, work: Callable[[], object], *, by_signal: bool = False) -> BaseException | None:
        """Run the cell, which `work` is, in this thread; what it let escape is given back.

        No interrupt meant for the cell is raised after this, whenever it was asked for.

        Args:
            by_signal: this is the main thread, signals can reach it.
        """
        stray = None
        try:
            self._open(by_signal)
            work()
        except BaseException as error:
            stray = error
        # From here to the end of the next line no exception can be raised.
        self._shut = True
        self._discard()
        try:
            self._raise()
        except KeyboardInterrupt:
            pass
        while not self._has_settled():
            pass
        self._answered = (self._asked,)
        self._ended.release()
        return stray

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
            raise KeyboardInterrupt from None

    def wait_ended(self, timeout: float) -> bool:
        """Whether the cell ended within `timeout` seconds."""
        ended = self._ended.acquire(timeout=max(0.0, timeout))
        if ended:
            self._ended.release()
        return ended

    def stop(self, reason: Reason, grace: float) -> bool:
        """Interrupt the cell; whether it ended within `grace` seconds.

        The first half of the time is the cell's, to clean up after one KeyboardInterrupt; in the
        second half it is interrupted again and again, which ends what swallows some of them, not
        all. A cell that stops itself is not waited for.
        """
        if get_ident() == self._thread and not self._shut:
            self._stop_here(reason)
            return True
        with self._asking:
            if self.wait_ended(0):
                return True
            self._asked = self._asked or reason
            if not self._cancel_awaited():
                self._inject()
            inner = self.inner
            if inner is not None:
                inner.stop("interrupted", grace / 2)
            return self._wait_for_cleanup(grace / 2) or self._insist(grace / 2)

    def _open(self, by_signal: bool) -> None:
        self._by_signal = by_signal
        self._thread = get_ident()
        self._shut = False
        if self._asked is not None:
            raise KeyboardInterrupt

    def _stop_here(self, reason: Reason) -> None:
        self._asked = self._asked or reason
        if not self._shields:
            raise KeyboardInterrupt
        self._deferred = True

    def _cancel_awaited(self) -> bool:
        """Whether the cell awaits something that now hears of its cancellation."""
        cancel = self.cancel
        if cancel is None:
            return False
        cancel()
        deadline = monotonic() + _SETTLE
        while not self.cancelled and monotonic() < deadline:
            if self.wait_ended(_LOOK_EVERY):
                return True
        return self.cancelled

    def _wait_for_cleanup(self, grace: float) -> bool:
        deadline = monotonic() + grace
        pause = _LOOK_EVERY
        while self._signalled and monotonic() < deadline:
            # A signal that arrives just before a blocking call does not end it: once more.
            if self.wait_ended(pause):
                return True
            self._inject(once_more=True)
            pause *= 2
        return self.wait_ended(deadline - monotonic())

    def _insist(self, grace: float) -> bool:
        deadline = monotonic() + grace
        while monotonic() < deadline:
            self._inject(insist=True)
            if self.wait_ended(_INSIST_EVERY):
                return True
        return False

    def _inject(self, *, once_more: bool = False, insist: bool = False) -> None:
        self._injecting = True
        try:
            if self._shut:
                return
            if self._shields:
                self._deferred = True
            elif not self._by_signal:
                self._raise_async()
            elif not self._signalled and not once_more:
                self._signalled = True
                signal_main_thread()
            elif self._signalled:
                self._echo = True
                signal_main_thread()
                if insist:
                    # Somebody else handles the signal: the code that runs is to be met directly.
                    self._raise_async()
        finally:
            self._injecting = False

    def _raise_async(self) -> None:
        thread = c_ulong(self._thread or 0)
        send = partial(pythonapi.PyThreadState_SetAsyncExc, thread)
        self._discard = partial(send, None)
        self._raise = partial(send, py_object(KeyboardInterrupt))
        send(py_object(KeyboardInterrupt))

    def on_signal(self) -> bool:
        """A SIGINT arrived in the main thread. Whether it was meant for, or may hit, the cell."""
        ours, self._signalled = self._signalled, False
        if not ours and self._echo:
            self._echo = False
            return True
        if self._shut or not self._by_signal:
            return ours
        self._asked = self._asked or "interrupted"
        if self._shields:
            self._deferred = True
            return True
        raise KeyboardInterrupt

    def _has_settled(self) -> bool:
        """Whether no interrupt is on its way any more; False after one that was."""
        try:
            self._await_injection()
        except KeyboardInterrupt:
            return False
        return True

    def _await_injection(self) -> None:
        """Let an interrupt that is on its way be raised here, so that none comes after."""
        while self._injecting:
            sleep(0)
        deadline = monotonic() + _SETTLE if self._signalled else 0.0
        while self._signalled and monotonic() < deadline:
            sleep(0)
        if self._by_signal and self._asked is not None:
            # The kernel delivers what was sent before at the latest when a system call returns.
            sleep(0)
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


def on_sigint(handler: Any) -> Any:
    """Have this called for SIGINT, or what it stands for done; gives back what was there before.

    The public functions spend six microseconds on making enums of numbers.
    """
    return _signal.signal(SIGINT, handler)


def sigint_handler() -> Any:
    """What is called for SIGINT, or what it stands for."""
    return _signal.getsignal(SIGINT)


def can_be_signalled() -> bool:
    """Whether the calling thread is the one that Python delivers signals to."""
    return current_thread() is main_thread()
