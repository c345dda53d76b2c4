"""`nbengine exec`: one piece of code, from the terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..errors import InvalidInputError
from ..models.events import OutputEvent, OutputShown, TextWritten
from ..models.outputs import ErrorOutput
from ..models.session import ExecutionMode
from .engine import EngineName, EngineOption, opened
from .exit_codes import BROKEN_PIPE, of_result
from .options import Mode, check_timeout, working_folder
from .output_view import output_view
from .second_interrupt import SecondInterrupt
from .terminal import Terminal


def exec_(
    code: Annotated[
        str,
        typer.Argument(metavar="CODE", help="Python code, or - to read it from standard input."),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the whole result as JSON, and nothing else.")
    ] = False,
    timeout: Annotated[
        float | None, typer.Option(metavar="S", help="Seconds that the code may take.")
    ] = None,
    notebook_id: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="Go on with the saved variables of this notebook, and save them; without, "
            "nothing is kept.",
        ),
    ] = None,
    cwd: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Working folder; default: this one.")
    ] = None,
    mode: Mode = ExecutionMode.WRITE_ENABLED,
    engine: EngineOption = EngineName.IN_PROCESS,
) -> None:
    """Run code as one cell and show what it shows.

    Standard output and error are the code's own; the value of a last expression follows on
    standard output, an error's traceback on standard error.
    """
    check_timeout(timeout)
    source = _standard_input() if code == "-" else code
    folder = working_folder(cwd or Path())
    keeps, notebook = notebook_id is not None, notebook_id or "exec"
    with (
        Terminal(_quit) as terminal,
        opened(engine, snapshots=keeps) as service,
    ):
        if as_json:
            terminal.own_stdout()
        service.open_notebook(notebook, cwd=folder)
        with SecondInterrupt(terminal.show_cursor):
            result = service.execute_code(
                source,
                "cell",
                notebook,
                mode=mode,
                timeout=timeout,
                on_output=None if as_json else _Echo(terminal).show,
            )
        if as_json:
            terminal.out_file.write(result.model_dump_json() + "\n")
            terminal.out_file.flush()
        elif result.error is None and result.status != "ok":
            terminal.err.print(f"nbengine: {result.status} after {result.duration:.2f} s.")
    raise typer.Exit(of_result(result))


class _Echo:
    """Streams as they come, byte for byte; the rest as a terminal can show it."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def show(self, event: OutputEvent) -> None:
        if isinstance(event, TextWritten):
            self._write(event)
        elif isinstance(event, OutputShown):
            failed = isinstance(event.output, ErrorOutput)
            console = self._terminal.err if failed else self._terminal.out
            console.print(output_view(event.output, console, elsewhere="seen in a notebook"))

    def _write(self, event: TextWritten) -> None:
        terminal = self._terminal
        file = terminal.out_file if event.name == "stdout" else terminal.err_file
        file.write(event.text)
        file.flush()


def _quit() -> None:
    """Nobody reads what the code prints: end it, as the shell's own commands do."""
    os._exit(BROKEN_PIPE)


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"The code on standard input is not UTF-8 text (byte {error.start})."
        ) from None
