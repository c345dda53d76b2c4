"""The executions of one notebook's cells: asked for, run one after another, heard and kept."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

from ...engines.base import Engine, Opening
from ...errors import NbengineError, StorageError
from ...models.events import OutputEvent
from ...models.notebook import Cell, CellError, ExecutionResult
from ...models.notebook_events import CellEnds, CellStarts, CellWaits, InputAsked
from ...models.notebook_view import ExecutionInfo, Question, Running
from ...runtime.bundles import size_of_result
from ...runtime.retained import Retained
from ...settings import Settings
from ..late_work import LateWork
from ..notebook_run import failed
from .cell_queue import CellQueue, Execution
from .channel import Channel
from .document import Document
from .late_changes import LateChanges
from .observer import Observers
from .questions import Questions
from .run_files import KeptResult
from .shelf import Place, working_folder
from .shown_so_far import ShownSoFar

_log = logging.getLogger("nbengine.notebooks")

_SAVE_AFTER = 0.5
"""Seconds after which a result is in the notebook's file."""
_AGAIN = 0.05
"""Seconds between two attempts to interrupt a cell."""


class RunNotes(Protocol):
    """Remembers what runs have done to the variables."""

    def ran(self, result: ExecutionResult, source: str) -> None:
        """A cell has run; called before anybody hears of its end."""

    def settled(self, result: ExecutionResult) -> None:
        """It is known what became of the save that was pending when the cell ended."""


@dataclass(frozen=True)
class _Showing:
    """The execution that the engine has, and what it has shown."""

    execution: Execution
    shown: ShownSoFar


class CellRuns:
    """What runs, has run and waits to in one notebook. Thread-safe.

    Args:
        place: of the notebook.
        document: has its cells, and gets their results.
        channel: what happens is told there.
        engine: runs the cells.
        settings: limits.
        late: does what nobody waits for.
        observers: are told of executions.
        notes: are told of runs.
        known: ids of the notebooks that the engine has run; this one is added to them.
    """

    def __init__(
        self,
        place: Place,
        document: Document,
        channel: Channel,
        engine: Engine,
        settings: Settings,
        late: LateWork,
        observers: Observers,
        notes: RunNotes,
        known: set[str],
    ) -> None:
        self.questions = Questions()
        self.queue = CellQueue(
            f"nbengine-cells-{place.id}",
            self._run,
            self._give_up,
            self._tell_waits,
            settings.cell_queue_length,
        )
        self._place = place
        self._document = document
        self._channel = channel
        self._engine = engine
        self._settings = settings
        self._late = late
        self._observers = observers
        self._notes = notes
        self._known = known
        self._own_folder = settings.workspace_dir / place.id / "data"
        self._records: Retained[ExecutionResult] = Retained(
            settings.record_count, settings.record_bytes
        )
        self._changes = LateChanges(
            document, channel, engine, late, notes.settled, self.put_off_save
        )
        self._showing: _Showing | None = None

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
            notebook_id=self._place.id,
            cell_id=cell_id,
            running=self.running().get(cell_id) if execution else None,
            result=result,
        )

    def running(self) -> dict[str, Running]:
        """Cell id -> its execution that comes next, or is running, with what it has shown."""
        running, showing = self.queue.running(), self._showing
        if showing is not None:
            execution = showing.execution
            current = running.get(execution.cell_id)
            if current is not None and current.execution_id == execution.id:
                outputs, told = showing.shown.now()
                asks = self.questions.of(execution.id)
                update = {"outputs": outputs, "told": told, "asks": asks}
                running[execution.cell_id] = current.model_copy(update=update)
        return running

    def _result(self, execution_id: str) -> ExecutionResult:
        for kept in list(self._document.runs.values()):
            if kept.result.execution_id == execution_id:
                return kept.result
        return self._records.get(execution_id)

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
        return executions

    def _tell_waits(self, execution: Execution, position: int) -> None:
        waits = CellWaits(execution_id=execution.id, cell_id=execution.cell_id, position=position)
        self._channel.tell(waits)

    def interrupt(self) -> bool:
        """End the cell that runs, and run none of those that wait; whether it ended in time."""
        with self.queue.held() as current:  # one that begins later is not meant
            self._halt()
            ended = self._engine.interrupt(self._place.id)
            while ended and current and wait([current.future], _AGAIN).not_done:
                # It had not begun, or not asked yet, when it was told to end.
                self.questions.give_up()
                ended = self._engine.interrupt(self._place.id)
        return ended

    @contextmanager
    def halted(self) -> Iterator[Future[ExecutionResult] | None]:
        """Within it no cell begins, and none that waits will; gives the one that runs.

        Those that wait were asked for with other variables.
        """
        with self.queue.held() as current:
            self._halt()
            yield current.future if current is not None else None

    def _halt(self) -> None:
        """Run none of the cells that wait, and let none wait for an answer."""
        self.queue.clear()
        self.questions.give_up()

    def _run(self, execution: Execution) -> ExecutionResult:
        """Run a cell; what becomes of it is kept, and told."""
        self._begin(execution)
        try:
            self._prepare()
            result = self._execute(execution)
            self._keep(execution, result)
        except Exception as error:
            self._document.results.ended(execution.cell_id)
            self._tell_end(execution, _not_run(execution, self._place.id, error))
            self.queue.clear(execution.batch)
            raise
        finally:
            self._showing = None
        if failed(execution.cell, result):
            self.queue.clear(execution.batch)
        return result

    def _begin(self, execution: Execution) -> None:
        started_at = execution.started_at or datetime.now(UTC)
        starts = CellStarts(
            execution_id=execution.id, cell_id=execution.cell_id, started_at=started_at
        )
        self._channel.tell(starts)
        for observer in self._observers:
            observer.began(self._place.id, execution)
        with suppress(StorageError):  # the cell runs all the same
            self._document.results.began(execution.cell, execution.id, started_at)

    def _execute(self, execution: Execution) -> ExecutionResult:
        options = dict(execution.options)
        if options.pop("allow_stdin", False):
            options["stdin"] = partial(self._ask, execution)
        self._showing = _Showing(execution, ShownSoFar(self._settings, self._channel))
        result = self._engine.execute_code(
            execution.cell.source,
            execution.cell_id,
            self._place.id,
            on_output=partial(self._hear, execution.id),
            **options,
        )
        self._changes.catch_up()
        self._changes.add(result.execution_id, execution, result)
        return result.model_copy(update={"execution_id": execution.id})

    def _prepare(self) -> None:
        """Before the first cell: it works in the folder of the notebook."""
        if self._place.id in self._known:
            return
        if self._place.folder != self._own_folder and isinstance(self._engine, Opening):
            self._engine.open_notebook(self._place.id, cwd=working_folder(self._place))
        self._known.add(self._place.id)

    def _keep(self, execution: Execution, result: ExecutionResult) -> None:
        kept = KeptResult(source=execution.cell.source, result=result)
        self._notes.ran(result, execution.cell.source)
        try:
            self._document.put(kept)
        except StorageError as error:
            _log.warning("%s", error)
        self._tell_end(execution, result)
        self.put_off_save()

    def _tell_end(self, execution: Execution, result: ExecutionResult) -> None:
        self._records.keep(execution.id, result, size_of_result(result))
        for observer in self._observers:
            observer.ended(self._place.id, execution, result)
        ends = CellEnds(execution_id=execution.id, cell_id=execution.cell_id, result=result)
        self._channel.tell(ends)

    def put_off_save(self) -> None:
        """Write the notebook's file in a moment."""
        self._late.within(self._save_late, _SAVE_AFTER)

    def _save_late(self) -> None:
        try:
            self._document.save()
        except NbengineError as error:
            _log.warning("%s It is tried again after the next cell.", error)

    def _give_up(self, execution: Execution) -> ExecutionResult:
        """The result of a cell that waited in vain."""
        result = _not_run(execution, self._place.id, None)
        self._tell_end(execution, result)
        return result

    # ------------------------------------------------ what cells say

    def _hear(self, execution_id: str, event: OutputEvent) -> None:
        """Pass on what a cell shows; an earlier one may show something, too.

        Engines remember whom to tell long after the end of a cell, so this knows its id alone.
        """
        owner, showing = self._changes.owner(event.execution_id), self._showing
        if owner is None and showing is not None and showing.execution.id == execution_id:
            showing.shown.tell(event.model_copy(update={"execution_id": execution_id}))
            self._late.within(self._save_shown, showing.shown.delay)
            return
        whose = execution_id if owner is None else owner.id
        self._channel.tell(event.model_copy(update={"execution_id": whose}))
        self._changes.expect(event.execution_id)

    def _save_shown(self) -> None:
        """Keep what the cell that runs has shown."""
        showing = self._showing
        if showing is not None:
            with suppress(StorageError):  # the cell runs all the same
                cell_id = showing.execution.cell_id
                showing.shown.save(partial(self._document.results.shown, cell_id))

    def _ask(self, execution: Execution, prompt: str, password: bool) -> str:
        asked = InputAsked(
            execution_id=execution.id, cell_id=execution.cell_id, prompt=prompt, password=password
        )
        self._channel.tell(asked)
        return self.questions.ask(execution.id, Question(prompt=prompt, password=password))


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
