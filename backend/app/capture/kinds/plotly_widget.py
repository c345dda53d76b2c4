"""Plotly's `FigureWidget`: shown as the figure it is, since no widget lives outside of Jupyter."""

from __future__ import annotations

from types import ModuleType

from ...runtime.binding import bind
from ..registry import Kind
from .plotly import render, show


def _bind_show(library: ModuleType) -> None:
    bind(library.BaseFigureWidget, "show", show)


KIND = Kind(
    library="plotly.basewidget",
    renderers=lambda library: {library.BaseFigureWidget: render},
    when_imported={"plotly.basewidget": _bind_show},
)
