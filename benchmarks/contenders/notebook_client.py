"""nbclient: `execute_cell` on a kernel that it keeps."""

from __future__ import annotations

from contextlib import ExitStack
from subprocess import DEVNULL

from .contender import Shown


class NotebookPeer:
    """A notebook of one cell, run over and over."""

    def __init__(self) -> None:
        from nbclient import NotebookClient
        from nbformat.v4 import new_code_cell, new_notebook

        self._cell = new_code_cell("None")
        notebook = new_notebook(cells=[self._cell])
        self._client = NotebookClient(notebook, allow_errors=True)
        self._open = ExitStack()
        self._open.enter_context(self._client.setup_kernel(stderr=DEVNULL))

    def run(self, code: str) -> None:
        self._cell.source = code
        self._client.execute_cell(self._cell, 0)

    def shown(self) -> Shown:
        return [dict(output) for output in self._cell.outputs]

    def reset(self) -> None:
        self.run("%reset -f")

    def close(self) -> None:
        self._open.close()
