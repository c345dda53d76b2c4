from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.policy.attributes import read_any
from nbengine.policy.refusal import ReadOnlyError
from nbengine.policy.text_format import SafeFormat, check_template

VALUES: dict[str, Any] = {"a": 3.14159, "b": "text", "c": SimpleNamespace(d={"e": [7]})}


def _format(text: str, *args: Any, **kwargs: Any) -> str:
    return SafeFormat(read_any).method(text, "format")(*args, **kwargs)


@given(
    st.lists(
        st.sampled_from(
            ["{}", "{:>8}", "{{", "}}", "x", "{a:.2f}", "{b!r:^9}", "{c.d[e][0]}", "{a:{w}}"]
        )
    )
)
def test_formats_as_strings_do(parts: list[str]) -> None:
    """Fields, conversions, widths in fields, items and public attributes."""
    text = "".join(parts)
    args = list(range(len(parts)))
    assert _format(text, *args, w=9, **VALUES) == text.format(*args, w=9, **VALUES)


@pytest.mark.parametrize("text", ["{0.__class__.__mro__}", "{0.f_globals}", "{x.__code__}"])
def test_private_attributes_are_refused(text: str) -> None:
    """A field may lead no further than an expression of the cell."""
    with pytest.raises(ReadOnlyError):
        _format(text, 1, x=print)


def test_stands_for_each_form_of_the_method() -> None:
    """Bound and unbound, `format` and `format_map`."""
    safe = SafeFormat(read_any)
    assert safe.method("{a}", "format_map")({"a": 1}) == "1"
    assert safe.method(str, "format")("{}", 1) == "1"
    assert safe.method(str, "format_map")("{a}", {"a": 1}) == "1"


@pytest.mark.parametrize(
    "text", ["{:.2f}", "{x:,.0f} {{}}", "{l_bar}{bar}|{n:{width}}", "{", "a.b"]
)
def test_templates_that_name_values_pass(text: str) -> None:
    """Fields with names, numbers and formats; and what is no template at all."""
    check_template(text)


@pytest.mark.parametrize("text", ["{x.real}", "{0[a]}", "{:{w.__class__}}", "{.x}"])
def test_templates_that_look_into_values_are_refused(text: str) -> None:
    """A library that formats for a cell reads without guards, so it may not read at all."""
    with pytest.raises(ReadOnlyError, match="in a text to be formatted"):
        check_template(text)
