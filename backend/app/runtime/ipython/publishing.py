"""IPython's two ways of showing something, leading to the cell that runs."""

from __future__ import annotations

from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher

from ..execution import running


class CellPublisher(DisplayPublisher):
    """`get_ipython().display_pub`: what is published is an output of the cell."""

    def publish(
        self,
        data: Any,
        metadata: Any = None,
        source: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        """Show a MIME bundle, or give the outputs with its display id a new look."""
        execution = running()
        if execution is not None and execution.display is not None:
            execution.display(data, raw=True, metadata=metadata, transient=transient, update=update)

    def clear_output(self, wait: bool = False) -> None:
        """Take away what the cell has shown, now or once the next output comes."""
        execution = running()
        if execution is not None:
            execution.clear(wait=wait)


class CellDisplayHook(DisplayHook):
    """`sys.displayhook` of cells, and of code that a magic runs as a cell."""

    def __call__(self, result: Any = None) -> None:
        """Show a value as the result of the cell and remember it in `Out`."""
        execution = running()
        if result is None or execution is None or self.quiet():
            return
        self.fill_exec_result(result)
        if execution.show_result is not None:
            execution.show_result(result)

    def flush(self) -> None:
        """The history forgets its values."""
        shell: Any = self.shell
        shell.history.forget()
