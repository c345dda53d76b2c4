"""Notebooks' variables across restarts: saved after each successful cell, back at the first one."""

from __future__ import annotations

import os
import platform
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import RLock
from time import perf_counter
from types import CodeType, TracebackType
from typing import Any, Self

from ..errors import (
    InvalidInputError,
    SnapshotError,
    StateLockedError,
    StorageError,
    UnknownSnapshotError,
)
from ..models.notebook import StateChange
from ..models.snapshot import (
    Collected,
    Damage,
    SavedNotebook,
    SnapshotContents,
    SnapshotDiff,
    SnapshotInfo,
)
from ..runtime.hooks import WRITERS
from ..runtime.kernel import Kernel
from ..runtime.process import PROCESS
from ..settings import Settings, load_settings
from ..state.collection import Retention
from ..state.contents import Contents, compared
from ..state.keeper import Keeper
from ..state.pickling import Space
from ..state.records import Cause, Snapshot
from ..state.store import Store
from .cell_run import CellRun
from .state_folders import StateFolders

_OUTPUT, _PROCESS = ".out.", ".process"
"""What is kept beside the variables, under names that no variable has."""


class StatePersistenceService:
    """Saves and restores the notebooks of one workspace.

    Args:
        settings: where, and how safely; by default read from environment and file.
        **overrides: single settings by name, e.g. `workspace_dir=…`.
    """

    def __init__(self, settings: Settings | None = None, **overrides: Any) -> None:
        self.settings = load_settings(**overrides) if settings is None else settings
        self._folders = StateFolders(self.settings)
        self._keepers: dict[str, Keeper] = {}
        """Of the notebooks that run here."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of every notebook's folder."""
        self._keepers.clear()
        self._folders.close()

    # ------------------------------------------------ back in time

    def notebooks(self) -> list[SavedNotebook]:
        """Every notebook of the workspace of which there is a state."""
        return self._folders.notebooks()

    def history(self, notebook_id: str) -> list[SnapshotInfo]:
        """The snapshots of a notebook, oldest first."""
        with self._folders.visit(notebook_id) as store:
            return store.history()

    def head(self, notebook_id: str) -> SnapshotInfo | None:
        """The snapshot that the notebook goes on from; None if it begins with nothing.

        Raises:
            SnapshotError: it cannot be used; names an older one that can.
        """
        with self._folders.visit(notebook_id) as store:
            head = store.head()
            return head.info if head else None

    def show(self, notebook_id: str, snapshot_id: int | None = None) -> SnapshotContents:
        """What is in a snapshot, by default in that which the notebook goes on from."""
        with self._folders.visit(notebook_id) as store:
            return Contents(_found(store, snapshot_id)).told()

    def diff(self, notebook_id: str, before: int, after: int) -> SnapshotDiff:
        """How the variables of one snapshot differ from those of another."""
        with self._folders.visit(notebook_id) as store:
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
        """The number of a snapshot that can be used; by default the one to go on from, if any.

        Raises:
            UnknownSnapshotError: there is none with this number.
            SnapshotError: it cannot be used; names an older one that can.
        """
        with self._folders.visit(notebook_id) as store:
            found = store.head() if snapshot_id is None else store.get(snapshot_id)
            return found.id if found else None

    def before(self, notebook_id: str) -> int | None:
        """The snapshot before the one that the notebook goes on from; None before the first.

        Raises:
            UnknownSnapshotError: there is nothing to undo, or what came before was let go of.
        """
        with self._folders.visit(notebook_id) as store:
            info = _found(store, None).info
            if info.parent is not None and info.parent not in {each.id for each in store.history()}:
                raise UnknownSnapshotError(
                    f"Snapshot {info.parent}, before {info.id}, was not kept: nothing to undo."
                )
            return info.parent

    def fork(self, notebook_id: str, new_id: str) -> None:
        """Give another notebook the same snapshots; what is large on disk is shared.

        Raises:
            InvalidInputError: the other one has a state already.
        """
        with self._folders.visit(notebook_id) as store:
            if self._folders.has(new_id):
                raise InvalidInputError(f"Notebook {new_id!r} has a state already.")
            store.copy_to(self._folders.path(new_id), new_id)

    def verify(self, notebook_id: str) -> list[Damage]:
        """Read every byte; what is not as it was written."""
        with self._folders.visit(notebook_id) as store:
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
        with self._folders.visit(notebook_id) as store:
            return store.collect(Retention(count, age, bytes))

    def export(self, notebook_id: str, path: Path) -> None:
        """Write the whole history into one file, which `import_` reads, elsewhere too."""
        with self._folders.visit(notebook_id) as store:
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

    def _check_idle(self, notebook_id: str) -> None:
        if notebook_id in self._keepers:
            raise StateLockedError(
                f"Notebook {notebook_id!r} runs in this process: its ExecutionService has "
                "restore_state and undo.",
                os.getpid(),
            )

    # ------------------------------------------------ while a notebook runs

    def foresee(self, kernel: Kernel, codes: Iterable[CodeType]) -> bool:
        """Told of the code of each cell before it runs; whether it does nothing but bind names."""
        return self._keepers[kernel.notebook_id].foresee(codes)

    def begin(self, kernel: Kernel) -> None:
        """Bring the notebook's variables back, in its turn and before its first cell.

        Raises:
            StateLockedError: another process has the notebook.
            SnapshotError: what is stored cannot be used; `go_back` to another snapshot first.
        """
        with self.turn(kernel.notebook_id):
            if kernel.closed:
                return
            if kernel.notebook_id not in self._keepers:
                self._keepers[kernel.notebook_id] = self._brought_back(kernel)
            self._keepers[kernel.notebook_id].begin()

    def _brought_back(self, kernel: Kernel) -> Keeper:
        """The keeper of the notebook, which has the state of its head."""
        store = self._folders.hold(kernel.notebook_id)
        keeper = Keeper(store, Space(kernel.main))
        snapshot = store.head()
        if snapshot is not None:
            self._fill(kernel, keeper, snapshot)
        return keeper

    def _fill(self, kernel: Kernel, keeper: Keeper, snapshot: Snapshot) -> None:
        kernel.surroundings.repeat(snapshot.extras)
        restored = keeper.restore(snapshot)
        variables = {n: v for n, v in restored.values.items() if not n.startswith(".")}
        kernel.namespace.update(variables)
        kernel.lost = {n: why for n, why in restored.lost.items() if n not in variables}
        kernel.futures = int(snapshot.extras["futures"])  # type: ignore[arg-type]
        kernel.execution_count = snapshot.info.execution_count
        kernel.history.bring_back(
            kernel.execution_count,
            self._sources(keeper.store, snapshot),
            _numbered(restored.values, _OUTPUT),
        )
        _put_process(restored.values.get(_PROCESS))

    def save(self, run: CellRun, change: StateChange) -> StateChange:
        """Save what the cell has changed, in the notebook's turn; the change with what was kept."""
        began, kernel = perf_counter(), run.kernel
        if kernel.closed:
            return change  # another one has taken its place
        keeper = self._keepers[kernel.notebook_id]
        values = _values(kernel)
        bound = {*change.added, *change.changed}
        if run.only_binds:
            values[_PROCESS] = None  # as it was
        else:
            values[_PROCESS] = _process()
            bound.add(_PROCESS)
        cause = Cause(
            run.execution.cell_id,
            kernel.execution_count,
            run.request.source,
            tuple(change.added),
            tuple(change.changed),
            tuple(change.removed),
        )
        extras = kernel.surroundings.changes() | {
            "python": platform.python_version(),
            "futures": kernel.futures,
        }
        try:
            snapshot = keeper.save(values, bound, cause, extras, quiet=not WRITERS.alive)
        except (StorageError, SnapshotError) as error:
            update: dict[str, Any] = {"saved": False, "problem": str(error)}
        else:
            unsaved = {n: why for n, why in snapshot.unsaved.items() if not n.startswith(".")}
            written = snapshot.info.bytes_written
            update = {"saved": True, "unsaved": unsaved, "bytes_written": written}
        update["seconds"] = perf_counter() - began
        return change.model_copy(update=update)

    def _sources(self, store: Store, snapshot: Snapshot) -> dict[int, str]:
        """What the cells that led to a snapshot were, by execution count."""
        line = store.lineage(snapshot, self.settings.history_length)
        return {info.execution_count: info.source for info in reversed(line)}

    def forget(self, kernel: Kernel, *, discard: bool) -> None:
        """The notebook is closed, or begins anew: then its next snapshot comes after none."""
        self._keepers.pop(kernel.notebook_id, None)
        if discard:
            self._folders.hold(kernel.notebook_id).set_head(None)
        else:
            self._folders.release(kernel.notebook_id)


def _found(store: Store, snapshot_id: int | None) -> Snapshot:
    """A snapshot, by default the one that the notebook goes on from."""
    found = store.head() if snapshot_id is None else store.get(snapshot_id)
    if found is None:
        raise UnknownSnapshotError(
            f"Notebook {store.notebook_id!r} has no snapshot to go on from: it begins with nothing."
        )
    return found


def _values(kernel: Kernel) -> dict[str, Any]:
    """What is kept of a notebook: its variables, and the history by numbers."""
    own = kernel.history.own_names()
    values = {
        name: value
        for name, value in kernel.namespace.items()
        if name not in own and not name.startswith("__")
    }
    values.update({f"{_OUTPUT}{n}": value for n, value in kernel.history.outputs.items()})
    return values


def _numbered(values: Mapping[str, Any], prefix: str) -> dict[int, Any]:
    return {
        int(name.removeprefix(prefix)): value
        for name, value in values.items()
        if name.startswith(prefix)
    }


def _process() -> dict[str, Any]:
    """What a notebook has changed of the process and its libraries."""
    return {"filters": list(warnings.filters), "libraries": PROCESS.library_states()}


def _put_process(kept: dict[str, Any] | None) -> None:
    if kept is not None:
        warnings.filters[:] = kept["filters"]  # type: ignore[index]
        PROCESS.put_library_states(kept["libraries"])
