"""A shell ends with its notebook, and leaves nothing."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from nbengine import ExecutionService
from tests.conftest import PATIENCE, Run, until
from tests.runtime.ipython.cells import bridge, kernel, refusal, value

LIVES = {
    "no shell": ["1"],
    "a magic": ["%time 1"],
    "a magic of a cell": ["%%time\n1"],
    "a command": ["!true", "x = !true"],
    "a script": ["%%bash\ntrue"],
    "a script in the background": ["%%bash --bg\nsleep 1000"],
    "a display": ["from IPython.display import HTML", "display(HTML('x'), display_id='a')"],
    "an event": ["get_ipython().events.register('pre_run_cell', lambda info: thing)"],
    "a captured cell": ["%%capture out\ndisplay(thing)"],
    "help": ["thing?", "%time?"],
    "a failed magic": ["%run nothing.py", "%tb"],
    "a script file": ["%%writefile a.py\nx = 1", "%run a.py"],
    "an extension": ["%load_ext autoreload\n%autoreload 2"],
    "settings": ["%config", "%config InlineBackend.figure_format = 'svg'"],
    "completion": ["get_ipython().complete('thi')"],
    "a cell in a cell": ["get_ipython().run_cell('thing')"],
    "a shell that a variable holds": ["ip = get_ipython()\nip.user_ns['thing']"],
    "a log": ["%logstart -q log.py"],
    "a task": ["import asyncio\nasync def f(): get_ipython().ev('thing')\nawait f()"],
    "a thread": [
        "from threading import Thread\nt = Thread(target=lambda: get_ipython().ev('thing'))",
        "t.start(); t.join()",
    ],
}
ENDS: dict[str, Callable[[ExecutionService], None]] = {
    "closed": ExecutionService.close,
    "restarted": lambda service: service.restart("n"),
}


class Thing:
    """A value that a notebook holds."""


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("codes", LIVES.values(), ids=LIVES)
def test_a_notebook_that_ended_is_let_go(
    codes: list[str], end: Callable[[ExecutionService], None], service: ExecutionService, run: Run
) -> None:
    """Neither namespace nor shell is kept alive, by nothing in the process nor by the records."""
    run("pass")
    thing = Thing()
    gone: list[weakref.ref[object]] = [weakref.ref(thing), weakref.ref(kernel(service).main)]
    service.notebook_globals["n"]["thing"] = thing
    del thing
    for code in codes:
        run(code)
    shell = bridge(service).made
    if shell is not None:
        gone.append(weakref.ref(shell))
    del shell
    end(service)
    gc.collect()
    assert [ref() for ref in gone] == [None] * len(gone)


FIRST = """
import gc, sys, weakref
from nbengine import ExecutionService
service = ExecutionService(workspace_dir={folder!r})
service.execute_code({code!r}, "c1", "n")
gone = weakref.ref(service._kernels.find("n").main)
service.restart("n")
gc.collect()
print(gone() is None, sys.modules["__main__"].service is service)
"""


@pytest.mark.parametrize(
    "code", ["%who", "import IPython", "import multiprocessing", "import IPython.core.completer"]
)
def test_the_first_notebook_is_let_go_too(code: str, tmp_path: Path) -> None:
    """Modules that look for `__main__` when they are imported, in a cell, do not keep it."""
    ended = subprocess.run(
        [sys.executable, "-c", FIRST.format(folder=str(tmp_path), code=code)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == "True True\n"


LATE = """
import threading
ip = get_ipython()
ip.user_ns
def look():
    go_on.wait(patience)
    found['shell'] = get_ipython()
    try: ip.run_line_magic('who', '')
    except Exception as error: found['refusal'] = str(error)
    found['done'] = True
threading.Thread(target=look).start()
"""


@pytest.fixture
def go_on() -> Iterator[Event]:
    """What a thread of a notebook waits for; set after the test at the latest."""
    event = Event()
    yield event
    event.set()


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_thread_that_outlives_its_notebook(
    end: Callable[[ExecutionService], None], service: ExecutionService, run: Run, go_on: Event
) -> None:
    """It is in no notebook any more, and the shell that it had kept says so."""
    run("pass")
    found: dict[str, object] = {}
    service.notebook_globals["n"].update(go_on=go_on, found=found, patience=PATIENCE)
    run(LATE)
    end(service)
    go_on.set()
    until(lambda: "done" in found)
    assert found["shell"] is None
    assert found["refusal"] == "The notebook is closed: its IPython shell is gone."


def test_a_restarted_notebook_has_a_new_shell(service: ExecutionService, run: Run) -> None:
    """Nothing that was registered with the old one is there."""
    run("x = 1\n%alias hello echo hello")
    old = bridge(service).made
    service.restart("n")
    assert "UsageError" in refusal(run("%hello"))
    assert bridge(service).made not in (None, old)
    assert value(run("'x' in get_ipython().user_ns")) == "False"


MEMORY = """
import gc, psutil, time
from nbengine import ExecutionService
service = ExecutionService(workspace_dir={folder!r}, record_count=10)
process = psutil.Process()
def run(code, notebook_id="n"):
    result = service.execute_code(code, "c1", notebook_id)
    assert result.error is None, result.error.traceback
def size():
    gc.collect()
    return process.memory_info().rss
{work}
"""
MANY_SHELLS = """
for number in range(10): run("%time 1", f"warm{number}")
before = size()
for number in range(100): run("%time 1", f"n{number}")
print((size() - before) / 100)
"""
MANY_CELLS = """
cells = ["%time x = 1", "%%time\\nx = 2", "y = !echo 1", "%who_ls", "len?", "!echo 1",
         "%%capture out\\ndisplay(x)", "%%html\\n<b>x</b>", "%env A=1", "%timeit -n 1 -r 1 x"]
for number in range(300): run(cells[number % 10])
before, open_before = size(), process.num_fds()
for number in range(1000): run(cells[number % 10])
assert process.num_fds() == open_before and process.children() == []
print(size() - before)
"""
MANY_ENDS = """
def life():
    for code in ("%time x = 1", "y = !echo 1", "%%bash\\necho 1", "%%bash --bg\\nsleep 1000"):
        run(code)
    service.restart("n")
def held():
    deadline = time.monotonic() + 20
    while (process.num_threads() > 1 or process.children()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return process.num_fds(), process.num_threads(), process.children()
for number in range(3): life()
before, held_before = size(), held()
for number in range(15): life()
assert held() == held_before == (held_before[0], 1, []), (held(), held_before)
print(size() - before)
"""


def grown(work: str, folder: Path) -> float:
    """Bytes by which a fresh process has grown."""
    script = MEMORY.format(folder=str(folder), work=work)
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert ended.returncode == 0, ended.stderr.decode()
    return float(ended.stdout)


def test_a_shell_is_small(tmp_path: Path) -> None:
    """A notebook with a shell of its own takes less than half a megabyte."""
    assert grown(MANY_SHELLS, tmp_path) < 500_000


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are counted")
@pytest.mark.parametrize("work", [MANY_CELLS, MANY_ENDS], ids=["a thousand cells", "many lives"])
def test_magics_leave_memory_flat(work: str, tmp_path: Path) -> None:
    """What they leave behind does not add up; nor do descriptors, threads and children."""
    assert grown(work, tmp_path) < 5_000_000
