"""Rules on estimates and their intervals."""

from __future__ import annotations

import math

from ..evidence import Evidence
from .rule import Finding, finding, rule


@rule(
    "estimate-at-bound",
    description="An estimate lies on a limit that it was given.",
    remedy="Widen the limit if it is not physical, otherwise fix the parameter there or drop it: "
    "its standard error and interval do not hold.",
)
def estimate_at_bound(seen: Evidence) -> Finding | None:
    """A constrained optimum has a gradient, so intervals from its curvature mean nothing."""
    told = [f"{b.name} = {b.value:.4g} ({b.side} limit)" for b in seen.bounds]
    return finding(seen, "the estimate lies on its limit", told)


@rule(
    "impossible-interval",
    description="The lower end of an interval is above its upper end.",
    remedy="Check that the two columns are not exchanged and that no sign or transformation "
    "(1/x, -x) turned the interval round.",
)
def impossible_interval(seen: Evidence) -> Finding | None:
    """NaN and infinite ends compare as false and stay silent."""
    told = [f"{i.name} [{i.lower:.4g}, {i.upper:.4g}]" for i in seen.intervals if i.lower > i.upper]
    return finding(seen, "the interval ends before it begins", told)


@rule(
    "negative-lower-bound",
    description="The interval of a quantity declared to be positive reaches below zero.",
    remedy="Estimate it on a log scale or use a profile or bootstrap interval, which stays "
    "positive.",
)
def negative_lower_bound(seen: Evidence) -> Finding | None:
    """Only for what was declared to be positive; an infinite lower end is a one-sided interval."""
    told = [
        f"{i.name} [{i.lower:.4g}, {i.upper:.4g}]"
        for i in seen.intervals
        if i.positive and -math.inf < i.lower < 0
    ]
    return finding(seen, "a positive quantity reaches below zero", told)


@rule(
    "variation-over-100",
    description="A coefficient of variation, or an estimate's relative standard error, "
    "is over 100 %.",
    remedy="The value is smaller than its own spread: look for outliers or a skewed scale, or for "
    "a parameter that the data do not determine.",
)
def variation_over_100(seen: Evidence) -> Finding | None:
    """Exactly 100 % is not over it."""
    told = [f"{name} ({cv:.0%})" for name, cv in seen.variation if math.isfinite(cv) and cv > 1]
    return finding(seen, "coefficient of variation over 100 %", told)


@rule(
    "non-finite-estimate",
    description="An estimate, its standard error or a test's result is infinite or not a number.",
    remedy="Look for missing or infinite values, constant columns and too few observations in "
    "what went in.",
)
def non_finite_estimate(seen: Evidence) -> Finding | None:
    """Silent where the fit is known to have too few samples: that is the cause, said elsewhere."""
    size = seen.size
    if size and size.samples is not None and size.samples <= size.parameters:
        return None
    told = [name for name, value in seen.estimates if not math.isfinite(value)]
    return finding(seen, "not a finite number", told)
