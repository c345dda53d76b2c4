"""Rows on what is reached over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from benchmarks.contenders.http import Caller, Echo, Served, answer
from benchmarks.goals import Goal, at_most
from benchmarks.quantities import OURS, Sample, Samples, Unit, seconds
from benchmarks.stage import Performer, Stage

PEER = "FastAPI echo"


@dataclass(frozen=True)
class HttpRow:
    """Requests on one connection."""

    name: str
    title: str
    callers: Mapping[str, Callable[[], Caller]]
    goals: Sequence[Goal]
    repeats: int = 500
    unit: Unit = seconds

    def measure(self, stage: Stage, repeats: int | None = None) -> Samples:
        return {name: self._sample(make, repeats) for name, make in self.callers.items()}

    def _sample(self, make: Callable[[], Caller], repeats: int | None) -> Sample:
        with closing(Performer(make)) as performer:
            times = min(repeats or self.repeats, self.repeats)
            return Sample(tuple(performer.repeat(times, answer)))


def http_rows() -> list[HttpRow]:
    """Every row."""
    goals = (at_most(2e-3, seconds),)
    return [
        HttpRow(
            "http-cell",
            "trivial cell `x = 1` over HTTP, keep-alive, saved",
            callers={OURS: Served, PEER: Echo},
            goals=goals,
        ),
        HttpRow(
            "http-worker",
            "the same in a worker",
            callers={OURS: partial(Served, "process"), PEER: Echo},
            goals=goals,
        ),
    ]
