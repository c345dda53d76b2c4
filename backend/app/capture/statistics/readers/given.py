"""Evidence found whole at reading, and the forms that several libraries have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..evidence import Column, Correlations, Evidence, Origin, PValues
from .roles import role_of

ROUNDING = 1e-9
"""Deviation from symmetry and from ones on the diagonal that arithmetic explains."""


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


def tests(values: Sequence[float], total: int, origin: Origin) -> list[Evidence]:
    """A bare run of p values; corrected ones of the same cell show that they were corrected."""
    if not values or not all(0 <= p <= 1 or math.isnan(p) for p in values):
        return []
    names = ["it"] if total == 1 else [f"test {place}" for place in range(1, len(values) + 1)]
    column = list(zip(names, values, strict=True))
    corrected = any(role_of(name) == "corrected" for name in origin.cell)
    found = PValues(column, total, family=True, corrected=corrected)
    return [Given("p value" if total == 1 else "p values", origin, p_values=found)]


def score(value: float, origin: Origin) -> list[Evidence]:
    """A number whose variable says that it is R², unless it is too large to be one."""
    return [Given("Score", origin, r_squared=[("R²", value)])] if value <= 1 else []


def coefficient(r: float) -> Correlations:
    """The correlation of two unnamed variables."""
    return Correlations(("x", "y"), ((1.0, r), (r, 1.0)))


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
    pairs = ((matrix[i][j], matrix[j][i]) for i in range(count) for j in range(i))
    if not all(_same(a, b) and not abs(a) > 1 + ROUNDING for a, b in pairs):
        return None
    return Correlations(labels, matrix)


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= ROUNDING or (math.isnan(one) and math.isnan(other))
