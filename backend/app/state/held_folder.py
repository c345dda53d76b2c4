"""The folder of one notebook for as long as it is held: open, or at rest while nobody uses it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import RLock
from time import monotonic

from ..errors import StorageError
from .failures import told
from .few_open import FewOpen
from .head import Head
from .open_folder import OpenFolder


class HeldFolder:
    """One caller at a time has it; for any thread of the process that began to hold it.

    At rest it holds no descriptor, and no lock: another process may open it. The next use opens it
    again.
    """

    def __init__(self, notebook_id: str, opening: Callable[[], OpenFolder], few: FewOpen) -> None:
        """Open it.

        Args:
            notebook_id: whose it is.
            opening: opens the folder.
            few: those among which it is open.

        Raises:
            StateLockedError, StorageError, SnapshotError: as `OpenFolder`.
        """
        self.head = Head(notebook_id)
        self.used = monotonic()
        """When it was used last."""
        self._notebook_id = notebook_id
        self._opening = opening
        self._few = few
        self._turn = RLock()
        self._in_use = False
        self._pid: int | None = os.getpid()
        self._opened: OpenFolder | None = None
        with self._told("opened"):
            self._awake()

    @property
    def is_held(self) -> bool:
        """Whether it is, in this process; it may be at rest."""
        return self._pid == os.getpid()

    @property
    def is_open(self) -> bool:
        """Whether nobody else can have it now."""
        return self.is_held and self._opened is not None and self._opened.lock.held

    @property
    def is_writable(self) -> bool:
        """Whether it is, as far as is known."""
        return self.is_held and (self._opened is None or self._opened.obstacle is None)

    @property
    def is_in_place(self) -> bool:
        """Whether what is open is what lies there; at rest nothing is."""
        return self._opened is None or self._opened.is_in_place

    def close(self) -> None:
        """Hold it no longer; memory that was mapped stays. The second time does nothing."""
        with self._told("closed"), self._turn:
            self._pid = None
            if self._opened is not None:
                self._opened.close()

    def rest(self) -> bool:
        """Let go of it until it is used again; whether nobody is using it."""
        if not self._turn.acquire(blocking=False):
            return False
        try:
            if self.is_open and not self._in_use:
                with self._told("closed"):
                    self._sleep()
            return not self._in_use
        finally:
            self._turn.release()

    @contextmanager
    def reading(self, done: str) -> Iterator[OpenFolder]:
        """The folder for the time of one use; failures are told.

        Raises:
            StateLockedError: another process opened it while it rested.
            StorageError: it is not held, or cannot be read.
        """
        if not self.is_held:
            raise StorageError(
                f"The state of notebook {self._notebook_id!r} is not open in process {os.getpid()}."
            )
        with self._turn, self._told(done):
            was_in_use = self._in_use
            try:
                self._in_use, self.used = True, monotonic()
                yield self._awake()
            finally:
                self._in_use = was_in_use
        self._few.relieve()

    @contextmanager
    def changing(self, done: str) -> Iterator[OpenFolder]:
        """The same to write something.

        Raises:
            StorageError: also where nothing can be written.
        """
        with self.reading(done) as before:
            opened = self._thawed(before)
            if (obstacle := opened.obstacle or _absence(opened)) is not None:
                raise StorageError(
                    f"The state of notebook {self._notebook_id!r} cannot be {done}: {obstacle}."
                )
            yield opened

    @contextmanager
    def going_on(self) -> Iterator[OpenFolder]:
        """The same to save what comes after the head.

        Raises:
            StateLockedError: also if somebody else moved the head while it rested.
        """
        with self.changing("saved") as opened:
            self.head.check(opened)
            yield opened

    def _awake(self) -> OpenFolder:
        opened = self._opened
        if opened is None or not opened.lock.held:
            opened = self._opened = None  # half closed, if an interrupt struck: let go of the rest
            opened = self._opening()
            self.head.find_again(opened)
            self._opened = opened
            self._few.admit(self)
        return opened

    def _thawed(self, opened: OpenFolder) -> OpenFolder:
        """Opened to be written, if it can be by now."""
        if not opened.may_have_thawed:
            return opened
        self._sleep()
        return self._awake()

    def _sleep(self) -> None:
        if self._opened is not None:
            self.head.leave(self._opened)
            self._opened.database.keep_log()
            self._opened.close()
            self._opened = None

    def _told(self, done: str) -> AbstractContextManager[None]:
        return told(f"The state of notebook {self._notebook_id!r} cannot be {done}")


def _absence(opened: OpenFolder) -> str | None:
    """Why what is written would be found by nobody, if so."""
    return None if opened.is_in_place else "its folder was deleted or replaced meanwhile"
