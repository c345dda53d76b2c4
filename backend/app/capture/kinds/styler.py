"""pandas Stylers: the HTML that the user styled, and the data behind it."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING

from ...models.outputs import MimeBundle
from ...settings import Settings
from ..registry import Kind, Renderer
from ..sheets import read_pandas
from .pandas import own_reprs, table_bundle

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler


def render(styler: Styler, settings: Settings) -> MimeBundle:
    """The Styler's own HTML (or LaTeX, if the user's options say so) and its unstyled data."""
    frame = styler.data  # type: ignore[attr-defined]
    corner = read_pandas(frame, settings.table_rows, settings.table_columns, default_index=True)
    return table_bundle(own_reprs(styler), corner, frame.index)


def _renderers(style: ModuleType) -> Mapping[type, Renderer]:
    return {style.Styler: render}


KIND = Kind(library="pandas.io.formats.style", renderers=_renderers)
