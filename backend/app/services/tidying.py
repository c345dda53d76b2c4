"""How much of a notebook's past is kept, seen to now and then."""

from __future__ import annotations

import logging
import sys

from ..errors import SnapshotError, StateLockedError, StorageError
from ..state.collection import Retention
from ..state.store import Store
from .late_work import LateWork

_log = logging.getLogger("nbengine.state")

_AFTER = 0.5
"""Seconds from a snapshot to the collection that it is the occasion of."""
_LEAST = 10
"""Snapshots from one collection to the next, or a tenth of those that are kept."""


class Tidying:
    """Lets go of what a notebook's retention does not keep, late and never for a few snapshots.

    Args:
        store: the notebook's.
        keep: what is kept.
        late: does it.
    """

    def __init__(self, store: Store, keep: Retention, late: LateWork) -> None:
        self._store = store
        self._keep = keep
        self._late = late
        self._most = keep.count if keep.count is not None else sys.maxsize
        self._every = _LEAST if keep.count is None else max(_LEAST, keep.count // 10)
        self._since = max(0, store.count - self._most)
        """Snapshots since the last collection; too many from an earlier process are some, too."""

    def note(self) -> None:
        """A snapshot was taken."""
        self._since += 1
        if self._since >= self._every:
            self._since = 0
            self._late.put_off(self._tidy, _AFTER)

    def _tidy(self) -> None:
        if not self._store.is_open:
            return
        try:
            if self._keep.age is not None or self._store.count > self._most:
                self._store.collect(self._keep)
        except (StorageError, SnapshotError, StateLockedError) as error:
            _log.info("older snapshots stay for now: %s", error)
