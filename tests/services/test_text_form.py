from __future__ import annotations

from typing import Any

import pytest

from nbengine.services.text_form import text_form

NAMES_A_CLASS = "<IPython.core.display.Latex object>"


@pytest.mark.parametrize(
    "data, text",
    [
        ({"text/plain": "x**2", "text/latex": "$x^2$"}, "x**2"),
        ({"text/plain": NAMES_A_CLASS, "text/latex": "$x^2$"}, "$x^2$"),
        ({"text/plain": [NAMES_A_CLASS], "text/latex": ["$x\n", "$"]}, "$x\n$"),
        ({"text/plain": NAMES_A_CLASS, "application/json": {"a": "é"}}, '{\n  "a": "é"\n}'),
        ({"text/plain": "<object object at 0x1>"}, "<object object at 0x1>"),
        ({"text/plain": ["a\n", "b"]}, "a\nb"),
        ({"text/latex": "$x^2$"}, "$x^2$"),
        ({"text/plain": None}, "None"),
        ({"image/png": "AA=="}, ""),
        ({}, ""),
    ],
)
def test_the_text_that_says_most_is_taken(data: dict[str, Any], text: str) -> None:
    """Plain text, unless it only names a class and there is LaTeX or JSON."""
    assert text_form(data) == text
