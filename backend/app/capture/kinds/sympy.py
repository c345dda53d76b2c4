"""SymPy expressions and matrices: their text in one line as in Jupyter, and LaTeX."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from ...models.outputs import MimeBundle
from ...settings import Settings
from ..registry import Kind, Renderer


def render(value: Any, _settings: Settings) -> MimeBundle:
    r"""The expression as `$\displaystyle …$`, where it can be typeset."""
    latex = value._repr_latex_()
    return MimeBundle(data={"text/latex": latex} if latex else {})


def _renderers(helpers: ModuleType) -> Mapping[type, Renderer]:
    return {helpers.Printable: render}


KIND = Kind(library="sympy.core._print_helpers", renderers=_renderers)
