"""SymPy expressions and matrices: their text in one line as in Jupyter, and what typesets them."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from ...models.outputs import MimeBundle
from ...settings import Settings
from ..registry import Kind, Renderer
from ..render import as_mime_value

_FORMS = {
    "text/latex": "_repr_latex_",
    "image/png": "_repr_png_",
    "image/svg+xml": "_repr_svg_",
}
"""MIME type -> SymPy's method for it; `init_printing` chooses which of them answer."""


def render(value: Any, _settings: Settings) -> MimeBundle:
    r"""The expression as `$\displaystyle …$` or as a picture, where it can be typeset."""
    answers = {mime: getattr(value, method)() for mime, method in _FORMS.items()}
    return MimeBundle(data={m: as_mime_value(m, answer) for m, answer in answers.items() if answer})


def _renderers(helpers: ModuleType) -> Mapping[type, Renderer]:
    return {helpers.Printable: render}


KIND = Kind(library="sympy.core._print_helpers", renderers=_renderers)
