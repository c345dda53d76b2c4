"""Notebooks' variables across restarts: saved after each successful cell, back at the first one."""

from __future__ import annotations

import platform
import warnings
from collections.abc import Mapping
from time import perf_counter
from types import TracebackType
from typing import Any, Self

from ..errors import SnapshotError, StorageError
from ..models.notebook import StateChange
from ..models.snapshot import SnapshotInfo
from ..names import check_id
from ..runtime.hooks import WRITERS
from ..runtime.kernel import Kernel
from ..runtime.process import PROCESS
from ..settings import Settings, load_settings
from ..state.binding_code import only_binds
from ..state.keeper import Keeper
from ..state.pickling import Space
from ..state.records import Cause
from ..state.signing import load_key
from ..state.store import Store
from .cell_run import CellRun

_INPUT, _OUTPUT, _PROCESS = ".in.", ".out.", ".process"
"""What is kept beside the variables, under names that no variable has."""


class StatePersistenceService:
    """Saves and restores the notebooks of one workspace.

    Args:
        settings: where, and how safely; by default read from environment and file.
        **overrides: single settings by name, e.g. `workspace_dir=…`.
    """

    def __init__(self, settings: Settings | None = None, **overrides: Any) -> None:
        self.settings = load_settings(**overrides) if settings is None else settings
        self._stores: dict[str, Store] = {}
        self._keepers: dict[str, Keeper] = {}

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
        while self._stores:
            self._stores.popitem()[1].close()

    def history(self, notebook_id: str) -> list[SnapshotInfo]:
        """The snapshots of a notebook, oldest first.

        Raises:
            InvalidIdError, StorageError, SnapshotError.
        """
        return self._store(notebook_id).history()

    foresee = staticmethod(only_binds)
    """Whether a cell will do nothing but bind names, so that nothing else has to be looked at."""

    def begin(self, kernel: Kernel) -> None:
        """Bring the notebook's variables back, in its turn and before its first cell.

        Raises:
            StateLockedError: another process has the notebook.
            SnapshotError: what is stored cannot be used; `set_aside` or `restore` first.
        """
        if kernel.notebook_id not in self._keepers:
            self.restore(kernel, None)

    def restore(self, kernel: Kernel, snapshot_id: int | None) -> None:
        """Give the notebook the state of a snapshot, the last one by default; in its turn."""
        store = self._store(kernel.notebook_id)
        if snapshot_id is not None:
            store.set_head(snapshot_id)
        keeper = self._keepers[kernel.notebook_id] = Keeper(store, Space(kernel.main))
        snapshot = store.head()
        if snapshot is None:
            return
        kernel.surroundings.repeat(snapshot.extras)
        restored = keeper.restore(snapshot)
        variables = {n: v for n, v in restored.values.items() if not n.startswith(".")}
        kernel.namespace.update(variables)
        kernel.lost = {n: why for n, why in restored.lost.items() if n not in variables}
        kernel.execution_count = snapshot.info.execution_count
        kernel.history.bring_back(
            kernel.execution_count,
            _numbered(restored.values, _INPUT),
            _numbered(restored.values, _OUTPUT),
        )
        _put_process(restored.values.get(_PROCESS))

    def save(self, run: CellRun, change: StateChange) -> StateChange:
        """Save what the cell has changed, in the notebook's turn; the change with what was kept."""
        began, kernel = perf_counter(), run.kernel
        keeper = self._keepers[kernel.notebook_id]
        values = _values(kernel)
        if run.only_binds and not WRITERS.alive:
            touched = {*change.added, *change.changed, *change.removed}
        else:
            values[_PROCESS] = _process()
            touched = set(values)
        cause = Cause(
            run.execution.cell_id,
            kernel.execution_count,
            tuple(change.added),
            tuple(change.changed),
            tuple(change.removed),
        )
        extras = kernel.surroundings.changes() | {"python": platform.python_version()}
        try:
            snapshot = keeper.save(values, touched, cause, extras)
        except (StorageError, SnapshotError) as error:
            update: dict[str, Any] = {"saved": False, "problem": str(error)}
        else:
            unsaved = {n: why for n, why in snapshot.unsaved.items() if not n.startswith(".")}
            written = snapshot.info.bytes_written
            update = {"saved": True, "unsaved": unsaved, "bytes_written": written}
        update["seconds"] = perf_counter() - began
        return change.model_copy(update=update)

    def forget(self, kernel: Kernel, *, discard: bool) -> None:
        """The notebook is closed, or begins anew: then its next snapshot comes after none."""
        self._keepers.pop(kernel.notebook_id, None)
        if discard:
            self._store(kernel.notebook_id).set_head(None)
        elif (store := self._stores.pop(kernel.notebook_id, None)) is not None:
            store.close()

    def _store(self, notebook_id: str) -> Store:
        store = self._stores.get(notebook_id)
        if store is None:
            folder = self.settings.workspace_dir.absolute() / check_id("notebook", notebook_id)
            key = load_key(self.settings.key_file)
            store = Store(
                folder / "state", notebook_id, key=key, durability=self.settings.durability
            )
            self._stores[notebook_id] = store
        return store


def _values(kernel: Kernel) -> dict[str, Any]:
    """What is kept of a notebook: its variables, and the history by numbers."""
    own = kernel.history.own_names()
    values = {
        name: value
        for name, value in kernel.namespace.items()
        if name not in own and not name.startswith("__")
    }
    values.update({f"{_INPUT}{n}": text for n, text in kernel.history.recent_sources()})
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
