"""The contract of everything that runs cells. `ExecutionService` itself fulfils all of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from ..models.assistance import Completeness, Completion, Inspection
from ..models.notebook import ExecutionResult
from ..models.session import ExecutionMode
from ..models.snapshot import SnapshotInfo
from ..runtime.execution import OnOutput, StdinHandler


@runtime_checkable
class Engine(Protocol):
    """Runs cells, each in its notebook. Thread-safe."""

    def execute_code(
        self,
        code: str,
        cell_id: str,
        notebook_id: str,
        *,
        mode: ExecutionMode | str = ...,
        timeout: float | None = None,
        on_output: OnOutput | None = None,
        stdin: StdinHandler | None = None,
        silent: bool = False,
        store_history: bool = True,
        user_expressions: Mapping[str, str] | None = None,
        stop_on_error: bool = False,
    ) -> ExecutionResult:
        """Run a cell and give back everything it showed; see `ExecutionService.execute_code`."""

    def result(self, execution_id: str) -> ExecutionResult:
        """An earlier execution's result.

        Raises:
            UnknownExecutionError: it never was, or too many came after it.
        """

    def interrupt(self, notebook_id: str) -> bool:
        """Interrupt the cell of this notebook that runs now; whether it ended in time."""

    def restart(self, notebook_id: str) -> None:
        """Give the notebook an empty namespace."""

    def close(self) -> None:
        """End what runs, forget every notebook; what is saved of them stays."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


@runtime_checkable
class Assisting(Protocol):
    """Helps who writes code, in the shapes of Jupyter's messages."""

    def complete(self, code: str, cursor: int, notebook_id: str) -> Completion:
        """What code can go on with."""

    def inspect(
        self, code: str, cursor: int, notebook_id: str, detail_level: int = 0
    ) -> Inspection:
        """What there is to know of the name at the cursor."""

    def is_complete(self, code: str, notebook_id: str | None = None) -> Completeness:
        """Whether code can run as it stands."""


@runtime_checkable
class GoingBack(Protocol):
    """Keeps the variables of notebooks, and brings earlier ones back."""

    def history(self, notebook_id: str) -> list[SnapshotInfo]:
        """The snapshots of a notebook, oldest first."""

    def restore_state(
        self, notebook_id: str, snapshot_id: int | None = None
    ) -> SnapshotInfo | None:
        """Give the notebook the variables of a snapshot, by default those of its last one."""

    def undo(self, notebook_id: str) -> SnapshotInfo | None:
        """Give the notebook the variables that it had before its last cell that was saved."""
