"""What is kept of a run once it has ended: enough to say again how it went."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..models.notebook import CellError, CellWarning, ExecutionResult, StateChange, Status
from ..models.tables import Table
from ..runtime.bundles import size_of
from ..runtime.execution import Execution
from ..runtime.namespace_diff import UNCHANGED
from ..runtime.retained import Retained


@dataclass(slots=True, eq=False)
class RunRecord:
    """One run's account, filled in step by step; it holds nothing of the notebook's namespace."""

    execution: Execution
    error: CellError | None = None
    change: StateChange = UNCHANGED
    tables: list[Table] = field(default_factory=list)
    warnings: list[CellWarning] = field(default_factory=list)
    user_expressions: dict[str, dict[str, Any]] = field(default_factory=dict)
    duration: float = 0.0
    """Seconds."""
    ended_well: bool = False
    """Whether what was interrupted was not the cell, but the save after it."""
    aborted: bool = False
    """Whether it was not run: its notebook was restarted or closed, or a cell failed, before."""

    @property
    def size(self) -> int:
        """About how many bytes it holds."""
        return self.execution.size + size_of(self.user_expressions)

    @property
    def status(self) -> Status:
        """How the run ended: why it was stopped, if it was, else whether it raised."""
        if self.aborted:
            return "aborted"
        reason = self.execution.gate.reason
        if reason is not None and not self.ended_well:
            return reason
        if self.error is None:
            return "ok"
        return "interrupted" if self.error.type == "KeyboardInterrupt" else "error"

    def result(self) -> ExecutionResult:
        """The result as it is now; output that comes late is in a later one."""
        execution = self.execution
        outputs, cuts = execution.outputs()
        return ExecutionResult(
            status=self.status,
            outputs=outputs,
            tables=self.tables,
            warnings=self.warnings,
            error=self.error,
            execution_count=execution.execution_count,
            duration=self.duration,
            started_at=execution.started_at,
            cell_id=execution.cell_id,
            notebook_id=execution.notebook_id,
            execution_id=execution.execution_id,
            state=self.change,
            user_expressions=self.user_expressions,
            isolation_effective=execution.isolation,
            cuts=[*cuts, *execution.cuts],
        )


class Records(Retained[RunRecord]):
    """The last runs of a service."""

    def add(self, record: RunRecord) -> None:
        """Remember a run, and forget the oldest ones beyond the limits."""
        self.keep(record.execution.execution_id, record, record.size)
