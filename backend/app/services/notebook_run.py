"""All cells of a notebook, one after the other, on whatever runs a cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ..errors import UnknownExecutionError
from ..models.events import OutputEvent
from ..models.notebook import Cell, ExecutionResult, Notebook
from .parameters import tags

MAY_FAIL_TAG = "raises-exception"
SKIP_TAG = "skip-execution"
TIMING_KEY = "execution"


class CellRunner(Protocol):
    """What runs one cell: `ExecutionService`, or anything with these two methods of it."""

    def execute_code(
        self,
        code: str,
        cell_id: str,
        notebook_id: str,
        *,
        timeout: float | None = None,
        on_output: Callable[[OutputEvent], None] | None = None,
    ) -> ExecutionResult:
        """Run the code; a user's error is data in the result."""
        ...

    def result(self, execution_id: str) -> ExecutionResult:
        """An earlier result, with what came since.

        Raises:
            UnknownExecutionError: it was forgotten.
        """
        ...


@dataclass(frozen=True)
class CellStarted:
    """A cell is about to run: the `number`th of `total`, from 1, counting cells that run."""

    number: int
    total: int
    cell: Cell


@dataclass(frozen=True)
class CellEnded:
    """A cell has ended, or was not run because an earlier one failed (`aborted`)."""

    number: int
    total: int
    cell: Cell
    result: ExecutionResult
    notebook: Notebook
    """The notebook with every result so far, output that came late included."""

    @property
    def failed(self) -> bool:
        """Whether this ending counts as a failure."""
        return failed(self.cell, self.result)


def failed(cell: Cell, result: ExecutionResult) -> bool:
    """Whether an ending counts as a failure: a cell that may raise has not failed by it."""
    if result.status == "error":
        return MAY_FAIL_TAG not in tags(cell) and exit_asked(result) != 0
    return result.status not in ("ok", "aborted")


def exit_asked(result: ExecutionResult) -> int | None:
    """The exit code that a cell asked for with `sys.exit`; None if it did not ask to end."""
    if result.error is None or result.error.type != "SystemExit":
        return None
    code = result.error.message
    if code in ("", "None"):
        return 0
    return int(code) & 0xFF if code.removeprefix("-").isdecimal() else 1


def run_notebook(
    runner: CellRunner,
    notebook: Notebook,
    *,
    timeout: float | None = None,
    keep_going: bool = False,
    on_output: Callable[[OutputEvent], None] | None = None,
) -> Iterator[CellStarted | CellEnded]:
    """Run every code cell in order, saying when each starts and how it ended.

    Cells without code and cells tagged `skip-execution` are passed over and keep what they show;
    what the others showed before is dropped at the start. After a failure the rest is `aborted`,
    unless `keep_going`, also if its worker died with it; an interrupt always ends the run.

    What changes in an earlier cell meanwhile, because a later one updates its display or a thread
    of it still writes, is in the notebook of the next step, and surely in that of the last one.

    Args:
        timeout: seconds that each cell may take.
        on_output: told of every output as it comes, from any thread.
    """
    places = [place for place, cell in enumerate(notebook.cells) if runs(cell)]
    notebook = _cleared(notebook, places)
    earlier = _EarlierCells(runner, on_output)
    stopped = False
    for number, place in enumerate(places, start=1):
        cell = notebook.cells[place]
        if stopped:
            result = _aborted(cell, notebook.id)
        else:
            yield CellStarted(number, len(places), cell)
            result = runner.execute_code(
                cell.source, cell.id, notebook.id, timeout=timeout, on_output=earlier.hear
            )
        notebook = earlier.caught_up(notebook, wholly=number == len(places))
        notebook = _replaced(notebook, place, ran(cell, result))
        earlier.add(place, result)
        ended = CellEnded(number, len(places), cell, result, notebook)
        stopped = stopped or (ended.failed and not (keep_going and _survivable(result)))
        stopped = stopped or exit_asked(result) == 0
        yield ended


class _EarlierCells:
    """The cells that have ended, and which of them were heard of since their results were read."""

    def __init__(self, runner: CellRunner, on_output: Callable[[OutputEvent], None] | None) -> None:
        self._runner = runner
        self._on_output = on_output
        self._places: dict[str, int] = {}
        self._late: set[str] = set()

    def hear(self, event: OutputEvent) -> None:
        """Note whose event it is, if it comes late, and pass it on; from any thread."""
        if event.execution_id in self._places:
            self._late.add(event.execution_id)
        if self._on_output is not None:
            self._on_output(event)

    def add(self, place: int, result: ExecutionResult) -> None:
        """One more cell has ended."""
        if result.status != "aborted":
            self._places[result.execution_id] = place

    def caught_up(self, notebook: Notebook, *, wholly: bool) -> Notebook:
        """The notebook with the present results of the cells that were heard of, or of all."""
        for execution_id in list(self._places if wholly else self._late):
            self._late.discard(execution_id)  # first, as it may be heard of again meanwhile
            notebook = self._with_result(notebook, execution_id)
        return notebook

    def _with_result(self, notebook: Notebook, execution_id: str) -> Notebook:
        place = self._places[execution_id]
        try:
            result = self._runner.result(execution_id)
        except UnknownExecutionError:
            return notebook
        cell = notebook.cells[place].model_copy(update={"last_result": result})
        return _replaced(notebook, place, cell)


def runs(cell: Cell) -> bool:
    """Whether a cell is run with the others: one of code that is not tagged to be left out."""
    return cell.cell_type == "code" and bool(cell.source.strip()) and SKIP_TAG not in tags(cell)


def _survivable(result: ExecutionResult) -> bool:
    return result.status in ("error", "timeout", "dead")


def _cleared(notebook: Notebook, places: list[int]) -> Notebook:
    cells = list(notebook.cells)
    for place in places:
        metadata = {k: v for k, v in cells[place].metadata.items() if k != TIMING_KEY}
        update = {"last_result": None, "metadata": metadata}
        cells[place] = cells[place].model_copy(update=update)
    return notebook.model_copy(update={"cells": cells})


def _replaced(notebook: Notebook, place: int, cell: Cell) -> Notebook:
    cells = [*notebook.cells[:place], cell, *notebook.cells[place + 1 :]]
    return notebook.model_copy(update={"cells": cells})


def ran(cell: Cell, result: ExecutionResult) -> Cell:
    """The cell with its result, and with the times that JupyterLab would note."""
    if result.status == "aborted":
        return cell.model_copy(update={"last_result": result})
    metadata = cell.metadata | {TIMING_KEY: _timing(result)}
    return cell.model_copy(update={"last_result": result, "metadata": metadata})


def _timing(result: ExecutionResult) -> dict[str, str]:
    """Start and end under the names of the messages whose times JupyterLab records."""
    start = _stamp(result.started_at)
    end = _stamp(result.started_at + timedelta(seconds=result.duration))
    return {
        "iopub.status.busy": start,
        "iopub.execute_input": start,
        "shell.execute_reply": end,
        "iopub.status.idle": end,
    }


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _aborted(cell: Cell, notebook_id: str) -> ExecutionResult:
    return ExecutionResult(
        status="aborted",
        execution_count=0,
        duration=0.0,
        started_at=datetime.now(UTC),
        cell_id=cell.id,
        notebook_id=notebook_id,
        execution_id="not-run",
    )
