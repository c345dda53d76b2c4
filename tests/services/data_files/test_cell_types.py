from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.services.data_files.cell_types import STYLES, NumberStyle, type_of


@pytest.mark.parametrize(
    "values, expected",
    [
        (["1", "-2", "+3", "0"], "integer"),
        (["1", "2.5", "-.5", "3e-7", "inf"], "number"),
        (["007", "12"], "text (digits with leading zeros)"),
        (["1,5", "2"], "number"),
        (["true", "False", "NO"], "boolean"),
        (["2024-01-01", "2024-1-2"], "date"),
        (["31.12.2024", "01.01.25"], "date"),
        (["12:30", "23:59:59.5"], "time"),
        (["2024-01-01T12:00:00Z", "2024-01-01 12:00:00+02:00"], "datetime"),
        (["2024-01-01", "x"], "text"),
        (["", "NA", "null", " "], "empty"),
        (["1", "", "NaN"], "integer"),
        (["1.2.3", "4.5.6"], "text"),
        (["١٢"], "text"),
    ],
)
def test_a_column_is_what_all_its_cells_are(values: list[str], expected: str) -> None:
    """Missing cells say nothing."""
    assert type_of(values).name == expected


@given(st.floats(-1e9, 1e9).map(lambda number: round(number, 2)), st.sampled_from(STYLES))
def test_a_number_is_read_as_it_was_written(number: float, style: NumberStyle) -> None:
    """In every style the digits give the number back."""
    signs = {ord(","): style.thousands or "", ord("."): style.decimal}
    text = f"{number:,.2f}".translate(signs)
    assert style.matches(text)
    assert style.value(text) == number
