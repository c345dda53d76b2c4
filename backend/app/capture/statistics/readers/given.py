"""Evidence found whole at reading, and the forms that several libraries have in common."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Literal

from ..evidence import Column, Correlations, Evidence, Origin, PValues
from .roles import normal, role_of

ROUNDING = 1e-9
"""Deviation from symmetry and from ones on the diagonal that arithmetic explains."""

DECIMALS = 4
"""Decimals up to which coefficients are taken for rounded ones."""


class Given(Evidence):
    """Evidence whose only content is what it is made with."""

    def __init__(
        self,
        what: str,
        origin: Origin,
        *,
        groups: Column = (),
        r_squared: Column = (),
        correlations: Correlations | None = None,
        p_values: PValues | None = None,
    ) -> None:
        super().__init__(what, origin)
        self._groups = groups
        self._r_squared = r_squared
        self._correlations = correlations
        self._p_values = p_values

    @property
    def groups(self) -> Column:
        return self._groups

    @property
    def r_squared(self) -> Column:
        return self._r_squared

    @property
    def correlations(self) -> Correlations | None:
        return self._correlations

    @property
    def p_values(self) -> PValues | None:
        return self._p_values


def bare_tests(
    values: Sequence[float], total: int, origin: Origin, labels: Sequence[str] = ()
) -> list[Evidence]:
    """A bare run of p values, unless one of them cannot be one; a lone one has no label."""
    if not values or not all(0 <= p <= 1 or math.isnan(p) for p in values):
        return []
    places = [f"test {place}" for place in range(1, len(values) + 1)]
    names = [""] if total == 1 else labels or places
    found = PValues(list(zip(names, values, strict=True)), total, family=True)
    return [Given("p value" if total == 1 else "p values", origin, p_values=found)]


def called_p(name: object, read: Callable[[], list[float]]) -> list[float]:
    """The numbers if their name makes them p values; `ps` may be a grid or a distribution."""
    role = role_of(name)
    values = read() if role in ("p_value", "ps") else []
    if role == "ps" and (sorted(values) in (values, values[::-1]) or math.isclose(sum(values), 1)):
        return []
    return values


def once(matrix: Sequence[Sequence[float]]) -> list[float]:
    """Each pair of a symmetric matrix once, without its diagonal; of any other every element."""
    count = len(matrix)
    pairs = [(i, j) for i in range(count) for j in range(i)]
    square = all(len(row) == count for row in matrix)
    if count > 1 and square and all(_same(matrix[i][j], matrix[j][i]) for i, j in pairs):
        return [matrix[i][j] for i, j in pairs]
    return [value for row in matrix for value in row]


def scores(found: Column, beside: Container[object], origin: Origin) -> list[Evidence]:
    """Numbers called R², but for those too large to be one, and `r2` beside `r1`, a radius."""
    radius = "r1" in beside
    told = [(name, v) for name, v in found if v <= 1 and not (radius and normal(name) == "r2")]
    return [Given("Score", origin, r_squared=told)] if told else []


def coefficient(r: float, relation: Literal["linear", "monotone"] | None = None) -> Correlations:
    """The correlation of two unnamed variables."""
    return Correlations(("x", "y"), ((1.0, r), (r, 1.0)), relation)


def rounded(coefficients: Iterable[float]) -> bool:
    """Whether all coefficients between 0 and ±1, and there are some, have few decimals."""
    between = [r for r in coefficients if 0 < abs(r) < 1]
    return bool(between) and all(r == round(r, DECIMALS) for r in between)


def correlations(labels: Sequence[str], matrix: list[list[float]]) -> Correlations | None:
    """The matrix if it can be one of correlations: symmetric, within ±1, ones on the diagonal.

    A diagonal element may be NaN, which is how libraries write a constant column, but not all.
    """
    count = len(labels)
    if len(matrix) != count or any(len(row) != count for row in matrix):
        return None
    diagonal = [matrix[i][i] for i in range(count)]
    if all(map(math.isnan, diagonal)) or not all(_same(d, 1) or math.isnan(d) for d in diagonal):
        return None
    pairs = [(i, j) for i in range(count) for j in range(i)]
    if not all(_same(matrix[i][j], matrix[j][i]) for i, j in pairs):
        return None
    if any(abs(matrix[i][j]) > 1 + ROUNDING for i, j in pairs):
        return None
    return Correlations(labels, matrix, rounded=rounded(matrix[i][j] for i, j in pairs))


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= ROUNDING or (math.isnan(one) and math.isnan(other))
