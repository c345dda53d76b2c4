"""Who keeps variables, and what they are asked to do in their process."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from functools import partial
from time import perf_counter

from benchmarks.quantities import OURS

from .saver import Saver, SaverMaker, Undoer
from .snapshot_engine import SnapshotEngine
from .whole_files import WholeFile

SAVERS: Mapping[str, SaverMaker] = {
    OURS: SnapshotEngine,
    "cloudpickle": partial(WholeFile, "cloudpickle"),
    "dill": partial(WholeFile, "dill"),
    "joblib": partial(WholeFile, "joblib", definitions=False),
}
"""How each is made, in the order of the table's columns."""


def begin(saver: Saver, setup: str) -> None:
    """A notebook of which nothing is saved."""
    saver.begin(setup)
    gc.collect()


def save(saver: Saver, cell: str = "None") -> float:
    """Seconds of saving after a cell."""
    return saver.run(cell)


def save_first(saver: Saver, setup: str) -> float:
    """Seconds of the first save of a new notebook."""
    begin(saver, setup)
    return saver.run("None")


def call(saver: Saver, cell: str) -> float:
    """Seconds from the call until the cell is answered and saved, right after another one."""
    saver.run(cell)
    began = perf_counter()
    saver.run(cell)
    return perf_counter() - began


def save_shown(saver: Saver, cell: str, cells: int) -> float:
    """Seconds of saving after a cell that shows something, when so many did before."""
    for _ in range(cells):
        saver.run(cell)
    return saver.run(cell)


def write(saver: Saver, cell: str) -> float:
    """Bytes written after a cell."""
    saver.run(cell)
    return saver.written()


def grow(saver: Saver, cell: str, cells: int) -> float:
    """Bytes by which the disk is fuller after so many cells, told their number as `n`."""
    before = saver.kept()
    for number in range(cells):
        saver.run(f"n = {number}\n{cell}")
    return saver.kept() - before


def restore(saver: Saver, check: str) -> float:
    """Seconds until all variables are back, which the check then looks at."""
    taken = saver.restore()
    saver.run(check)
    return taken


def undo(saver: Saver, cell: str) -> float:
    """Seconds until the variables are again what they were before a cell."""
    assert isinstance(saver, Undoer)
    saver.run(cell)
    return saver.undo()
