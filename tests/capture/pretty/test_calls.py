from __future__ import annotations

from typing import Any

import pytest
from IPython.lib.pretty import CallExpression, RawText, pretty

from nbengine.capture.pretty.calls import Call, Verbatim
from nbengine.capture.pretty.text import pretty_text

ARGUMENTS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((), {}),
    ((1, "two", [3]), {}),
    ((), {"first": 1, "second": ["x" * 40] * 3}),
    (("x" * 40, "y" * 40), {"self": 1, "function": {"a": "z" * 70}}),
]


@pytest.mark.parametrize("max_width", [79, 30, 1])
@pytest.mark.parametrize("number", range(len(ARGUMENTS)))
def test_a_call_is_broken_as_ipython_breaks_one(number: int, max_width: int) -> None:
    """Arguments stand below one another where they are too wide, names before their values."""
    args, kwargs = ARGUMENTS[number]
    factory = CallExpression.factory("module.function")  # type: ignore[no-untyped-call]
    call = factory(*args, **kwargs)
    expected = pretty([call], max_width=max_width)  # type: ignore[no-untyped-call]
    assert pretty_text([Call("module.function", *args, **kwargs)], max_width=max_width) == expected


def test_verbatim_text_is_no_string() -> None:
    """Text given as it is bears no quotes."""
    raw = RawText("0b11")  # type: ignore[no-untyped-call]
    assert pretty_text([Verbatim("0b11")]) == pretty_text([raw]) == "[0b11]"
