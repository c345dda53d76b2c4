"""A notebook run as it goes: what its cells show and, in a terminal, a line of progress."""

from __future__ import annotations

from threading import Lock
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column
from rich.text import Text

from ..models.events import OutputEvent, OutputShown, OutputUpdated, TextWritten
from ..models.notebook import Cell
from ..models.outputs import ErrorOutput, StreamName
from ..runtime.folding import TerminalText
from ..services.notebook_run import CellEnded, CellStarted
from .output_view import output_view, plain
from .terminal import Terminal


class RunView:
    """Told of a run's steps by the one who runs it, of outputs from any thread."""

    def __init__(self, terminal: Terminal, *, elsewhere: str) -> None:
        self._terminal = terminal
        self._elsewhere = elsewhere
        self._lock = Lock()
        self._screens: dict[StreamName, TerminalText] = {}
        self._progress = _progress(terminal.err, visible=terminal.live)
        self._task = self._progress.add_task("cell", total=None, last="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def started(self, step: CellStarted) -> None:
        """A line that names the cell, above what it shows."""
        with self._lock:
            self._progress.update(
                self._task, total=step.total, completed=step.number - 1, last=_title(step.cell)
            )
            self._say(f"[{step.number}/{step.total}] {_title(step.cell)}", style="dim")

    def ended(self, step: CellEnded) -> None:
        """The unfinished lines, and a word if it did not end well."""
        with self._lock:
            for name in list(self._screens):
                self._finish_line(name)
            self._progress.update(self._task, completed=step.number, last="")
            if step.result.status not in ("ok", "aborted"):
                style = "red" if step.failed else "dim"
                took = f"{step.result.duration:.2f} s"
                self._say(f"[{step.number}/{step.total}] {step.result.status} after {took}", style)

    def show(self, event: OutputEvent) -> None:
        """Print what can be printed now; an unfinished line waits in the progress display."""
        with self._lock:
            if isinstance(event, TextWritten):
                self._write(event.name, event.text)
            elif isinstance(event, OutputShown):
                self._print(event)
            elif isinstance(event, OutputUpdated):
                self._last(str(event.output.data.get("text/plain", "")))

    def _write(self, name: StreamName, text: str) -> None:
        screen = self._screens.setdefault(name, TerminalText())
        screen.feed(text)
        whole = screen.take()
        if whole:
            self._stream(name).print(plain(whole.removesuffix("\n")))
        self._last(screen.text() or whole)

    def _finish_line(self, name: StreamName) -> None:
        rest = self._screens.pop(name).text()
        if rest:
            self._stream(name).print(plain(rest))

    def _print(self, event: OutputShown) -> None:
        for name in list(self._screens):
            self._finish_line(name)
        console = self._stream("stderr" if isinstance(event.output, ErrorOutput) else "stdout")
        console.print(output_view(event.output, console, elsewhere=self._elsewhere))

    def _stream(self, name: StreamName) -> Console:
        return self._terminal.out if name == "stdout" else self._terminal.err

    def _last(self, text: str) -> None:
        lines = text.rstrip().rsplit("\n", 1)
        self._progress.update(self._task, last=plain(lines[-1]).plain)

    def _say(self, text: str, style: str) -> None:
        self._terminal.err.print(Text(text, style=style))


def _progress(console: Console, *, visible: bool) -> Progress:
    return Progress(
        TextColumn("cell"),
        MofNCompleteColumn(),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
        TextColumn(
            "{task.fields[last]}",
            markup=False,
            style="dim",
            table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"),
        ),
        console=console,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        disable=not visible,
        expand=True,
    )


def _title(cell: Cell) -> str:
    """The cell's id and the first line of its code that is not blank."""
    line = next(line.strip() for line in cell.source.splitlines() if line.strip())
    return f"{cell.id}: {line[:60]}{'…' if len(line) > 60 else ''}"
