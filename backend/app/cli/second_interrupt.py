"""The second Ctrl-C: whoever presses it does not want to wait for the cell any longer."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from threading import Thread
from types import TracebackType
from typing import Self

from .exit_codes import OF_STATUS


class SecondInterrupt:
    """While entered, a second SIGINT since the last `forget()` ends the process at once.

    Python's own handlers run between two bytecodes of the main thread, which a stuck C call never
    reaches. The wake-up descriptor is written by the signal itself, and a thread waits for it;
    only a C call that never lets go of the interpreter keeps that one waiting too.
    """

    def __init__(self, last_words: Callable[[], None]) -> None:
        self._last_words = last_words
        self._seen = 0
        self._reader, self._writer = socket.socketpair()
        self._before = -1

    def forget(self) -> None:
        """A new cell starts: an interrupt of the one before no longer counts."""
        self._seen = 0

    def __enter__(self) -> Self:
        self._writer.setblocking(False)
        self._before = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        Thread(target=self._watch, name="nbengine-second-interrupt", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        signal.set_wakeup_fd(self._before)
        self._writer.close()

    def _watch(self) -> None:
        with self._reader:
            while numbers := self._reader.recv(64):
                self._seen += numbers.count(signal.SIGINT)
                if self._seen > 1:
                    self._last_words()
                    os._exit(OF_STATUS["interrupted"])
