"""Waits in home threads, cut into slices: between two of them an interrupt can be raised.

Only the main thread's waits are ended by a signal. Elsewhere a cell that sleeps, waits for a
condition (an event, a queue, a future), joins a thread, selects (an event loop, a pipe) or waits
for a child process would sit in one C call until it is over. Cut are the library's Python faces
of these; `lock.acquire`, `SimpleQueue.get` and a blocking `read` have none.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from threading import get_ident
from types import ModuleType
from typing import Any

from .imports import ImportWatch

_SLICE = 0.05
"""Seconds for which a home thread that waits does not notice an interrupt."""
_FOR_EVER = 1e8
"""A timeout with which `subprocess` polls instead of waiting in one call."""

_sleep = time.sleep
_join = threading.Thread.join
_allocate_lock = threading._allocate_lock  # type: ignore[attr-defined]
_homes: set[int] = set()


class SlicedWaits:
    """Marks the calling thread, unless it is marked: its waits are cut."""

    def __enter__(self) -> None:
        self._was_marked = get_ident() in _homes
        _homes.add(get_ident())

    def __exit__(self, *exc: object) -> None:
        if not self._was_marked:
            _homes.discard(get_ident())


def install(imports: ImportWatch) -> None:
    """Put the cut versions in the library's place; threads that are not marked pass through."""
    time.sleep = _sliced_sleep
    threading._allocate_lock = _waiter  # type: ignore[attr-defined]
    threading.Thread.join = _sliced_join  # type: ignore[method-assign]
    imports.when_imported("selectors", _hook_selectors)
    imports.when_imported("subprocess", _hook_popen)


def in_slices(wait: Callable[[float], Any], timeout: float | None) -> Any:
    """The first true answer of `wait(seconds)`, or the last one once `timeout` has passed."""
    deadline = None if timeout is None else time.monotonic() + timeout
    while True:
        left = _SLICE if deadline is None else min(_SLICE, deadline - time.monotonic())
        answer = wait(max(0.0, left))
        if answer or left <= 0:
            return answer


def _sliced_sleep(seconds: Any, /) -> None:
    """Suspend execution for a given number of seconds (may be a fraction)."""
    if get_ident() in _homes and isinstance(seconds, float | int) and seconds > _SLICE:
        in_slices(_sleep, seconds)
    else:
        _sleep(seconds)


_sliced_sleep.__module__, _sliced_sleep.__name__, _sliced_sleep.__qualname__ = (
    "time",
    "sleep",
    "sleep",
)


def _sliced_join(self: threading.Thread, timeout: float | None = None) -> None:
    """Wait until the thread terminates."""
    if get_ident() not in _homes or self is threading.current_thread():
        _join(self, timeout)
        return

    def wait(seconds: float) -> bool:
        _join(self, seconds)
        return not self.is_alive()

    in_slices(wait, timeout)


class _Waiter:
    """The lock on which one `Condition.wait` of a home thread waits."""

    def __init__(self) -> None:
        self._lock = _allocate_lock()
        self.release = self._lock.release

    def acquire(self, blocking: bool = True, timeout: float = -1) -> Any:
        if not blocking:
            return self._lock.acquire(False)
        seconds = None if timeout < 0 else timeout
        return in_slices(lambda left: self._lock.acquire(True, left), seconds)

    __enter__ = acquire

    def __exit__(self, *exc: object) -> None:
        self.release()

    def locked(self) -> bool:
        return bool(self._lock.locked())


def _waiter() -> Any:
    """`Condition.wait` makes the lock that it waits on by the name that this replaces."""
    return _Waiter() if get_ident() in _homes else _allocate_lock()


def _hook_selectors(module: ModuleType) -> None:
    names = ("SelectSelector", "_PollLikeSelector", "EpollSelector", "KqueueSelector")
    for cls in filter(None, (getattr(module, name, None) for name in names)):
        if "select" in vars(cls):
            cls.select = _sliced_select(cls.select)


def _sliced_select(original: Callable[..., Any]) -> Callable[..., Any]:
    def select(self: Any, timeout: float | None = None) -> Any:
        if get_ident() not in _homes or (timeout is not None and timeout <= _SLICE):
            return original(self, timeout)
        return in_slices(lambda left: original(self, left), timeout)

    select.__doc__ = original.__doc__
    return select


def _hook_popen(module: ModuleType) -> None:
    wait, communicate = module.Popen.wait, module.Popen.communicate

    def polling_wait(self: Any, timeout: float | None = None) -> Any:
        return wait(self, _polling(timeout))

    def polling_communicate(self: Any, input: Any = None, timeout: float | None = None) -> Any:
        return communicate(self, input, _polling(timeout))

    polling_wait.__doc__, polling_communicate.__doc__ = wait.__doc__, communicate.__doc__
    module.Popen.wait, module.Popen.communicate = polling_wait, polling_communicate


def _polling(timeout: float | None) -> float | None:
    return _FOR_EVER if timeout is None and get_ident() in _homes else timeout
