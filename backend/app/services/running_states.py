"""The states of the notebooks that run in one service."""

from __future__ import annotations

from collections.abc import Iterable
from types import CodeType

from ..errors import SnapshotError, StateLockedError, StorageError
from ..models.notebook import StateChange
from ..runtime.kernel import Kernel
from ..settings import Settings
from ..state.collection import Retention
from .cell_run import CellRun
from .kept_notebook import KeptNotebook
from .late_work import LateWork
from .state_folders import StateFolders
from .tidying import Tidying

_SAVE_AFTER = 0.01
"""Seconds from a cell to its save where that is put off: the caller has his answer by then."""


class RunningStates:
    """What `ExecutionService` tells of its notebooks, in the turn of each.

    Args:
        folders: where the states lie.
        settings: how safely they are saved, and how much of them is kept.
    """

    def __init__(self, folders: StateFolders, settings: Settings) -> None:
        self._folders = folders
        self._defers = settings.durability == "deferred"
        self._keep = Retention(settings.snapshot_count, settings.snapshot_age, undo=1)
        self._late = LateWork()
        self._kept: dict[str, KeptNotebook] = {}
        self._anew: set[str] = set()
        """Notebooks that began with nothing, which could not be written down."""

    def __contains__(self, notebook_id: str) -> bool:
        return notebook_id in self._kept

    def begin(self, kernel: Kernel) -> None:
        """A cell is about to run; before the first one the notebook's variables are brought back.

        Without a state, and where none can be made, the notebook runs all the same.

        Raises:
            StateLockedError: another process, or another service, has the notebook, or went on
                with it while its state rested here.
            SnapshotError: what is stored cannot be used; `go_back` to another snapshot first.
            StorageError: what is stored cannot be read.
        """
        with self._folders.turn(kernel.notebook_id):
            if kernel.closed:
                return
            if kernel.notebook_id not in self._kept and kernel.notebook_id not in self._anew:
                self._take_in(kernel)
            if kept := self._kept.get(kernel.notebook_id):
                kept.begin()

    def foresee(self, kernel: Kernel, codes: Iterable[CodeType]) -> bool:
        """Told of the code of each cell before it runs; whether it does nothing but bind names."""
        kept = self._kept.get(kernel.notebook_id)
        return kept is not None and kept.foresee(codes)

    def save(self, run: CellRun, change: StateChange) -> StateChange:
        """A cell has succeeded: save what it changed; the change with what became of that."""
        kernel = run.kernel
        if kernel.closed:
            return change  # another one has taken its place
        try:
            kept = self._in_place(kernel.notebook_id) or self._begun_anew(kernel)
        except (StorageError, SnapshotError, StateLockedError) as error:
            return change.model_copy(update={"problem": str(error)})
        if not self._defers or not kept.store.is_writable:
            return kept.save(run, change)
        change = kept.put_off(run, change)
        with run.execution.gate:
            self._late.put_off(kept.settle, _SAVE_AFTER)
        return change

    def settle(self, notebook_id: str) -> None:
        """Save what was put off of a notebook."""
        if kept := self._kept.get(notebook_id):
            kept.settle()

    def forget(self, kernel: Kernel, *, discard: bool) -> None:
        """The notebook is closed, or begins anew: then its next snapshot comes after none."""
        self._kept.pop(kernel.notebook_id, None)
        self._anew.discard(kernel.notebook_id)
        if discard:
            self._discard(kernel.notebook_id)
        else:
            self._folders.release(kernel.notebook_id)

    def begin_anew(self, notebook_id: str) -> None:
        """The same of a notebook that is not open: what is saved of it is not brought back."""
        with self._folders.turn(notebook_id):
            if self._folders.has(notebook_id):
                self._discard(notebook_id)

    def _discard(self, notebook_id: str) -> None:
        try:
            self._folders.hold(notebook_id).set_head(None)
        except (StorageError, StateLockedError):
            self._anew.add(notebook_id)

    def close(self) -> None:
        """No notebook runs any more."""
        while self._kept:
            self._kept.popitem()[1].settle()

    def _take_in(self, kernel: Kernel) -> None:
        """Bring a notebook's variables back, if there are any."""
        try:
            kept = self._opened(kernel)
        except StorageError:
            if self._folders.has(kernel.notebook_id):
                raise
            self._anew.add(kernel.notebook_id)
            return
        head = kept.store.head()
        if head is not None:
            kept.bring_back(head)
        self._kept[kernel.notebook_id] = kept

    def _in_place(self, notebook_id: str) -> KeptNotebook | None:
        """What keeps a notebook, unless somebody has deleted or replaced its state meanwhile."""
        kept = self._kept.get(notebook_id)
        if kept is not None and not kept.store.is_in_place:
            self._anew.add(notebook_id)  # what lies there now is not what it goes on from
            del self._kept[notebook_id]
            self._folders.release(notebook_id)
            return None
        return kept

    def _begun_anew(self, kernel: Kernel) -> KeptNotebook:
        """Keep a notebook that ran without a state until now, or whose state is gone.

        Raises:
            StorageError, SnapshotError, StateLockedError: it still cannot be.
        """
        with self._folders.turn(kernel.notebook_id):
            kept = self._opened(kernel)
            if kept.store.head() is not None:
                kept.store.set_head(None)  # its variables did not come from there
            self._anew.discard(kernel.notebook_id)
            self._kept[kernel.notebook_id] = kept
            return kept

    def _opened(self, kernel: Kernel) -> KeptNotebook:
        store = self._folders.hold(kernel.notebook_id)
        return KeptNotebook(kernel, store, Tidying(store, self._keep, self._late))
