"""Results of SciPy's tests and optimisers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

from ..evidence import (
    Bound,
    Column,
    Convergence,
    Correlations,
    Evidence,
    Origin,
    PValues,
    Size,
)
from .given import coefficient
from .limits_of_fit import lying_on, pairs
from .reader import MATRIX, integer, number, numbered, numbers

SELF_CORRECTED = frozenset({"TukeyHSDResult", "DunnettResult"})
"""Tests of all pairs at once, whose p values already allow for their number."""

STEEP = 1e-5
"""Slope, over the objective where that exceeds one, from which on an optimiser goes further."""


def read(value: Any, origin: Origin) -> Iterator[Evidence]:
    """Whatever has a p value is a test; whatever has `x` or a flag of success is a fit."""
    module = type(value).__module__
    if module.startswith("scipy.stats") and hasattr(value, "pvalue"):
        yield Test(value, origin)
    elif module.startswith("scipy.stats") and hasattr(value, "confidence_interval"):
        yield Resampled(value, origin)
    elif module.startswith(("scipy.optimize", "scipy.stats")) and hasattr(value, "success"):
        yield Optimum(value, origin)
    elif module.startswith("scipy.optimize") and hasattr(value, "converged"):
        yield Root(value, origin)


def is_test(value: object) -> bool:
    """Whether the value is a result of one of SciPy's tests."""
    return type(value).__module__.startswith("scipy.stats") and hasattr(value, "pvalue")


class Test(Evidence):
    """A statistic and its p value, or arrays of them when several tests were done at once."""

    __test__ = False

    def __init__(self, result: Any, origin: Origin) -> None:
        super().__init__(_title(result), origin)
        self.result = result

    @property
    def estimates(self) -> Column:
        """The statistic and the p value; both are NaN for constant input, too few data or NaN."""
        statistic = getattr(self.result, "statistic", ())
        return [*numbered("statistic", _array(statistic)), *self._pvalues]

    @property
    def p_values(self) -> PValues:
        """All of them; of a symmetric matrix each pair once."""
        matrix = self.correlations is not None
        total = len(self._pvalues) if matrix else int(getattr(self.result.pvalue, "size", 1))
        corrected = type(self.result).__name__ in SELF_CORRECTED
        values = [("", p) for _, p in self._pvalues] if total == 1 else self._pvalues
        return PValues(values, total, family=True, corrected=corrected)

    @cached_property
    def _pvalues(self) -> Column:
        values = self.result.pvalue
        if self.correlations and getattr(values, "ndim", 0) == 2:
            rows = values.tolist()
            values = [number(p) for i, row in enumerate(rows) for p in row[i + 1 :]]
        return numbered("p", _array(values))

    @cached_property
    def correlations(self) -> Correlations | None:
        """Of a test of correlation: its coefficient, or the matrix of several columns."""
        found = getattr(self.result, "correlation", getattr(self.result, "rvalue", None))
        size = getattr(found, "size", 1)
        if found is None or size > MATRIX**2:
            return None
        ranks = type(self.result).__name__ == "SignificanceResult"  # spearmanr, kendalltau
        relation: Literal["linear", "monotone"] = "monotone" if ranks else "linear"
        if getattr(found, "ndim", 0) == 2:
            labels = [f"column {place}" for place in range(1, len(found) + 1)]
            return Correlations(labels, found.tolist(), relation)
        return coefficient(number(found), relation) if size == 1 else None

    @property
    def group_limits(self) -> Column:
        """A t test's degrees of freedom are never fewer than its smallest group less one."""
        df = getattr(self.result, "df", None)
        if df is None or getattr(df, "size", 1) != 1 or not number(df) > 0:
            return ()
        return [("the smallest group", math.floor(number(df)) + 1)]

    @property
    def expected_counts(self) -> Sequence[float]:
        """Of a contingency table."""
        found = getattr(self.result, "expected_freq", None)
        return () if found is None else numbers(found)


class Tests(Evidence):
    """Several tests kept in one list or dict, by their labels there."""

    __test__ = False

    def __init__(self, results: Mapping[str, object], total: int, origin: Origin) -> None:
        super().__init__("Tests in", origin)
        self.tests = {label: Test(result, origin) for label, result in results.items()}
        self.total = total

    @property
    def estimates(self) -> Column:
        """Of every test."""
        return self._each(lambda test: test.estimates)

    @property
    def p_values(self) -> PValues | None:
        """Of every test that is not corrected in itself."""
        found = [test.p_values for test in self.tests.values()]
        corrected = all(p.corrected for p in found)
        column = self._each(lambda test: test.p_values.values)
        return PValues(column, max(self.total, len(column)), family=True, corrected=corrected)

    @property
    def group_limits(self) -> Column:
        """Of every t test."""
        return self._each(lambda test: test.group_limits)

    def _each(self, ask: Callable[[Test], Column]) -> Column:
        return [
            (f"{name} of {label}" if name else label, value)
            for label, test in self.tests.items()
            for name, value in ask(test)
        ]


class Resampled(Evidence):
    """A bootstrap interval."""

    def __init__(self, result: Any, origin: Origin) -> None:
        super().__init__(_title(result), origin)
        self.result = result

    @property
    def estimates(self) -> Column:
        """The interval's ends."""
        ends = self.result.confidence_interval
        return [
            *numbered("lower end", _array(ends.low)),
            *numbered("upper end", _array(ends.high)),
        ]


class Optimum(Evidence):
    """What an optimiser or a least-squares fit gave back."""

    def __init__(self, result: Any, origin: Origin) -> None:
        super().__init__("Optimisation", origin)
        self.result = result

    @property
    def estimates(self) -> Column:
        """The solution."""
        found = getattr(self.result, "x", None)
        return () if found is None else numbered("x", _array(found))

    @property
    def bounds(self) -> Sequence[Bound]:
        """As the optimiser recorded it, else as the call was given them."""
        if not self.estimates or hasattr(self.result, "slack"):  # a linear program's ends there
            return ()
        mask = getattr(self.result, "active_mask", None)
        if mask is None:
            known = lying_on(pairs(self.origin.bounds), self.estimates)
            return known or self._held_back
        return [
            Bound(name, value, "lower" if side < 0 else "upper")
            for (name, value), side in zip(self.estimates, numbers(mask), strict=False)
            if side
        ]

    @property
    def _held_back(self) -> Sequence[Bound]:
        """Round numbers at which the objective still falls, so that only a limit can hold them.

        An optimum that no limit holds has no gradient and ends in arbitrary digits. Only of
        methods that know no other constraint, which would leave a gradient too.
        """
        gradient = getattr(self.result, "jac", None)
        inverse = type(getattr(self.result, "hess_inv", None)).__name__
        only_limits = inverse == "LbfgsInvHessProduct" or not hasattr(self.result, "njev")
        if not self.result.success or not only_limits or getattr(gradient, "ndim", 0) != 1:
            return ()
        steep = STEEP * max(1.0, abs(number(self.result.fun)))
        return [
            Bound(name, value, "lower" if slope > 0 else "upper")
            for (name, value), slope in zip(self.estimates, numbers(gradient), strict=False)
            if abs(slope) > steep and value == float(f"{value:.6g}")
        ]

    @property
    def size(self) -> Size | None:
        """Residuals and parameters of a least-squares problem."""
        shape: tuple[int, ...] = getattr(getattr(self.result, "jac", None), "shape", ())
        if not hasattr(self.result, "cost") or len(shape) != 2:
            return None
        return Size(int(shape[0]), int(shape[1]))

    @property
    def convergence(self) -> Convergence | None:
        """The flag of success."""
        return Convergence(bool(self.result.success), integer(getattr(self.result, "nit", None)))


class Root(Evidence):
    """What a root finder gave back."""

    def __init__(self, result: Any, origin: Origin) -> None:
        super().__init__("Root search", origin)
        self.result = result

    @property
    def convergence(self) -> Convergence | None:
        """The root finder's flag."""
        return Convergence(bool(self.result.converged), integer(self.result.iterations))


def _title(result: object) -> str:
    return f"{type(result).__name__.removesuffix('Result')} result"


def _array(value: Any) -> Any:
    return value if hasattr(value, "ravel") or isinstance(value, (list, tuple)) else [value]
