"""Rows on notebooks that have a process of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from benchmarks.contenders.sessions import (
    EngineSessions,
    KernelSessions,
    Sessions,
    hibernate_many,
    idle,
    idle_alone,
    keep_many,
    start,
    start_cold,
    start_many,
    start_without_spare,
    trip,
    weigh_many,
)
from benchmarks.goals import Goal, at_most, times_less_than
from benchmarks.quantities import OURS, Sample, Samples, Unit, scaled, seconds, size
from benchmarks.stage import Performer, Stage

PEER = "ipykernel"
Makers = Mapping[str, Callable[[], Sessions]]
BOTH: Makers = {OURS: EngineSessions, PEER: KernelSessions}
ALONE: Makers = {OURS: EngineSessions}
UNPREPARED: Makers = {OURS: partial(EngineSessions, spares=0)}
SAVING: Makers = {OURS: partial(EngineSessions, snapshots=True)}


@dataclass(frozen=True)
class SessionRow:
    """What one of the acts of `contenders.sessions` needs."""

    name: str
    title: str
    act: Callable[..., float]
    arguments: Sequence[Any] = ()
    goals: Sequence[Goal] = ()
    makers: Makers = field(default_factory=lambda: BOTH)
    repeats: int = 1
    begins_with: Callable[[Sessions], float] | None = None
    """Done once before the repeats."""
    unit: Unit = seconds

    def measure(self, stage: Stage, repeats: int | None = None) -> Samples:
        return {name: self._sample(make, repeats) for name, make in self.makers.items()}

    def _sample(self, make: Callable[[], Sessions], repeats: int | None) -> Sample:
        with closing(Performer(make)) as performer:
            if self.begins_with is not None:
                performer.act(self.begins_with)
            times = min(repeats or self.repeats, self.repeats)
            return Sample(tuple(performer.repeat(times, self.act, *self.arguments)))


def session_rows(scale: float = 1.0) -> list[SessionRow]:
    """Every row; the numbers of sessions multiplied by `scale`."""
    starting, being = _starting(), _being(scaled(10, scale))
    return [*starting, *being, *_many(scaled(200, scale), scaled(1000, scale))]


def _starting() -> list[SessionRow]:
    return [
        SessionRow(
            "session-start",
            "new session with pandas, Matplotlib and Plotly: first answer, a spare being ready",
            act=start,
            goals=(at_most(10e-3, seconds), times_less_than(PEER, 50)),
            repeats=20,
        ),
        SessionRow(
            "session-fork",
            "the same without a spare",
            act=start_without_spare,
            goals=(at_most(30e-3, seconds),),
            makers=UNPREPARED,
            repeats=20,
        ),
        SessionRow(
            "session-cold",
            "the same, the engine itself being started",
            act=start_cold,
            makers=ALONE,
            repeats=3,
        ),
    ]


def _being(idle_ones: int) -> list[SessionRow]:
    return [
        SessionRow(
            "session-cell",
            "trivial cell `x = 1` in a session",
            act=trip,
            goals=(at_most(0.5e-3, seconds), times_less_than(PEER, 5)),
            begins_with=start,
            repeats=1000,
        ),
        SessionRow(
            "session-idle",
            f"memory of each of {idle_ones} idle sessions (PSS)",
            act=idle,
            arguments=[idle_ones],
            goals=(at_most(15e6, size),),
            unit=size,
        ),
        SessionRow(
            "session-alone",
            "of one, private",
            act=idle_alone,
            makers=ALONE,
            begins_with=start,
            unit=size,
        ),
    ]


def _many(live: int, asleep: int) -> list[SessionRow]:
    return [
        SessionRow(
            "sessions-start",
            f"{live:,} sessions started, one after another",
            act=start_many,
            arguments=[live],
            makers=ALONE,
        ),
        SessionRow(
            "sessions-memory",
            f"{live:,} sessions: memory (PSS)",
            act=weigh_many,
            arguments=[live],
            makers=ALONE,
            unit=size,
        ),
        SessionRow(
            "hibernated-memory",
            f"{asleep:,} notebooks that hibernate: memory",
            act=hibernate_many,
            arguments=[asleep],
            makers=SAVING,
            unit=size,
        ),
        SessionRow(
            "hibernated-disk",
            f"{asleep:,} notebooks that hibernate, each with a small table: disk",
            act=keep_many,
            arguments=[asleep],
            makers=SAVING,
            unit=size,
        ),
    ]
