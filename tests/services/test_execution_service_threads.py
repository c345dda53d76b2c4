"""Output of threads, tasks and child processes that cells start, in time and late."""

from __future__ import annotations

import os
import subprocess
import sys
from threading import Event

import pytest

from nbengine import ExecutionService
from tests.conftest import PATIENCE, Run, until

STARTS = {
    "Thread": "import threading\nt = threading.Thread(target=late)\nt.start()",
    "a subclass of Thread": "import threading\nclass Mine(threading.Thread):\n"
    "    def run(self): late()\nt = Mine()\nt.start()",
    "Timer": "import threading\nt = threading.Timer(0.001, late)\nt.start()",
    "ThreadPoolExecutor": "from concurrent.futures import ThreadPoolExecutor\n"
    "pool = ThreadPoolExecutor(1)\nf = pool.submit(late)\npool.shutdown(wait=False)",
    "map of a ThreadPoolExecutor": "from concurrent.futures import ThreadPoolExecutor\n"
    "pool = ThreadPoolExecutor(1)\nfs = pool.map(lambda _: late(), [1])\npool.shutdown(wait=False)",
    "ThreadPool": "from multiprocessing.pool import ThreadPool\npool = ThreadPool(1)\n"
    "f = pool.apply_async(late)\npool.close()",
    "start_new_thread": "import _thread\n_thread.start_new_thread(late, ())",
    "asyncio.to_thread": "import asyncio\nt = asyncio.create_task(asyncio.to_thread(late))\n"
    "await asyncio.sleep(0)",
    "run_in_executor": "import asyncio\n"
    "f = asyncio.get_running_loop().run_in_executor(None, late)\nawait asyncio.sleep(0)",
    "a thread of a thread": "import threading\ndef outer():\n"
    "    t = threading.Thread(target=late)\n    t.start()\n    t.join()\n"
    "threading.Thread(target=outer).start()",
    "a pool of a thread": "import threading\nfrom concurrent.futures import ThreadPoolExecutor\n"
    "def outer():\n    with ThreadPoolExecutor(1) as pool: pool.submit(late)\n"
    "threading.Thread(target=outer).start()",
}
"""Ways to run `late` in another thread, which go on after the cell."""

LATE = """
import sys
def late():
    print('in time')
    begun.set()
    go_on.wait(20)
    print('late')
    print('late too', file=sys.stderr)
    done.set()
"""


@pytest.fixture
def events(service: ExecutionService, run: Run) -> dict[str, Event]:
    """What `late` in notebook `n` says and waits for."""
    events = {name: Event() for name in ("begun", "go_on", "done")}
    run(LATE)
    service.notebook_globals["n"].update(events)
    return events


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize("timeout", [None, PATIENCE])
@pytest.mark.parametrize("how", STARTS)
def test_late_output_reaches_the_cell_that_started_the_thread(
    service: ExecutionService,
    run: Run,
    capfd: pytest.CaptureFixture[str],
    how: str,
    timeout: float | None,
) -> None:
    """It is in the record of that cell alone, although other cells and notebooks run meanwhile."""
    first = run(STARTS[how] + "\nbegun.wait(20);", timeout=timeout)
    assert (first.status, first.stdout) == ("ok", "in time\n")
    print("the host's")
    assert run("print(2)", timeout=timeout).stdout == "2\n"
    assert run("go_on.set()\ndone.wait(20)\nprint(3)", timeout=timeout).stdout == "3\n"
    assert run("print('other')", notebook_id="b").stdout == "other\n"
    until(lambda: service.result(first.execution_id).stderr == "late too\n")
    assert service.result(first.execution_id).stdout == "in time\nlate\n"
    assert capfd.readouterr().out == "the host's\n"


def test_late_output_that_comes_while_no_cell_runs_is_kept(
    service: ExecutionService, run: Run, events: dict[str, Event]
) -> None:
    """The host's streams are not where a cell's thread writes."""
    first = run(STARTS["Thread"])
    events["go_on"].set()
    assert events["done"].wait(PATIENCE)
    assert service.result(first.execution_id).stdout == "in time\nlate\n"


def test_the_host_prints_while_a_cells_thread_goes_on(
    run: Run, capfd: pytest.CaptureFixture[str], events: dict[str, Event]
) -> None:
    """Its text reaches its own streams, however many cells have run meanwhile."""
    run(STARTS["Thread"] + "\nbegun.wait(20);")
    for number in range(3):
        assert run(f"print({number})", notebook_id="nb"[number % 2]).stdout == f"{number}\n"
        print("the host's", number)
    events["go_on"].set()
    assert events["done"].wait(PATIENCE)
    assert capfd.readouterr().out == "".join(f"the host's {number}\n" for number in range(3))


def test_a_notebook_that_is_closed_leaves_the_threads_of_others_their_streams(
    service: ExecutionService, run: Run, capfd: pytest.CaptureFixture[str], events: dict[str, Event]
) -> None:
    """Their late output is still their cell's."""
    first = run(STARTS["Thread"] + "\nbegun.wait(20);")
    run("1", notebook_id="b")
    service.restart("b")
    events["go_on"].set()
    assert events["done"].wait(PATIENCE)
    until(lambda: service.result(first.execution_id).stderr == "late too\n")
    assert service.result(first.execution_id).stdout == "in time\nlate\n"
    assert capfd.readouterr().out == ""


def test_a_pool_made_in_one_cell_prints_into_the_cell_that_uses_it(run: Run) -> None:
    """Work belongs to the cell that submits it, although the thread is another's."""
    run("from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)")
    for word in ("one", "two"):
        assert run(f"pool.submit(print, {word!r}).result()").stdout == f"{word}\n"
    run("pool.shutdown()")


def test_a_default_executor_of_the_loop_prints_into_the_cell_that_uses_it(run: Run) -> None:
    """`asyncio.to_thread` reuses threads from cell to cell."""
    for word in ("one", "two"):
        code = f"import asyncio\nawait asyncio.to_thread(print, {word!r})"
        assert run(code).stdout == f"{word}\n"


def test_lines_of_a_cells_threads_are_whole(run: Run) -> None:
    """Lines written in one piece by many threads of one cell do not mix."""
    code = (
        "import sys, threading\n"
        "def talk(n):\n    for k in range(50): sys.stdout.write(f'{n}-{k}\\n')\n"
        "ts = [threading.Thread(target=talk, args=(n,)) for n in range(20)]\n"
        "for t in ts: t.start()\nfor t in ts: t.join()"
    )
    lines = run(code).stdout.splitlines()
    assert sorted(lines) == sorted(f"{n}-{k}" for n in range(20) for k in range(50))


def test_threads_of_the_host_print_to_the_host(
    run: Run, capfd: pytest.CaptureFixture[str], service: ExecutionService
) -> None:
    """A thread that no cell started is no cell's, even while a cell runs."""
    from threading import Thread

    asked, told = Event(), Event()

    def host() -> None:
        asked.wait(PATIENCE)
        print("from the host")
        told.set()

    thread = Thread(target=host)
    thread.start()
    run("")
    service.notebook_globals["n"].update(asked=asked, told=told)
    assert run("asked.set()\ntold.wait(20)\nprint('cell')").stdout == "cell\n"
    thread.join()
    assert capfd.readouterr().out == "from the host\n"


def test_a_threads_exception_is_told_in_its_cell(run: Run) -> None:
    """Its traceback is in stderr, and the cell is none the worse."""
    result = run(
        "import threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()"
    )
    assert result.status == "ok"
    assert "ZeroDivisionError" in result.stderr


def test_a_thread_that_exits_is_told_of_nowhere(run: Run) -> None:
    """`sys.exit()` ends a thread in silence."""
    code = "import sys, threading\nt = threading.Thread(target=sys.exit)\nt.start()\nt.join()"
    result = run(code)
    assert (result.status, result.outputs) == ("ok", [])


def test_await_works_at_the_top_level(run: Run) -> None:
    """`await`, `async for` and `async with`, in any mixture with other statements."""
    result = run(
        "import asyncio, contextlib\n"
        "@contextlib.asynccontextmanager\nasync def c():\n    yield 1\n"
        "async def g():\n    for n in range(3):\n        await asyncio.sleep(0)\n        yield n\n"
        "async with c() as one: print(one)\n"
        "async for n in g(): print(n, end=' ')\n"
        "print([n async for n in g()])\n"
        "await asyncio.sleep(0, 'value')"
    )
    assert result.stdout == "1\n0 1 2 [0, 1, 2]\n"
    assert result.outputs[-1].model_dump()["data"] == {"text/plain": "'value'"}


def test_a_notebook_has_one_event_loop(run: Run) -> None:
    """The same in every cell, another one for another notebook."""
    for notebook in "ab":
        run("import asyncio\nloop = asyncio.get_running_loop()", notebook_id=notebook)
    same = "await asyncio.sleep(0)\nprint(asyncio.get_running_loop() is loop)"
    assert run(same, notebook_id="a").stdout == "True\n"
    assert run("print(asyncio.get_running_loop() is loop)", notebook_id="a").stdout == "True\n"
    run("import builtins, asyncio\nasyncio.seen = loop", notebook_id="a")
    other = run("print(asyncio.seen is loop)\ndel asyncio.seen", notebook_id="b")
    assert other.stdout == "False\n"


def test_tasks_survive_to_the_next_cell(service: ExecutionService, run: Run) -> None:
    """A task that waits goes on there; what it prints is its own cell's."""
    first = run(
        "import asyncio\nevent = asyncio.Event()\nasync def wait():\n    print('waiting')\n"
        "    await event.wait()\n    print('done')\n    return 7\n"
        "task = asyncio.create_task(wait())\nawait asyncio.sleep(0)"
    )
    assert first.stdout == "waiting\n"
    second = run("event.set()\nprint(await task)")
    assert second.stdout == "7\n"
    assert service.result(first.execution_id).stdout == "waiting\ndone\n"


def test_a_task_can_be_created_without_await(service: ExecutionService, run: Run) -> None:
    """As in Jupyter it starts after the cell; its output belongs to the cell."""
    code = "import asyncio\nasync def f():\n    print('ran')\ntask = asyncio.create_task(f())"
    first = run(code)
    assert service.result(first.execution_id).stdout == "ran\n"
    assert run("task.done()").outputs[0].model_dump()["data"] == {"text/plain": "True"}


def test_a_loop_can_be_run_in_a_cell_without_await(run: Run) -> None:
    """`asyncio.run`, also in a notebook that has a loop of its own."""
    code = "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    print('ran')\n"
    assert run(code + "asyncio.run(f())").stdout == "ran\n"
    assert run("await f()").stdout == "ran\n"
    assert run("asyncio.run(f())").stdout == "ran\n"
    assert run("with asyncio.Runner() as runner: runner.run(f())").stdout == "ran\n"
    assert run("await f()").stdout == "ran\n"


def test_context_variables_set_in_an_async_cell_hold(run: Run) -> None:
    """A cell with `await` shares the context with one without."""
    run("import asyncio, decimal\nawait asyncio.sleep(0)\ndecimal.getcontext().prec = 3")
    assert run("print(decimal.getcontext().prec)").stdout == "3\n"
    assert run("await asyncio.sleep(0)\nprint(decimal.getcontext().prec)").stdout == "3\n"


def test_an_exception_in_a_coroutine_is_the_cells(run: Run) -> None:
    """With the cell's lines and none of the engine's."""
    result = run("async def f():\n    1 / 0\nawait f()")
    assert result.error is not None
    assert (result.error.type, result.error.line) == ("ZeroDivisionError", 2)
    assert "nbengine" not in result.error.traceback


def test_a_cell_may_stop_its_loop(run: Run) -> None:
    """Neither it nor the next cell is lost."""
    code = "import asyncio\nasyncio.get_running_loop().stop()\nawait asyncio.sleep(0.001)\nprint(1)"
    assert run(code).stdout == "1\n"
    assert run("await asyncio.sleep(0)\nprint(2)").stdout == "2\n"


FORKS = {
    "os.fork": "import os\npid = os.fork()\nif not pid:\n    print('child', flush=True)\n"
    "    os._exit(0)\nos.waitpid(pid, 0)",
    "multiprocessing": "import multiprocessing\ncontext = multiprocessing.get_context('fork')\n"
    "p = context.Process(target=print, args=('child',))\np.start()\np.join()",
    "a pool": "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(2) as p:\n"
    "    p.map(print, ['child'])\n    p.close()\n    p.join()",
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot fork here")
@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("timeout", [None, PATIENCE])
@pytest.mark.parametrize("how", FORKS)
def test_what_a_forked_child_prints_is_not_lost(how: str, timeout: float | None, own: bool) -> None:
    """It reaches the process's own stdout, or the cell where the service owns the descriptors."""
    script = (
        "import tempfile\nfrom nbengine import ExecutionService\n"
        f"service = ExecutionService(workspace_dir=tempfile.mkdtemp(), own_descriptors={own})\n"
        f"r = service.execute_code({FORKS[how]!r}, 'c', 'n', timeout={timeout})\n"
        "print('result', r.status, r.stdout.strip(), flush=True)\n"
        "print(service.execute_code('print(1)', 'c', 'n').stdout)\nservice.close()"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", script],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    seen = "result ok child\n1\n\n" if own else "child\nresult ok \n1\n\n"
    assert done.stdout == seen
