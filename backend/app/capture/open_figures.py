"""pyplot's open figures: each notebook has its own, and the host program the rest.

As with Jupyter's inline backend, a figure that is made while pyplot is interactive is shown at the
end of its cell, and then the open ones are closed; one that is made after `plt.ioff()` stays open
to later cells. The first figure of a notebook turns interactive mode on.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from ..runtime.execution import Execution, running

if TYPE_CHECKING:
    from matplotlib.backend_bases import FigureManagerBase
    from matplotlib.figure import Figure

    Managers = OrderedDict[Any, FigureManagerBase]

_OPEN = "matplotlib.open"
_AWAITED = "matplotlib.awaited"
_USED = "matplotlib.used"


class OpenFigures:
    """Stands in for `Gcf.figs`, where pyplot keeps its figures."""

    def __init__(self, hosts: Managers) -> None:
        self._hosts = hosts

    def __get__(self, instance: object, owner: type) -> Managers:
        execution = running()
        return self._hosts if execution is None else open_figures(execution)


def open_figures(execution: Execution) -> Managers:
    """Figure managers that the cell's pyplot knows, the active one last.

    A thread that goes on after its cell has figures of its own.
    """
    memory = execution.scratch if execution.is_over else execution.kept
    managers: Managers = memory.setdefault(_OPEN, OrderedDict())
    return managers


def awaited(execution: Execution) -> WeakSet[Figure]:
    """The figures that the end of the cell has to show."""
    figures: WeakSet[Figure] = execution.scratch.setdefault(_AWAITED, WeakSet())
    return figures


def await_figure(figure: Figure) -> None:
    """A figure was made; whether somebody waits for it to be shown is up to interactive mode."""
    from matplotlib import is_interactive

    execution = running()
    if execution is not None and is_interactive():
        awaited(execution).add(figure)


def begin_drawing() -> None:
    """Turn interactive mode on, the first time in a notebook."""
    from matplotlib import interactive

    execution = running()
    if execution is None or execution.is_over or _USED in execution.kept:
        return
    execution.kept[_USED] = True
    interactive(True)


def are_closed(execution: Execution) -> bool:
    """Whether showing figures closes them: `InlineBackend.close_figures` of the notebook."""
    shell = None if execution.bridge is None else execution.bridge.made
    return shell is None or bool(shell.inline_backend.close_figures)
