"""How much room the files of a folder take up, and may."""

from __future__ import annotations

from threading import Lock

from ...errors import QuotaError
from .folder import DataFolder
from .listing import MOST_ENTRIES, listed
from .upload_store import UploadStore

_MEASURED_EACH = 64 * 2**20
"""Bytes of uploads after which what is there is measured again."""


class Quota:
    """Room for what is uploaded; what cells write is counted, not refused. Thread-safe.

    Args:
        folder: whose files count, hidden ones too.
        store: unfinished uploads count as well.
        most: bytes; None for any number.
    """

    def __init__(self, folder: DataFolder, store: UploadStore, most: int | None) -> None:
        self._folder = folder
        self._store = store
        self._most = most
        self._lock = Lock()
        self._used = 0
        self._unmeasured = 0

    def measure(self) -> int:
        """Look how many bytes are used now.

        Raises:
            QuotaError: there are more files than are looked at.
        """
        listing = listed(self._folder, hidden=True)
        if listing.truncated and self._most is not None:
            raise QuotaError(
                f"The notebook's folder has more than {MOST_ENTRIES:,} entries, or folders too "
                "deep to be counted; delete some."
            )
        used = listing.size + self._store.size()
        with self._lock:
            self._used, self._unmeasured = used, 0
            return used

    def check(self, more: int) -> None:
        """Whether there is room for so many bytes, as was last measured.

        Raises:
            QuotaError: there is not.
        """
        with self._lock:
            self._check(more)

    def take(self, more: int) -> None:
        """Count bytes that are about to be written.

        From time to time it looks anew: cells and other processes write there, too.

        Raises:
            QuotaError: there is no room for them.
        """
        with self._lock:
            self._check(more)
            self._used += more
            self._unmeasured += more
            is_due = self._unmeasured > _MEASURED_EACH
        if is_due:
            self.measure()
            self.check(more)

    def _check(self, more: int) -> None:
        if self._most is not None and self._used + more > self._most:
            raise QuotaError(
                f"The notebook's files would take up {self._used + more:,} bytes, "
                f"{self._most:,} are allowed (setting data_quota); delete some."
            )
