"""What a row is to reach, and whether it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .quantities import OURS, Samples, Unit, times


@dataclass(frozen=True)
class Goal:
    """One claim about the samples of a row."""

    text: str
    is_met: Callable[[Samples], bool]


def at_most(limit: float, unit: Unit) -> Goal:
    """The median stays within a limit."""
    return Goal(f"≤ {unit(limit)}", lambda samples: samples[OURS].median <= limit)


def times_less_than(peer: str, factor: float) -> Goal:
    """A peer needs so many times as much."""
    return Goal(
        f"{peer} ≥ {factor:g} ×",
        lambda samples: samples[peer].median >= factor * samples[OURS].median,
    )


def steady(factor: float) -> Goal:
    """One repeat in a hundred at most needs so many times the median."""
    return Goal(
        f"p99 ≤ {factor:g} × p50",
        lambda samples: samples[OURS].p99 <= factor * samples[OURS].median,
    )


def verdict(goal: Goal, samples: Samples) -> str:
    """The goal, and whether it was met."""
    return f"{goal.text} {'met' if goal.is_met(samples) else 'MISSED'}"


def ratio(samples: Samples, peer: str) -> str:
    """How many times ours the peer needs."""
    return times(samples[peer].median / samples[OURS].median)
