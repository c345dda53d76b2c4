"""The row of `import nbengine`: a fresh interpreter, from its start to its end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from benchmarks.bytecode import compiled_once
from benchmarks.goals import Goal
from benchmarks.quantities import Sample, Samples, Unit, seconds
from benchmarks.stage import Stage


@dataclass(frozen=True)
class ImportRow:
    """The time of an interpreter that runs one statement."""

    name: str
    title: str
    statements: Mapping[str, str]
    """By contender."""
    goals: Sequence[Goal] = ()
    repeats: int = 10
    unit: Unit = seconds

    def measure(self, stage: Stage, repeats: int | None = None) -> Samples:
        taken: dict[str, list[float]] = {name: [] for name in self.statements}
        with compiled_once() as environment:
            for statement in self.statements.values():
                _run(statement, environment)
            for _ in range(repeats or self.repeats):
                for name, statement in self.statements.items():
                    taken[name].append(_run(statement, environment))
        return {name: Sample(tuple(times)) for name, times in taken.items()}


def _run(statement: str, environment: Mapping[str, str]) -> float:
    began = perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, env=environment)
    return perf_counter() - began
