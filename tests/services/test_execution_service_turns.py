"""One cell at a time, first come first served, also for cells that ask for cells."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from nbengine import ExecutionService
from nbengine.runtime.process import PROCESS
from tests.conftest import PATIENCE, Run, until


def give(service: ExecutionService, notebook_id: str, /, **values: object) -> None:
    """Put values into a notebook's namespace."""
    service.execute_code("", "c0", notebook_id)
    service.notebook_globals[notebook_id].update(values)


@pytest.mark.parametrize("notebooks", ["nnnn", "abcd", "nanb"])
def test_cells_run_one_at_a_time_in_the_order_of_the_calls(
    service: ExecutionService, callers: ThreadPoolExecutor, notebooks: str
) -> None:
    """Of one notebook and of several."""
    order: list[int] = []
    go_on, started = Event(), Event()
    give(service, "first", go_on=go_on, started=started)
    first = callers.submit(service.execute_code, "started.set(); go_on.wait(20)", "c1", "first")
    assert started.wait(PATIENCE)
    calls = []
    for number, notebook in enumerate(notebooks):
        service._get_notebook_globals(notebook)["order"] = order
        calls.append(callers.submit(service.execute_code, f"order.append({number})", "c", notebook))
        until(lambda number=number: len(PROCESS.turns.queued) == number + 1)  # type: ignore[misc]
    assert order == []
    go_on.set()
    assert {call.result().status for call in [first, *calls]} == {"ok"}
    assert order == [0, 1, 2, 3]


def test_a_cell_may_run_a_cell_of_another_notebook(service: ExecutionService, run: Run) -> None:
    """It gets its result; each notebook's output is in its own result."""
    give(service, "a", service=service)
    result = run(
        "print('before')\ninner = service.execute_code('print(1)\\n2', 'c7', 'b')\n"
        "print('after', inner.status, repr(inner.stdout), inner.cell_id)",
        notebook_id="a",
    )
    assert result.stdout == "before\nafter ok '1\\n' c7\n"


@pytest.mark.parametrize("timeout", [None, PATIENCE])
@pytest.mark.parametrize("inner", ["", ", timeout=20"])
def test_nesting_works_in_every_thread(
    service: ExecutionService, run: Run, timeout: float | None, inner: str
) -> None:
    """Whether the outer, the inner or both run in a thread of their notebook, three deep."""
    for notebook in "ab":
        give(service, notebook, service=service)
    code = f"print(service.execute_code('print(3)', 'c', 'c'{inner}).stdout, end='')"
    outer = f"print(service.execute_code({code!r}, 'c', 'b'{inner}).stdout, end='')"
    assert run(outer, notebook_id="a", timeout=timeout).stdout == "3\n"


def test_a_cell_may_not_run_its_own_notebook(service: ExecutionService, run: Run) -> None:
    """The refusal is the cell's error, directly and by way of another notebook."""
    for notebook in "ab":
        give(service, notebook, service=service)
    own = "service.execute_code('1', 'c', 'a')"
    result = run(own, notebook_id="a")
    assert result.error is not None
    assert result.error.type == "ReentryError"
    result = run(f"print(service.execute_code({own!r}, 'c', 'b').error.type)", notebook_id="a")
    assert result.stdout == "ReentryError\n"
    assert run("1", notebook_id="a").status == "ok"


@pytest.mark.parametrize("ending", ["service.close()", "service.restart('n')"])
def test_a_cell_may_not_end_its_own_notebook(
    service: ExecutionService, run: Run, ending: str
) -> None:
    """It would wait for itself; the notebook is as it was."""
    give(service, "n", service=service, kept=1)
    result = run(ending)
    assert result.error is not None
    assert result.error.type == "ReentryError"
    assert run("print(kept)").stdout == "1\n"


def test_threads_of_a_cell_may_run_cells_of_other_notebooks(
    service: ExecutionService, run: Run
) -> None:
    """The cell waits for all of them, though others have asked for their turn meanwhile."""
    give(service, "a", service=service)
    code = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor() as pool:\n"
        "    results = list(pool.map(lambda n: service.execute_code(f'print({n})', 'c', f'n{n}'),"
        " range(8)))\n"
        "print([r.stdout.strip() for r in results])"
    )
    assert run(code, notebook_id="a").stdout == f"{[str(n) for n in range(8)]}\n"


def test_a_cell_may_end_before_the_cell_it_asked_for(
    service: ExecutionService, run: Run, callers: ThreadPoolExecutor
) -> None:
    """A thread it leaves behind has its turn, everything is put back after it."""
    go_on, started = Event(), Event()
    give(service, "a", service=service, started=started)
    give(service, "b", go_on=go_on, started=started)
    cwd = os.getcwd()  # noqa: PTH109
    result = run(
        "import threading\nresults = []\nthread = threading.Thread(target=lambda: results.append("
        "service.execute_code('started.set(); go_on.wait(20); print(7)', 'c', 'b')))\n"
        "thread.start()\nassert started.wait(20)",
        notebook_id="a",
    )
    assert result.status == "ok"
    queued = callers.submit(run, "print(8)", notebook_id="a")
    until(lambda: bool(PROCESS.turns.queued))
    go_on.set()
    assert queued.result().stdout == "8\n"
    service.notebook_globals["a"]["thread"].join(PATIENCE)
    assert service.notebook_globals["a"]["results"][0].stdout == "7\n"
    assert os.getcwd() == cwd  # noqa: PTH109
    assert PROCESS.turns.holder is None


@pytest.mark.parametrize("timeout", [None, PATIENCE])
def test_interrupting_a_cell_ends_the_cell_it_waits_for(
    service: ExecutionService, callers: ThreadPoolExecutor, timeout: float | None
) -> None:
    """Both are interrupted, from the inside out."""
    started, inner = Event(), list[object]()
    give(service, "a", service=service, inner=inner)
    give(service, "b", started=started)

    def interrupt() -> bool:
        assert started.wait(PATIENCE)
        return service.interrupt("a")

    stopped = callers.submit(interrupt)
    code = "inner.append(service.execute_code('started.set()\\nwhile True: pass', 'c', 'b'))\nx = 1"
    result = service.execute_code(code, "c", "a", timeout=timeout)
    assert stopped.result()
    assert result.status == "interrupted"
    assert "x" not in service.notebook_globals["a"]
    for notebook in "ab":
        assert service.execute_code("1", "c", notebook).status == "ok"


def test_the_timeout_of_a_cell_ends_the_cell_it_waits_for(service: ExecutionService) -> None:
    """The outer one is told of the timeout, although it only waited."""
    give(service, "a", service=service)
    code = "service.execute_code('while True: pass', 'c', 'b')"
    assert service.execute_code(code, "c", "a", timeout=0.2).status == "timeout"
    assert service.execute_code("1", "c", "b").status == "ok"


def test_a_cell_can_be_asked_for_inside_a_running_event_loop(service: ExecutionService) -> None:
    """The host's loop neither hinders the cell's own nor is touched by it."""

    async def host() -> list[str]:
        loop = asyncio.get_running_loop()
        results = [
            service.execute_code("import asyncio\nawait asyncio.sleep(0)\nprint('own')", "c1", "n"),
            service.execute_code("asyncio.run(asyncio.sleep(0)); print('run')", "c2", "n"),
            await asyncio.to_thread(service.execute_code, "print('thread')", "c3", "n"),
        ]
        await asyncio.sleep(0)
        assert asyncio.get_running_loop() is loop
        service.restart("n")
        return [result.stdout for result in results]

    assert asyncio.run(host()) == ["own\n", "run\n", "thread\n"]


def test_several_threads_of_a_program_ask_while_its_main_thread_does_something_else() -> None:
    """A program that calls from other threads alone needs no main thread."""
    script = (
        "import tempfile, threading\nfrom nbengine import ExecutionService\n"
        "service = ExecutionService(workspace_dir=tempfile.mkdtemp())\n"
        "def call(n):\n"
        "    r = service.execute_code('import asyncio, time\\nawait asyncio.sleep(0)\\n"
        "print(6)', 'c', f'n{n % 2}')\n"
        "    t = service.execute_code('while True: pass', 'c', f'n{n % 2}', timeout=0.1)\n"
        "    results.append((r.stdout, t.status))\n"
        "results = []\n"
        "threads = [threading.Thread(target=call, args=(n,)) for n in range(4)]\n"
        "for t in threads: t.start()\n"
        "for t in threads: t.join()\n"
        "print(set(results))"
    )
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "{('6\\n', 'timeout')}\n"


def test_objects_bound_to_their_thread_work_from_cell_to_cell(
    run: Run, callers: ThreadPoolExecutor
) -> None:
    """An SQLite connection serves every later cell, whichever thread asks for it."""
    in_one = "import sqlite3\ndb = sqlite3.connect(':memory:')\ndb.execute('create table t (x)');"
    use = "db.execute('insert into t values (1)')\nprint(*db.execute('select sum(x) from t'))"
    run(in_one)
    assert run(use).stdout == "(1,)\n"
    assert callers.submit(run, use).result().stdout == "(2,)\n"
    assert run(use, timeout=PATIENCE).stdout == "(3,)\n"
    assert run(use).stdout == "(4,)\n"
    assert run("db.close()").status == "ok"


def test_a_notebook_that_has_a_thread_of_its_own_stays_in_it(run: Run) -> None:
    """Once a timeout has asked for one, its cells without a timeout run there too."""
    run("import threading\nhome = threading.current_thread()", timeout=PATIENCE)
    assert run("print(threading.current_thread() is home)").stdout == "True\n"


def test_waiting_for_its_turn_is_no_part_of_a_cells_duration(
    service: ExecutionService, callers: ThreadPoolExecutor, run: Run
) -> None:
    """A cell lasts from its first line to its last."""
    go_on, started = Event(), Event()
    give(service, "n", go_on=go_on, started=started)
    first = callers.submit(run, "started.set(); go_on.wait(20)")
    assert started.wait(PATIENCE)
    queued = callers.submit(run, "")
    until(lambda: len(PROCESS.turns.queued) == 1)
    time.sleep(0.2)
    released = time.perf_counter()
    go_on.set()
    assert queued.result().duration <= time.perf_counter() - released
    first.result()


def test_an_idle_notebook_has_no_thread_of_its_own(run: Run, service: ExecutionService) -> None:
    """The main thread's cells run in it, so a thousand notebooks need no thousand threads."""
    before = threading.active_count()
    for number in range(20):
        run("import threading; assert threading.current_thread() is threading.main_thread()",
            notebook_id=f"n{number}")  # fmt: skip
    assert threading.active_count() <= before
    run("1", timeout=PATIENCE)
    service.close()
    until(lambda: threading.active_count() <= before)
