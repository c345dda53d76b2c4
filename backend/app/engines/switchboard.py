"""One thread that listens to every worker of an engine."""

from __future__ import annotations

import logging
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from selectors import EVENT_READ
from threading import Lock, Thread, current_thread
from typing import Any, NamedTuple

from ..runtime.selector import Selector
from .frames import FrameError

_log = logging.getLogger("nbengine")
_CHUNK = 1 << 16
"""Bytes that are read at a time; for many more, memory is fetched from the system each time."""


class Listener(NamedTuple):
    """Who is told of what comes over a socket, and of its end."""

    receive: Callable[[bytes], None]
    """Takes what came; a FrameError that it raises is the end."""
    lose: Callable[[FrameError | None], None]
    """Told once that nothing more will come, and of what was wrong, if it was."""

    def read(self, end: socket.socket) -> bool:
        """Take what there is; whether more may come."""
        wrong: FrameError | None = None
        try:
            data = end.recv(_CHUNK)
            if data:
                self.receive(data)
                return True
        except BlockingIOError:
            return True  # somebody thought that there was something
        except FrameError as error:
            wrong = error
        except OSError:
            pass
        except Exception as error:
            _log.exception("a message could not be handed on")
            wrong = FrameError(str(error))
        self.lose(wrong)
        return False


class Switchboard:
    """Hands on what comes over any number of sockets, in the order in which it comes."""

    def __init__(self) -> None:
        self._selector = Selector()
        self._changes: deque[Callable[[], None]] = deque()
        self._bell, self._rope = socket.socketpair()
        self._selector.register(self._bell, EVENT_READ)
        self._open = True
        self._lock = Lock()
        self._thread = Thread(target=self._serve, name="nbengine-switchboard", daemon=True)
        self._thread.start()

    def add(
        self,
        end: socket.socket,
        listener: Listener,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        """Listen to a socket, soon.

        Args:
            end: the socket.
            listener: told of what comes.
            is_wanted: whether it still is, when its turn has come.
        """

        def add() -> None:
            if is_wanted():
                self._selector.register(end, EVENT_READ, listener)

        self._ask(add)

    def remove(self, end: socket.socket) -> None:
        """Listen to it no more; after this it may be closed."""
        if not self._open:
            return
        done = Lock()
        done.acquire()

        def remove() -> None:
            self._drop(end)
            done.release()

        self._ask(remove)
        if current_thread() is not self._thread:
            done.acquire(timeout=5)

    def pause(self, end: socket.socket) -> None:
        """Do not read from it until it is added again: who gets it has enough for now.

        To be called by what it is read for.
        """
        self._drop(end)

    def close(self) -> None:
        """End the thread."""
        self._open = False
        self._ring()
        if current_thread() is not self._thread:
            self._thread.join()
        self._bell.close()
        self._rope.close()
        self._selector.close()

    def _ask(self, change: Callable[[], None]) -> None:
        self._changes.append(change)
        self._ring()

    def _ring(self) -> None:
        with self._lock, suppress(OSError):
            self._rope.send(b".")

    def _drop(self, end: Any) -> None:
        with suppress(KeyError, ValueError):
            self._selector.unregister(end)

    def _serve(self) -> None:
        while self._open:
            for key, _ in self._selector.select():
                if key.data is None:
                    self._bell.recv(4096)
                    while self._changes:
                        with suppress(KeyError, ValueError):  # it was closed meanwhile
                            self._changes.popleft()()
                elif not key.data.read(key.fileobj):
                    self._drop(key.fileobj)
