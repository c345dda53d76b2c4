"""Rules on tests of hypotheses."""

from __future__ import annotations

from ..correction import is_corrected
from ..evidence import Evidence
from .fits import ONE
from .rule import Finding, finding, rule

MANY = 20
"""From twenty-one true null hypotheses on, one "significant" at 5 % is expected by chance."""

LEVEL = 0.05


@rule(
    "p-zero",
    description="A p value is exactly 0.",
    remedy="No test gives certainty: the value was rounded or fell below what a float can hold, "
    "so report it as an inequality (p < 0.001); from permutations take (hits + 1) / (draws + 1).",
)
def p_zero(seen: Evidence) -> Finding | None:
    """Silent where a perfect fit or correlation, which is said elsewhere, explains it."""
    p_values = seen.p_values
    if p_values is None:
        return None
    told = [name for name, p in p_values.values if p == 0]
    if not told or _perfect(seen):
        return None
    return finding(seen, "p is exactly 0", told)


@rule(
    "many-tests",
    description="More than 20 tests, some of them significant, were not corrected for their "
    "number.",
    remedy="Control the false discovery rate, for instance with "
    "scipy.stats.false_discovery_control or statsmodels' multipletests.",
)
def many_tests(seen: Evidence) -> Finding | None:
    """Silent where the cell corrected, or would change nothing by it: no p is below 5 %."""
    p_values = seen.p_values
    if p_values is None or p_values.corrected or not p_values.family or p_values.total <= MANY:
        return None
    hits = sum(p < LEVEL for _, p in p_values.values)
    if not hits or is_corrected(seen.origin.cell):
        return None
    total, seen_total = p_values.total, len(p_values.values)
    scope = "" if seen_total == total else f" of the first {seen_total:,}"
    return Finding(
        f"{seen.who}: {total:,} tests without correction, {hits:,}{scope} with p < {LEVEL}; "
        f"about {seen_total * LEVEL:.0f} would be expected if there were no effect at all.",
        count=total,
    )


def _perfect(seen: Evidence) -> bool:
    if any(value >= ONE for _, value in seen.r_squared):
        return True
    found = seen.correlations
    return found is not None and len(found.labels) == 2 and abs(found.matrix[0][1]) >= ONE
