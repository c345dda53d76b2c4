"""What lies in a folder and the folders therein: names and sizes, at a bounded cost."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field

from ...errors import InvalidIdError, StorageError
from ...names import OWN_PREFIX, PATH_PARTS, check_file_name
from ...runtime.ordinary_file import entered
from ...runtime.wording import reason
from .folder import DataFolder

MOST_ENTRIES = 20_000
"""Entries of all folders together that are looked at."""


@dataclass
class Listing:
    """The ordinary files found, and what was passed over."""

    files: dict[str, os.stat_result] = field(default_factory=dict)
    """By name."""
    unlisted: int = 0
    truncated: bool = False
    _entries: int = 0

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(found.st_size for found in self.files.values())

    def take(self, name: str, found: os.stat_result) -> None:
        """A file; one that no name may name is only counted."""
        try:
            self.files[check_file_name(name)] = found
        except InvalidIdError:
            self.unlisted += 1

    def count(self) -> bool:
        """One more entry; whether it may be looked at."""
        self._entries += 1
        self.truncated |= self._entries > MOST_ENTRIES
        return not self.truncated


def listed(folder: DataFolder, *, hidden: bool = False) -> Listing:
    """The files of a folder that need not exist; links are neither listed nor followed.

    Args:
        folder: which.
        hidden: also what begins with a dot, as far as it is not ours.

    Raises:
        StorageError: the folder itself cannot be read.
    """
    listing = Listing()
    try:
        descriptor = folder.root()
    except FileNotFoundError:
        return listing
    except OSError as error:
        raise StorageError(f"The files cannot be listed: {reason(error)}.") from error
    try:
        _walk(descriptor, "", listing, hidden)
    finally:
        os.close(descriptor)
    return listing


def _walk(folder: int, prefix: str, listing: Listing, hidden: bool) -> None:
    depth = prefix.count("/")
    for entry in _entries(folder, listing):
        name = prefix + entry.name
        if entry.name.startswith(OWN_PREFIX) or (entry.name.startswith(".") and not hidden):
            continue
        found = _status(entry)
        if found is None or not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
            listing.unlisted += 1
        elif stat.S_ISREG(found.st_mode):
            listing.take(name, found)
        elif depth < PATH_PARTS - 1:
            _descend(entry.name, folder, name + "/", listing, hidden)
        else:
            listing.truncated = True


def _entries(folder: int, listing: Listing) -> Iterator[os.DirEntry[str]]:
    """In the order of the folder: to sort them all would read them all."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if not listing.count():
                return
            yield entry


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    """None for what vanished meanwhile."""
    try:
        return entry.stat(follow_symlinks=False)
    except OSError:
        return None


def _descend(name: str, parent: int, prefix: str, listing: Listing, hidden: bool) -> None:
    """A folder that cannot be entered, or is one no more, counts as one entry passed over."""
    try:
        folder = entered(name, parent)
    except OSError:
        listing.unlisted += 1
        return
    try:
        _walk(folder, prefix, listing, hidden)
    finally:
        os.close(folder)
