"""What becomes of results after the end of their cells: threads write on, saves come later."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Lock

from ...engines.base import Engine
from ...errors import StorageError, UnknownExecutionError
from ...models.notebook import ExecutionResult
from ...models.notebook_events import ResultChanged
from ..late_work import LateWork
from .cell_queue import Execution
from .channel import Channel
from .document import Document
from .run_files import KeptResult

_LATE = 0.2
"""Seconds over which changes are gathered."""


class LateChanges:
    """Takes over what the engine says later of cells that have ended. Thread-safe.

    Args:
        document: has the results.
        channel: their readers are told there.
        engine: knows what they are now.
        late: does the work.
        note: called with a result whose save was pending, once it is known what became of it.
        save: puts off the saving of the notebook's file.
    """

    def __init__(
        self,
        document: Document,
        channel: Channel,
        engine: Engine,
        late: LateWork,
        note: Callable[[ExecutionResult], None],
        save: Callable[[], None],
    ) -> None:
        self._document = document
        self._channel = channel
        self._engine = engine
        self._late = late
        self._note = note
        self._save = save
        self._theirs: dict[str, Execution] = {}
        """What the engine calls an execution -> the execution, of each cell's last one."""
        self._taking = Lock()
        self._behind: set[str] = set()
        """What the engine calls executions whose results are others by now."""

    def add(self, theirs: str, execution: Execution, result: ExecutionResult) -> None:
        """A cell has ended.

        Args:
            theirs: what the engine calls its execution.
            execution: it.
            result: as it is now.
        """
        self._theirs = {k: e for k, e in self._theirs.items() if e.cell_id != execution.cell_id}
        self._theirs[theirs] = execution
        if result.state.pending:
            self.expect(theirs)

    def owner(self, theirs: str) -> Execution | None:
        """Whose this is, of those that have ended."""
        return self._theirs.get(theirs)

    def expect(self, theirs: str) -> None:
        """A result is, or will be, another one."""
        self._behind.add(theirs)
        self._late.within(self.catch_up, _LATE)

    def catch_up(self) -> None:
        """Take over what is new by now."""
        if not self._behind:
            return
        with self._taking:
            behind = list(self._behind)
            self._behind.difference_update(behind)
            for theirs in behind:
                execution = self._theirs.get(theirs)
                if execution is not None:
                    self._look_again(theirs, execution)
        self._save()

    def _look_again(self, theirs: str, execution: Execution) -> None:
        if not execution.future.done():
            self.expect(theirs)  # its result is still to be kept
            return
        kept = self._document.runs.get(execution.cell_id)
        if kept is None or kept.result.execution_id != execution.id:
            return
        with suppress(UnknownExecutionError):
            self._take_over(execution, kept, self._engine.result(theirs))

    def _take_over(self, execution: Execution, kept: KeptResult, result: ExecutionResult) -> None:
        if result.state.pending:
            self.expect(result.execution_id)
        result = result.model_copy(update={"execution_id": execution.id})
        if kept.result.state.pending and not result.state.pending:
            self._note(result)
        with suppress(StorageError):  # it is in memory, and in the notebook's file in a moment
            self._document.put(kept.model_copy(update={"result": result}))
        changed = ResultChanged(execution_id=execution.id, cell_id=execution.cell_id, result=result)
        self._channel.tell(changed)
