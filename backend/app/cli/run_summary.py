"""What came of a run: a line a cell, the statistical warnings, and where everything lies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..capture.table_schema import DATA_RESOURCE
from ..models.notebook import PICTURE_MIMES, PLOTLY_MIME, ExecutionResult, Status
from ..models.outputs import MimeBundle, Output, StreamOutput
from ..services.notebook_run import CellEnded
from ..services.warning_note import warning_text

STYLES: dict[Status, str] = {"ok": "green", "aborted": "dim"}


def print_summary(console: Console, endings: Sequence[CellEnded], notes: Sequence[str]) -> None:
    """Print it all; `notes` are sentences on the files read and written."""
    if endings:
        console.print(_table(endings), soft_wrap=False)
    for ended in endings:
        _print_findings(console, ended)
    for note in notes:
        console.print(Text(note))
    console.print(Text(_totals(endings), style="bold"))


def _table(endings: Sequence[CellEnded]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("cell", overflow="fold")
    table.add_column("status")
    table.add_column("seconds", justify="right")
    table.add_column("showed", overflow="fold")
    table.add_column("warnings", justify="right")
    for ended in endings:
        result = ended.result
        table.add_row(
            Text(f"{ended.number} {ended.cell.id}"),
            Text(result.status, style=STYLES.get(result.status, "red")),
            "" if result.status == "aborted" else f"{result.duration:.2f}",
            Text(shown(result)),
            str(sum(warning.count for warning in result.warnings) or ""),
        )
    return table


def shown(result: ExecutionResult) -> str:
    """What the cell showed, counted by kind: `12 lines, 2 figures, 1 table`."""
    counts: Counter[str] = Counter()
    for output in result.outputs:
        counts[_kind(output)] += _lines(output) if isinstance(output, StreamOutput) else 1
    parts = [f"{n} {kind}{'' if n == 1 else 's'}" for kind, n in counts.items() if n]
    return ", ".join([*parts, *(f"{cut.what} cut" for cut in result.cuts)])


def _kind(output: Output) -> str:
    if isinstance(output, StreamOutput):
        return "line"
    if not isinstance(output, MimeBundle):
        return "error"
    if PLOTLY_MIME in output.data:
        return "interactive plot"
    if any(mime in output.data for mime in PICTURE_MIMES):
        return "figure"
    if DATA_RESOURCE in output.data:
        return "table"
    return "value"


def _lines(output: StreamOutput) -> int:
    return output.text.count("\n") + (not output.text.endswith("\n"))


def _print_findings(console: Console, ended: CellEnded) -> None:
    found = [warning for warning in ended.result.warnings if warning.kind == "statistical"]
    for warning in found:
        console.print(
            Text(f"⚠ cell {ended.number} {ended.cell.id}: ", style="yellow"),
            Text(warning_text(warning)),
            sep="",
        )


def _totals(endings: Sequence[CellEnded]) -> str:
    seconds = sum(ended.result.duration for ended in endings)
    counts = Counter(ended.result.status for ended in endings)
    parts = [f"{n} {status}" for status, n in counts.items()]
    return f"{', '.join(parts) or 'No cell to run'} in {seconds:.2f} s."
