"""Parts of a notebook's shell in place of IPython's own, which would change what is not its."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from IPython.core import history
from IPython.core.builtin_trap import BuiltinTrap
from IPython.core.display_trap import DisplayTrap


class Shelf(dict[str, Any]):
    """`get_ipython().db`, in memory; as IPython's own, it forgets what it never knew, too."""

    def __delitem__(self, name: str) -> None:
        self.pop(name, None)


class NoBuiltins(BuiltinTrap):
    """Puts no builtins in place: the engine's are there for every cell."""

    def activate(self) -> None:
        """Without effect."""

    def deactivate(self) -> None:
        """Without effect."""


class NoHook(DisplayTrap):
    """Puts no display hook in place: that of cells leads to the shell."""

    def set(self) -> None:
        """Without effect."""

    def unset(self) -> None:
        """Without effect."""


class HistoryManager(history.HistoryManager):
    """IPython's history commands over the engine's history; `%config` knows it by this name."""

    def __init__(self, shell: Any, **options: Any) -> None:
        super().__init__(shell, **options)
        self.input_hist_parsed = shell.history.inputs
        self.input_hist_raw = shell.history.sources
        self.dir_hist = shell.history.folders
        self.output_hist = shell.history.outputs

    def _get_range_session(
        self, start: int = 1, stop: int | None = None, raw: bool = True, output: bool = False
    ) -> Iterator[Any]:
        """Cells with their numbers; beside each, if wanted, the text of what it showed."""
        for session, number, source in super()._get_range_session(start, stop, raw):
            yield session, number, (source, self._text_of(number)) if output else source

    def _text_of(self, number: int) -> str | None:
        shell: Any = self.shell
        outputs: dict[int, Any] = shell.history.outputs
        if number not in outputs:
            return None
        try:
            return str(shell.plain_text(outputs[number]))
        except Exception as error:
            return f"<its repr raised {type(error).__name__}>"

    def get_tail(
        self,
        n: int | None = 10,
        raw: bool = True,
        output: bool = False,
        include_latest: bool = False,
    ) -> Any:
        """The last `n` cells; without the one that asks unless it is wanted, too."""
        cells = list(self._get_range_session(1, None, raw, output))
        return (cells if include_latest else cells[:-1])[-(n or 10) :]
