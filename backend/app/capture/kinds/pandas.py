"""pandas frames: text and HTML as pandas writes them, and the data itself for a table viewer."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ...models.outputs import MimeBundle
from ...settings import Settings
from ..json_cells import Cells
from ..registry import Kind, Renderer
from ..render import as_mime_value
from ..sheets import Corner, read_pandas, read_pandas_series
from ..table_schema import (
    DATA_RESOURCE,
    NUMPY_TYPES,
    Field,
    data_resource,
    table_metadata,
    type_of_objects,
)

if TYPE_CHECKING:
    import pandas as pd

ENUM_LIMIT = 100
"""Categories that a schema lists."""


def render_frame(frame: pd.DataFrame, settings: Settings) -> MimeBundle:
    """HTML and data of a DataFrame, the first cut as the user's options say."""
    corner = read_pandas(frame, settings.table_rows, settings.table_columns, default_index=True)
    return table_bundle(own_reprs(frame), corner, frame.index)


def render_series(series: pd.Series, settings: Settings) -> MimeBundle:
    """Text of a Series, and its data as a table of one column."""
    corner = read_pandas_series(
        series, settings.table_rows, settings.table_columns, default_index=True
    )
    return table_bundle({"text/latex": series._repr_latex_()}, corner, series.index)


def own_reprs(value: Any) -> dict[str, str | None]:
    """HTML and LaTeX as pandas makes them; None where the user's options want none."""
    return {"text/html": value._repr_html_(), "text/latex": value._repr_latex_()}


def table_bundle(shown: Mapping[str, str | None], corner: Corner, index: Any) -> MimeBundle:
    """What pandas shows of a table, leaving out what it does not want shown, and its data.

    The index is called the key of the rows if it is one for those that are written.
    """
    fields = [
        _field(dtype, values) for dtype, values in zip(corner.dtypes, corner.values, strict=True)
    ]
    resource = data_resource(corner, fields, key=index[: corner.rows].is_unique)
    data = {mime: as_mime_value(mime, text) for mime, text in shown.items() if text}
    return MimeBundle(
        data=data | {DATA_RESOURCE: resource}, metadata=table_metadata("pandas", corner)
    )


def _field(dtype: Any, values: list[Any]) -> Field:
    """What Table Schema says of a column, with pandas' own additions to it."""
    name = str(getattr(dtype, "name", dtype))
    if name == "category":
        return {"type": "any"} | _categories(dtype)
    field: dict[str, Any] = {"type": NUMPY_TYPES.get(dtype.kind) or type_of_objects(values)}
    if (zone := getattr(dtype, "tz", None)) is not None:
        return field | {"tz": getattr(zone, "key", None) or str(zone)}
    return field | ({} if hasattr(dtype, "num") else {"extDtype": name})


def _categories(dtype: Any) -> dict[str, Any]:
    categories = dtype.categories
    if len(categories) > ENUM_LIMIT:
        return {"ordered": dtype.ordered}
    enum = Cells().column(categories.tolist())
    return {"constraints": {"enum": enum}, "ordered": dtype.ordered}


def _renderers(pandas: ModuleType) -> Mapping[type, Renderer]:
    return {pandas.DataFrame: render_frame, pandas.Series: render_series}


KIND = Kind(library="pandas", renderers=_renderers)
