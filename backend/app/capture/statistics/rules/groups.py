"""Rules on the sizes of groups."""

from __future__ import annotations

from ....runtime.wording import plural
from ..evidence import Evidence
from .rule import Finding, finding, rule

FEW = 5
"""Observations below which a group's mean and spread, and the χ² approximation, say little."""


@rule(
    "small-group",
    description="A group that is summarised or compared has fewer than 5 observations.",
    remedy="Merge small groups or leave them out, show the single points instead of a mean, or "
    "use an exact test.",
)
def small_group(seen: Evidence) -> Finding | None:
    """A size of NaN is an unknown one."""
    told = [f"{name} (n = {size:.0f})" for name, size in seen.groups if size < FEW]
    told += [f"{name} (n ≤ {size:.0f})" for name, size in seen.group_limits if size < FEW]
    return finding(seen, f"fewer than {FEW} observations", told)


@rule(
    "small-expected-count",
    description="A χ² test rests on expected counts under 5.",
    remedy="Use an exact test (scipy.stats.fisher_exact) or merge categories.",
)
def small_expected_count(seen: Evidence) -> Finding | None:
    """The expected counts decide, not the observed ones."""
    small = [count for count in seen.expected_counts if count < FEW]
    if not small:
        return None
    cells = plural(len(seen.expected_counts), "cell")
    return Finding(
        f"{seen.who}: {len(small):,} of {cells} have an expected count under {FEW}, the smallest "
        f"is {min(small):.2g}; the χ² approximation does not hold there.",
        count=len(small),
    )
