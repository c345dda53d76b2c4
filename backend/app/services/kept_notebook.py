"""One notebook that runs: its variables come back at its first cell, and are saved after each."""

from __future__ import annotations

import logging
import platform
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import RLock
from time import perf_counter
from types import CodeType
from typing import Any

from pydantic import JsonValue

from ..errors import SnapshotError, StateLockedError, StorageError
from ..models.notebook import StateChange
from ..runtime.execution import Execution
from ..runtime.hooks import WRITERS
from ..runtime.ipython.bridge import Bridge
from ..runtime.kernel import Kernel
from ..runtime.namespace_diff import is_name
from ..runtime.process import PROCESS
from ..runtime.unheard import unheard
from ..state.keeper import Keeper
from ..state.output import Bounds
from ..state.pickling import Space
from ..state.records import Cause, Snapshot
from ..state.saving import told
from ..state.store import Store
from .cell_run import CellRun
from .run_record import RunRecord
from .tidying import Tidying

_log = logging.getLogger("nbengine.state")

_OUTPUT, _PROCESS = ".out.", ".process"
"""What is kept beside the variables, under names that no variable has."""
_NO_VARIABLES = ("__", ".")
_MOMENT = 1.0
"""Seconds within which a cell ends whose code has run and whose save was put off."""
_INTERRUPTED = (
    "The cell had ended, but it was stopped while its variables were being saved; the next cell "
    "that succeeds catches up."
)


@dataclass(frozen=True, slots=True)
class Unsaved:
    """What a cell has done, as far as it cannot be seen any more when another one runs."""

    execution: Execution
    record: RunRecord
    change: StateChange
    cause: Cause
    extras: Mapping[str, JsonValue]
    process: dict[str, Any] | None
    """What the notebook has made of the process and its libraries; None if that is as it was."""


class KeptNotebook:
    """Saves one kernel's variables in one store, and brings them back.

    Args:
        kernel: the notebook's.
        store: its snapshots.
        tidying: told of each.
    """

    def __init__(self, kernel: Kernel, store: Store, tidying: Tidying) -> None:
        self.store = store
        self._tidying = tidying
        self._kernel = kernel
        settings = kernel.settings
        bounds = Bounds(settings.pickle_bytes, settings.pickle_seconds)
        self._keeper = Keeper(store, Space(kernel.main), bounds)
        self._pending: Unsaved | None = None
        self._saving = RLock()
        """Held while variables are saved late: no cell begins meanwhile."""
        self._was_quiet = True
        self._handovers = PROCESS.handovers

    def bring_back(self, snapshot: Snapshot) -> None:
        """Give the kernel, in its turn, the variables of a snapshot."""
        kernel = self._kernel
        kernel.surroundings.repeat(snapshot.extras)
        restored = self._keeper.restore(snapshot)
        variables = {n: v for n, v in restored.values.items() if not n.startswith(".")}
        kernel.namespace.update(variables)
        kernel.lost = {n: why for n, why in restored.lost.items() if n not in variables}
        kernel.futures = int(snapshot.extras["futures"])  # type: ignore[arg-type]
        kernel.execution_count = snapshot.info.execution_count
        kernel.history.bring_back(
            kernel.execution_count,
            self._sources(snapshot),
            _numbered(restored.values, _OUTPUT),
        )
        kernel.context.run(_put_process, restored.values.get(_PROCESS), kernel.bridge)

    def begin(self) -> None:
        """A cell is about to run: what an earlier one has left to be saved is saved first.

        Raises:
            StateLockedError: another process has the state, or has gone on with it.
        """
        self.settle()
        try:
            self.store.wake()
        except (StorageError, SnapshotError):
            pass  # the cell runs all the same, and what becomes of its save tells why
        self._keeper.begin()

    def foresee(self, codes: Iterable[CodeType]) -> bool:
        """Told of a cell's code before it runs; whether it does nothing but bind names."""
        return self._keeper.foresee(codes)

    def save(self, run: CellRun, change: StateChange) -> StateChange:
        """Save what the cell has changed, in its turn; the change with what was kept."""
        return self._stored(self._unsaved(run, change))

    def put_off(self, run: CellRun, change: StateChange) -> StateChange:
        """Remember that this is to be saved; the change says so."""
        self._pending = self._unsaved(run, change)
        return change.model_copy(update={"pending": True})

    def settle(self) -> None:
        """Save what was put off, once its cell is over; the cell's record tells what came of it.

        In a forked child there is nothing to save: the state is its parent's.
        """
        if not self.store.is_open:
            self._pending = None
            return
        with self._saving:
            pending = self._pending
            if pending is None or not pending.execution.gate.wait_ended(_MOMENT):
                return
            self._pending = None
            try:
                late = self._kernel.context.copy()
                pending.record.change = late.run(self._stored, pending)
            except BaseException:
                self._pending = pending
                raise

    def _unsaved(self, run: CellRun, change: StateChange) -> Unsaved:
        kernel = self._kernel
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
        if run.request.user_expressions:
            self._keeper.was_in_step = False  # nobody has read their code
        is_quiet = self._was_quiet and not WRITERS.alive
        as_it_was = run.only_binds and self._keeper.was_in_step and is_quiet
        process = None if as_it_was else _process(kernel.bridge)
        return Unsaved(run.execution, run.record, change, cause, extras, process)

    def _stored(self, unsaved: Unsaved) -> StateChange:
        began, change = perf_counter(), unsaved.change
        was_stopped = unsaved.execution.gate.reason is not None
        try:
            with unheard(unsaved.execution):
                snapshot = self._commit(unsaved)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                unsaved.record.ended_well = not was_stopped and unsaved.record.error is None
            update: dict[str, Any] = {"problem": _problem(error)}
        else:
            kept = {n: why for n, why in snapshot.unsaved.items() if not n.startswith(".")}
            written = snapshot.info.bytes_written
            update = {"saved": True, "unsaved": kept, "bytes_written": written}
            update["mutated"] = [n for n in self._keeper.mutated if not n.startswith(".")]
            with unsaved.execution.gate:
                self._tidying.note()
        update["seconds"] = perf_counter() - began
        return change.model_copy(update=update)

    def _commit(self, unsaved: Unsaved) -> Snapshot:
        """A new snapshot.

        Raises:
            StorageError, SnapshotError, StateLockedError: as `Keeper.save`.
        """
        self.store.check_writable()
        values = _values(self._kernel)
        values[_PROCESS] = unsaved.process
        bound = {*unsaved.change.added, *unsaved.change.changed}
        if unsaved.process is not None:
            bound.add(_PROCESS)
        quiet = self._is_quiet()
        return self._keeper.save(
            values, bound, unsaved.cause, unsaved.extras, quiet=quiet, ways=self._ways
        )

    def _ways(self) -> dict[str, tuple[str, ...]]:
        """What code says to get at what cells have shown."""
        return {f"{_OUTPUT}{n}": names for n, names in self._kernel.history.ways().items()}

    def _is_quiet(self) -> bool:
        """Whether nothing but the cell can have run since the last look.

        Neither a thread, also one that has ended since, nor a task, nor another notebook.
        """
        before, now = self._handovers, PROCESS.handovers
        is_quiet = not WRITERS.alive and not self._kernel.loop.exists
        was_quiet = self._was_quiet and before == now
        self._was_quiet, self._handovers = is_quiet, now
        return is_quiet and was_quiet

    def _sources(self, snapshot: Snapshot) -> dict[int, str]:
        """What the cells that led to a snapshot were, by execution count."""
        line = self.store.lineage(snapshot, self._kernel.settings.history_length)
        return {info.execution_count: info.source for info in reversed(line)}


def _problem(error: BaseException) -> str:
    """Why nothing could be saved; how the cell itself has ended stays as it is."""
    if isinstance(error, StorageError | SnapshotError | StateLockedError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return _INTERRUPTED
    _log.error("the variables of a notebook could not be saved", exc_info=error)
    return f"An error of the engine: {told(error)}"


def _values(kernel: Kernel) -> dict[str, Any]:
    """What is kept of a notebook: its variables, and the history by numbers."""
    own = kernel.history.own_names()
    values = {
        name: value
        for name, value in kernel.namespace.items()
        if name not in own and is_name(name) and not name.startswith(_NO_VARIABLES)
    }
    values.update({f"{_OUTPUT}{n}": value for n, value in kernel.history.outputs.items()})
    return values


def _numbered(values: Mapping[str, Any], prefix: str) -> dict[int, Any]:
    return {
        int(name.removeprefix(prefix)): value
        for name, value in values.items()
        if name.startswith(prefix)
    }


def _process(bridge: Bridge) -> dict[str, Any]:
    """What a notebook has changed of the process and its libraries."""
    return {
        "filters": list(warnings.filters),
        "libraries": PROCESS.library_states(),
        "shell": bridge.chosen,
    }


def _put_process(kept: dict[str, Any] | None, bridge: Bridge) -> None:
    if kept is not None:
        warnings.filters[:] = kept["filters"]  # type: ignore[index]
        PROCESS.put_library_states(kept["libraries"])
        bridge.choose_again(kept.get("shell", {}))
