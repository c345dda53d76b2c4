"""HoloViews' elements, and so hvplot's: the plot that their backend makes, also offline.

Of a plot that has sliders the first frame is shown, since nobody would answer them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from ...models.outputs import MimeBundle
from ...settings import Settings
from ..registry import Kind, Renderer
from . import bokeh, matplotlib, plotly

_BACKENDS: Mapping[str, Renderer] = {
    "bokeh": bokeh.render,
    "matplotlib": matplotlib.render,
    "plotly": lambda figure, settings: plotly.render(_plotly_figure(figure), settings),
}


def render(element: Any, settings: Settings) -> MimeBundle:
    """The plot as Bokeh, Matplotlib or Plotly shows it; nothing beside the text without one."""
    from holoviews import Store

    backend = Store.current_backend
    if backend not in _BACKENDS or not _is_drawn(element, backend):
        return MimeBundle(data={})
    plot = Store.renderers[backend].get_plot_state(element)
    shown = _BACKENDS[backend](plot, settings)
    return MimeBundle(data={**shown.data, "text/plain": repr(element)}, metadata=shown.metadata)


def _is_drawn(element: Any, backend: str) -> bool:
    """Whether the backend is loaded and draws such an element; of a map it draws the frames."""
    from holoviews import HoloMap, Store

    drawn = Store.registry.get(backend, {})
    return bool(drawn) and (type(element) in drawn or isinstance(element, HoloMap))


def _plotly_figure(figure: Any) -> Any:
    from plotly.graph_objects import Figure

    return Figure(figure)


def _renderers(dimension: ModuleType) -> Mapping[type, Renderer]:
    return {dimension.Dimensioned: render}


KIND = Kind(library="holoviews.core.dimension", renderers=_renderers)
