"""Rules on estimates and their intervals, in frames and in SciPy's fits."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import polars as pl
import pytest
import scipy.optimize
import scipy.stats
import statsmodels.formula.api as smf
from hypothesis import given
from hypothesis import strategies as st
from pandas import DataFrame, MultiIndex

from nbengine.capture.statistics.evidence import Column, Evidence, Interval, Origin
from nbengine.capture.statistics.rules import estimates
from nbengine.capture.statistics.scan import scan

from .conftest import Find


def decay(t: Any, a: Any, k: Any) -> Any:
    """An amplitude that falls at a rate."""
    return a * np.exp(-k * t)


@pytest.mark.parametrize("library", [DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_estimate_on_its_limit_is_found_in_a_frame(find: Find, library: Any) -> None:
    """The parameter is named from the column of terms, in either library."""
    frame = library(
        {"Parameter": ["ka", "V"], "Estimate": [10.0, 5.0], "Lower": [0.1, 1.0], "Upper": [10, 9]}
    )
    found = find(table=frame)
    assert found.keys() == {"estimate-at-bound"}
    assert "ka = 10 (upper limit)" in found["estimate-at-bound"].message
    assert found["estimate-at-bound"].count == 1


def test_estimate_near_its_limit_or_fixed_is_not_found(find: Find) -> None:
    """Close is not on it, and an interval without width is a parameter that was fixed."""
    near = DataFrame({"estimate": [9.99, 3.0], "lower": [0.1, 3.0], "upper": [10.0, 3.0]})
    assert find(near=near) == {}


def test_active_limits_of_an_optimiser_are_found(find: Find) -> None:
    """From the optimiser's own record, or from the variable `bounds` of the same cell."""

    def residuals(p: Any) -> Any:
        return [p[0] - 5, p[1] - 1]

    kept = scipy.optimize.least_squares(residuals, [1.0, 0.0], bounds=([0, -3], [2, 3]))
    assert "x 1 = 2 (upper limit)" in find(fit=kept)["estimate-at-bound"].message
    bounds = [(0, 2), (None, None)]
    result = scipy.optimize.minimize(lambda p: sum(np.square(residuals(p))), [1, 1], bounds=bounds)
    assert find(fit=result, bounds=bounds).keys() == {"estimate-at-bound"}
    objects = scipy.optimize.Bounds([0, -9], [2, 9])
    assert find(fit=result, bounds=objects).keys() == {"estimate-at-bound"}


@pytest.mark.parametrize("method", ["L-BFGS-B", "TNC"])
def test_limit_that_holds_an_optimum_back_is_found(find: Find, method: str) -> None:
    """A gradient at a round number shows it, whatever the cell called its limits."""

    def slope(x: Any) -> Any:
        return (x[0] + 1) ** 2 + (x[1] - 1 / 3) ** 2

    held = scipy.optimize.minimize(slope, [0.7, 0.7], bounds=[(0, 1)] * 2, method=method)
    message = find(fit=held)["estimate-at-bound"].message
    assert message.endswith("the estimate lies on its limit: x 1 = 0 (lower limit).")
    above = scipy.optimize.minimize(lambda x: -x[0], [0], bounds=[(0, 0.5)], method=method)
    assert "x = 0.5 (upper limit)" in find(fit=above)["estimate-at-bound"].message


def test_optimum_that_no_limit_holds_is_not_found(find: Find) -> None:
    """Round optima, rough objectives, large ones, and a gradient left by another constraint."""
    minimize = scipy.optimize.minimize
    sums = {"type": "eq", "fun": lambda x: x[0] + x[1] - 1}
    fits = {
        "round": minimize(lambda x: (x[0] - 1) ** 2, [0.2], bounds=[(0, 3)]),
        "large": minimize(lambda x: 1e6 + 1e6 * (x[0] - 1.7) ** 2, [0.2], bounds=[(0, 3)]),
        "offset": minimize(lambda x: 1e9 + (x[0] - 2) ** 2, [2], bounds=[(0, 3)]),
        "free": minimize(lambda x: (x[0] - 0.3) ** 4 + x[1] ** 2, [0.5, 2.0]),
        "constrained": minimize(lambda x: x[0] + x[1] ** 2, [0.0, 1.0], constraints=[sums]),
    }
    assert all(fit.success for fit in fits.values())
    for name, fit in fits.items():
        assert find(**{name: fit}) == {}, name


def test_inactive_or_foreign_limits_are_not_found(find: Find) -> None:
    """An optimum inside its limits, limits for another number of parameters, a linear program."""
    bounds = [(0, 20), (None, None)]
    inside = scipy.optimize.minimize(lambda p: (p[0] - 5) ** 2 + p[1] ** 2, [1, 1], bounds=bounds)
    assert find(fit=inside, bounds=bounds) == {}
    assert find(fit=inside, bounds=[(5, 20)]) == {}
    assert find(fit=inside, bounds="none") == {}
    assert find(program=scipy.optimize.linprog([1, 1], bounds=[(0, None)] * 2)) == {}


def test_variance_of_a_random_effect_at_zero_is_found(find: Find) -> None:
    """Groups that do not differ leave a mixed model at the boundary; groups that do, do not."""
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(10), 10)
    noise = rng.normal(size=100)
    same = DataFrame({"y": noise - noise.reshape(10, 10).mean(1)[group], "g": group})
    differing = DataFrame({"y": noise + 3 * rng.normal(size=10)[group], "g": group})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        at_zero = smf.mixedlm("y ~ 1", same, groups="g").fit()
        inside = smf.mixedlm("y ~ 1", differing, groups="g").fit()
    assert "estimate-at-bound" in find(at_zero=at_zero)
    assert find(inside=inside) == {}


@pytest.mark.parametrize("library", [DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_interval_the_wrong_way_round_is_found(find: Find, library: Any) -> None:
    """`CI lower` above `CI upper` cannot be, whatever the case and separators of the names."""
    frame = library({"term": ["a", "b"], "CI_Lower": [0.1, 3.0], "ci upper": [0.2, 2.0]})
    found = find(frame=frame)
    assert found.keys() == {"impossible-interval"}
    assert "b [3, 2]" in found["impossible-interval"].message


def test_lower_and_upper_of_something_else_are_not_found(find: Find) -> None:
    """Lower and upper jaws are no interval; missing ends are no finding; equal ends are one."""
    jaws = DataFrame({"lower": [3.0, 2.0], "upper": [2.0, 1.0]})
    open_ended = DataFrame({"estimate": [1.0, 1.0], "lower": [np.nan, 0.5], "upper": [2.0, np.inf]})
    assert find(jaws=jaws, open_ended=open_ended) == {}
    assert find(text=DataFrame({"estimate": ["a"], "ci_lower": ["x"], "ci_upper": ["b"]})) == {}


def test_negative_lower_end_of_a_declared_quantity_is_found(find: Find) -> None:
    """Declared in the frame's attrs, by row or by column, or in the call of the scan."""
    frame = DataFrame({"estimate": [2.0, 1.0], "ci_lower": [-0.5, -1.0], "ci_upper": [3.0, 2.0]})
    frame.index = ["clearance", "effect"]
    assert find(frame=frame) == {}
    frame.attrs["positive"] = ["clearance"]
    found = find(frame=frame)
    assert found.keys() == {"negative-lower-bound"}
    assert "clearance [-0.5, 3]" in found["negative-lower-bound"].message
    frame.attrs["positive"] = ["estimate"]
    assert find(frame=frame)["negative-lower-bound"].count == 2
    frame.attrs.clear()
    (warning,) = scan([], {"frame": frame}, declared_positive=["frame"])
    assert warning.count == 2


def test_non_negative_lower_end_of_a_declared_quantity_is_not_found(find: Find) -> None:
    """Zero is allowed, and so is an interval that is open below."""
    frame = DataFrame({"estimate": [2.0, 1.0], "ci_lower": [0.0, -np.inf], "ci_upper": [3.0, 2.0]})
    frame.attrs["positive"] = True
    assert find(frame=frame) == {}


@pytest.mark.parametrize(
    "columns",
    [
        {"cv": [0.2, 0.3, 1.2]},
        {"CV (%)": [20.0, 30.0, 120.0]},
        {"cv": [20.0, 30.0, 120.0]},
        {"RSE%": [20.0, 30.0, 120.0]},
        {"rse": [0.3, 0.5, 1.2]},
        {"mean": [2.0, -2.0, 2.0], "std": [2.0, 2.0, 2.4], "cv": [100.0, 100.0, 120.0]},
        {"mean": [2.0, -2.0, 2.0], "std": [2.0, 2.0, 2.4], "cv": [1.0, 1.0, 1.2]},
        {"estimate": [1.0, 1.0, -1.0], "se": [0.2, 0.3, 1.2]},
    ],
)
def test_variation_over_100_per_cent_is_found(find: Find, columns: dict[str, list[float]]) -> None:
    """Per cent is known by the name, by mean and spread beside it, else by the values' size."""
    found = find(frame=DataFrame(columns, index=["a", "b", "c"]))
    assert found.keys() == {"variation-over-100"}
    assert found["variation-over-100"].message.endswith(": c (120%).")


@pytest.mark.parametrize("values", [[0.3, 1.7], [1.2, 1.5, 1.7, 0.9], [0.1, 9.0]])
@pytest.mark.parametrize("name", ["cv", "rse"])
def test_fractions_of_which_most_are_over_one_are_found(
    find: Find, name: str, values: list[float]
) -> None:
    """One below 1 and none over 10 make a column one of fractions."""
    found = find(frame=DataFrame({name: values}))
    assert found["variation-over-100"].count == sum(value > 1 for value in values)


def test_small_percentages_are_not_found(find: Find) -> None:
    """A precise assay's, all over 1; one below 1 beside large ones."""
    assert find(a=DataFrame({"cv": [1.2, 2.5, 3.1]}), b=DataFrame({"cv": [0.4, 12.0]})) == {}


def test_variation_up_to_100_per_cent_is_not_found(find: Find) -> None:
    """Exactly 100 % is not over it, nor a coefficient near zero whose t test says the same."""
    regression = {"coef": [0.1], "se": [0.3]}
    tested = {"estimate": [0.1], "std.error": [0.3], "statistic": [0.33], "p.value": [0.7]}
    assert find(a=DataFrame({"cv": [1.0, 0.5]}), b=DataFrame({"cv%": [100.0, 99.0]})) == {}
    assert find(a=DataFrame(regression), b=DataFrame(tested)) == {}


def test_curve_fit_with_an_undetermined_parameter_is_found(find: Find) -> None:
    """`popt` beside `pcov`, or the whole record: the rate of a decay seen only at its start."""
    t = np.linspace(0, 0.001, 12)
    y = decay(t, 1, 0.3) + np.random.default_rng(0).normal(scale=0.1, size=12)
    popt, pcov, record, text, code = scipy.optimize.curve_fit(decay, t, y, full_output=True)
    assert find(popt=popt, pcov=pcov).keys() == {"variation-over-100"}
    assert find(popt_a=popt, pcov_a=pcov).keys() == {"variation-over-100"}
    assert find(fit=(popt, pcov, record, text, code)).keys() == {"variation-over-100"}


def test_sound_curve_fit_and_other_pairs_are_not_found(find: Find) -> None:
    """A determined fit, and a mean beside a covariance, whose mean may well be zero."""
    t = np.linspace(0, 10, 50)
    y = decay(t, 1, 0.3) + np.random.default_rng(0).normal(scale=0.01, size=50)
    popt, pcov = scipy.optimize.curve_fit(decay, t, y)
    assert find(popt=popt, pcov=pcov, pair=(popt, pcov)) == {}
    assert find(gaussian=(np.array([1e-9, 0.0]), np.eye(2)), mean=np.zeros(2), cov=np.eye(2)) == {}


def test_curve_fit_on_its_limits_is_found(find: Find) -> None:
    """The limits are those of the variable `bounds` that the cell gave it."""
    t = np.linspace(0, 10, 50)
    y = decay(t, 1, 0.3) + np.random.default_rng(0).normal(scale=0.01, size=50)
    bounds = ([0.0, 0.0], [0.5, 3.0])
    popt, pcov = scipy.optimize.curve_fit(decay, t, y, bounds=bounds)
    assert "estimate-at-bound" in find(popt=popt, pcov=pcov, bounds=bounds)
    assert find(popt=popt, pcov=pcov, bounds=([0.0, 0.0], [9.0, 9.0])) == {}


def test_results_that_are_no_numbers_are_found(find: Find) -> None:
    """An undetermined covariance, a test of constant samples, a search whose fits failed."""
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV, cross_validate

    x, y = np.arange(20.0).reshape(-1, 1), np.arange(20.0) ** 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = scipy.optimize.curve_fit(lambda t, a, b: a + 0 * b * t, x[:, 0], y)
        test = scipy.stats.ttest_ind([1.0, np.nan, 3.0], [2.0, 3.0, 4.0])
        search = GridSearchCV(Ridge(), {"alpha": [-1.0, 1.0]}).fit(x, y)
        scores = cross_validate(Ridge(), x, np.where(y > 300, np.nan, y))
    for value in (fit, test, search, scores):
        assert "non-finite-estimate" in find(value=value), value


def test_infinite_estimates_of_a_frame_are_found_and_blanks_are_not(find: Find) -> None:
    """A blank error belongs to a reference level; an infinite one to nothing real."""
    blank = DataFrame({"estimate": [0.0, 2.0], "se": [np.nan, 0.1]}, index=["ref", "b"])
    infinite = DataFrame({"estimate": [0.5, 2.0], "se": [np.inf, 0.1]}, index=["a", "b"])
    assert find(blank=blank) == {}
    assert "standard error of a" in find(infinite=infinite)["non-finite-estimate"].message


def test_every_header_of_a_frame_is_judged_by_itself(find: Find) -> None:
    """A two-level header holds one table of results for each name above."""
    columns = MultiIndex.from_product([["mass", "size"], ["mean", "ci_lower", "ci_upper"]])
    frame = DataFrame([[1.0, 0.5, 1.5, 1.0, 1.5, 0.5]], columns=columns)
    found = find(frame=frame)
    assert found.keys() == {"impossible-interval"}
    assert found["impossible-interval"].message.startswith("Table (size) `frame`")


class Made(Evidence):
    """Evidence made up by a property test."""

    def __init__(self, intervals: list[Interval], variation: Column) -> None:
        super().__init__("Table", Origin("t"))
        self._intervals, self._variation = intervals, variation

    @property
    def intervals(self) -> list[Interval]:
        return self._intervals

    @property
    def variation(self) -> Column:
        return self._variation


floats = st.floats(width=32)


@given(st.lists(st.tuples(floats, floats, st.booleans()), max_size=8))
def test_intervals_are_found_exactly_when_they_are_impossible(
    ends: list[tuple[float, float, bool]],
) -> None:
    """Each rule counts the intervals for which its sentence is true, NaN and infinity included."""
    seen = Made([Interval(f"p{i}", a, b, c) for i, (a, b, c) in enumerate(ends)], ())
    reversed_ = estimates.impossible_interval.judge(seen)
    assert (reversed_.count if reversed_ else 0) == sum(a > b for a, b, _ in ends)
    negative = estimates.negative_lower_bound.judge(seen)
    expected = sum(c and a < 0 and not math.isinf(a) for a, _, c in ends)
    assert (negative.count if negative else 0) == expected


@given(st.lists(floats, max_size=8))
def test_variation_is_found_exactly_when_it_is_over_one(values: list[float]) -> None:
    """Neither NaN nor infinity is a coefficient of variation that can be told."""
    said = estimates.variation_over_100.judge(
        Made([], [(f"p{i}", value) for i, value in enumerate(values)])
    )
    assert (said.count if said else 0) == sum(1 < value < math.inf for value in values)
