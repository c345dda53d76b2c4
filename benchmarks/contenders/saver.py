"""What everybody who keeps the variables of a notebook can do here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable


class Saver(Protocol):
    """Runs cells of one notebook, and saves its variables after each."""

    def begin(self, code: str) -> None:
        """Have nothing but the variables of this cell, and nothing saved."""

    def run(self, code: str) -> float:
        """Run a cell and save what the notebook then has; seconds that saving took."""

    def written(self) -> int:
        """Bytes that the last save has written."""

    def kept(self) -> int:
        """Bytes on disk of all saves since the notebook began, to go back to any of them."""

    def restore(self) -> float:
        """Forget the variables and bring back what was saved last; seconds that this took."""

    def close(self) -> None:
        """Give everything back."""


@runtime_checkable
class Undoer(Protocol):
    """Can go back by one cell."""

    def undo(self) -> float:
        """Bring back what was before the last cell; seconds that this took."""


SaverMaker = Callable[[], Saver]
