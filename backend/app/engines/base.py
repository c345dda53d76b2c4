"""The contract of everything that runs cells. `ExecutionService` itself fulfils all of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

from ..models.assistance import Completeness, Completion, Inspection
from ..models.notebook import ExecutionResult
from ..models.session import ExecutionMode
from ..models.snapshot import SnapshotInfo
from ..models.tables import ColumnRef, TableForm, TableProfile, TableQuery, TableWindow
from ..models.variables import Variable
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
class Opening(Protocol):
    """Opens and closes single notebooks."""

    def open_notebook(self, notebook_id: str, *, cwd: Path | str | None = None) -> None:
        """Make a notebook known before its first cell.

        Raises:
            InvalidInputError: the folder is none, or the notebook has run already.
        """

    def close_notebook(self, notebook_id: str) -> None:
        """End what runs in it, save it and let go of it; the next call opens it again."""


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


@runtime_checkable
class Inspecting(Protocol):
    """Lists what a notebook holds, also while a cell of it runs."""

    def variables(self, notebook_id: str) -> list[Variable]:
        """The user's variables, sorted by name; those saved are brought back for it."""


@runtime_checkable
class Employing(Protocol):
    """Runs notebooks in processes of their own."""

    @property
    def workers(self) -> dict[str, int]:
        """The process of each notebook that has one: notebook id -> pid."""

    @property
    def queued(self) -> int:
        """Callers that wait for a process."""


@runtime_checkable
class Tabling(Protocol):
    """Shows whole tables in pieces, also while a cell runs; see `ExecutionService`.

    A handle is that of a `Table` in a result, or `variable:<name>`.
    """

    def table_window(
        self, notebook_id: str, handle: str, query: TableQuery | Mapping[str, Any] | None = None
    ) -> TableWindow:
        """Some rows and columns of a table, sorted and filtered."""

    def table_profile(
        self, notebook_id: str, handle: str, columns: Iterable[ColumnRef] | None = None
    ) -> TableProfile:
        """What columns of a table hold, by default the first ones."""

    def table_file(
        self,
        notebook_id: str,
        handle: str,
        query: TableQuery | Mapping[str, Any] | None = None,
        form: TableForm = "csv",
    ) -> Path:
        """A file in the notebook's artifacts folder with the rows; the caller deletes it."""
