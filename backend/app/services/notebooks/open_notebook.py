"""A notebook that is open: its cells are edited and run, and whoever reads it is told."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import wait
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

from ...engines.base import Engine, Opening
from ...errors import NbengineError, StorageError, UnknownExecutionError
from ...models.events import OutputEvent
from ...models.notebook import Cell, CellError, ExecutionResult, Notebook
from ...models.notebook_events import (
    CellEnds,
    CellStarts,
    CellWaits,
    FileUnreadable,
    InputAsked,
    NotebookEdited,
    NotebookRenamed,
    ResultChanged,
    StalenessChanged,
    VariablesChanged,
)
from ...models.notebook_view import CellView, ExecutionInfo, NotebookView, Running
from ...models.snapshot import SnapshotInfo
from ...models.staleness import Reason
from ...runtime.bundles import size_of_result
from ...runtime.retained import Retained
from ...settings import Settings
from ..late_work import LateWork
from ..notebook_run import failed, runs
from .cell_queue import CellQueue, Execution
from .channel import Channel
from .diary import Diary
from .document import Document
from .edits import Edit, find_cell
from .home import RESULTS
from .kept_results import KeptResult, KeptResults
from .observer import Observers
from .questions import Questions
from .revision import cell_revision, notebook_revision
from .shelf import Place

_log = logging.getLogger("nbengine.notebooks")

_SAVE_AFTER = 0.5
"""Seconds after which a result is in the notebook's file, unless another one ends meanwhile."""
_AGAIN = 0.05
"""Seconds between two attempts to interrupt a cell."""
_LATE = 0.2
"""Seconds over which changes to the result of a cell that has ended are gathered."""


class OpenNotebook:
    """One notebook. Thread-safe.

    Args:
        place: where it lies.
        engine: runs its cells.
        settings: limits.
        late: does what nobody waits for.
        observers: are told of executions.
        is_fresh: whether the engine has not run this notebook since it was started.

    Raises:
        NotebookFileError: there is no notebook in its file.
    """

    def __init__(
        self,
        place: Place,
        engine: Engine,
        settings: Settings,
        late: LateWork,
        observers: Observers = (),
        *,
        is_fresh: bool = True,
    ) -> None:
        self.place = place
        self.channel = Channel(settings.event_count, settings.event_bytes)
        self.questions = Questions()
        name = f"nbengine-cells-{place.id}"
        self.queue = CellQueue(name, self._run, self._give_up, settings.cell_queue_length)
        self._engine = engine
        self._settings = settings
        self._late = late
        self._observers = observers
        home = settings.workspace_dir / place.id
        self._own_folder = home / "data"
        self._document = Document(place.path, place.id, KeptResults(home / RESULTS, place.id))
        self._records: Retained[ExecutionResult] = Retained(
            settings.record_count, settings.record_bytes
        )
        self._diary = Diary(home / RESULTS, is_fresh=is_fresh, lasts=settings.snapshots)
        self._stale: dict[str, Reason] = {}
        self._theirs: dict[str, Execution] = {}
        """What the engine calls an execution -> the execution."""
        self._behind: set[str] = set()
        """What the engine calls executions that have shown something after their end."""
        self._is_prepared = False

    # ------------------------------------------------ looking

    @property
    def notebook(self) -> Notebook:
        """As it is now, in its file too."""
        self._look()
        return self._document.notebook

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs and nobody listens."""
        return not self.queue.is_busy and not self.channel.has_readers

    def view(self) -> NotebookView:
        """All that there is to see."""
        notebook, running = self.notebook, self.queue.running()
        stale = self._diary.reasons(notebook.cells)
        return NotebookView(
            id=notebook.id,
            name=self.place.name,
            revision=notebook_revision(notebook),
            cells=[
                _cell_view(cell, running.get(cell.id), stale.get(cell.id))
                for cell in notebook.cells
            ],
            metadata=notebook.metadata,
            notes=list(self._document.notes),
            problem=self._document.problem,
        )

    def cell(self, cell_id: str) -> CellView:
        """One cell.

        Raises:
            UnknownCellError: it is not there.
        """
        notebook = self.notebook
        cell = find_cell(notebook, cell_id)
        stale = self._diary.reasons(notebook.cells)
        return _cell_view(cell, self.queue.running().get(cell_id), stale.get(cell_id))

    def to_refresh(self) -> list[Cell]:
        """The stale cells that can be run, each after those that make what it reads."""
        notebook = self.notebook
        order = self._diary.staleness(notebook.cells).order_to_refresh()
        cells = [find_cell(notebook, each) for each in order]
        return [cell for cell in cells if runs(cell)]

    def execution(self, execution_id: str) -> ExecutionInfo:
        """An execution that waits, runs or has ended.

        Raises:
            UnknownExecutionError: it never was, or too many came after it.
        """
        result = None
        execution = self.queue.find(execution_id)
        if execution is None:
            result = self._result(execution_id)
        cell_id = execution.cell_id if execution else result.cell_id if result else ""
        return ExecutionInfo(
            execution_id=execution_id,
            notebook_id=self.place.id,
            cell_id=cell_id,
            running=self.queue.running().get(cell_id) if execution else None,
            result=result,
        )

    def _result(self, execution_id: str) -> ExecutionResult:
        for kept in list(self._document.runs.values()):
            if kept.result.execution_id == execution_id:
                return kept.result
        return self._records.get(execution_id)

    def _look(self) -> None:
        """Find out what somebody else has done to the file."""
        problem = self._document.problem
        changed = self._document.refresh()
        if self._document.problem not in (None, problem):
            self.channel.tell(FileUnreadable(problem=str(self._document.problem)))
        elif changed is not None:
            self._tell_edited(changed, by_file=True)

    # ------------------------------------------------ editing

    def change(self, edit: Edit, cell_ids: Iterable[str]) -> Notebook:
        """Carry out an edit, which concerns these cells, and save it.

        Raises:
            EditConflictError, UnknownCellError, InvalidInputError, StorageError: as
                `Document.change`.
        """
        self._look()
        notebook = self._document.change(edit)
        self._tell_edited(list(cell_ids))
        return notebook

    def moved(self, place: Place) -> None:
        """Its file has another name from now on."""
        self.place = place
        self._document.moved(place.path)
        self.channel.tell(NotebookRenamed(id=place.id, name=place.name))

    def save(self) -> None:
        """Write what is not in the file yet.

        Raises:
            StorageError: it cannot be written.
        """
        self._document.save()

    def _tell_edited(self, cell_ids: list[str], *, by_file: bool = False) -> None:
        self._late.put_off(self._tell_stale, _LATE)
        revision = notebook_revision(self._document.notebook)
        self.channel.tell(NotebookEdited(revision=revision, cell_ids=cell_ids, by_file=by_file))

    # ------------------------------------------------ running

    def submit(
        self, cells: Sequence[Cell], ids: Sequence[str], options: dict[str, Any]
    ) -> list[Execution]:
        """Let cells run, one after another; a failure of one ends the others.

        Args:
            cells: which.
            ids: of their executions.
            options: further arguments of `execute_code`, and `allow_stdin`.

        Raises:
            CapacityError: too many wait.
        """
        batch = object()
        executions = [
            Execution(execution_id, cell, options, batch)
            for cell, execution_id in zip(cells, ids, strict=True)
        ]
        self.queue.add(executions)
        running = self.queue.running()
        for each in executions:
            found = running.get(each.cell_id)
            if found is not None and found.execution_id == each.id and found.position:
                waits = CellWaits(
                    execution_id=each.id, cell_id=each.cell_id, position=found.position
                )
                self.channel.tell(waits)
        return executions

    def interrupt(self) -> bool:
        """End the cell that runs, and run none of those that wait; whether it ended in time."""
        self.halt()
        current = self.queue.current
        ended = self._engine.interrupt(self.place.id)
        while ended and current and wait([current.future], _AGAIN).not_done:
            ended = self._engine.interrupt(
                self.place.id
            )  # it had not begun when it was told to end
        return ended

    def halt(self) -> None:
        """Run none of the cells that wait, and let none wait for an answer."""
        self.queue.clear()
        self.questions.give_up()

    def _run(self, execution: Execution) -> ExecutionResult:
        """Run a cell; what becomes of it is kept, and told."""
        started_at = execution.started_at or datetime.now(UTC)
        starts = CellStarts(
            execution_id=execution.id, cell_id=execution.cell_id, started_at=started_at
        )
        self.channel.tell(starts)
        for observer in self._observers:
            observer.began(self.place.id, execution)
        with suppress(StorageError):  # the cell runs all the same
            self._document.results.began(execution.cell, execution.id, started_at)
        try:
            self._prepare()
            result = self._execute(execution)
        except Exception as error:
            self._document.results.ended(execution.cell_id)
            self._tell_end(execution, _not_run(execution, self.place.id, error))
            self.queue.clear(execution.batch)
            raise
        self._keep(execution, result)
        if failed(execution.cell, result):
            self.queue.clear(execution.batch)
        return result

    def _execute(self, execution: Execution) -> ExecutionResult:
        options = dict(execution.options)
        if options.pop("allow_stdin", False):
            options["stdin"] = partial(self._ask, execution)
        result = self._engine.execute_code(
            execution.cell.source,
            execution.cell_id,
            self.place.id,
            on_output=partial(self._hear, execution),
            **options,
        )
        self._theirs = {k: e for k, e in self._theirs.items() if e.cell_id != execution.cell_id}
        self._theirs[result.execution_id] = execution
        return result.model_copy(update={"execution_id": execution.id})

    def _prepare(self) -> None:
        """Before the first cell: it works in the folder of the notebook."""
        if self._is_prepared:
            return
        if self.place.folder != self._own_folder and isinstance(self._engine, Opening):
            self._engine.open_notebook(self.place.id, cwd=self.place.folder)
        self._is_prepared = True

    def _keep(self, execution: Execution, result: ExecutionResult) -> None:
        kept = KeptResult(source=execution.cell.source, result=result)
        self._diary.ran(result, execution.cell.source)
        self._late.put_off(self._tell_stale, _LATE)
        try:
            self._document.put(kept)
        except StorageError as error:
            _log.warning("%s", error)
        self._tell_end(execution, result)
        self._late.put_off(self._save_late, _SAVE_AFTER)

    def _tell_end(self, execution: Execution, result: ExecutionResult) -> None:
        self._records.keep(execution.id, result, size_of_result(result))
        for observer in self._observers:
            observer.ended(self.place.id, execution, result)
        ends = CellEnds(execution_id=execution.id, cell_id=execution.cell_id, result=result)
        self.channel.tell(ends)

    def _save_late(self) -> None:
        try:
            self._document.save()
        except NbengineError as error:
            _log.warning("%s It is tried again after the next cell.", error)

    def _give_up(self, execution: Execution) -> ExecutionResult:
        """The result of a cell that waited in vain."""
        result = _not_run(execution, self.place.id, None)
        self._tell_end(execution, result)
        return result

    # ------------------------------------------------ what is stale

    def variables_changed(
        self, cause: Literal["restart", "undo", "restore"], snapshot: SnapshotInfo | None = None
    ) -> None:
        """The variables are not those that the last cell left."""
        if cause == "restart":
            self._diary.restarted()
        else:
            self._diary.restored(snapshot)
        self.channel.tell(VariablesChanged(cause=cause, snapshot=snapshot))
        self._tell_stale()

    def _tell_stale(self) -> None:
        """Tell which cells are stale, if they are others than before, or for another reason."""
        stale = self._diary.reasons(self._document.notebook.cells)
        if stale != self._stale:
            self._stale = stale
            self.channel.tell(StalenessChanged(cells=stale))

    # ------------------------------------------------ what cells say

    def _hear(self, execution: Execution, event: OutputEvent) -> None:
        """Pass on what a cell shows; an earlier one may show something, too."""
        whose = self._theirs.get(event.execution_id, execution)
        self.channel.tell(event.model_copy(update={"execution_id": whose.id}))
        if whose.future.done() or whose is not execution:
            self._behind.add(event.execution_id)
            self._late.put_off(self._catch_up, _LATE)

    def _catch_up(self) -> None:
        """Take over what cells have shown after their end."""
        while self._behind:
            their_id = self._behind.pop()
            execution = self._theirs.get(their_id)
            kept = execution and self._document.runs.get(execution.cell_id)
            if execution and kept and kept.result.execution_id == execution.id:
                with suppress(UnknownExecutionError):
                    self._take_over(execution, kept, self._engine.result(their_id))
        self._late.put_off(self._save_late, _SAVE_AFTER)

    def _take_over(self, execution: Execution, kept: KeptResult, result: ExecutionResult) -> None:
        result = result.model_copy(update={"execution_id": execution.id})
        self._document.put(kept.model_copy(update={"result": result}))
        changed = ResultChanged(execution_id=execution.id, cell_id=execution.cell_id, result=result)
        self.channel.tell(changed)

    def _ask(self, execution: Execution, prompt: str, password: bool) -> str:
        asked = InputAsked(
            execution_id=execution.id, cell_id=execution.cell_id, prompt=prompt, password=password
        )
        self.channel.tell(asked)
        return self.questions.ask(execution.id)


def _cell_view(cell: Cell, running: Running | None, stale: Reason | None) -> CellView:
    return CellView(**dict(cell), revision=cell_revision(cell), running=running, stale=stale)


def _not_run(execution: Execution, notebook_id: str, error: Exception | None) -> ExecutionResult:
    """The result of a cell that was not run, and why not, if there is anything to say."""
    told = f"{type(error).__name__}: {error}"
    return ExecutionResult(
        status="aborted",
        error=error and CellError(type=type(error).__name__, message=str(error), traceback=told),
        execution_count=0,
        duration=0.0,
        started_at=datetime.now(UTC),
        cell_id=execution.cell_id,
        notebook_id=notebook_id,
        execution_id=execution.id,
    )
