from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from .conftest import Show


@pytest.mark.parametrize(
    "array",
    [
        np.arange(3),
        np.zeros((100, 100, 3), dtype=np.uint8),
        np.arange(10**6),
        np.array(["a", None], dtype=object),
        np.ma.masked_equal([1, 2], 1),
        np.array(1.5),
        np.array([], dtype=object),
    ],
    ids=["numbers", "like a picture", "long", "objects", "masked", "without axes", "empty"],
)
def test_an_array_is_its_repr(show: Show, array: Any) -> None:
    """An array is the text that NumPy writes, and never guessed to be a picture."""
    import matplotlib.axes  # noqa: F401  whose arrays are the only ones that are more

    assert show(array).data == {"text/plain": repr(array)}


def test_records_are_a_table_too(show: Show) -> None:
    """An array of records has its fields as columns beside its text."""
    records = np.array([(1, "x"), (2, "y")], dtype=[("n", "i4"), ("s", "U1")])
    bundle: Any = show(records)
    resource = bundle.data["application/vnd.dataresource+json"]
    assert bundle.data["text/plain"] == repr(records)
    assert resource["data"] == [{"n": 1, "s": "x"}, {"n": 2, "s": "y"}]
    assert [field["type"] for field in resource["schema"]["fields"]] == ["integer", "string"]
