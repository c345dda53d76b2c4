"""Seaborn's grids: the figure that they are drawn on."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from ...models.outputs import MimeBundle
from ...settings import Settings
from ..registry import Kind, Renderer
from .matplotlib import render_owner


def render(grid: Any, settings: Settings) -> MimeBundle:
    """The grid's figure; only its repr if it was already shown so."""
    return render_owner(grid.figure, settings)


def _renderers(library: ModuleType) -> Mapping[type, Renderer]:
    return {library.Grid: render, library.JointGrid: render}


KIND = Kind(library="seaborn.axisgrid", renderers=_renderers)
