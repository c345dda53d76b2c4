from __future__ import annotations

import pandas as pd
import pytest

from nbengine.policy.expressions import check_formula, check_query
from nbengine.policy.refusal import ReadOnlyError

pd.DataFrame()  # the queries are read as it reads them


@pytest.mark.parametrize(
    "query",
    [
        "a > 1",
        "a > @limit and b != 'x y'",
        "`body mass` < 3 | ~(a == b)",
        "a in [1, 2, 3] and b not in @names",
        "1 < a <= 5",
        "index % 2 == 0",
        "sqrt(a) + sin(b) > 0",
        "name.str.contains('x').values"[: -len(".values")],
        "day.dt.year == 2024",
        "a == a.max()",
        "c = a + b\nd = c * 2",
        "-a ** 2 // 3 < 4",
        "ä > 1",
    ],
)
def test_query_that_compares_and_computes_passes(query: str) -> None:
    """Columns, constants, variables, operators, and methods that only compute."""
    check_query(query)


@pytest.mark.parametrize(
    "query",
    [
        "@df.to_csv('x')",
        "@os.system('x')",
        "@x.real > 1",
        "@f(1)",
        "a.to_csv('x')",
        "a.__class__",
        "__import__('os')",
        "open('x')",
        "a[0]",
        "[x for x in a]",
        "lambda: 1",
        "f'{a}'",
        "a if b else c",
        "{'a': 1}",
        "a.str.to_csv('x')",
        "x.y = 3",
        "(y := 3)",
        "import os",
        "a >",
        "a > '",
        "",
        "`a",
    ],
)
def test_query_that_does_more_is_refused(query: str) -> None:
    """Calls of variables, attributes that do not compute, and what cannot be read."""
    if query == "":
        check_query(query)  # which pandas refuses itself
        return
    with pytest.raises(ReadOnlyError, match="query"):
        check_query(query)


def test_query_has_to_be_plain_text() -> None:
    """A subclass of `str` could say something else the next time."""

    class Word(str):
        pass

    with pytest.raises(ReadOnlyError):
        check_query(Word("a > 1"))


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ x",
        "y ~ x + z - 1",
        "np.log(y) ~ I(x ** 2) + C(group, Treatment('a'))",
        "y ~ a:b + a*b",
        "~ x",
        "y ~ Q('body mass')",
        "y ~ bs(x, df=4, degree=3)",
        "y ~ (a + b) ** 2",
        "0 + C(g)",
        "y ~ x / scale",
    ],
)
def test_formula_of_columns_passes(formula: str) -> None:
    """Names, operators, and the functions that formulas are made with."""
    check_formula(formula)


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ open('x')",
        "y ~ __import__('os').system('x')",
        "y ~ np.save('x', y)",
        "y ~ np.lib.format.open_memmap('x')",
        "y ~ x.to_csv('x')",
        "y ~ [f for f in x][0]",
        "y ~ (lambda: 1)()",
        "y ~ df['x']",
        "y ~ f'{x}'",
        "y ~ C(x",
    ],
)
def test_formula_that_runs_code_is_refused(formula: str) -> None:
    """Patsy would evaluate it in the cell's namespace."""
    with pytest.raises(ReadOnlyError, match="formula"):
        check_formula(formula)
