from __future__ import annotations

from typing import Any

import pytest
import sympy

from .conftest import Show

x = sympy.Symbol("x")


def test_an_expression_is_text_in_two_dimensions_and_latex(show: Show) -> None:
    """An expression reads as on paper in a terminal, and as LaTeX elsewhere."""
    assert show(x**2 / 2).data == {
        "text/plain": " 2\nx \n──\n2 ",
        "text/latex": r"$\displaystyle \frac{x^{2}}{2}$",
    }


@pytest.mark.parametrize(
    "value",
    [
        sympy.Matrix([[1, x]]),
        sympy.ImmutableMatrix([[1]]),
        sympy.Integral(sympy.sin(x), x),
        sympy.Eq(x, 1),
        sympy.Integer(3),
        sympy.Array([1, 2]),
        sympy.FiniteSet(1, 2),
        sympy.true,
    ],
    ids=lambda value: type(value).__name__,
)
def test_everything_that_sympy_prints_has_latex(show: Show, value: Any) -> None:
    """Matrices, integrals, equations, numbers, arrays, sets and truths are typeset."""
    data = show(value).data
    assert str(data["text/latex"]).startswith(r"$\displaystyle ")
    assert data["text/plain"] == sympy.pretty(value, use_unicode=True)


def test_a_vast_expression_is_written_in_one_line(show: Show) -> None:
    """An expression that would take minutes to lay out is its repr instead."""
    vast = sympy.Add(*[sympy.Symbol(f"x{n}") ** n for n in range(3000)])
    data = show(vast).data
    assert data["text/plain"] == repr(vast)
