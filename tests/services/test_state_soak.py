"""A notebook that runs for long: what it needs grows with what its cells change."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import psutil
import pytest

from nbengine import ExecutionService
from tests.services.notebook_variables import variables
from tests.state.graphs import graph

QUARTER = 250
"""Cells, of a thousand."""
FIRST = """
import numpy as np
texts = {f"text{n}": str(n) * 100 for n in range(200)}
globals().update(texts)
items, table, big = [], {}, np.zeros(500_000)
def count(n): items.append(n); del items[:-20]
class Point:
    def __init__(self, n): self.n = n
"""
NEXT = (
    "n = {n}",
    "count({n})",
    "table[{n} % 50] = Point({n})",
    "big[{n} * 499 % big.size] = {n}",
    "text{small} = '{n}'",
    "len(table)",
    "del texts",
    "def f(): return {n}",
    "items.append(Point) or items.pop()",
    "print(n)",
)
CHANGED = 1_048_576 + 9 * 8_000
"""Bytes that ten cells change: one chunk of `big`, which has 4 MB, and small values."""
REMEMBERED = 20_000
"""Bytes of memory that a cell may cost for good: its source and its result."""


def cell(number: int) -> str:
    """What runs as the cell with this number; some fail."""
    return NEXT[number % len(NEXT)].format(n=number, small=number % 200)


def bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.mark.slow
def test_a_thousand_cells(tmp_path: Path) -> None:
    """Disk and memory grow by what changed; all of it is whole, and the last state comes back."""
    process, disk, memory = psutil.Process(os.getpid()), list[int](), list[int]()
    options: dict[str, Any] = {
        "snapshots": True,
        "workspace_dir": tmp_path / "w",
        "key_file": tmp_path / "key",
    }
    with ExecutionService(**options) as service:
        service.execute_code(FIRST, "c", "n")
        for number in range(4 * QUARTER):
            service.execute_code(cell(number), "c", "n")
            if number % QUARTER == QUARTER - 1:
                disk.append(bytes_in(tmp_path / "w"))
                memory.append(process.memory_info().rss)
        last = graph(variables(service.notebook_globals["n"]))
        assert service.states.verify("n") == []
    assert disk[3] - disk[0] < 3 * QUARTER / 10 * CHANGED
    assert memory[3] - memory[0] < 3 * QUARTER * REMEMBERED
    with ExecutionService(**options) as service:
        assert service.execute_code("pass", "c", "n").state.saved
        assert graph(variables(service.notebook_globals["n"])) == last
