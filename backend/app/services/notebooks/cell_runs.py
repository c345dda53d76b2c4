"""The executions of one notebook's cells: asked for, run one after another, heard and kept."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import wait
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

from ...engines.base import Engine, Opening
from ...errors import NbengineError, StorageError, UnknownExecutionError
from ...models.events import OutputEvent
from ...models.notebook import Cell, CellError, ExecutionResult
from ...models.notebook_events import CellEnds, CellStarts, CellWaits, InputAsked, ResultChanged
from ...models.notebook_view import ExecutionInfo
from ...runtime.bundles import size_of_result
from ...runtime.retained import Retained
from ...settings import Settings
from ..late_work import LateWork
from ..notebook_run import failed
from .cell_queue import CellQueue, Execution
from .channel import Channel
from .document import Document
from .kept_results import KeptResult
from .observer import Observers
from .questions import Questions
from .shelf import Place

_log = logging.getLogger("nbengine.notebooks")

_SAVE_AFTER = 0.5
"""Seconds after which a result is in the notebook's file, unless another one ends meanwhile."""
_AGAIN = 0.05
"""Seconds between two attempts to interrupt a cell."""
_LATE = 0.2
"""Seconds over which changes to the result of a cell that has ended are gathered."""


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
        note: called with a result and the source that gave it, before anybody hears of its end.
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
        note: Callable[[ExecutionResult, str], None],
        known: set[str],
    ) -> None:
        self.questions = Questions()
        self.queue = CellQueue(
            f"nbengine-cells-{place.id}", self._run, self._give_up, settings.cell_queue_length
        )
        self._place = place
        self._document = document
        self._channel = channel
        self._engine = engine
        self._late = late
        self._observers = observers
        self._note = note
        self._known = known
        self._own_folder = settings.workspace_dir / place.id / "data"
        self._records: Retained[ExecutionResult] = Retained(
            settings.record_count, settings.record_bytes
        )
        self._theirs: dict[str, Execution] = {}
        """What the engine calls an execution -> the execution."""
        self._behind: set[str] = set()
        """What the engine calls executions that have shown something after their end."""

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
            running=self.queue.running().get(cell_id) if execution else None,
            result=result,
        )

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
        running = self.queue.running()
        for each in executions:
            found = running.get(each.cell_id)
            if found is not None and found.execution_id == each.id and found.position:
                waits = CellWaits(
                    execution_id=each.id, cell_id=each.cell_id, position=found.position
                )
                self._channel.tell(waits)
        return executions

    def interrupt(self) -> bool:
        """End the cell that runs, and run none of those that wait; whether it ended in time."""
        self.halt()
        current = self.queue.current
        ended = self._engine.interrupt(self._place.id)
        while ended and current and wait([current.future], _AGAIN).not_done:
            # It had not begun when it was told to end.
            ended = self._engine.interrupt(self._place.id)
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
        self._channel.tell(starts)
        for observer in self._observers:
            observer.began(self._place.id, execution)
        with suppress(StorageError):  # the cell runs all the same
            self._document.results.began(execution.cell, execution.id, started_at)
        try:
            self._prepare()
            result = self._execute(execution)
        except Exception as error:
            self._document.results.ended(execution.cell_id)
            self._tell_end(execution, _not_run(execution, self._place.id, error))
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
            self._place.id,
            on_output=partial(self._hear, execution),
            **options,
        )
        self._theirs = {k: e for k, e in self._theirs.items() if e.cell_id != execution.cell_id}
        self._theirs[result.execution_id] = execution
        return result.model_copy(update={"execution_id": execution.id})

    def _prepare(self) -> None:
        """Before the first cell: it works in the folder of the notebook."""
        if self._place.id in self._known:
            return
        if self._place.folder != self._own_folder and isinstance(self._engine, Opening):
            self._engine.open_notebook(self._place.id, cwd=self._place.folder)
        self._known.add(self._place.id)

    def _keep(self, execution: Execution, result: ExecutionResult) -> None:
        kept = KeptResult(source=execution.cell.source, result=result)
        self._note(result, execution.cell.source)
        try:
            self._document.put(kept)
        except StorageError as error:
            _log.warning("%s", error)
        self._tell_end(execution, result)
        self._late.put_off(self._save_late, _SAVE_AFTER)

    def _tell_end(self, execution: Execution, result: ExecutionResult) -> None:
        self._records.keep(execution.id, result, size_of_result(result))
        for observer in self._observers:
            observer.ended(self._place.id, execution, result)
        ends = CellEnds(execution_id=execution.id, cell_id=execution.cell_id, result=result)
        self._channel.tell(ends)

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

    def _hear(self, execution: Execution, event: OutputEvent) -> None:
        """Pass on what a cell shows; an earlier one may show something, too."""
        whose = self._theirs.get(event.execution_id, execution)
        self._channel.tell(event.model_copy(update={"execution_id": whose.id}))
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
        self._channel.tell(changed)

    def _ask(self, execution: Execution, prompt: str, password: bool) -> str:
        asked = InputAsked(
            execution_id=execution.id, cell_id=execution.cell_id, prompt=prompt, password=password
        )
        self._channel.tell(asked)
        return self.questions.ask(execution.id)


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
