"""The `process` engine without fork: whatever becomes of a worker, the engine answers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from nbengine.engines import starters
from nbengine.engines.environment import allowed
from nbengine.engines.launcher import Launcher
from nbengine.engines.process import ProcessEngine
from nbengine.errors import WorkerStartError
from tests.conftest import PATIENCE, until
from tests.descriptors import opened
from tests.engines.conformance import Notebook, shown
from tests.engines.processes import descendants, is_there, threads

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux")

ENDS = {
    "an exit": ("import os; os._exit(3)", "exit code 3"),
    "SIGKILL": ("import os; os.kill(os.getpid(), 9)", "signal SIGKILL: it was killed"),
    "a wrong address": ("import ctypes; ctypes.string_at(0)", "signal SIGSEGV: it accessed"),
    "another program in its place": (
        "import os; os.execv('/bin/sh', ['sh', '-c', 'exit 6'])",
        "exit code 6",
    ),
    "one that leaves a copy": (
        (
            "import os, ctypes, time\nif not ctypes.CDLL(None).fork():\n    os.setsid()\n"
            "    time.sleep(600)\nos._exit(4)"
        ),
        "exit code 4",
    ),
}
"""How a worker can be made to die, and what is told of it."""

STUBBORN = {
    "swallows every interrupt": (
        "import time\nwhile True:\n    try:\n        while True: time.sleep(0.01)\n"
        "    except BaseException: pass"
    ),
    "holds the interpreter lock": "sum(range(10**11))",
}
"""Cells that only SIGKILL ends."""

CHILDREN = {
    "a child": "import subprocess\npid = subprocess.Popen(['sleep', '600']).pid",
    "a forked copy": "import os, time\npid = os.fork()\nif not pid: time.sleep(600)",
}
"""Processes that a cell starts in its own process group, whose number is `pid` then."""

OWNER = """
import sys, time
from nbengine.engines.process import ProcessEngine
engine = ProcessEngine(worker_start="spawn", spare_workers=1)
engine.execute_code("x = 1", "c", "n")
while not engine._workers._spares._ready:
    time.sleep(0.01)
print(*engine.workers.values(), engine._workers._spares._ready[0].pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def notebook(spawning_engine: ProcessEngine) -> Iterator[Notebook]:
    """A fresh notebook, whose worker ends with the test."""
    notebook = Notebook(spawning_engine)
    yield notebook
    spawning_engine.hibernate(notebook.id)


@pytest.fixture
def open_engine() -> Iterator[Callable[..., ProcessEngine]]:
    """Opens engines with settings of their own, which are closed after the test."""
    opened: list[ProcessEngine] = []

    def open_engine(**settings: Any) -> ProcessEngine:
        given: dict[str, Any] = {"worker_start": "spawn", "spare_workers": 0} | settings
        engine = ProcessEngine(**given)
        opened.append(engine)
        return engine

    yield open_engine
    for engine in opened:
        engine.close()


@pytest.mark.parametrize("name", ENDS)
def test_a_death(notebook: Notebook, name: str) -> None:
    """The result says how it came; the next cell has the variables from before."""
    code, told = ENDS[name]
    notebook("x = [1]\ny = x")
    result = notebook(f"x.append(2)\nprint('shown', flush=True)\n{code}")
    assert (result.status, result.stdout) == ("dead", "shown\n")
    assert result.error is not None
    assert result.error.message.startswith(f"The worker that ran this cell died: {told}")
    assert notebook.value("x, y is x") == "([1], True)"


@pytest.mark.parametrize("name", STUBBORN)
def test_a_cell_that_only_death_ends(open_engine: Callable[..., ProcessEngine], name: str) -> None:
    """Its time over, its worker is killed, and the notebook goes on in another."""
    notebook = Notebook(open_engine(interrupt_grace=0.2))
    notebook("x = 1")
    result = notebook(f"x = 2\nprint('shown')\ndisplay(1)\n{STUBBORN[name]}", timeout=0.3)
    assert (result.status, result.stdout) == ("timeout", "shown\n")
    assert result.error is not None
    assert "its worker was killed" in result.error.message
    assert notebook.value("x") == "1"


@pytest.mark.parametrize("name", CHILDREN)
def test_children_end_with_their_worker(notebook: Notebook, name: str) -> None:
    """Those of its process group."""
    pid = int(notebook.value(f"{CHILDREN[name]}\npid"))
    assert is_there(pid)
    notebook("import os; os._exit(1)")
    until(lambda: not is_there(pid))


def test_the_same_holds_it(shared_engine: ProcessEngine, notebook: Notebook) -> None:
    """A worker is confined alike, however it began."""
    forked = Notebook(shared_engine)
    assert notebook("1").isolation_effective == forked("1").isolation_effective
    shared_engine.hibernate(forked.id)


def test_a_worker_is_its_own_leader(notebook: Notebook) -> None:
    """Of a process group and a session, without a terminal, and with nothing of the engine's."""
    assert notebook.value("import os\nos.getpid() == os.getsid(0) == os.getpgid(0)") == "True"
    assert notebook.value("[os.isatty(n) for n in (0, 1, 2)]") == "[False, False, False]"
    names = set(notebook.value("' '.join(os.environ)").strip("'").split())
    assert "PYTEST_CURRENT_TEST" not in names
    assert set(allowed()) <= names


def test_nothing_is_imported_that_nobody_needs(notebook: Notebook) -> None:
    """A worker for which somebody waits has no library yet."""
    assert notebook.value("import sys\n{'numpy', 'pandas'} & sys.modules.keys()") == "set()"


def test_a_spare_is_warm(open_engine: Callable[..., ProcessEngine]) -> None:
    """One that nobody waited for has every library when it is somebody's."""
    engine = open_engine(spare_workers=1)
    until(lambda: bool(engine._workers._spares._ready))
    (spare,) = engine._workers._spares._ready
    notebook = Notebook(engine)
    assert notebook.value("import sys\n{'pandas', 'plotly.io'} <= sys.modules.keys()") == "True"
    assert engine.workers == {notebook.id: spare.pid}


def test_closing_leaves_nothing(open_engine: Callable[..., ProcessEngine]) -> None:
    """Neither workers nor spares, not even those that are getting warm, nor what they take up."""

    def seen() -> tuple[int, ...]:
        own = os.getpid()
        return len(descendants(own)), opened().total(), threads(own)

    before = seen()
    for _ in range(2):
        engine = open_engine(spare_workers=2)
        Notebook(engine)("1")
        engine.close()
    until(lambda: all(now <= then for now, then in zip(seen(), before, strict=True)))


def test_workers_end_with_the_engines_process() -> None:
    """However that ends: those that are in use, and those that wait."""
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    with owner.stdout as told:
        workers = [int(word) for word in told.readline().split()]
    assert len(workers) == 2
    assert all(map(is_there, workers))
    owner.send_signal(signal.SIGKILL)
    owner.wait(PATIENCE)
    until(lambda: not any(map(is_there, workers)))


def test_a_worker_that_comes_to_meet_us(
    open_engine: Callable[..., ProcessEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no socket is inherited, all is the same."""
    monkeypatch.setattr(starters, "Launcher", partial(Launcher, inherits=False))
    notebook = Notebook(open_engine())
    assert notebook.value("x = 1\nx") == "1"
    assert notebook("'y' * 3_000_000").outputs
    assert notebook("import os; os._exit(3)").status == "dead"
    assert notebook.value("x") == "1"


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_workers_that_cannot_begin(
    open_engine: Callable[..., ProcessEngine],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    start: str,
) -> None:
    """Each caller hears why in one sentence, however often he asks; then they can again."""
    package = tmp_path / "broken" / "nbengine"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('broken')")
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    engine = open_engine(worker_start=start, spare_workers=1)
    for _ in range(3):
        with pytest.raises(WorkerStartError) as caught:
            engine.execute_code("1 + 1", "c", "n")
        assert "exit code 1 (ImportError: broken)." in str(caught.value)
        assert ('`worker_start = "spawn"`' in str(caught.value)) == (start == "fork")
    (package / "__init__.py").unlink()
    package.rmdir()
    assert shown(engine.execute_code("1 + 1", "c", "n")) == "2"
