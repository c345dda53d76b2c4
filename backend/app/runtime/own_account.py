"""What the engine does for itself while a cell runs, whatever the mode of the cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def on_own_account(work: Callable[[], T]) -> T:
    """Do a piece of the engine's own work; gives back and raises what the work does.

    Whoever judges what a cell does looks for this very frame between itself and the cell: below it
    the engine acts, unless code of a cell is called back in between. So there is no state that a
    cell could change, and none that an interrupt could leave behind.
    """
    return work()
