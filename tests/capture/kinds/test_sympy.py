from __future__ import annotations

from typing import Any

import pytest
import sympy

from .conftest import Show

x = sympy.Symbol("x")


def test_an_expression_is_its_repr_and_latex(show: Show) -> None:
    """An expression reads in one line in a terminal, and is typeset elsewhere."""
    assert show(x**2 / 2).data == {
        "text/plain": "x**2/2",
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
    assert data["text/plain"] == repr(value)


def test_what_typesets_can_be_chosen(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where `init_printing` put pictures in place of LaTeX, those are shown."""
    monkeypatch.setattr(sympy.Basic, "_repr_latex_", lambda _: None)
    monkeypatch.setattr(sympy.Basic, "_repr_png_", lambda _: b"picture")
    assert show(x).data == {"text/plain": "x", "image/png": "cGljdHVyZQ=="}
