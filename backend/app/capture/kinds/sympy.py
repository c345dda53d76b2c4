"""SymPy expressions and matrices: two-dimensional text, and LaTeX for what can typeset it."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from ...models.outputs import MimeBundle
from ...settings import Settings
from ..registry import Kind, Renderer

PRETTY_LIMIT = 20_000
"""Characters of LaTeX above which the text is written in one line: laying it out takes minutes."""


def render(value: Any, _settings: Settings) -> MimeBundle:
    r"""The expression as text and as `$\displaystyle …$`."""
    from sympy import pretty

    latex = value._repr_latex_()
    short = latex is None or len(latex) <= PRETTY_LIMIT
    shown = {"text/latex": latex, "text/plain": pretty(value, use_unicode=True) if short else None}
    return MimeBundle(data={mime: text for mime, text in shown.items() if text})


def _renderers(helpers: ModuleType) -> Mapping[type, Renderer]:
    return {helpers.Printable: render}


KIND = Kind(library="sympy.core._print_helpers", renderers=_renderers)
