"""NumPy arrays: the text that NumPy writes; of records also their fields, for a table viewer."""

from __future__ import annotations

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

if TYPE_CHECKING:
    import numpy as np


def render(array: np.ndarray[Any, Any], settings: Settings) -> MimeBundle:
    """Nothing beside the repr, which NumPy's print options bound, unless the array is a table.

    No array is taken for a picture: nothing in it says that it is one.
    """
    if not is_table(array):
        return MimeBundle()
    corner = read_records(array, settings.table_rows, settings.table_columns)
    fields = [
        {"type": NUMPY_TYPES.get(dtype.kind) or type_of_objects(values)}
        for dtype, values in zip(corner.dtypes, corner.values, strict=True)
    ]
    return MimeBundle(
        data={DATA_RESOURCE: data_resource(corner, fields)},
        metadata=table_metadata("numpy", corner),
    )


def _renderers(numpy: ModuleType) -> Mapping[type, Renderer]:
    return {numpy.ndarray: render}


KIND = Kind(library="numpy", renderers=_renderers)
