"""Rows that run one cell again and again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.contenders import CONTENDERS, Contender
from benchmarks.contenders.acts import reset, run, shown, time_cells
from benchmarks.goals import Goal
from benchmarks.quantities import Sample, Samples, Unit, seconds, size
from benchmarks.stage import Performer, Stage

ROUNDS = 5
ALL = tuple(CONTENDERS)


@dataclass(frozen=True)
class CellRow:
    """The time that one cell takes, from the call until its outputs are there."""

    name: str
    title: str
    cell: str
    goals: Sequence[Goal] = ()
    setup: str = "None"
    contenders: Sequence[str] = ALL
    shows: str = ""
    """What is in the outputs of everybody who really did the work."""
    repeats: int = 10
    patience: float = 5.0
    """Seconds after which a contender has had enough repeats, whatever their number."""
    unit: Unit = seconds

    def measure(self, stage: Stage, repeats: int | None = None) -> Samples:
        calls = repeats or self.repeats
        performers = {name: stage[name] for name in self.contenders}
        taken: dict[str, list[float]] = {name: [] for name in performers}
        for performer in performers.values():
            self._prepare(performer, calls // 10)
        rounds = min(ROUNDS, calls)
        for _ in range(rounds):
            for name, performer in performers.items():
                taken[name] += performer.act(
                    time_cells, self.cell, calls // rounds, self.patience / rounds
                )
        for name, performer in performers.items():
            self._check(name, performer)
            performer.act(reset)
        return {name: Sample(tuple(times)) for name, times in taken.items()}

    def _prepare(self, performer: Performer[Contender], warm_up: int) -> None:
        performer.act(reset)
        performer.act(run, self.setup)
        if warm_up:
            performer.act(time_cells, self.cell, warm_up, self.patience / ROUNDS)

    def _check(self, name: str, performer: Performer[Contender]) -> None:
        outputs = json.dumps(performer.act(shown), ensure_ascii=False)
        if self.shows not in outputs:
            raise RuntimeError(f"{name} showed no {self.shows} in {self.name}: {outputs[:500]}")


@dataclass(frozen=True)
class SizeRow:
    """The bytes that the outputs of one cell take as JSON."""

    name: str
    title: str
    cell: str
    goals: Sequence[Goal]
    setup: str = "None"
    contenders: Sequence[str] = ALL
    unit: Unit = size

    def measure(self, stage: Stage, repeats: int | None = None) -> Samples:
        return {name: Sample((self._size(stage[name]),)) for name in self.contenders}

    def _size(self, performer: Performer[Contender]) -> float:
        for code in (self.setup, self.cell):
            performer.act(run, code)
        outputs = performer.act(shown)
        performer.act(reset)
        return sum(len(text.encode()) for text in _representations(outputs))


def _representations(outputs: Iterable[dict[str, object]]) -> Iterable[str]:
    for output in outputs:
        data = output.get("data")
        for value in data.values() if isinstance(data, dict) else ():
            compact = (",", ":")
            yield value if isinstance(value, str) else json.dumps(value, separators=compact)
