"""The notebooks of a workspace in their past: what was saved, and going back to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from ..errors import InvalidInputError, StateLockedError, UnknownSnapshotError
from ..models.snapshot import (
    Collected,
    Damage,
    SavedNotebook,
    SnapshotContents,
    SnapshotDiff,
    SnapshotInfo,
)
from ..runtime.closing import Closing
from ..settings import Settings, chosen_settings
from ..state.collection import Retention
from ..state.contents import Contents, compared
from ..state.records import Snapshot
from ..state.signing import Key
from ..state.store import Store
from .running_states import RunningStates
from .state_folders import StateFolders


class StatePersistenceService(Closing):
    """The snapshots of the notebooks of one workspace.

    Those of a notebook that runs are taken, and brought back, by what `running` is.

    Args:
        settings: where, and how safely; by default read from environment and file.
        key: signs the snapshots; by default that of the user, from the file that settings name.
        **overrides: single settings by name, e.g. `workspace_dir=…`.
    """

    def __init__(
        self, settings: Settings | None = None, *, key: Key | None = None, **overrides: Any
    ) -> None:
        self.settings = chosen_settings(settings, overrides)
        self._folders = StateFolders(self.settings, key)
        self.running = RunningStates(self._folders, self.settings)
        """The notebooks that run here."""

    def close(self) -> None:
        """Let go of every notebook's folder; what is still to be saved is saved."""
        self.running.close()
        self._folders.close()

    def notebooks(self) -> list[SavedNotebook]:
        """Every notebook of the workspace of which there is a state."""
        return self._folders.notebooks()

    def has(self, notebook_id: str) -> bool:
        """Whether there is a state of a notebook; also where one may not look.

        Raises:
            InvalidIdError: the id cannot be one.
        """
        return self._folders.has(notebook_id)

    def history(self, notebook_id: str) -> list[SnapshotInfo]:
        """The snapshots of a notebook, oldest first."""
        with self._visit(notebook_id) as store:
            return store.history()

    def head(self, notebook_id: str) -> SnapshotInfo | None:
        """The snapshot that the notebook goes on from; None if it begins with nothing.

        Raises:
            SnapshotError: it cannot be used; names an older one that can.
        """
        with self._visit(notebook_id) as store:
            head = store.head()
            return head.info if head else None

    def show(self, notebook_id: str, snapshot_id: int | None = None) -> SnapshotContents:
        """What is in a snapshot, by default in that which the notebook goes on from."""
        with self._visit(notebook_id) as store:
            return Contents(_found(store, snapshot_id)).told()

    def diff(self, notebook_id: str, before: int, after: int) -> SnapshotDiff:
        """How the variables of one snapshot differ from those of another."""
        with self._visit(notebook_id) as store:
            return compared(store.get(before), store.get(after))

    def go_back(self, notebook_id: str, snapshot_id: int | None) -> SnapshotInfo | None:
        """The next start of the notebook goes on from this snapshot, or from nothing.

        No snapshot is lost: one can go forward again in the same way.

        Raises:
            StateLockedError: the notebook runs; `ExecutionService.restore_state` takes it back.
        """
        with self._folders.visit(notebook_id) as store:
            self._check_idle(notebook_id)
            store.set_head(snapshot_id)
            head = store.head()
            return head.info if head else None

    def undo(self, notebook_id: str) -> SnapshotInfo | None:
        """Go back by one snapshot; None if that was the first.

        Raises:
            StateLockedError: as `go_back`.
            UnknownSnapshotError: there is nothing to undo, or what came before was let go of.
        """
        with self.turn(notebook_id):
            return self.go_back(notebook_id, self.before(notebook_id))

    def find(self, notebook_id: str, snapshot_id: int | None = None) -> int | None:
        """The number of a snapshot that one can go to; by default the one to go on from, if any.

        Raises:
            UnknownSnapshotError: there is none with this number.
            SnapshotError: it cannot be used; names an older one that can.
            StorageError: that the notebook goes on from it cannot be written down.
        """
        with self._folders.visit(notebook_id) as store:
            found = store.head() if snapshot_id is None else store.get(snapshot_id)
            store.check_movable(found.id if found else None)
            return found.id if found else None

    def before(self, notebook_id: str) -> int | None:
        """The snapshot before the one that the notebook goes on from; None before the first.

        Raises:
            UnknownSnapshotError: there is nothing to undo, or what came before was let go of.
            StateLockedError: another process went on with the notebook while it rested here.
            StorageError: that the notebook goes on from it cannot be written down.
        """
        with self._folders.visit(notebook_id) as store:
            store.wake()
            info = _found(store, None).info
            store.check_movable(info.parent)
            if info.parent is not None and info.parent not in {each.id for each in store.history()}:
                raise UnknownSnapshotError(
                    f"Snapshot {info.parent}, before {info.id}, was not kept: nothing to undo."
                )
            return info.parent

    def fork(self, notebook_id: str, new_id: str) -> None:
        """Give another notebook the same snapshots, in files of its own.

        Raises:
            InvalidInputError: the other one has a state already.
        """
        with self._visit(notebook_id) as store:
            if self._folders.has(new_id):
                raise InvalidInputError(f"Notebook {new_id!r} has a state already.")
            store.copy_to(self._folders.path(new_id), new_id)

    def verify(self, notebook_id: str) -> list[Damage]:
        """Read every byte; what is not as it was written."""
        with self._visit(notebook_id) as store:
            return store.verify()

    def collect(
        self,
        notebook_id: str,
        *,
        count: int | None = None,
        age: float | None = None,
        bytes: int | None = None,
    ) -> Collected:
        """Let go of older snapshots, and of what no snapshot needs; the last one always stays.

        Args:
            count: the newest so many are kept.
            age: those of the last so many seconds are kept.
            bytes: as many are kept as need no more than so much together.
        """
        with self._visit(notebook_id) as store:
            return store.collect(Retention(count, age, bytes))

    def export(self, notebook_id: str, path: Path) -> None:
        """Write the whole history into one file, which `import_` reads, elsewhere too."""
        with self._visit(notebook_id) as store:
            store.export(path)

    def import_(self, notebook_id: str, path: Path, *, trusted: bool = False) -> None:
        """Give a notebook that has no snapshots those of an exported file.

        Args:
            notebook_id: whose they are to be; it need not have had this name.
            path: the file.
            trusted: take it whoever signed it. Restoring a snapshot runs code that is in it.

        Raises:
            InvalidInputError: the notebook has snapshots already.
            ForeignSnapshotError: another user's key signed the file.
            DamagedSnapshotError: the file is not whole.
            StateLockedError: the notebook is open.
        """
        with self._folders.fill(notebook_id) as store:
            store.import_(path, trusted=trusted)

    def turn(self, notebook_id: str) -> RLock:
        """To be held while a notebook that runs is taken somewhere else."""
        return self._folders.turn(notebook_id)

    @contextmanager
    def _visit(self, notebook_id: str) -> Iterator[Store]:
        """A notebook's state with all that has happened so far; as `StateFolders.visit`."""
        self.running.settle(notebook_id)
        with self._folders.visit(notebook_id) as store:
            yield store

    def _check_idle(self, notebook_id: str) -> None:
        if notebook_id in self.running:
            raise StateLockedError(
                f"Notebook {notebook_id!r} runs in this process: its ExecutionService has "
                "restore_state and undo.",
                os.getpid(),
            )


def _found(store: Store, snapshot_id: int | None) -> Snapshot:
    """A snapshot, by default the one that the notebook goes on from."""
    found = store.head() if snapshot_id is None else store.get(snapshot_id)
    if found is None:
        raise UnknownSnapshotError(
            f"Notebook {store.notebook_id!r} has no snapshot to go on from: it begins with nothing."
        )
    return found
