"""A runner for tests of what drives one: it answers as the cell's own text tells it to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import get_args

from nbengine.errors import UnknownExecutionError
from nbengine.models.events import OutputEvent, TextWritten
from nbengine.models.notebook import ExecutionResult, Status
from nbengine.models.outputs import StreamOutput


class ScriptedRunner:
    """`ok hello` ends with status ok and prints hello; the other statuses likewise."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, float | None]] = []
        self._results: dict[str, ExecutionResult] = {}

    def execute_code(
        self,
        code: str,
        cell_id: str,
        notebook_id: str,
        *,
        timeout: float | None = None,
        on_output: Callable[[OutputEvent], None] | None = None,
    ) -> ExecutionResult:
        """End as the code says."""
        self.ran.append((cell_id, timeout))
        word, _, text = code.partition(" ")
        status: Status = next(s for s in get_args(Status) if s == word)
        if on_output is not None:
            on_output(TextWritten(execution_id=cell_id, name="stdout", text=text))
        result = ExecutionResult(
            status=status,
            outputs=[StreamOutput(name="stdout", text=text)],
            execution_count=len(self.ran),
            duration=1.5,
            started_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            cell_id=cell_id,
            notebook_id=notebook_id,
            execution_id=f"e-{cell_id}",
        )
        self._results[result.execution_id] = result
        return result

    def result(self, execution_id: str) -> ExecutionResult:
        """The result as it was given."""
        if execution_id not in self._results:
            raise UnknownExecutionError(execution_id)
        return self._results[execution_id]
