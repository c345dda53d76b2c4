"""The snapshot that a notebook goes on from, and whether it is still the one that was left."""

from __future__ import annotations

import sqlite3

from ..errors import DamagedSnapshotError, SnapshotError, StateLockedError, UnknownSnapshotError
from .open_folder import OpenFolder
from .snapshot_table import Mark, Tip
from .verification import Verification


class Head:
    """Remembered from one use of a folder to the next, so that it is not read again.

    Whoever has the folder's turn passes it as `at`.
    """

    def __init__(self, notebook_id: str) -> None:
        self._notebook_id = notebook_id
        self._tip: Tip | None = None
        self._left: Mark | None = None
        """What the folder was left with when it went to rest."""
        self._moved = False

    def tip(self, at: OpenFolder) -> Tip | None:
        """The head; None if the next snapshot comes after none.

        Raises:
            SnapshotError: it cannot be used; names an older one that can.
        """
        if self._tip is None and (head := at.table.head) is not None:
            try:
                self._tip = load(at, head)
            except UnknownSnapshotError:
                lost = f"Snapshot {head}, which the notebook goes on from, is missing."
                raise _offering(at, DamagedSnapshotError(lost), head) from None
        return self._tip

    def forget(self) -> None:
        """Read it again when it is asked for."""
        self._tip = None

    def put(self, tip: Tip | None) -> None:
        """This is the head from now on, whoever had moved it."""
        self._tip, self._left, self._moved = tip, None, False

    def leave(self, at: OpenFolder) -> None:
        """The folder goes to rest: anyone may open it."""
        if not self._moved:
            try:
                self._left = at.table.mark()
            except sqlite3.Error:
                self._left = Mark(None, b"unreadable")

    def find_again(self, at: OpenFolder) -> None:
        """The folder is open, maybe after a rest."""
        if self._left is not None and at.table.mark() != self._left:
            self._tip, self._moved = None, True

    def check(self, at: OpenFolder) -> None:
        """What comes next comes after what was saved here.

        Raises:
            StateLockedError: somebody else moved the head since.
        """
        if self._moved:
            raise StateLockedError(_sentence(self._notebook_id, self._left, at.table.head))


def load(at: OpenFolder, snapshot_id: int) -> Tip:
    """The whole state after one cell.

    Raises:
        UnknownSnapshotError: there is none with this number.
        SnapshotError: it cannot be used; names an older one that can.
    """
    try:
        return at.table.load(snapshot_id)
    except SnapshotError as error:
        raise _offering(at, error, snapshot_id) from error


def _offering(at: OpenFolder, error: SnapshotError, snapshot_id: int) -> SnapshotError:
    """The error with the newest snapshot before this one that can be used."""
    older = Verification(at.table, at.pieces).older(snapshot_id)
    offer = (
        f" Snapshot {older.id} is whole."
        if older
        else " No older one is whole; restart begins with no variables."
    )
    return type(error)(str(error) + offer, older.id if older else None)


def _sentence(notebook_id: str, left: Mark | None, head: int | None) -> str:
    own = left.head if left else None
    back = "" if own is None else f", restore_state({notebook_id!r}, {own}) those saved here"
    return (
        f"Another process has taken notebook {notebook_id!r} from {_place(own)} to {_place(head)} "
        "while it rested here, so its next cell has to be told which variables it goes on with: "
        f"restore_state({notebook_id!r}) takes those of the other process{back}, "
        f"restart({notebook_id!r}) none. No snapshot is lost by that."
    )


def _place(head: int | None) -> str:
    return "its beginning" if head is None else f"snapshot {head}"
