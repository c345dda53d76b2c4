"""Matplotlib figures: shown in place, each once, at the latest at the end of their cell.

While a cell runs, pyplot keeps its notebook's figures apart from everybody else's, draws with Agg
whatever backend was asked for, and shows by publishing. Outside of cells pyplot is what it was.
"""

from __future__ import annotations

import time
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
from ..open_figures import (
    OpenFigures,
    are_closed,
    await_figure,
    awaited,
    begin_drawing,
    open_figures,
)
from ..registry import Kind, Renderer

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.backend_bases import FigureManagerBase
    from matplotlib.figure import Figure

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
    """`plt.show()`: publish the open figures that this cell has not shown as they are; close all.

    They stay open where `InlineBackend.close_figures` is off.
    """
    execution = running()
    if execution is None:
        return
    managers, closed = open_figures(execution), are_closed(execution)
    for number in list(managers):
        manager = managers.pop(number, None) if closed else managers.get(number)
        if manager is None:  # another thread of this cell shows it
            continue
        try:
            _publish(execution, manager.canvas.figure, number, again=False)
        finally:
            if closed:
                _close(manager)
    awaited(execution).clear()


def show_awaited() -> None:
    """At the end of a cell: show all if it made a figure in interactive mode; close them.

    Where figures stay open, only those that the cell made.
    """
    execution = running()
    if execution is None or not (figures := awaited(execution)):
        return
    if are_closed(execution):
        show()
        return
    for number, manager in list(open_figures(execution).items()):
        if manager.canvas.figure in figures:
            _publish(execution, manager.canvas.figure, number, again=False)


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


def _new_manager(number: Any, figure: Figure) -> FigureManagerBase:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    await_figure(figure)
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

    begin_drawing()
    return SimpleNamespace(
        FigureCanvas=FigureCanvasAgg,
        new_figure_manager=_new_figure,
        new_figure_manager_given_figure=_new_manager,
        draw_if_interactive=_nothing,
        show=show,
    )


def _backend_of_jupyter(**_: Any) -> str:
    """What code looks for to know that figures are shown below the cell."""
    return "module://matplotlib_inline.backend_inline"


def _bind_matplotlib(matplotlib: ModuleType) -> None:
    bind(matplotlib, "use", _nothing)
    bind(matplotlib, "get_backend", _backend_of_jupyter)


def _bind_figure(figure: ModuleType) -> None:
    bind(figure.Figure, "show", _show_one)


def _bind_registry(pylab_helpers: ModuleType) -> None:
    figures = vars(pylab_helpers.Gcf)["figs"]
    if not isinstance(figures, OpenFigures):
        pylab_helpers.Gcf.figs = OpenFigures(figures)


def _bind_pyplot(pyplot: ModuleType) -> None:
    bind(pyplot, "_get_backend_mod", _backend_of_cells)
    bind(pyplot, "switch_backend", _nothing)
    # Hooks of a terminal's that redraw figures after each input, once for the whole process.
    if running() is not None:
        pyplot.uninstall_repl_displayhook()
    bind(pyplot, "install_repl_displayhook", _nothing)
    bind(pyplot, "uninstall_repl_displayhook", _nothing)
    bind(pyplot, "get_backend", _backend_of_jupyter)
    # A window would be updated here; the figure stays open and is shown as it ends up.
    bind(pyplot, "pause", time.sleep)


def _inline_backend(**_: Any) -> Any:
    """The options that the notebook has chosen for its own figures."""
    execution = running()
    assert execution is not None
    assert execution.bridge is not None
    return execution.bridge.shell.inline_backend


def _choose_formats(_shell: Any, formats: Any, **options: Any) -> None:
    """`set_matplotlib_formats(...)`."""
    chosen = _inline_backend()
    chosen.figure_formats = {formats} if isinstance(formats, str) else set(formats)
    chosen.print_figure_kwargs = {**chosen.print_figure_kwargs, **options}


def _bind_formats(pylabtools: ModuleType) -> None:
    bind(pylabtools, "select_figure_formats", _choose_formats)


def _bind_options(config: ModuleType) -> None:
    bind(config.InlineBackend, "instance", _inline_backend)


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
        "IPython.core.pylabtools": _bind_formats,
        "matplotlib_inline.config": _bind_options,
    },
    at_cell_end=show_awaited,
)
