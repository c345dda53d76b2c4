"""Rules on correlation coefficients."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ..evidence import Correlations, Evidence
from .fits import ONE
from .rule import Finding, finding, rule

RELATIONS = {
    "linear": "each is a linear function of the other (|r| = 1)",
    "monotone": "each is a monotone function of the other (rank correlation of ±1)",
    None: "|r| of exactly 1",
}
"""Relation of two variables -> what is said of those for which it is perfect."""


@rule(
    "perfect-correlation",
    description="Two different columns correlate with |r| of exactly 1.",
    remedy="Unless it was rounded, one of them follows from the other: keep one, or check for a "
    "column that was merged or converted twice. With two observations |r| is always 1 and means "
    "nothing.",
)
def perfect_correlation(seen: Evidence) -> Finding | None:
    """Each pair once; the diagonal does not count, nor a 1 that was rounded."""
    found = seen.correlations
    if found is None or found.rounded:
        return None
    told = [f"{a} and {b}" for a, b, r in _pairs(found) if abs(r) >= ONE]
    return finding(seen, RELATIONS[found.relation], told)


@rule(
    "undefined-correlation",
    description="A column has no correlation with any other because it is constant or nearly "
    "empty.",
    remedy="Drop the column, or check why it does not vary.",
)
def undefined_correlation(seen: Evidence) -> Finding | None:
    """A column is constant if even its correlation with itself is undefined."""
    found = seen.correlations
    if found is None:
        return None
    told = [label for i, label in enumerate(found.labels) if math.isnan(found.matrix[i][i])]
    return finding(seen, "no correlation is defined", told)


def _pairs(found: Correlations) -> Iterator[tuple[str, str, float]]:
    for i, row in enumerate(found.matrix):
        for j in range(i + 1, len(row)):
            yield found.labels[i], found.labels[j], row[j]
