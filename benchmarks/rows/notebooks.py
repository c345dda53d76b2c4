"""Rows that run a whole notebook, from file to file."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.bytecode import compiled_once
from benchmarks.contenders import plain_notebook
from benchmarks.contenders.notebook_runner import RUNNERS, time_run
from benchmarks.goals import Goal
from benchmarks.quantities import FLOOR, OURS, Sample, Samples, Unit, seconds
from benchmarks.stage import Performer, Stage

COMMANDS: Mapping[str, Sequence[str]] = {
    OURS: ("-m", "nbengine", "run", "{source}", "-o", "{target}"),
    FLOOR: (plain_notebook.__file__, "{source}", "{target}"),
    "nbclient": (
        "-c",
        "from nbclient.cli import main; main()",
        "{source}",
        "--output={target}",
    ),
    "papermill": ("-m", "papermill", "{source}", "{target}", "--no-progress-bar"),
}
"""Arguments of a fresh interpreter, by contender."""


@dataclass(frozen=True)
class CommandRow:
    """The time of a command that runs a notebook, from its start to its end."""

    name: str
    title: str
    cells: Sequence[str]
    goals: Sequence[Goal] = ()
    contenders: Sequence[str] = tuple(COMMANDS)
    repeats: int = 10
    unit: Unit = seconds

    def measure(self, stage: Stage, repeats: int | None = None) -> Samples:
        with _files(self.cells) as (source, target), compiled_once() as environment:

            def run(name: str) -> float:
                places = {"source": source, "target": target}
                arguments = [part.format_map(places) for part in COMMANDS[name]]
                command = [sys.executable, *arguments]
                began = perf_counter()
                subprocess.run(command, check=True, capture_output=True, env=environment)
                return perf_counter() - began

            return _in_turns(self.contenders, repeats or self.repeats, run, target)


@dataclass(frozen=True)
class LibraryRow:
    """The time of a call that runs a notebook, in a process that has run one before."""

    name: str
    title: str
    cells: Sequence[str]
    goals: Sequence[Goal] = ()
    contenders: Sequence[str] = tuple(RUNNERS)
    repeats: int = 10
    unit: Unit = seconds

    def measure(self, stage: Stage, repeats: int | None = None) -> Samples:
        with _files(self.cells) as (source, target), ExitStack() as opened:
            performers = {
                name: opened.enter_context(closing(Performer(RUNNERS[name])))
                for name in self.contenders
            }

            def run(name: str) -> float:
                return performers[name].act(time_run, source, target)

            return _in_turns(self.contenders, repeats or self.repeats, run, target)


@contextmanager
def _files(cells: Sequence[str]) -> Iterator[tuple[Path, Path]]:
    """A notebook of these cells, and where the one with outputs goes."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    document = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": kernel},
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {},
                "source": source,
                "execution_count": None,
                "outputs": [],
            }
            for number, source in enumerate(cells, start=1)
        ],
    }
    with TemporaryDirectory(prefix="nbengine-benchmark-") as folder:
        source, target = Path(folder, "source.ipynb"), Path(folder, "target.ipynb")
        source.write_text(json.dumps(document), encoding="utf-8")
        yield source, target


def _in_turns(
    names: Sequence[str], repeats: int, run: Callable[[str], float], target: Path
) -> Samples:
    """One unmeasured run each, whose results must agree, then turn by turn."""
    printed: dict[str, str] = {}
    for name in names:
        run(name)
        printed[name] = _printed(target)
    if len(set(printed.values())) > 1:
        raise RuntimeError(f"contenders do not agree on what the notebook prints: {printed}")
    taken: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(repeats):
        for name in names:
            taken[name].append(run(name))
    return {name: Sample(tuple(times)) for name, times in taken.items()}


def _printed(target: Path) -> str:
    """What the cells of a notebook printed."""
    cells = json.loads(target.read_bytes())["cells"]
    target.unlink()
    outputs = [output for cell in cells for output in cell["outputs"]]
    return "".join("".join(output["text"]) for output in outputs if "text" in output)
