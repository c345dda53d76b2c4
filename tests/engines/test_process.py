"""The `process` engine: whatever becomes of a worker, the engine answers."""

from __future__ import annotations

import gc
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from operator import le
from pathlib import Path
from types import NoneType
from typing import Any

import pytest
from pydantic import TypeAdapter

from nbengine.engines.environment import allowed
from nbengine.engines.nursery import Nursery
from nbengine.engines.process import ProcessEngine
from nbengine.engines.remote_cell import RemoteCell
from nbengine.errors import (
    InvalidInputError,
    IsolationUnavailableError,
    StorageError,
    WorkerLostError,
    WorkerStartError,
)
from nbengine.models.events import OutputEvent, TextWritten
from tests.conftest import PATIENCE, until
from tests.descriptors import opened
from tests.engines.conformance import Notebook, shown
from tests.engines.processes import descendants, is_there, parent_of, threads

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux")

DEATHS = int(os.environ.get("WORKER_DEATHS", "100"))
"""In a row, of the test that looks for what they leave behind."""

ENDS = {
    "an exit": ("import os; os._exit(3)", "exit code 3"),
    "an exit that says that all is well": ("import os; os._exit(0)", "exit code 0"),
    "an exit in a thread": (
        "import os, threading\nthreading.Thread(target=os._exit, args=[4]).start()\nwhile 1: pass",
        "exit code 4",
    ),
    "SIGKILL": ("import os; os.kill(os.getpid(), 9)", "signal SIGKILL: it was killed"),
    "SIGKILL of its group": ("import os; os.killpg(0, 9)", "signal SIGKILL: it was killed"),
    "SIGTERM": ("import os; os.kill(os.getpid(), 15)", "signal SIGTERM: somebody asked it"),
    "SIGUSR1": ("import os, signal; os.kill(os.getpid(), signal.SIGUSR1)", "signal SIGUSR1"),
    "a wrong address": ("import ctypes; ctypes.string_at(0)", "signal SIGSEGV: it accessed"),
    "an abort": ("import os; os.abort()", "signal SIGABRT: it gave up"),
    "a stack that overflows": (
        (
            "import ctypes\nmade = ctypes.create_string_buffer(1024)\n"
            "ctypes.CDLL(None).regcomp(made, b'(' * 10**6, 1)"
        ),
        "signal SIGSEGV: it accessed",
    ),
    "another program in its place": (
        "import os; os.execv('/bin/sh', ['sh', '-c', 'exit 6'])",
        "exit code 6",
    ),
    "processor time used up": (
        "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 9))\nwhile True: pass",
        "signal SIGXCPU: it used up its limit of processor time",
    ),
}
"""How a worker can be made to die, and what is told of it."""

STUBBORN = {
    "swallows every interrupt": (
        "import time\nwhile True:\n    try:\n        while True: time.sleep(0.01)\n"
        "    except BaseException: pass"
    ),
    "ignores SIGINT": (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nimport ctypes\n"
        "libc = ctypes.CDLL(None)\nm = (ctypes.c_char * 64)()\n"
        "libc.pthread_mutex_lock(m); libc.pthread_mutex_lock(m)"
    ),
    "holds the interpreter lock": "sum(range(10**11))",
    "holds the interpreter lock in a thread": (
        "import threading\nt = threading.Thread(target=sum, args=(range(10**11),))\n"
        "t.start(); t.join()"
    ),
    "blocks in C": (
        "import ctypes\nlibc = ctypes.CDLL(None)\nm = (ctypes.c_char * 64)()\n"
        "libc.pthread_mutex_lock(m); libc.pthread_mutex_lock(m)"
    ),
    "is stopped": "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
}
"""Cells that only SIGKILL ends."""

GIVEN = {
    "LC_CTYPE", "MIMALLOC_ARENA_EAGER_COMMIT", "MPLBACKEND", "MPLCONFIGDIR", "TMPDIR",
}  # fmt: skip
"""What a worker's environment has beside the list: its own folders, and what Python sets."""

CHILDREN = {
    "a child": "import subprocess\npid = subprocess.Popen(['sleep', '600']).pid",
    "a child in a session of its own": (
        "import subprocess\npid = subprocess.Popen(['sleep', '600'], start_new_session=True).pid"
    ),
    "a daemon": (
        "import os, subprocess, sys\n"
        "middle = '''import os, subprocess\n"
        "nowhere = {'stdout': -3, 'stderr': -3}\n"
        "os.write(1, str(subprocess.Popen(['sleep', '600'], start_new_session=True, **nowhere).pid)"
        ".encode())'''\n"
        "pid = int(subprocess.run([sys.executable, '-Ic', middle], capture_output=True).stdout)"
    ),
    "a daemon of a daemon": (
        "import os, subprocess\n"
        "pid = int(subprocess.Popen(['setsid', 'sh', '-c', "
        "'setsid sleep 600 >/dev/null & echo $!; exec sleep 500'], "
        "stdout=subprocess.PIPE).stdout.readline())"
    ),
    "a forked copy": "import os, time\npid = os.fork()\nif not pid: os.setsid(); time.sleep(600)",
}
"""Processes that a cell starts, whose number is `pid` then."""


@pytest.fixture
def engine(shared_engine: ProcessEngine) -> ProcessEngine:
    """The engine that all tests share."""
    return shared_engine


@pytest.fixture
def notebook(engine: ProcessEngine) -> Iterator[Notebook]:
    """A fresh notebook, whose worker ends with the test."""
    notebook = Notebook(engine)
    yield notebook
    engine.hibernate(notebook.id)


@pytest.fixture
def open_engine() -> Iterator[Callable[..., ProcessEngine]]:
    """Opens engines with settings of their own, which are closed after the test."""
    opened: list[ProcessEngine] = []

    def open_engine(**settings: Any) -> ProcessEngine:
        engine = ProcessEngine(**{"snapshots": True, "spare_workers": 0} | settings)
        opened.append(engine)
        return engine

    yield open_engine
    for engine in opened:
        engine.close()


# ---------------------------------------------------- deaths


@pytest.mark.parametrize("name", ENDS)
def test_a_death(notebook: Notebook, name: str) -> None:
    """The result says how it came and what is lost; the next cell has the variables from before."""
    code, told = ENDS[name]
    notebook("x = [1]\ny = x")
    result = notebook(f"x.append(2)\nprint('shown', flush=True)\ndisplay(3)\n{code}")
    assert (result.status, result.stdout, result.execution_count) == ("dead", "shown\n", 0)
    kinds = [output.output_type for output in result.outputs]
    assert kinds == ["stream", "display_data", "error"]
    assert result.error is not None
    assert result.error.type == "WorkerDied"
    assert result.error.message.startswith(f"The worker that ran this cell died: {told}")
    assert result.error.message.endswith(
        "what this cell changed is lost, the notebook goes on with the variables that were saved "
        "before"
    )
    assert notebook.value("x, y is x") == "([1], True)"


def test_a_death_without_snapshots(open_engine: Callable[..., ProcessEngine]) -> None:
    """The result says that the variables are lost, and they are."""
    notebook = Notebook(open_engine(snapshots=False))
    notebook("x = 1")
    result = notebook("import os; os._exit(1)")
    assert result.error is not None
    assert "its variables are lost (the setting `snapshots` is off)" in result.error.message
    assert notebook.value("'x' in globals()") == "False"


def test_a_death_of_the_first_cell(notebook: Notebook) -> None:
    """There is nothing to go on from, and the notebook begins anew."""
    assert notebook("import os; os._exit(1)").status == "dead"
    assert notebook("1 + 1").execution_count == 1


def test_a_death_between_cells(engine: ProcessEngine, notebook: Notebook) -> None:
    """The next cell does not notice."""
    notebook("x = 1")
    pid = engine.workers[notebook.id]
    os.kill(pid, signal.SIGKILL)
    until(lambda: not is_there(pid))
    until(lambda: notebook.id not in engine.workers)
    assert notebook.value("x") == "1"


def test_help_after_a_death(engine: ProcessEngine, notebook: Notebook) -> None:
    """It is given by another worker."""
    notebook("1")
    os.kill(engine.workers[notebook.id], signal.SIGKILL)
    until(lambda: notebook.id not in engine.workers)
    assert "import" in engine.complete("impor", 5, notebook.id).matches


def test_a_dead_cell_can_be_asked_for_again(engine: ProcessEngine, notebook: Notebook) -> None:
    """Its result is the same although its worker is gone."""
    result = notebook("print('a')\nimport os; os._exit(1)")
    assert engine.result(result.execution_id) == result


def test_a_dead_cell_ends_those_that_wait(
    notebook: Notebook, callers: ThreadPoolExecutor, tmp_path: Path
) -> None:
    """With `stop_on_error`, as after any other error."""
    notebook("")
    go_on = tmp_path / "go on"
    code = (
        f"import os, time\nwhile not os.path.exists({str(go_on)!r}): time.sleep(0.001)\nos._exit(1)"
    )
    first = callers.submit(notebook, code, stop_on_error=True, timeout=PATIENCE)
    until(lambda: _session(notebook).cell is not None)
    second = callers.submit(notebook, "1")
    until(lambda: bool(_session(notebook)._turns.queued))
    go_on.touch()
    assert [first.result(PATIENCE).status, second.result(PATIENCE).status] == ["dead", "aborted"]


def test_other_notebooks_are_unharmed(engine: ProcessEngine, notebook: Notebook) -> None:
    """A worker's death is the affair of its notebook alone."""
    other = Notebook(engine)
    other("x = 1")
    pid = engine.workers[other.id]
    notebook("import os; os._exit(1)")
    assert other.value("x") == "1"
    assert engine.workers[other.id] == pid


def test_what_ends_a_thread_ends_no_worker(engine: ProcessEngine, notebook: Notebook) -> None:
    """`sys.exit` in a thread, and an exception, leave the process alone."""
    notebook("1")
    pid = engine.workers[notebook.id]
    notebook("import sys, threading\nt = threading.Thread(target=sys.exit)\nt.start(); t.join()")
    notebook("import _thread\n_thread.start_new_thread(lambda: 1 / 0, ())")
    assert notebook("import sys\nsys.exit(1)").status == "error"
    assert engine.workers[notebook.id] == pid


@pytest.mark.slow
def test_deaths_leave_nothing_behind(
    open_engine: Callable[..., ProcessEngine], tmp_path: Path
) -> None:
    """However many there were: no process, descriptor, thread or file, here and in the parent."""
    engine = open_engine(snapshots=False, spare_workers=1, workspace_dir=tmp_path / "workspace")
    notebook = Notebook(engine)

    def die() -> None:
        result = notebook("print('shown')\ndisplay(1)\nimport os; os.kill(os.getpid(), 9)")
        assert (result.status, result.stdout) == ("dead", "shown\n")

    parent = int(notebook.value("import os\nos.getppid()"))

    def seen() -> tuple[int, ...]:
        return (
            len(descendants(os.getpid())),
            opened().total(),
            threads(os.getpid()),
            opened(parent).total(),
            threads(parent),
            len(list(tmp_path.rglob("*"))),
        )

    for _ in range(3):
        die()
    assert notebook.value("1 + 1") == "2"
    until(lambda: len(descendants(parent)) == 2)
    before = seen()
    for _ in range(DEATHS):
        die()
    assert notebook.value("1 + 1") == "2"
    until(lambda: len(descendants(parent)) == 2)
    until(lambda: all(map(le, seen(), before)))  # what others have left here may end meanwhile


# ---------------------------------------------------- cells that do not end


@pytest.mark.parametrize("name", STUBBORN)
def test_a_cell_that_only_death_ends(
    impatient_engine: ProcessEngine, signals: list[int], name: str
) -> None:
    """Its time over, it is interrupted, then signalled, then killed; the notebook goes on."""
    notebook = Notebook(impatient_engine)
    notebook("x = 1")
    result = notebook(f"x = 2\nprint('shown')\ndisplay(1)\n{STUBBORN[name]}", timeout=0.2)
    assert (result.status, result.stdout) == ("timeout", "shown\n")
    assert signals == [signal.SIGINT, signal.SIGKILL]
    assert result.error is not None
    assert result.error.type == "TimeoutError"
    assert result.error.message.startswith(
        "Execution timed out after 0.2 seconds, and as the cell did not end by itself its worker "
        "was killed; what this cell changed is lost"
    )
    assert notebook.value("x") == "1"


@pytest.mark.parametrize("name", ["swallows every interrupt", "holds the interpreter lock"])
def test_an_interrupt_that_is_not_heeded(
    impatient_engine: ProcessEngine, callers: ThreadPoolExecutor, signals: list[int], name: str
) -> None:
    """The same ladder ends a cell without a timeout."""
    engine, notebook = impatient_engine, Notebook(impatient_engine)
    events: list[OutputEvent] = []
    notebook("x = 1")
    code = f"print('shown')\ndisplay(1)\n{STUBBORN[name]}"
    running = callers.submit(notebook, code, on_output=events.append)
    until(lambda: len(events) == 2)
    threading.Event().wait(0.3)  # It is past the display now.
    assert engine.interrupt(notebook.id)
    result = running.result(PATIENCE)
    assert (result.status, result.stdout) == ("interrupted", "shown\n")
    assert result.error is not None
    assert result.error.message.startswith("Execution was interrupted, and as the cell did not end")
    assert signals == [signal.SIGINT, signal.SIGKILL]
    assert notebook.value("x") == "1"


@pytest.mark.parametrize(
    "code",
    [
        "import time\ntime.sleep(600)",
        "while True: pass",
        "import threading\nthreading.Event().wait()",
        "import threading\nlock = threading.Lock()\nlock.acquire(); lock.acquire()",
        "import os\nos.read(os.pipe()[0], 1)",
        "import subprocess\nsubprocess.run(['sleep', '600'])",
        "import os\nos.system('sleep 600')",
        "import ctypes\nctypes.CDLL(None).pause()",
    ],
)
def test_a_cell_that_heeds_the_interrupt(
    engine: ProcessEngine, notebook: Notebook, signals: list[int], code: str
) -> None:
    """No signal from outside is needed, also for a system call that blocks; the worker stays."""
    notebook("x = 1")
    pid = engine.workers[notebook.id]
    assert notebook(f"x = 2\n{code}", timeout=0.3).status == "timeout"
    assert signals == []
    assert engine.workers[notebook.id] == pid
    assert notebook.value("x") == "2"


def test_a_cell_that_lets_nobody_interrupt_it(
    engine: ProcessEngine, notebook: Notebook, signals: list[int]
) -> None:
    """The thread that should never comes to run: a signal from outside is for that, too."""
    notebook("x = 1")
    pid = engine.workers[notebook.id]
    result = notebook(
        "x = 2\nimport sys\nsys.setswitchinterval(600)\nwhile True: pass", timeout=0.3
    )
    assert (result.status, signals) == ("timeout", [signal.SIGINT])
    assert result.error is not None
    assert result.error.message == "Execution timed out after 0.3 seconds"
    assert engine.workers[notebook.id] == pid
    assert notebook.value("x") == "2"


def test_a_question_that_nobody_answers(notebook: Notebook, signals: list[int]) -> None:
    """The cell ends in time although its caller's handler does not."""
    go_on = threading.Event()

    def wait(_prompt: str, _password: bool) -> str:
        go_on.wait(PATIENCE)
        return "late"

    assert notebook("x = input()", stdin=wait, timeout=0.3).status == "timeout"
    go_on.set()
    assert notebook.value("'x' in globals()") == "False"
    assert signals == []


# ---------------------------------------------------- workers that go and come


def test_hibernation(engine: ProcessEngine, notebook: Notebook) -> None:
    """The worker ends, and whoever calls next finds everything, count included, in another."""
    notebook("x = [1]\ny = x")
    pid = engine.workers[notebook.id]
    engine.hibernate(notebook.id)
    assert notebook.id not in engine.workers
    assert not is_there(pid)
    result = notebook("x, y is x")
    assert (shown(result), result.execution_count) == ("([1], True)", 2)
    assert engine.workers[notebook.id] != pid


def test_hibernation_of_nothing(engine: ProcessEngine, notebook: Notebook) -> None:
    """Twice, or before the first cell, it is fine."""
    for _ in range(2):
        engine.hibernate(notebook.id)
    assert notebook.value("1 + 1") == "2"


def test_what_wakes_a_notebook(engine: ProcessEngine, notebook: Notebook) -> None:
    """Not only cells: completion, inspection, the history and going back, too."""
    notebook("a_name = 1")
    engine.hibernate(notebook.id)
    assert [each.cell_id for each in engine.history(notebook.id)] == ["c1"]
    engine.hibernate(notebook.id)
    notebook("a_name = 2")
    engine.hibernate(notebook.id)
    engine.undo(notebook.id)
    assert notebook.value("a_name") == "1"


def test_idle_workers_end_by_themselves(open_engine: Callable[..., ProcessEngine]) -> None:
    """After `idle_timeout`; the next call wakes the notebook."""
    engine = open_engine(idle_timeout=0.2)
    notebook = Notebook(engine)
    notebook("x = 1")
    until(lambda: not engine.workers)
    assert notebook.value("x") == "1"


def test_the_warm_parent_is_killed(open_engine: Callable[..., ProcessEngine]) -> None:
    """Every worker dies with it, and the next cell gets both from anew."""
    engine = open_engine()
    notebook, other = Notebook(engine), Notebook(engine)
    parent = int(notebook.value("import os\nx = 1\nos.getppid()"))
    other("x = 2")
    workers = list(engine.workers.values())
    os.kill(parent, signal.SIGKILL)
    until(lambda: not engine.workers)
    until(lambda: not any(map(is_there, workers)))
    assert (notebook.value("x"), other.value("x")) == ("1", "2")
    assert int(notebook.value("os.getppid()")) != parent


def test_the_warm_parent_is_killed_while_a_cell_runs(
    open_engine: Callable[..., ProcessEngine],
) -> None:
    """The cell is dead by that, and told why."""
    engine = open_engine()
    notebook = Notebook(engine)
    parent = int(notebook.value("import os\nx = 1\nos.getppid()"))
    result = notebook(
        "import time\nprint('shown')\ntime.sleep(600)",
        on_output=lambda _: os.kill(parent, signal.SIGKILL),
    )
    assert (result.status, result.stdout) == ("dead", "shown\n")
    assert result.error is not None
    assert "the process that had started it ended" in result.error.message
    assert notebook.value("x") == "1"


@pytest.mark.parametrize("name", CHILDREN)
@pytest.mark.parametrize("end", ["death", "hibernation"])
def test_children_end_with_their_worker(
    engine: ProcessEngine, notebook: Notebook, name: str, end: str
) -> None:
    """Whatever sessions and parents they gave themselves."""
    pid = int(notebook.value(f"{CHILDREN[name]}\npid"))
    assert is_there(pid)
    if end == "death":
        notebook("import os; os._exit(1)")
    else:
        engine.hibernate(notebook.id)
    until(lambda: not is_there(pid))


def test_closing_leaves_no_process(open_engine: Callable[..., ProcessEngine]) -> None:
    """Neither workers nor spares, nor the warm parent, nor what cells have started."""
    engine = open_engine(spare_workers=2)
    notebook = Notebook(engine)
    pids = [int(notebook.value(f"{code}\npid")) for code in CHILDREN.values()]
    parent = parent_of(engine.workers[notebook.id])
    family = descendants(parent)
    assert family > set(pids)
    engine.close()
    until(lambda: not any(map(is_there, {parent, *family})))


def test_closing_while_cells_run(
    open_engine: Callable[..., ProcessEngine], callers: ThreadPoolExecutor
) -> None:
    """Even cells that heed no interrupt end, and their callers hear of it."""
    engine = open_engine(interrupt_grace=0.2)
    notebook = Notebook(engine)
    events: list[OutputEvent] = []
    running = callers.submit(
        notebook, f"print(1, flush=True)\n{STUBBORN['blocks in C']}", on_output=events.append
    )
    until(lambda: bool(events))
    engine.close()
    assert running.result(PATIENCE).status == "interrupted"


def test_a_closed_engine(open_engine: Callable[..., ProcessEngine]) -> None:
    """It starts nothing any more, and says so."""
    engine = open_engine()
    engine.close()
    with pytest.raises(WorkerStartError, match="The engine is closed"):
        engine.execute_code("1", "c", "n")


# ---------------------------------------------------- what a worker has and has not


def test_the_environment_is_an_allow_list(notebook: Notebook) -> None:
    """A worker has the names on it, and what Python itself sets."""
    names = set(notebook.value("import os\n' '.join(os.environ)").strip("'").split())
    assert names <= {*allowed(), *GIVEN}
    assert "PYTEST_CURRENT_TEST" in os.environ
    assert "PYTEST_CURRENT_TEST" not in names


def test_further_variables(
    open_engine: Callable[..., ProcessEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that the setting names are passed on, others are not."""
    monkeypatch.setenv("WANTED", "1")
    monkeypatch.setenv("SECRET", "2")
    notebook = Notebook(open_engine(worker_environment={"WANTED"}))
    assert notebook.value("import os\n[os.environ.get(n) for n in ('WANTED', 'SECRET')]") == (
        "['1', None]"
    )


def test_descriptors(engine: ProcessEngine, notebook: Notebook) -> None:
    """A worker has two sockets and its own pipes, and nothing of the engine's or another's."""
    other = Notebook(engine)
    for each in (notebook, other):
        each("1")
    ours, theirs = (opened(engine.workers[each.id]) for each in (notebook, other))
    sockets = [target for target in ours if target.startswith("socket:")]
    assert len(sockets) == 2
    own = {target for target in ours if target.startswith(("socket:", "pipe:"))}
    parent = opened(parent_of(engine.workers[notebook.id]))
    assert own.isdisjoint(theirs)
    assert own.isdisjoint(parent)
    assert own.isdisjoint(opened())
    state = str(engine.settings.workspace_dir / notebook.id)
    rest = set(ours) - own - {"/dev/null"}
    assert all(target.startswith(("anon_inode:", state)) for target in rest)


def test_no_randomness_is_shared(engine: ProcessEngine) -> None:
    """Two workers of the same parent draw different numbers."""
    code = "import random, numpy\nrandom.random(), numpy.random.rand(), random.getrandbits(64)"
    notebooks = [Notebook(engine) for _ in range(3)]
    assert len({notebook.value(code) for notebook in notebooks}) == 3


def test_a_worker_is_its_own_leader(notebook: Notebook) -> None:
    """Of a process group and a session, without a terminal."""
    assert notebook.value("import os\nos.getpid() == os.getsid(0) == os.getpgid(0)") == "True"
    assert notebook.value("[os.isatty(n) for n in (0, 1, 2)]") == "[False, False, False]"


def test_libraries_are_there_already(notebook: Notebook) -> None:
    """pandas, Matplotlib and Plotly were imported before the worker was forked."""
    assert (
        notebook.value(
            "import sys\n{'pandas', 'matplotlib.pyplot', 'plotly.io'} <= sys.modules.keys()"
        )
        == "True"
    )


def test_the_warm_parent_has_one_thread(engine: ProcessEngine, notebook: Notebook) -> None:
    """Only then a fork of it is sound."""
    notebook("1")
    assert threads(parent_of(engine.workers[notebook.id])) == 1


def test_a_working_folder_of_its_own(
    open_engine: Callable[..., ProcessEngine], tmp_path: Path
) -> None:
    """It is given before the first cell and kept when it wakes; a wrong one is refused."""
    engine = open_engine()
    engine.open_notebook("n", cwd=tmp_path)
    for _ in range(2):
        assert shown(engine.execute_code("import os\nos.getcwd()", "c", "n")) == repr(str(tmp_path))
        engine.hibernate("n")
    with pytest.raises(InvalidInputError, match="open already"):
        engine.open_notebook("n", cwd=tmp_path)
    with pytest.raises(InvalidInputError, match="is not a folder"):
        engine.open_notebook("m", cwd=tmp_path / "none")


def _session(notebook: Notebook) -> Any:
    assert isinstance(notebook.engine, ProcessEngine)
    return notebook.engine._workers.session(notebook.id)


def test_a_working_folder_whose_name_is_not_unicode(
    open_engine: Callable[..., ProcessEngine], tmp_path: Path
) -> None:
    """It is one as any other."""
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    folder.mkdir()
    engine = open_engine()
    engine.open_notebook("n", cwd=folder)
    assert engine.execute_code("open('here', 'w').close()", "c", "n").status == "ok"
    assert (folder / "here").exists()


def test_a_key_that_cannot_be_had(
    open_engine: Callable[..., ProcessEngine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks hears of it, nothing is left of the worker, and later ones have its place."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    key = tmp_path / "of-all"
    key.touch(0o644)
    engine = open_engine(key_file=key, worker_count=1)
    for _ in range(3):
        with pytest.raises(StorageError, match="signing key"):
            engine.execute_code("1", "c", "n")
    assert not list(tmp_path.glob("nbengine-*"))
    parent = engine._workers._spares.starter
    assert isinstance(parent, Nursery)
    until(lambda: not descendants(parent.pid))
    key.unlink()
    assert engine.execute_code("1", "c", "n").status == "ok"


def test_what_a_killed_engine_left_is_swept_away_by_the_next(
    open_engine: Callable[..., ProcessEngine],
) -> None:
    """Temporary folders that nobody claims any more; those of an engine that lives stay."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    here = Path(tempfile.gettempdir())
    left = here / f"nbengine-{gone.pid}-x"
    notebook = Notebook(open_engine())
    used = Path(notebook("import tempfile\nprint(tempfile.gettempdir())").stdout.strip())
    assert used.name.startswith(f"nbengine-{os.getpid()}-")
    left.mkdir()
    (left / "file").write_text("x")
    open_engine()
    until(lambda: not left.exists())
    assert used.exists()


OWNER = """
import tempfile, time
from nbengine.engines.process import ProcessEngine
engine = ProcessEngine(spare_workers=0)
engine.execute_code("open(__import__('tempfile').gettempdir() + '/file', 'w').write('x')", "c", "n")
print(engine._workers.session("n").link.worker.group, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_a_killed_engine_leaves_is_swept_away_by_its_warm_parent(number: int) -> None:
    """Neither temporary folders nor control groups of it wait for another engine."""
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True) as own:
        assert own.stdout is not None
        groups = re.findall(r"PosixPath\('([^']+)'\)", own.stdout.readline())
        made = [*Path(tempfile.gettempdir()).glob(f"nbengine-{own.pid}-*"), *map(Path, groups)]
        assert made
        assert all(map(Path.exists, made))
        own.send_signal(number)
        until(lambda: not any(map(Path.exists, made)))  # although nobody has buried it yet


def test_a_death_in_the_first_cell_of_a_worker_tells_how_to_go_on(
    open_engine: Callable[..., ProcessEngine],
) -> None:
    """Variables that kill whoever brings them back can be left behind."""
    notebook = Notebook(open_engine())
    assert "`undo`" in str(notebook("import os; os._exit(1)").error)
    notebook("1")
    assert "`undo`" not in str(notebook("import os; os._exit(1)").error)


def test_ctrl_c_costs_no_output(notebook: Notebook) -> None:
    """What has just come is told, and what comes until the cell ends."""
    heard: list[str] = []

    def press_and_note(event: OutputEvent) -> None:
        if isinstance(event, TextWritten):
            if not heard:
                signal.raise_signal(signal.SIGINT)
            heard.append(event.text)

    code = "import time\ntry:\n    print(1)\n    time.sleep(600)\nfinally:\n    print(2)"
    assert notebook(code, on_output=press_and_note).status == "interrupted"
    assert "".join(heard) == "1\n2\n"


def test_a_listener_that_takes_long(engine: ProcessEngine, notebook: Notebook) -> None:
    """Its time is not the cell's: one that has ended is sent no signal, and its worker stays."""
    notebook("x = 1")
    pid, hold = engine.workers[notebook.id], threading.Event()
    result = notebook("display(1)\ndisplay(2)", timeout=0.3, on_output=lambda _: hold.wait(1.5))
    assert (result.status, len(result.outputs)) == ("ok", 2)
    assert notebook.value("x") == "1"
    assert engine.workers[notebook.id] == pid


def test_a_cell_that_shows_much_to_who_takes_long(notebook: Notebook) -> None:
    """It does not wait for him, whatever its socket holds, and ends in its time."""
    much = "for _ in range(30): display(MORE)\nprint('done', flush=True)"
    notebook("MORE = 'x' * 100_000")
    hold = threading.Event()
    result = notebook(much, timeout=2, on_output=lambda _: hold.wait(0.2))
    assert (result.status, result.stdout) == ("ok", "done\n")


def test_late_output_is_heard_without_another_cell(
    engine: ProcessEngine, notebook: Notebook
) -> None:
    """Nobody reads what cells say any more by then."""
    heard: list[str] = []

    def listen(event: OutputEvent) -> None:
        if isinstance(event, TextWritten):
            heard.append(event.text)

    code = (
        "import os, threading, time\nover = os.path.abspath('over')\ndef late():\n"
        "    while not os.path.exists(over): time.sleep(0.01)\n    print('late')\n"
        "threading.Thread(target=late).start()"
    )
    notebook(code, on_output=listen)
    assert heard == []
    (engine.settings.workspace_dir / notebook.id / "data" / "over").touch()
    until(lambda: heard == ["late\n"])


def test_an_interrupt_of_an_earlier_cell(
    engine: ProcessEngine, notebook: Notebook, callers: ThreadPoolExecutor
) -> None:
    """It does not hit the one that runs by now, and that one's does."""
    notebook("x = 1")
    shown_one = threading.Event()
    code = "print('a', flush=True)\nimport time\ntime.sleep(600)"
    cell = callers.submit(notebook, code, on_output=lambda _: shown_one.set())
    assert shown_one.wait(PATIENCE)
    session = engine._workers.session(notebook.id)
    assert session.link is not None
    asked: dict[str, Any] = {"notebook_id": notebook.id, "number": session.link.cells - 1}
    assert engine._workers.call(session.link, TypeAdapter(bool), "interrupt", **asked)
    assert not cell.done()
    assert engine.interrupt(notebook.id)
    assert cell.result(PATIENCE).status == "interrupted"
    assert notebook.value("x") == "1"


def test_a_host_with_many_files(open_engine: Callable[..., ProcessEngine]) -> None:
    """Numbers beyond what `select` takes are numbers, too."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit < 1_500:
        pytest.skip(f"only {limit} files may be open here")
    files = [os.open(os.devnull, os.O_RDONLY) for _ in range(1_100)]
    try:
        assert Notebook(open_engine(spare_workers=0))("1 + 1").status == "ok"
    finally:
        for file in files:
            os.close(file)


# ---------------------------------------------------- orphans


ORPHANS = """
import subprocess
for _ in range(50):
    subprocess.run(["sh", "-c", "setsid sleep 0.1 >/dev/null 2>&1 &"])
"""
"""Fifty processes whose parent ends at once, and which end a little later."""


def test_orphans_are_buried(engine: ProcessEngine, notebook: Notebook) -> None:
    """Those that a worker adopts leave no zombie behind; nobody else gets them."""
    assert notebook(ORPHANS).status == "ok"
    pid = engine.workers[notebook.id]
    until(lambda: not descendants(pid))


def test_orphans_of_a_shell_are_buried(engine: ProcessEngine, notebook: Notebook) -> None:
    """Also where Python does not know which process it starts."""
    notebook("import os\nfor _ in range(10): os.system('sleep 0.1 >/dev/null 2>&1 &')")
    pid = engine.workers[notebook.id]
    until(lambda: not descendants(pid))


def test_what_a_forked_copy_prints(notebook: Notebook) -> None:
    """It is heard although the copy ends without having flushed anything."""
    copy = "print('copy'); os._exit(0)"
    result = notebook(f"import os\nif not (pid := os.fork()): {copy}\nos.waitpid(pid, 0)[1]")
    assert result.stdout == "copy\n"


@pytest.mark.parametrize(
    "start",
    [
        "import subprocess\nchild = subprocess.Popen(['sh', '-c', 'exit 7'])",
        "child = os.fork()\nif not child: os._exit(7)",
        "child = os.posix_spawn('/bin/sh', ['sh', '-c', 'exit 7'], {})",
        "import pty\nchild, terminal = pty.fork()\nif not child: os._exit(7)",
    ],
    ids=["Popen", "fork", "posix_spawn", "pty"],
)
def test_a_cell_s_own_children_are_left_to_it(
    engine: ProcessEngine, notebook: Notebook, start: str
) -> None:
    """However late it asks how they ended, it is told; orphans that come later are buried."""
    notebook(f"import os\n{start}")
    assert notebook(ORPHANS).status == "ok"
    until(lambda: len(descendants(engine.workers[notebook.id])) == 1)
    ask = "os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])"
    assert notebook.value("child.wait()" if "Popen" in start else ask) == "7"
    until(lambda: not descendants(engine.workers[notebook.id]))


def test_a_thread_of_an_early_cell_speaks_on(engine: ProcessEngine) -> None:
    """However many cells have come since, its worker is not blamed for it."""
    heard: list[OutputEvent] = []
    thread = (
        "import threading, time\ndef tell():\n    while True:\n        print('tick')\n"
        "        time.sleep(0.01)\nthreading.Thread(target=tell, daemon=True).start()"
    )
    engine.execute_code(thread, "c", "n", on_output=heard.append)
    pid = engine.workers["n"]
    for number in range(300):
        assert engine.execute_code("1", f"c{number}", "n").status == "ok"
    assert engine.workers["n"] == pid
    assert heard


def test_what_cells_have_shown_is_let_go_of(tmp_path: Path) -> None:
    """The engine keeps results within its bounds, and no cell beside them."""
    with ProcessEngine(
        workspace_dir=tmp_path, key_file=tmp_path / "key", snapshots=False, record_count=1
    ) as engine:
        for number in range(5):
            engine.execute_code("'x' * 10**6", f"c{number}", "let-go-of")
        gc.collect()
        cells = [each for each in gc.get_objects() if type(each) is RemoteCell]
        assert not [each for each in cells if each._asked.notebook_id == "let-go-of"]


def test_a_notebook_closed_while_others_wait_for_it(tmp_path: Path) -> None:
    """Whoever waited opens it again, or hears that it was closed; no worker is lost."""
    with (
        ProcessEngine(workspace_dir=tmp_path, key_file=tmp_path / "key", worker_count=1) as engine,
        ThreadPoolExecutor(3) as callers,
    ):
        engine.execute_code("x = 1", "c", "n")
        for _ in range(5):
            asked: list[Future[Any]] = [
                callers.submit(engine.execute_code, "import time; time.sleep(0.2)", "c", "n"),
                callers.submit(engine.close_notebook, "n"),
                callers.submit(engine.execute_code, "x", "c", "n"),
            ]
            for each in asked:
                assert isinstance(each.exception(PATIENCE), WorkerLostError | NoneType)
            assert engine.execute_code("x", "c", "n").status == "ok"
            assert set(engine.workers) == {"n"}
            assert engine.execute_code("1", "c", "other", timeout=PATIENCE).status == "ok"


def test_a_workspace_among_pythons_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells could read all of it: nothing runs, and the sentence says what to do."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    settings: dict[str, Any] = {
        "workspace_dir": tmp_path / "workspace",
        "key_file": tmp_path / "key",
    }
    with (
        ProcessEngine(**settings) as engine,
        pytest.raises(IsolationUnavailableError, match="take that folder out of PYTHONPATH"),
    ):
        engine.execute_code("1", "c", "n")
    with ProcessEngine(**settings, isolation="best_effort") as engine:
        missing = engine.execute_code("1", "c", "n").isolation_effective.missing
    assert any("PYTHONPATH" in sentence for sentence in missing)


def test_what_a_failed_cell_made_is_kept_when_the_worker_ends(tmp_path: Path) -> None:
    """A notebook that hibernates, or changes its mode, loses nothing."""
    with ProcessEngine(workspace_dir=tmp_path, key_file=tmp_path / "key") as engine:
        engine.execute_code("x = 1", "c", "n")
        engine.execute_code("y = 2\n1 / 0", "c", "n")
        engine.hibernate("n")
        engine.execute_code("z = y + 1\n1 / 0", "c", "n")
        result = engine.execute_code("x, y, z", "c", "n", mode="read_only")
        assert shown(result) == "(1, 2, 3)"


def test_what_a_death_costs_is_told(tmp_path: Path) -> None:
    """Nothing was saved after cells that failed: what they made is lost with the last one."""
    with ProcessEngine(workspace_dir=tmp_path, key_file=tmp_path / "key") as engine:
        engine.execute_code("x = 1", "c", "n")
        engine.execute_code("y = 2\n1 / 0", "c", "n")
        error = engine.execute_code("import os; os._exit(1)", "c", "n").error
        assert error is not None
        assert "what this cell and the failed ones before it changed is lost" in error.message
        assert engine.execute_code("x", "c", "n").status == "ok"
