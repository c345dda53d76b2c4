"""Many callers at once, and many cells one after another."""

from __future__ import annotations

import linecache
import subprocess
import sys
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from operator import le
from pathlib import Path

import psutil
import pytest

from nbengine import ExecutionResult, ExecutionService
from tests.conftest import until

THREADS = 100
NOTEBOOKS = 10
CELLS = 5

TALKING = """
import sys, threading
def talk():
    for number in range(20):
        print({who!r}, number)
        print({who!r}, number, file=sys.stderr)
helper = threading.Thread(target=talk)
helper.start()
talk()
helper.join()
{who!r}
"""


def test_a_hundred_threads_on_ten_notebooks_mix_no_line(tmp_path: Path) -> None:
    """Every line of text, and every value, is in the result of the call that made it."""
    start = threading.Barrier(THREADS)

    def call(caller: int) -> list[tuple[str, ExecutionResult]]:
        start.wait()
        results = []
        for cell in range(CELLS):
            who = f"caller-{caller}-cell-{cell}"
            code = TALKING.format(who=who)
            notebook = f"notebook-{caller % NOTEBOOKS}"
            results.append((who, service.execute_code(code, f"c{cell}", notebook)))
        return results

    with ExecutionService(workspace_dir=tmp_path) as service, ThreadPoolExecutor(THREADS) as pool:
        answers = [answer for caller in pool.map(call, range(THREADS)) for answer in caller]

    counts = defaultdict(set)
    for who, result in answers:
        # Two threads of one cell may write into each other's line, never into another cell's.
        written = result.stdout.replace(who, "").split()
        assert sorted(map(int, written)) == sorted(list(range(20)) * 2), result.stdout
        assert result.stderr.count(who) == 40
        assert result.outputs[-1].model_dump()["data"] == {"text/plain": repr(who)}
        counts[result.notebook_id].add(result.execution_count)
    assert set(map(len, counts.values())) == {THREADS * CELLS // NOTEBOOKS}


QUIET = """
def quiet():
    deadline = time.monotonic() + 20
    while threading.active_count() > threads and time.monotonic() < deadline:
        time.sleep(0.05)  # those that end by themselves when there is nothing for them to do
    gc.collect()
"""
MANY = """
import gc, linecache, sys, threading, time
import psutil
from nbengine import ExecutionService

folder, threads, timeout = sys.argv[1], *map(int, sys.argv[2:])
process = psutil.Process()
code = "print('line'); values = list(range(100)); len(values)"
{QUIET}
def held(cells):
    for _ in range(cells):
        service.execute_code(code, "c", "n", timeout=timeout or None)
    quiet()
    memory = process.memory_info().rss
    return memory, process.num_fds(), threading.active_count(), len(linecache.cache)

with ExecutionService(workspace_dir=folder) as service:
    memory, *before = held(3_000)
    memory_after, *after = held(7_000)
    assert service.notebook_globals["n"]["_"] == 100
assert memory_after - memory < 4 * 2**20, memory_after - memory
assert after == before, (before, after)
""".replace("{QUIET}", QUIET)


@pytest.mark.slow
@pytest.mark.parametrize("given", [("1", "0"), ("2", "60")], ids=["caller's thread", "own thread"])
def test_ten_thousand_cells_leave_memory_flat(tmp_path: Path, given: tuple[str, str]) -> None:
    """What a service holds is bounded: neither memory nor descriptors nor threads grow.

    In a process of its own: the holes in the memory of one that has run much else count too.
    """
    subprocess.run([sys.executable, "-c", MANY, str(tmp_path), *given], check=True)


@pytest.mark.parametrize("own_descriptors", [False, True])
def test_services_that_are_closed_leave_nothing(tmp_path: Path, own_descriptors: bool) -> None:
    """Neither descriptors nor threads nor source lines, whatever their notebooks had of them."""

    def one() -> None:
        with ExecutionService(workspace_dir=tmp_path, own_descriptors=own_descriptors) as service:
            service.execute_code("print(1)", "c", "a")
            service.execute_code("import asyncio; await asyncio.sleep(0)", "c", "b", timeout=60)

    def held() -> tuple[int, int, int]:
        return process.num_fds(), threading.active_count(), len(linecache.cache)

    process = psutil.Process()
    one()
    before = held()
    for _ in range(10):
        one()
    until(lambda: all(map(le, held(), before)))


IDLE = """
import gc, sys, threading, time, tracemalloc
import psutil
from nbengine import ExecutionService

threads = 1
{QUIET}
def held(first):
    for number in range(first, first + 300):
        service.execute_code("x = 1", "c", f"n{number}")
    quiet()
    memory = tracemalloc.get_traced_memory()[0]
    return memory, psutil.Process().num_fds(), threading.active_count()

with ExecutionService(workspace_dir=sys.argv[1]) as service:
    tracemalloc.start()
    memory, *before = held(0)
    memory_after, *after = held(300)
assert (memory_after - memory) / 300 < 50_000, memory_after - memory
assert after == before, (before, after)
""".replace("{QUIET}", QUIET)


def test_an_idle_notebook_is_small(tmp_path: Path) -> None:
    """A notebook that has run a plain cell holds less than 50 kB, no descriptor and no thread.

    In a process of its own: of libraries that others have imported it would keep the settings too.
    """
    subprocess.run([sys.executable, "-c", IDLE, str(tmp_path)], check=True)
