"""`nbengine run`: all cells of a notebook or script, from the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ..models.events import OutputEvent
from ..models.notebook import ExecutionResult, Notebook
from ..models.session import ExecutionMode
from ..services.notebook_file import read_notebook, with_kernel
from ..services.notebook_run import CellEnded, CellRunner, CellStarted, run_notebook
from ..services.parameters import (
    doubtful_parameters,
    inject_parameters,
    parse_parameters,
    parse_raw_parameters,
)
from ..services.parameters_file import read_parameters
from .engine import CommandEngine, EngineName, EngineOption, opened
from .exit_codes import OF_STATUS, exit_code
from .options import Mode, check_timeout, working_folder
from .result_files import ResultFiles
from .run_summary import print_summary
from .run_view import RunView
from .second_interrupt import SecondInterrupt
from .terminal import Terminal


def run(
    notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK", help="An .ipynb or .py file.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT.ipynb", help="Notebook to write, all along."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="OUT.html", help="Page to write, at the end.")
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(metavar="S", help="Seconds that each cell may take.")
    ] = None,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Run the cells after a failed one too.")
    ] = False,
    parameters: Annotated[
        list[str] | None,
        typer.Option(
            "-p",
            "--parameter",
            metavar="NAME=VALUE",
            help="Set a variable after the cell tagged `parameters`; may be repeated.",
        ),
    ] = None,
    raw_parameters: Annotated[
        list[str] | None,
        typer.Option(
            "-r",
            "--raw-parameter",
            metavar="NAME=VALUE",
            help="The same, the value taken as text; wins over -p.",
        ),
    ] = None,
    parameters_files: Annotated[
        list[Path] | None,
        typer.Option(
            "-f",
            "--parameters-file",
            metavar="FILE",
            help="The same for all of a .json or .yaml file; -p and -r win over it.",
        ),
    ] = None,
    cwd: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Working folder of the cells; default: the notebook's."),
    ] = None,
    mode: Mode = ExecutionMode.WRITE_ENABLED,
    engine: EngineOption = EngineName.IN_PROCESS,
) -> None:
    """Run all cells of a notebook or script and show their outputs.

    The cells of a script are parted by lines that begin with `# %%`; without any it is one cell.
    What cells show goes to standard output, errors, progress and the summary to standard error.
    Nothing is written without -o or --html; -o may name the notebook itself. Ctrl-C stops the
    cell and keeps what there is, a second Ctrl-C quits at once.
    """
    check_timeout(timeout)
    reading = read_notebook(notebook)
    given = _given(parameters_files or (), parameters or (), raw_parameters or ())
    notes = [*reading.notes, *doubtful_parameters(reading.notebook, given)]
    prepared = with_kernel(inject_parameters(reading.notebook, given))
    files = ResultFiles(notebook, output, html)
    folder = working_folder(cwd or notebook.resolve().parent)
    with Terminal() as terminal:
        steps = _Run(terminal, files)
        try:
            with _engine(engine, prepared) as service:
                service.open_notebook(prepared.id, cwd=folder)
                runner = _InMode(service, mode)
                steps.follow(runner, prepared, timeout=timeout, keep_going=keep_going)
        finally:
            steps.sum_up([f"{notebook.name}: {note}." for note in notes])
    raise typer.Exit(steps.code)


def _given(files: Sequence[Path], typed: Sequence[str], raw: Sequence[str]) -> dict[str, object]:
    """Every parameter once; what stands on the command line wins over what lies in files."""
    filed = {name: value for file in files for name, value in read_parameters(file).items()}
    return filed | parse_parameters(typed) | parse_raw_parameters(raw)


def _engine(name: EngineName, notebook: Notebook) -> CommandEngine:
    """One that forgets no cell before the last one, which may still change the first."""
    return opened(
        name,
        snapshots=False,
        record_count=max(1, len(notebook.cells)),
        record_bytes=sys.maxsize,
    )


class _InMode:
    """The engine, with every cell in one mode."""

    def __init__(self, service: CommandEngine, mode: ExecutionMode) -> None:
        self._service = service
        self._mode = mode

    def execute_code(
        self,
        code: str,
        cell_id: str,
        notebook_id: str,
        *,
        timeout: float | None = None,
        on_output: Callable[[OutputEvent], None] | None = None,
    ) -> ExecutionResult:
        return self._service.execute_code(
            code, cell_id, notebook_id, mode=self._mode, timeout=timeout, on_output=on_output
        )

    def result(self, execution_id: str) -> ExecutionResult:
        return self._service.result(execution_id)


class _Run:
    """One run, its steps shown and its results kept as they come."""

    def __init__(self, terminal: Terminal, files: ResultFiles) -> None:
        self._terminal = terminal
        self._files = files
        self._notebook: Notebook | None = None
        self._endings: list[CellEnded] = []
        self._interrupted = False

    @property
    def code(self) -> int:
        """The exit code."""
        return OF_STATUS["interrupted"] if self._interrupted else exit_code(self._endings)

    def follow(
        self,
        runner: CellRunner,
        notebook: Notebook,
        *,
        timeout: float | None,
        keep_going: bool,
    ) -> None:
        """Run to the end, or to a Ctrl-C between two cells."""
        self._notebook = notebook
        view = RunView(self._terminal, elsewhere=self._files.elsewhere)
        with view, SecondInterrupt(self._terminal.show_cursor) as interrupts:
            try:
                for step in run_notebook(
                    runner, notebook, timeout=timeout, keep_going=keep_going, on_output=view.show
                ):
                    if isinstance(step, CellStarted):
                        interrupts.forget()
                        view.started(step)
                    else:
                        view.ended(step)
                        self._keep(step)
            except KeyboardInterrupt:
                self._interrupted = True

    def sum_up(self, notes: Sequence[str]) -> None:
        """Write what is left to write and print the summary, also after our own failure."""
        written: list[str] = []
        if self._interrupted:
            notes = [*notes, "Interrupted between two cells: the rest was not run."]
        try:
            if self._notebook is not None:
                written = self._files.finish(self._notebook)
        finally:
            print_summary(self._terminal.err, _in_the_end(self._endings), [*notes, *written])

    def _keep(self, step: CellEnded) -> None:
        self._endings.append(step)
        self._notebook = step.notebook
        if step.result.status != "aborted":
            self._files.keep(step.notebook)
            if self._files.trouble is not None:
                self._terminal.err.print(f"nbengine: {self._files.trouble}")


def _in_the_end(endings: Sequence[CellEnded]) -> list[CellEnded]:
    """The endings with what came to their cells until the last of them."""
    cells = endings[-1].notebook.cells if endings else ()
    results = {cell.id: cell.last_result for cell in cells}
    return [replace(ended, result=results[ended.cell.id] or ended.result) for ended in endings]
