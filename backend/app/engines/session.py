"""One notebook that an engine knows: its worker while it has one, and whose turn it is."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from threading import TIMEOUT_MAX, Lock
from time import monotonic

from ..models.session import ExecutionMode, Isolation
from ..runtime.turns import Turns
from .link import Link
from .remote_cell import RemoteCell
from .waiting import Waiting


class Session:
    """A notebook. Without a worker it costs next to nothing; its variables are on disk."""

    def __init__(self, notebook_id: str) -> None:
        self.notebook_id = notebook_id
        self.mode: ExecutionMode | None = None
        """Of its worker."""
        self.isolation: Isolation | None = None
        """What holds the cells of its worker, or held those of the last one."""
        self.link: Link | None = None
        """To its worker."""
        self.cell: RemoteCell | None = None
        """The one that runs."""
        self.waiting: Waiting | None = None
        """Of the one that is to run once there is a worker."""
        self.start: Future[Link] | None = None
        """Of a worker that is on its way; whoever has the turn keeps it until that has ended."""
        self.halts = 0
        """How often those who wait were told not to run any more."""
        self.idle_since = monotonic()
        self.cwd: str | None = None
        """Working folder that it was opened with."""
        self._turns = Turns()

    @property
    def is_idle(self) -> bool:
        """Whether it has a worker that nobody uses."""
        return self.link is not None and self._turns.holder is None

    @property
    def is_awake(self) -> bool:
        """Whether its worker has the notebook's variables, or a cell that brings them runs."""
        link = self.link
        return self.cell is not None or (link is not None and not link.lost and link.cells > 0)

    @contextmanager
    def turn(self, patience: float = TIMEOUT_MAX) -> Iterator[None]:
        """Hold it, first come, first served; whoever has it may use and change the worker.

        Raises:
            TimeoutError: somebody else has had it for so many seconds.
        """
        owner, began = object(), monotonic()
        try:
            self._turns.take(owner, partial(_acquired, patience))
        except KeyboardInterrupt:
            if monotonic() - began < patience:
                raise
            raise TimeoutError from None
        try:
            yield
        finally:
            self.idle_since = monotonic()
            self._end_turn(owner)

    def _end_turn(self, owner: object) -> None:
        start, self.start = self.start, None
        if start is None:
            self._turns.give_back(owner)
        else:
            start.add_done_callback(lambda _: self._turns.give_back(owner))

    @contextmanager
    def turn_if_free(self) -> Iterator[bool]:
        """Hold it if nobody does."""
        owner = object()
        try:
            self._turns.take(owner, lambda _called: False)
        except KeyboardInterrupt:
            yield False
            return
        try:
            yield True
        finally:
            self._turns.give_back(owner)


def _acquired(patience: float, called: Lock) -> bool:
    try:
        return called.acquire(timeout=patience)
    except KeyboardInterrupt:
        return False
