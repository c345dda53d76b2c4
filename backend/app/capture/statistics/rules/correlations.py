"""Rules on correlation coefficients."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ..evidence import Correlations, Evidence
from .fits import ONE
from .rule import Finding, finding, rule


@rule(
    "perfect-correlation",
    description="Two different columns correlate with |r| of exactly 1.",
    remedy="One of them is a copy or a linear function of the other: keep one, or check for a "
    "column that was merged or converted twice.",
)
def perfect_correlation(seen: Evidence) -> Finding | None:
    """Each pair once; the diagonal does not count."""
    if seen.correlations is None:
        return None
    told = [f"{a} and {b}" for a, b, r in _pairs(seen.correlations) if abs(r) >= ONE]
    return finding(seen, "perfectly correlated (|r| = 1)", told)


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
