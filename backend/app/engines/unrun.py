"""Results of cells that never began."""

from __future__ import annotations

from datetime import UTC, datetime
from time import perf_counter

from ..models.events import OutputShown
from ..models.notebook import CellError, ExecutionResult, Status
from ..models.outputs import ErrorOutput
from ..models.session import ExecutionMode, Isolation
from ..policy.modes import isolation_of
from .asked import Asked
from .breach import INTERRUPTED
from .ladder import Reason


def aborted(asked: Asked) -> ExecutionResult:
    """Of one that was not run because an earlier one failed, or the notebook was restarted."""
    return _unrun(asked, "aborted")


def given_up(asked: Asked, reason: Reason, began: float) -> ExecutionResult:
    """Of one whose caller would not wait for a worker any longer; he is told at once.

    Args:
        began: when he did, as `perf_counter` has it.
    """
    if reason == "timeout":
        name, message = "TimeoutError", asked.timeout_message
    else:
        name, message = "KeyboardInterrupt", INTERRUPTED
    message += ", while it waited for a worker; it had not begun"
    told = f"{name}: {message}"
    error = ErrorOutput(ename=name, evalue=message, traceback=[told])
    asked.tell(OutputShown(execution_id=asked.execution_id, output=error))
    return _unrun(asked, reason).model_copy(
        update={
            "outputs": [error],
            "error": CellError(type=name, message=message, traceback=told + "\n"),
            "duration": perf_counter() - began,
        }
    )


def _unrun(asked: Asked, status: Status) -> ExecutionResult:
    return ExecutionResult(
        status=status,
        execution_count=0,
        duration=0.0,
        started_at=datetime.now(UTC),
        cell_id=asked.cell_id,
        notebook_id=asked.notebook_id,
        execution_id=asked.execution_id,
        isolation_effective=isolation_of(
            ExecutionMode(asked.options["mode"]), Isolation(level="process")
        ),
    )
