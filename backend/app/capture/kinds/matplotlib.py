"""Matplotlib figures: shown in place, each once, closed with the cell that opened them.

While a cell runs, pyplot keeps that cell's figures apart from everybody else's, draws with Agg
whatever backend was asked for, and shows by publishing. Interactive mode makes no difference:
figures made after `plt.ioff()` are shown, too. Outside of cells pyplot is what it was.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping
from traceback import format_exception_only
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ...models.outputs import MimeBundle
from ...runtime.binding import bind
from ...runtime.execution import Execution, running
from ...settings import Settings
from ..figure_drawing import draw
from ..registry import Kind, Renderer

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.backend_bases import FigureManagerBase
    from matplotlib.figure import Figure

    Managers = OrderedDict[Any, FigureManagerBase]

_OPEN = "matplotlib.open"
_SHOWN = "matplotlib.shown"


def render(figure: Figure, settings: Settings) -> MimeBundle:
    """The figure as it is now; it is not shown again at the end of the cell unless it changes."""
    bundle = draw(figure, settings)
    execution = running()
    if execution is not None:
        _shown(execution)[figure] = _fingerprint(bundle)
    return bundle


def render_owner(part: Artist, settings: Settings) -> MimeBundle:
    """The figure that this part belongs to; only the part's repr if it was already shown so."""
    figure = part.get_figure(root=True)
    execution = running()
    if figure is None or (execution is not None and _is_up_to_date(execution, figure)):
        return MimeBundle(data={"text/plain": repr(part)})
    return render(figure, settings)


def show(*_: Any, **__: Any) -> None:
    """`plt.show()`: publish the cell's open figures that were not shown as they are; close all.

    The same at the end of the cell.
    """
    execution = running()
    if execution is None:
        return
    managers = _open(execution)
    for number in list(managers):
        manager = managers.pop(number, None)
        if manager is None:  # another thread of this cell shows it
            continue
        try:
            _publish(execution, manager.canvas.figure, number, again=False)
        finally:
            _close(manager)


def _show_one(figure: Figure, *_: Any, **__: Any) -> None:
    """`figure.show()`: publish it and leave it open."""
    execution = running()
    if execution is not None:
        manager = figure.canvas.manager
        _publish(execution, figure, manager.num if manager else "without number", again=True)


def _publish(execution: Execution, figure: Figure, number: object, *, again: bool) -> None:
    try:
        if again or not _is_up_to_date(execution, figure):
            execution.publish(render(figure, execution.settings))
    except Exception as error:
        reason = " ".join("".join(format_exception_only(error)).split())
        execution.note(f"Figure {number} could not be drawn: {reason}")
    except BaseException:
        execution.note(f"Figure {number} could not be drawn: interrupted")
        raise


def _close(manager: FigureManagerBase) -> None:
    from matplotlib._pylab_helpers import Gcf

    Gcf.destroy(manager)


def _open(execution: Execution) -> Managers:
    """Figure managers that this cell's pyplot knows, the active one last."""
    managers: Managers = execution.scratch.setdefault(_OPEN, OrderedDict())
    return managers


def _shown(execution: Execution) -> WeakKeyDictionary[Figure, int]:
    """The figures this cell has shown, and what each looked like then."""
    figures: WeakKeyDictionary[Figure, int]
    figures = execution.scratch.setdefault(_SHOWN, WeakKeyDictionary())
    return figures


def _fingerprint(bundle: MimeBundle) -> int:
    return hash(tuple(map(str, bundle.data.values())))


def _is_up_to_date(execution: Execution, figure: Figure) -> bool:
    """Whether the figure was shown as it is; merely reading it may make it stale, too."""
    looked = _shown(execution).get(figure)
    return looked is not None and (
        not figure.stale or looked == _fingerprint(draw(figure, execution.settings))
    )


class _OpenFigures:
    """Stands in for `Gcf.figs`, where pyplot keeps its figures: each cell has its own."""

    def __init__(self, hosts: Managers) -> None:
        self._hosts = hosts

    def __get__(self, instance: object, owner: type) -> Managers:
        execution = running()
        return self._hosts if execution is None else _open(execution)


def _new_manager(number: Any, figure: Figure) -> FigureManagerBase:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    return FigureCanvasAgg.new_manager(figure, number)


def _new_figure(number: Any, *args: Any, **kwargs: Any) -> FigureManagerBase:
    from matplotlib.figure import Figure

    figure_class = kwargs.pop("FigureClass", Figure)
    return _new_manager(number, figure_class(*args, **kwargs))


def _nothing(*_: Any, **__: Any) -> None:
    """Choosing a backend, opening a window: nothing to do in a cell."""


def _backend_of_cells() -> SimpleNamespace:
    """What pyplot calls a backend module."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    return SimpleNamespace(
        FigureCanvas=FigureCanvasAgg,
        new_figure_manager=_new_figure,
        new_figure_manager_given_figure=_new_manager,
        draw_if_interactive=_nothing,
        show=show,
    )


def _agg(**_: Any) -> str:
    return "agg"


def _bind_matplotlib(matplotlib: ModuleType) -> None:
    bind(matplotlib, "use", _nothing)
    bind(matplotlib, "get_backend", _agg)


def _bind_figure(figure: ModuleType) -> None:
    bind(figure.Figure, "show", _show_one)


def _bind_registry(pylab_helpers: ModuleType) -> None:
    figures = vars(pylab_helpers.Gcf)["figs"]
    if not isinstance(figures, _OpenFigures):
        pylab_helpers.Gcf.figs = _OpenFigures(figures)


def _bind_pyplot(pyplot: ModuleType) -> None:
    bind(pyplot, "_get_backend_mod", _backend_of_cells)
    bind(pyplot, "switch_backend", _nothing)
    # Hooks of IPython's that redraw figures after each cell, once for the whole process.
    bind(pyplot, "install_repl_displayhook", _nothing)
    bind(pyplot, "uninstall_repl_displayhook", _nothing)
    bind(pyplot, "get_backend", _agg)
    # A window would be updated here; the figure stays open and is shown as it ends up.
    bind(pyplot, "pause", time.sleep)


def _renderers(library: ModuleType) -> Mapping[type, Renderer]:
    from matplotlib.axes import Axes

    return {library.Figure: render, library.SubFigure: render_owner, Axes: render_owner}


KIND = Kind(
    library="matplotlib.figure",
    renderers=_renderers,
    when_imported={
        "matplotlib": _bind_matplotlib,
        "matplotlib.figure": _bind_figure,
        "matplotlib._pylab_helpers": _bind_registry,
        "matplotlib.pyplot": _bind_pyplot,
    },
    at_cell_end=show,
)
