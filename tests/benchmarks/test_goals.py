from __future__ import annotations

import pytest

from benchmarks.goals import Goal, at_most, ratio, steady, times_less_than, verdict
from benchmarks.quantities import FLOOR, OURS, Sample, Samples, seconds, size, times


def samples(ours: float, floor: float, *more: float) -> Samples:
    """Ours, once or more often, and the floor."""
    return {OURS: Sample((ours, *more)), FLOOR: Sample((floor,))}


@pytest.mark.parametrize(
    "goal, met, missed",
    [
        (at_most(40e-6, seconds), samples(40e-6, 1), samples(41e-6, 1)),
        (times_less_than(FLOOR, 5), samples(1, 5), samples(1, 4.9)),
        (steady(5), samples(1, 1, 1, 5), samples(1, 1, 1, 5.1)),
    ],
    ids=["at most", "times less", "steady"],
)
def test_a_goal_is_met_up_to_its_limit(goal: Goal, met: Samples, missed: Samples) -> None:
    """A goal is met at its limit and missed beyond it, and the verdict says which."""
    assert verdict(goal, met) == f"{goal.text} met"
    assert verdict(goal, missed) == f"{goal.text} MISSED"


def test_a_ratio_is_of_the_peer_to_us() -> None:
    """A peer that needs twice what we need has 2 ×."""
    assert ratio(samples(10, 20), FLOOR) == "2.00 ×"


def test_the_tail_of_many_values_is_exceeded_by_one_in_a_hundred() -> None:
    """p99 of a thousand even steps lies at 99 in 100 of the way; of few values it is the last."""
    assert Sample(tuple(range(1000))).p99 == pytest.approx(990, abs=1)
    assert Sample((1.0, 7.0, 3.0)).p99 == 7


@pytest.mark.parametrize(
    "text, said",
    [
        (seconds(44.94e-6), "44.9 µs"),
        (seconds(0.00679), "6.79 ms"),
        (seconds(0.9999), "1,000 ms"),
        (seconds(2.0), "2.00 s"),
        (size(219), "219 B"),
        (size(2_140_000), "2.14 MB"),
        (size(-34_100), "-34.1 kB"),
        (times(1142.4), "1,142 ×"),
    ],
)
def test_quantities_are_said_with_three_digits(text: str, said: str) -> None:
    """The unit is the largest that leaves a whole part."""
    assert text == said
