"""Limits that stand in the call itself."""

from __future__ import annotations

import ast
import math
from textwrap import dedent

import numpy as np
import pytest
import scipy.optimize

from nbengine import ExecutionResult
from nbengine.capture.statistics.given_bounds import GivenBounds
from tests.conftest import Run

DATA = """
import math
import numpy as np
from scipy.optimize import curve_fit, least_squares, minimize
rng = np.random.default_rng(20)
t = np.linspace(0, 5, 60)
y = 2 * np.exp(-1.3 * t) + rng.normal(0, 0.01, 60)
def decay(t, a, k):
    return a * np.exp(-k * t)
def off(p):
    return (p[0] - 5) ** 4 + (p[1] - 1 / 3) ** 2
"""


def at_bound(result: ExecutionResult) -> list[str]:
    """Where the cell's estimates lie on their limits."""
    assert result.status == "ok", result.error
    found = [w.message for w in result.warnings if w.category == "estimate-at-bound"]
    return [message.removesuffix(".").rpartition("limit: ")[2] for message in found]


@pytest.mark.parametrize(
    "code, place",
    [
        ("popt, pcov = curve_fit(decay, t, y, bounds=([0, 0], [1.5, 10]))", "parameter 1 = 1.5"),
        ("popt, pcov = curve_fit(decay, t, y, bounds=(0, [np.inf, 1]))", "parameter 2 = 1"),
        (
            "popt, pcov = curve_fit(decay, t, y, p0=[3, 2], bounds=([2.5, 0], math.inf))",
            "parameter 1 = 2.5",
        ),
        (
            "popt, pcov = curve_fit(decay, t, y, bounds=(-np.inf, [1.5, np.inf]))",
            "parameter 1 = 1.5",
        ),
        (
            """
            lo, hi = [0, 0], np.array([9, 1.0])
            popt, pcov = curve_fit(decay, t, y, bounds=(lo, hi))
            """,
            "parameter 2 = 1",
        ),
        (
            """
            limits = ([0, 0], [1.5, 10])
            popt, pcov = curve_fit(decay, t, y, bounds=limits)
            """,
            "parameter 1 = 1.5",
        ),
        (
            """
            popt, *rest = curve_fit(decay, t, y, bounds=(0, [1.5, 9]))
            pcov = rest[0]
            """,
            "parameter 1 = 1.5",
        ),
        (
            """
            for top in (9, 1.5):
                if top:
                    popt, pcov = curve_fit(decay, t, y, bounds=([0, 0], [top, 9]))
            """,
            "parameter 1 = 1.5",
        ),
        (
            "fit = least_squares(lambda p: decay(t, *p) - y, [1, 1], bounds=([0, 0], [1.5, 9]))",
            "x 1 = 1.5",
        ),
        (
            "fit = minimize(off, [1, 1], bounds=[(None, 2), (0, None)], method='Nelder-Mead')",
            "x 1 = 2",
        ),
        (
            "fit = minimize(off, [1, 1], bounds=((-3, 2), (-math.inf, 9)), method='Powell')",
            "x 1 = 2",
        ),
    ],
)
def test_limits_in_the_call_are_known(run: Run, code: str, place: str) -> None:
    """Written there, or under names: an estimate that ends on them is found."""
    run(DATA)
    (found,) = at_bound(run(dedent(code)))
    assert found.startswith(place)


@pytest.mark.parametrize(
    "code",
    [
        "popt, pcov = curve_fit(decay, t, y, bounds=([0, 0], [9, 9]))",
        "popt, pcov = curve_fit(decay, t, y, bounds=(0, np.inf))",
        "popt, pcov = curve_fit(decay, t, y)",
        """
        first, other = curve_fit(decay, t, y, bounds=([0, 0], [1.5, 9]))
        popt, pcov = curve_fit(decay, t, y)
        """,
        "popt, pcov = curve_fit(decay, t, y, bounds=([0, 0], [2 - 0.5, 9]))",
        "popt, pcov = curve_fit(decay, t, y, bounds=([0, 0], [float('1.5'), 9]))",
        """
        def limits(): return [0, 0], [1.5, 9]
        popt, pcov = curve_fit(decay, t, y, bounds=limits())
        """,
        "fit = minimize(off, [1, 1], bounds=[(0, 9), (0, 9)], method='Powell')",
        "fit = minimize(lambda p: (p[0] - 1.9999) ** 2, [1], bounds=[(0, 2)], method='Powell')",
    ],
)
def test_without_a_limit_that_is_known_nothing_is_found(run: Run, code: str) -> None:
    """An estimate inside, another call's limits, and what would have to be run to be known."""
    run(DATA)
    assert at_bound(run(dedent(code))) == []


def test_nothing_of_the_users_runs(run: Run) -> None:
    """Looking at the bounds calls nothing and reads no attribute of the user's objects."""
    code = """
        class Odd:
            def __getattr__(self, name):
                print("looked at", name)
                raise AttributeError(name)
        odd = Odd()
        def fit(bounds):
            return np.array([1.0, 2.0]), np.eye(2)
        popt, pcov = fit(bounds=(odd, [odd, odd.inf if False else print("once") or 9]))
        """
    run("import numpy as np")
    result = run("if True:" + code)
    assert (result.status, result.stdout) == ("ok", "once\n")
    assert at_bound(result) == []


def of(code: str, name: str = "popt", **variables: object) -> object:
    return GivenBounds(ast.parse(code), variables).of(name)


def test_the_last_assignment_counts() -> None:
    """As in the cell: a later fit without bounds has none, a function's own names are others."""
    assert of("popt = f(bounds=1)\npopt = f(bounds=2)") == 2
    assert of("popt = f(bounds=1)\npopt = f()") is None
    assert of("popt = f(bounds=1)\npopt = 5") is None
    assert of("popt = f(bounds=1)\ndef g():\n    popt = f(bounds=2)\nclass C:\n    popt = 3") == 1
    assert of("a = popt = f(bounds=1)") == 1
    assert of("a.popt = f(bounds=1)\npopt[0] = f(bounds=1)\n() = f(bounds=1)") is None
    assert of("other = f(bounds=1)") is None
    assert GivenBounds(ast.parse("x[0] = f(bounds=1)"), {}).of("x") is None


def test_assignments_are_found_in_every_block() -> None:
    """Loops, branches, handlers, cases and contexts run in the cell's own scope."""
    blocks = (
        "for x in y:\n    pass\nelse:\n    {0}",
        "while x:\n    {0}",
        "if x:\n    pass\nelif y:\n    {0}",
        "with x:\n    {0}",
        "try:\n    pass\nexcept E:\n    {0}",
        "try:\n    pass\nfinally:\n    {0}",
        "match x:\n    case 1:\n        {0}",
    )
    for block in blocks:
        assert of(block.format("popt, pcov = f(bounds=7)")) == 7, block


def test_what_can_be_read_and_what_cannot() -> None:
    """Numbers, infinities, sequences and names of plain values; anything else is no limit."""
    limits = scipy.optimize.Bounds([0], [1])
    array = np.zeros(2)
    found = of(
        "popt = f(bounds=(1, -2.5, None, np.inf, -np.inf, [lo], array, limits))",
        np=np, lo=3.0, array=array, limits=limits,
    )  # fmt: skip
    assert found == [1, -2.5, None, math.inf, -math.inf, [3.0], array, limits]
    unknown = of(
        "popt = f(bounds=('1', nowhere, odd, odd.inf, np.nan, g(), 1 + 1, -None, -odd, b'', *lo))",
        np=np, odd=object(), lo=[1],
    )  # fmt: skip
    assert isinstance(unknown, list)
    assert len(unknown) == 11
    assert all(isinstance(one, float) and math.isnan(one) for one in unknown)


def test_a_long_expression_is_no_matter() -> None:
    """Ten thousand terms beside the call, or in its bounds, are never walked through."""
    many = "+".join(["x"] * 2000)
    assert of(f"popt = f({many}, bounds=1)") == 1
    assert math.isnan(of(f"popt = f(bounds={many})"))  # type: ignore[arg-type]
