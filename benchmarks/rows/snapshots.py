"""Rows that save the variables of a notebook and bring them back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from benchmarks.contenders.savers import (
    SAVERS,
    begin,
    call,
    grow,
    restore,
    save,
    save_first,
    save_shown,
    undo,
    write,
)
from benchmarks.goals import Goal, at_most, times_less_than
from benchmarks.quantities import OURS, Sample, Samples, Unit, scaled, seconds, size
from benchmarks.stage import Performer, Stage

ALL = tuple(SAVERS)
PEERS = ALL[1:]
CHUNK = 2**20

SMALL = """\
class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

class Named(Point):
    name = "named"

def double(x):
    return 2 * x

def scaled(point, factor=double(2)):
    return Named(point.x * factor, point.y * factor)

for number in range(200):
    globals()[f"v{number}"] = [number, str(number), {"half": number / 2}]
"""
"""200 small variables, functions and classes."""

CHECK = "assert v7[0] == 7 and v199[1] == '199'"
"""What has to hold of variables that are back."""


@dataclass(frozen=True)
class SaveRow:
    """What one of the acts of `contenders.savers` needs in a notebook that is saved."""

    name: str
    title: str
    act: Callable[..., float]
    arguments: Sequence[Any]
    setup: str
    goals: Sequence[Goal] = ()
    contenders: Sequence[str] = ALL
    repeats: int = 20
    patience: float = 6.0
    """Seconds after which a contender has had enough repeats, whatever their number."""
    unit: Unit = seconds

    def measure(self, stage: Stage, repeats: int | None = None) -> Samples:
        savers = {name: stage.saver(name, self.setup) for name in self.contenders}
        values: dict[str, list[float]] = {name: [] for name in savers}
        spent = dict.fromkeys(savers, 0.0)
        for _ in range(repeats or self.repeats):
            for name, saver in savers.items():
                if spent[name] < self.patience:
                    began = perf_counter()
                    values[name].append(saver.act(self.act, *self.arguments))
                    spent[name] += perf_counter() - began
        return {name: Sample(tuple(found)) for name, found in values.items()}


@dataclass(frozen=True)
class SavePeakRow:
    """By how much a process grows while it saves a new notebook."""

    name: str
    title: str
    setup: str
    goals: Sequence[Goal]
    contenders: Sequence[str] = ALL
    unit: Unit = size

    def measure(self, stage: Stage, repeats: int | None = None) -> Samples:
        return {name: Sample((self._peak(name),)) for name in self.contenders}

    def _peak(self, name: str) -> float:
        with closing(Performer(SAVERS[name])) as saver:
            saver.act(begin, self.setup)
            return saver.peak_memory(save)


def snapshot_rows(scale: float = 1.0) -> list[SaveRow | SavePeakRow]:
    """Every row; the lengths of array and frame and the number of cells multiplied by `scale`."""
    setup = _large(scale)
    return [*_first(setup), *_next(setup), *_back(setup), *_small(scaled(1000, scale))]


def _first(setup: str) -> list[SaveRow | SavePeakRow]:
    return [
        SaveRow(
            "save-first",
            "first save",
            act=save_first,
            arguments=[setup],
            setup=setup,
            goals=(at_most(1.5, seconds),),
            repeats=3,
            patience=30,
        ),
        SavePeakRow(
            "save-first-memory",
            "first save: memory at its peak",
            setup=setup,
            goals=(at_most(150e6, size),),
        ),
    ]


def _next(setup: str) -> list[SaveRow]:
    cells = [
        ("bind", "`x = 1`", "x = 1", 2e-3),
        ("read", "`big.sum()`", "big.sum()", 10e-3),
        ("item", "`big[0] = 1`", "big[0] += 1", 0.2),
        ("row", "one changed row of the frame", "frame.iloc[7] += 1", 0.2),
    ]
    times = [
        SaveRow(
            f"save-{name}",
            f"save after {title}",
            act=save,
            arguments=[cell],
            setup=setup,
            goals=(at_most(limit, seconds),),
        )
        for name, title, cell, limit in cells
    ]
    written = SaveRow(
        "save-item-bytes",
        "save after `big[0] = 1`: bytes written",
        act=write,
        arguments=["big[0] += 1"],
        setup=setup,
        goals=(at_most(CHUNK + 10e3, size),),
        repeats=1,
        unit=size,
    )
    return [*times, written]


def _back(setup: str) -> list[SaveRow]:
    return [
        SaveRow(
            "restore",
            "all variables brought back",
            act=restore,
            arguments=[CHECK],
            setup=setup,
            goals=(at_most(50e-3, seconds),),
        ),
        SaveRow(
            "undo",
            "`big[0] = 1` undone",
            act=undo,
            arguments=["big[0] += 1"],
            setup=setup,
            goals=(at_most(0.3, seconds),),
            contenders=[OURS],
        ),
    ]


def _small(cells: int) -> list[SaveRow]:
    return [
        SaveRow(
            "save-trivial",
            "trivial cell `x = 1` run and saved, nothing else there",
            act=call,
            arguments=["x = 1"],
            setup="None",
            goals=(at_most(300e-6, seconds),),
            repeats=2000,
        ),
        SaveRow(
            "save-shown",
            "save after a cell that shows a Plotly figure, as 100 did before",
            act=save_shown,
            arguments=["go.Figure(go.Scatter(y=list(range(100))))", 100],
            setup="import plotly.graph_objects as go",
            goals=(at_most(10e-3, seconds),),
            contenders=[OURS],
            repeats=5,
        ),
        SaveRow(
            "save-disk",
            f"{cells:,} cells that change one of 200 small variables: disk for all states",
            act=grow,
            arguments=["globals()[f'v{n % 200}'].append(n)", cells],
            setup=SMALL,
            goals=tuple(times_less_than(peer, 2) for peer in PEERS),
            repeats=1,
            unit=size,
        ),
    ]


def _large(scale: float) -> str:
    """The same, an array of a gigabyte and a frame of two million rows."""
    return f"""\
import numpy as np, pandas as pd
rng = np.random.default_rng(0)
big = rng.random({scaled(125_000_000, scale)})
frame = pd.DataFrame({{f"c{{n}}": rng.random({scaled(2_000_000, scale)}) for n in range(9)}})
del rng
{SMALL}"""
