"""One pass over a cell's tree, in the order in which it runs."""

from __future__ import annotations

from functools import lru_cache

from .branches import Branches
from .calls import Calls
from .cell_names import NOTHING, CellNames
from .definitions import Definitions
from .python_of_cell import tree_of

_REMEMBERED = 8192
_UNREADABLE = frozenset(("syntax",))


class _Reader(Calls, Branches, Definitions):
    """Collects what a cell's top level does, and what the functions do that it defines."""


@lru_cache(_REMEMBERED)
def reads_and_writes(source: str) -> CellNames:
    """The names of a cell: which it reads, binds, may change in place; nothing of it runs.

    What is no Python, IPython's syntax included, has none, and says so in `unknown`.
    """
    tree = tree_of(source)
    if tree is None:
        return CellNames(unknown=_UNREADABLE)
    if not tree.body:
        return NOTHING
    reader = _Reader()
    try:
        reader.run(tree.body)
    except RecursionError:
        return CellNames(opaque=True, unknown=_UNREADABLE)
    return reader.names()
