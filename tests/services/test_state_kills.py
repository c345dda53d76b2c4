"""Notebooks whose process is killed: nothing that a caller was told of is lost, nothing is torn."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from nbengine import ExecutionService
from tests.services.notebook_variables import variables
from tests.state.graphs import graph

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here"),
]

SEEDS = int(os.environ.get("STATE_KILL_SEEDS", "5"))
KILLS = 8
"""With each seed."""

FIRST = """
import numpy as np
n, calls = 1, 0
items = [0]
alias = items
table = {"items": items}
big = np.zeros(3 * 2**17)
part = big[1000:]
def count(k):
    global calls
    calls += 1
    items.append(k)
class Point:
    made = []
    def __init__(self, k):
        self.k = k
        self.made.append(items)
point = Point(0)
"""
NEXT = (
    "n = {k}",
    "big[{k} * 997 % big.size] = n = {k}",
    "count({k}); n = {k}",
    "part[::100_000] += 1; n = {k}",
    "table[{k} % 5] = [items, {k}]; alias[:] = alias[-9:]; n = {k}",
    "def make(held): return lambda: (held.append({k}), held)\ngiven = make(items)()[1]; n = {k}",
    "point = Point({k}); Point.made[:] = Point.made[-5:]; n = {k}",
    "class Point(Point):\n    made = Point.made\n    since = {k}\nn = {k}",
    "Point = Point.__mro__[-2]; del part; n = {k}",
    "big = big + 1; part = big[1000:]; n = {k}",
)
"""Each binds `n` beside what it does, so that a state that is torn does not fit its number."""

WRITER = """
import os, sys
import numpy
from pathlib import Path
from nbengine import ExecutionService
from tests.services.test_state_kills import cell

def say(what):  # In one write, which a kill cannot cut in two.
    os.write(1, f"{what}\\n".encode())

def write_on():
    say(os.getpid())
    key, durability = Path(sys.argv[1]), sys.argv[2]
    service = ExecutionService(snapshots=True, key_file=key, durability=durability)
    service.execute_code("n = globals().get('n', 0)", "c", "n")
    number = service.notebook_globals["n"]["n"]
    while True:
        number += 1
        result = service.execute_code(cell(number), "c", "n")
        assert result.state.saved or (durability == "deferred" and result.state.pending), result
        say(number)

with ExecutionService(snapshots=True):
    pass  # Each child finds everything imported.
for line in sys.stdin:
    child = os.fork()
    if not child:
        write_on()
    os.waitpid(child, 0)
    say("gone")
"""


def cell(number: int) -> str:
    """What runs as the cell with this number."""
    return NEXT[number % len(NEXT)].format(k=number) if number > 1 else FIRST


class Unbroken:
    """The same cells in a process that nobody kills."""

    def __init__(self) -> None:
        self.number = 0
        self._main = ModuleType("__main__")

    def after(self, number: int) -> list[Any]:
        """The graph of the variables after the cell with this number."""
        while self.number < number:
            self.number += 1
            exec(cell(self.number), vars(self._main))
        return graph(variables(vars(self._main)))


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "key"


@pytest.fixture(params=["process", "deferred"])
def durability(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def writer(key: Path, durability: str) -> Iterator[subprocess.Popen[str]]:
    """Starts one that runs cells without end for each line that it is sent."""
    command, pipe = [sys.executable, "-c", WRITER, str(key), durability], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        yield process
        if process.stdin:
            process.stdin.close()


def kill_after(writer: subprocess.Popen[str], lines: int, seconds: float) -> int:
    """Let it run so many cells and a moment more; the last that it acknowledged, or 0."""
    assert writer.stdin is not None
    assert writer.stdout is not None
    print("go", file=writer.stdin, flush=True)
    child = int(writer.stdout.readline())
    said = [writer.stdout.readline() for _ in range(lines)]
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    said += iter(writer.stdout.readline, "gone\n")
    return max(map(int, said), default=0)


def restored(key: Path) -> dict[str, Any]:
    """The variables that the next process has; every byte on disk is as it was written."""
    with ExecutionService(snapshots=True, key_file=key) as service:
        assert service.execute_code("pass", "c", "n").state.saved
        assert service.states.verify("n") == []
        return variables(service.notebook_globals["n"])


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_kill_costs_one_cell_at_most(
    seed: int, key: Path, durability: str, writer: subprocess.Popen[str]
) -> None:
    """At whichever instant: all is as after the last cell that was answered, or the one after.

    Or the one before it, where answers come first.
    """
    may_lose = durability == "deferred"
    chance, unbroken, last = random.Random(seed), Unbroken(), 0
    for _ in range(KILLS):
        answered = kill_after(writer, chance.randint(0, 12), chance.uniform(0, 0.03))
        last = max(last, answered)
        found = restored(key)
        assert last - may_lose <= found.get("n", 0) <= last + 1
        last = found.get("n", 0)
        assert graph({"n": last} | found) == unbroken_at(unbroken, last)
    assert last > KILLS


def unbroken_at(unbroken: Unbroken, number: int) -> list[Any]:
    """Before the first cell there is only the number."""
    return unbroken.after(number) if number else graph({"n": 0})
