"""Few folders are open at a time, however many are held."""

from __future__ import annotations

import logging
from threading import Lock
from typing import Protocol
from weakref import WeakSet

from ..errors import DamagedSnapshotError, StorageError

_log = logging.getLogger("nbengine.state")


class Restful(Protocol):
    """What can be open or at rest."""

    used: float

    @property
    def is_open(self) -> bool: ...

    def rest(self) -> bool: ...


class FewOpen:
    """So many at most are open, those used last; more only while more are in use at once.

    Args:
        most: how many.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._turn = Lock()
        self._open: WeakSet[Restful] = WeakSet()
        self._surplus = 0

    def admit(self, newcomer: Restful) -> None:
        """It has just been opened; others go to rest for that."""
        with self._turn:
            self._open = WeakSet([*(each for each in self._open if each.is_open), newcomer])
        self._let_rest(newcomer)

    def relieve(self) -> None:
        """One of them is not in use any more."""
        if self._surplus > 0:
            self._let_rest(None)

    def _let_rest(self, newcomer: Restful | None) -> None:
        with self._turn:
            waiting = [each for each in self._open if each.is_open and each is not newcomer]
        surplus = len(waiting) + (newcomer is not None) - self._most
        for each in sorted(waiting, key=lambda each: each.used):
            if surplus <= 0:
                break
            surplus -= _rested(each)
        self._surplus = surplus


def _rested(folder: Restful) -> bool:
    try:
        return folder.rest()
    except (StorageError, DamagedSnapshotError) as error:
        _log.warning("%s", error)
        return not folder.is_open
