"""Ctrl-C while the main thread follows a cell elsewhere: nothing that has come is lost by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Self

from ..runtime.interrupt import SIGINT, can_be_signalled, on_sigint, sigint_handler


class CtrlC:
    """While entered, SIGINT is noted, and comes out of `check`; in other threads nothing changes.

    Python would raise it between any two steps, and with it what was just taken to be told would
    be gone. The second is raised where it strikes: who presses again waits for something else.

    Args:
        wake: lets the one who waits look around; it is called between any two steps.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._before: Any = None
        self._is_pressed = False
        self._is_free = False

    def check(self) -> None:
        """Let the host do what it does of Ctrl-C, if it was pressed: mostly it raises."""
        if self._is_pressed:
            self._is_pressed = False
            self._before(SIGINT, None)

    @contextmanager
    def free(self) -> Iterator[None]:
        """Meanwhile it strikes as ever: somebody is asked who may not want to answer."""
        self._is_free = True
        try:
            yield
        finally:
            self._is_free = False

    def __enter__(self) -> Self:
        if can_be_signalled():
            before = sigint_handler()
            if callable(before):
                self._before = before
                on_sigint(self._note)
        return self

    def __exit__(self, kind: type[BaseException] | None, *exc: object) -> None:
        if self._before is not None:
            on_sigint(self._before)
            if kind is None:
                self.check()

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._is_free or self._is_pressed:
            self._before(number, frame)
        else:
            self._is_pressed = True
            self._wake()
