"""Rows that weigh a process."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from benchmarks.contenders import CONTENDERS
from benchmarks.contenders.acts import idle_memory, run
from benchmarks.goals import Goal
from benchmarks.quantities import Sample, Samples, Unit, size
from benchmarks.stage import Performer, Stage


@dataclass(frozen=True)
class IdleRow:
    """What an open notebook takes that has run a trivial cell."""

    name: str
    title: str
    goals: Sequence[Goal]
    contenders: Sequence[str]
    unit: Unit = size

    def measure(self, stage: Stage, repeats: int | None = None) -> Samples:
        return {name: Sample((_idle(name),)) for name in self.contenders}


@dataclass(frozen=True)
class PeakRow:
    """By how much a process grows while it runs a cell, its outputs included."""

    name: str
    title: str
    cell: str
    goals: Sequence[Goal]
    contenders: Sequence[str]
    unit: Unit = size

    def measure(self, stage: Stage, repeats: int | None = None) -> Samples:
        return {name: Sample((_peak(name, self.cell),)) for name in self.contenders}


def _idle(name: str) -> float:
    with closing(Performer(CONTENDERS[name])) as performer:
        return performer.act(idle_memory)


def _peak(name: str, cell: str) -> float:
    with closing(Performer(CONTENDERS[name])) as performer:
        return performer.peak_memory(run, cell)
