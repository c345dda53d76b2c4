"""NumPy arrays and scalars, known by the name of their variable or by their partner's."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from ..evidence import Bound, Column, Evidence, Origin
from .given import Given, bare_tests, called_p, coefficient, correlations, once, scores
from .limits_of_fit import arrays, lying_on
from .reader import MATRIX, library_of, number, numbered, numbers
from .roles import role_of

CORRELATION_WORDS = ("corr", "correlation", "correlations", "corrcoef")


def read(value: Any, origin: Origin) -> Iterator[Evidence]:
    """An array of p values, a matrix of correlations, `popt` beside `pcov`, `corr` beside `p`."""
    if origin.name is None or getattr(value, "dtype", None) is None or value.dtype.kind != "f":
        return
    if value.ndim == 0:
        yield from _of_scalar(value, origin)
    elif value.ndim == 1:
        yield from _of_vector(value, origin)
    elif value.ndim == 2:
        yield from _of_matrix(value, origin)


def _of_vector(value: Any, origin: Origin) -> Iterator[Evidence]:
    name = origin.name or ""
    if found := called_p(name, lambda: numbers(value)):
        yield from bare_tests(found, value.size, origin)
    covariance = origin.cell.get(name.replace("popt", "pcov"))
    if "popt" in name and is_curve_fit(value, covariance):
        yield CurveFit(value, covariance, origin)


def _of_matrix(value: Any, origin: Origin) -> Iterator[Evidence]:
    if p := called_p(origin.name, lambda: once(value[:MATRIX, :MATRIX].tolist())):
        whole = max(value.shape) <= MATRIX
        yield from bare_tests(p, len(p) if whole else value.size, origin)
    words = (origin.name or "").lower().split("_")
    rows, columns = value.shape
    if rows != columns or not 2 <= rows <= MATRIX or not set(words) & set(CORRELATION_WORDS):
        return
    labels = [f"column {place}" for place in range(1, rows + 1)]
    found = correlations(labels, value.tolist())
    if found:
        yield Given("Correlation matrix", origin, correlations=found)


def _of_scalar(value: Any, origin: Origin) -> Iterator[Evidence]:
    """`corr, p = pearsonr(x, y)` and `stat, p = ttest_ind(x, y)` leave two scalars of NumPy.

    Single letters do not vouch for each other: `r` and `p` may be a radius and a pressure.
    """
    name = origin.name or ""
    role = role_of(name)
    if role == "p_value" or (name == "p" and _beside(origin, "statistic", "correlation")):
        yield from bare_tests([number(value)], 1, origin)
    elif role == "r_squared":
        yield from scores([(name, number(value))], origin.cell, origin)
    elif abs(value) <= 1 and (
        (role == "correlation" and _beside(origin, "p", "p_value"))
        or (role == "r" and _beside(origin, "p_value"))
    ):
        yield Given("Coefficient", origin, correlations=coefficient(number(value)))


def _beside(origin: Origin, *roles: str) -> bool:
    """Whether the cell made another scalar whose name has one of these roles."""
    return any(_is_scalar(value) for name, value in origin.cell.items() if role_of(name) in roles)


def _is_scalar(value: object) -> bool:
    return library_of(type(value)) == "numpy" and type(value).__name__ == "float64"


def is_curve_fit(estimates: Any, covariance: Any) -> bool:
    """Whether two values can be what `scipy.optimize.curve_fit` gives back."""
    if not (_is_array(estimates, 1) and _is_array(covariance, 2)):
        return False
    return bool(covariance.shape == (estimates.size, estimates.size))


def _is_array(value: Any, dimensions: int) -> bool:
    return (
        library_of(type(value)) == "numpy"
        and type(value).__name__ == "ndarray"
        and value.ndim == dimensions
        and value.dtype.kind == "f"
    )


class CurveFit(Evidence):
    """Parameters of a curve and their covariance."""

    def __init__(self, estimates: Any, covariance: Any, origin: Origin) -> None:
        super().__init__("Curve fit", origin)
        self._estimates = estimates
        self._covariance = covariance

    @property
    def _values(self) -> Column:
        return numbered("parameter", self._estimates)

    @property
    def _errors(self) -> Sequence[float]:
        variances = numbers(self._covariance.diagonal())
        return [math.sqrt(v) if v >= 0 else math.nan for v in variances]

    @property
    def estimates(self) -> Column:
        """The covariance of a fit that could not estimate it is infinite."""
        errors = zip(self._values, self._errors, strict=True)
        return [*self._values, *((f"standard error of {n}", e) for (n, _), e in errors)]

    @property
    def bounds(self) -> Sequence[Bound]:
        """As the call was given them, or by a variable `bounds` of the same cell."""
        return lying_on(arrays(self.origin.bounds), self._values)

    @property
    def variation(self) -> Column:
        """Standard error over estimate: over 100 % the data do not determine the parameter."""
        pairs = zip(self._values, self._errors, strict=True)
        return [(name, error / abs(value)) for (name, value), error in pairs if value]
