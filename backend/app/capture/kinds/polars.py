"""polars frames: HTML as polars writes it, and the data itself for a table viewer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ...models.outputs import MimeBundle
from ...settings import Settings
from ..registry import Kind, Renderer
from ..render import as_mime_value
from ..sheets import Corner, read_lazy, read_polars, read_polars_series
from ..table_schema import DATA_RESOURCE, Field, data_resource, table_metadata

if TYPE_CHECKING:
    import polars as pl

_TYPES: tuple[tuple[str, Callable[[Any], bool]], ...] = (
    ("integer", lambda dtype: dtype.is_integer()),
    ("number", lambda dtype: dtype.is_float()),
    ("array", lambda dtype: dtype.is_nested() and not hasattr(dtype, "fields")),
    ("object", lambda dtype: dtype.is_nested()),
)
_NAMED_TYPES = {
    "Boolean": "boolean",
    "Date": "date",
    "Datetime": "datetime",
    "Duration": "duration",
    "Time": "time",
    "Object": "any",
    "Null": "any",
}
"""A polars type -> Table Schema's name; the others are said as text."""


def render_frame(frame: pl.DataFrame, settings: Settings) -> MimeBundle:
    """HTML of a DataFrame, cut as the user's `pl.Config` says, and its data."""
    return _bundle(frame, read_polars(frame, settings.table_rows, settings.table_columns))


def render_series(series: pl.Series, settings: Settings) -> MimeBundle:
    """HTML of a Series, and its data as a table of one column."""
    return _bundle(series, read_polars_series(series, settings.table_rows, settings.table_columns))


def render_lazy(frame: pl.LazyFrame, settings: Settings) -> MimeBundle:
    """A LazyFrame's plan and the columns it will have; nothing is computed."""
    return _bundle(frame, read_lazy(frame, settings.table_rows, settings.table_columns))


def _bundle(value: Any, corner: Corner) -> MimeBundle:
    data = {DATA_RESOURCE: data_resource(corner, [_field(dtype) for dtype in corner.dtypes])}
    # Libraries that show tables in their own way take the method away from Series.
    if html := getattr(value, "_repr_html_", None):
        data["text/html"] = as_mime_value("text/html", html())
    return MimeBundle(data=data, metadata=table_metadata("polars", corner))


def _field(dtype: Any) -> Field:
    for name, holds in _TYPES:
        if holds(dtype):
            return {"type": name}
    return {"type": _NAMED_TYPES.get(str(dtype.base_type()), "string")}


def _renderers(polars: ModuleType) -> Mapping[type, Renderer]:
    return {
        polars.DataFrame: render_frame,
        polars.Series: render_series,
        polars.LazyFrame: render_lazy,
    }


KIND = Kind(library="polars", renderers=_renderers)
