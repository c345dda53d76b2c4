"""Magics that mean something else in a notebook of this engine than in a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class
from IPython.core.magics.basic import BasicMagics
from IPython.core.magics.execution import ExecutionMagics
from IPython.core.page import page

from .. import child_process
from ..execution import running

_NOTES = {
    "conda": "%conda is not available here: install packages in the environment of the engine, "
    "or use %pip",
    "debug": "%debug needs somebody at a terminal; the traceback above has every frame, and "
    "variables of the cell can be looked at in the next one",
    "%debug": "%%debug needs somebody who answers, and nobody does: nothing has run",
    "xmode": "tracebacks stay as they are here: the cells' own frames with their lines; variables "
    "of the cell can be looked at in the next one",
    "edit": "%edit is not available here: nobody sits at an editor; write the code into a cell",
    "store": "%store is not needed here: variables of a notebook are kept by its snapshots, which "
    "the setting `snapshots` switches on",
    "pastebin": "%pastebin is not available here: nothing is sent to other computers",
}

_PLAIN_MODES = ("Plain", "Context")
"""Ways to tell of errors that come to what is told here."""


@magics_class
class NotebookMagics(Magics):
    """Those that can only say what to do instead, and those that would wait for keys."""

    @line_magic
    def conda(self, line: str) -> None:
        """Say that packages come from elsewhere."""
        self._note("conda")

    @line_cell_magic
    def debug(self, line: str, cell: str | None = None) -> Any:
        """Say where to look; code is only stepped through where somebody answers."""
        execution = running()
        if cell is None:
            self._note("debug")
        elif execution is None or execution.stdin is None:
            self._note("%debug")
        else:
            stepping: Any = ExecutionMagics(self.shell)
            stepping.debug(line, cell)

    @line_magic
    def edit(self, line: str) -> None:
        """Say where code is written."""
        self._note("edit")

    @line_magic
    def less(self, line: str) -> None:
        """Show a file, where a pager of the system would wait for keys."""
        _show_file(line.strip())

    @line_magic
    def more(self, line: str) -> None:
        """Show a file, as `%less` does."""
        _show_file(line.strip())

    @line_magic
    def man(self, line: str) -> None:
        """Show a page of the system's manual."""
        page(child_process.output_of(f"man {line} | col -b"))

    @line_magic
    def store(self, line: str) -> None:
        """Say what keeps variables."""
        self._note("store")

    @line_magic
    def xmode(self, line: str) -> None:
        """Choose it as ever, and say so where a traceback shows less or more than was chosen."""
        shell: Any = self.shell
        basic: Any = BasicMagics(shell)
        basic.xmode(line)
        if shell.InteractiveTB.mode not in _PLAIN_MODES:
            self._note("xmode")

    @line_magic
    def pastebin(self, line: str) -> None:
        """Say that nothing leaves."""
        self._note("pastebin")

    @staticmethod
    def _note(name: str) -> Any:
        execution = running()
        if execution is not None:
            execution.note(f"[{_NOTES[name]}]")


def _show_file(name: str) -> None:
    if not name:
        raise UsageError("Missing filename.")
    page(Path(name).read_text(encoding="utf-8", errors="replace"))
