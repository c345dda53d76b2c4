"""NumPy arrays: the text that NumPy writes; of records also their fields, for a table viewer."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ...models.outputs import MimeBundle
from ...settings import Settings
from ..registry import Kind, Renderer
from ..sheets import read_records
from ..table_schema import (
    DATA_RESOURCE,
    NUMPY_TYPES,
    data_resource,
    table_metadata,
    type_of_objects,
)
from ..tables import is_table
from .matplotlib import render_owner

if TYPE_CHECKING:
    import numpy as np


def render(array: np.ndarray[Any, Any], settings: Settings) -> MimeBundle:
    """Nothing beside the repr, which NumPy's print options bound, unless the array is a table.

    No array is taken for a picture: nothing in it says that it is one.
    """
    if not is_table(array):
        return _of_first_axes(array, settings)
    corner = read_records(array, settings.table_rows, settings.table_columns)
    fields = [
        {"type": NUMPY_TYPES.get(dtype.kind) or type_of_objects(values)}
        for dtype, values in zip(corner.dtypes, corner.values, strict=True)
    ]
    return MimeBundle(
        data={DATA_RESOURCE: data_resource(corner, fields)},
        metadata=table_metadata("numpy", corner),
    )


def _of_first_axes(array: np.ndarray[Any, Any], settings: Settings) -> MimeBundle:
    """The figure behind an array of Axes, which is what `df.hist()` and `plt.subplots()` return."""
    matplotlib = sys.modules.get("matplotlib.axes")
    if matplotlib is None or array.dtype != object or not array.size:
        return MimeBundle()
    first = array.flat[0]
    if not isinstance(first, matplotlib.Axes):
        return MimeBundle()
    bundle = render_owner(first, settings)
    plain = {"text/plain": repr(array)}
    return MimeBundle(data={**bundle.data, **plain}, metadata=bundle.metadata)


def _renderers(numpy: ModuleType) -> Mapping[type, Renderer]:
    return {numpy.ndarray: render}


KIND = Kind(library="numpy", renderers=_renderers)
