"""The engine's own process against what a worker sends and leaves: bounded, and never run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbengine import ExecutionResult
from nbengine.engines import workers as workers_module
from nbengine.engines.process import ProcessEngine
from nbengine.errors import NbengineError, StorageError
from nbengine.models.events import OutputEvent
from nbengine.policy.sandbox import landlock, seccomp
from tests.conftest import until
from tests.engines.processes import descendants, is_there, parent_of, threads

from .forgery import FORGERY
from .notebook import Notebook

pytestmark = pytest.mark.skipif(
    not (landlock.version() and seccomp.available()),
    reason="this kernel confines nobody: `nbengine doctor` says what is missing",
)

MIB = 1 << 20
GRACE = 0.2

HOSTILE_VALUES = {
    "a repr that raises": "class X:\n    def __repr__(self): 1 / 0\nX()",
    "a repr that is none": "class X:\n    def __repr__(self): return 1\nX()",
    "a repr that ends the process": (
        "class X:\n    def __repr__(self):\n        import os; os._exit(4)\nX()"
    ),
    "a repr without end": "class X:\n    def __repr__(self):\n        while True: pass\nX()",
    "a class that lies": "class X:\n    __class__ = property(lambda self: 1 / 0)\nX()",
    "a metaclass that lies": (
        "class M(type):\n    def __instancecheck__(self, o): return 1 / 0\n"
        "    def __eq__(self, o): return 1 / 0\n    __hash__ = None\n"
        "    def __getattribute__(self, n): raise MemoryError\nclass X(metaclass=M): pass\nX()"
    ),
    "an equality that raises": (
        "class X:\n    def __eq__(self, o): 1 / 0\n    __hash__ = None\nx = X()\nx"
    ),
    "a frame that is none": (
        "import pandas as pd\nclass F(pd.DataFrame):\n    shape = property(lambda s: 1 / 0)\n"
        "    dtypes = columns = property(lambda s: 'no')\nF({'a': [1]})"
    ),
    "a figure that is none": (
        "import matplotlib.pyplot as plt\nf = plt.figure()\nf.canvas.print_figure = None\n"
        "f.savefig = lambda *a, **k: 1 / 0\nf"
    ),
    "a bundle that is none": "class X:\n    def _repr_mimebundle_(self, **k): return [1]\nX()",
    "a bundle of objects": (
        "class X:\n    def _repr_mimebundle_(self, **k):\n"
        "        return {1: object(), 'a/b': {object()}, 'text/plain': b'\\xff', 'c': {(): 1}}\nX()"
    ),
    "a bundle of no JSON": (
        "class X:\n    def _repr_mimebundle_(self, **k):\n"
        "        return {'application/json': float('nan'), 'text/plain': 'x'}\nX()"
    ),
    "a bundle that holds itself": (
        "class X:\n    def _repr_mimebundle_(self, **k):\n        a = []\n        a.append(a)\n"
        "        return {'application/json': a, 'text/plain': 'x'}\nX()"
    ),
    "a bundle 100,000 deep": (
        "class X:\n    def _repr_mimebundle_(self, **k):\n        a = []\n"
        "        for _ in range(100_000): a = [a]\n"
        "        return {'application/json': a, 'text/plain': 'x'}\nX()"
    ),
    "half a letter": "print('\\ud800')\ndisplay({'text/html': '\\udfff'}, raw=True)\n'\\ud800'",
    "no text": (
        "import os, sys\nsys.stdout.buffer.write(b'\\xff\\xfe' * 100)\nos.write(1, b'\\xff')"
    ),
    "50,000 outputs": "for n in range(50_000): display(n)",
    "an exception that cannot be shown": (
        "class E(BaseException):\n    def __str__(self): raise self\n"
        "    __repr__ = __str__\n    __traceback__ = property(lambda s: 1 / 0)\nraise E"
    ),
    "an exception of exceptions": (
        "e = None\nfor n in range(20_000):\n    new = ValueError(n)\n"
        "    new.__cause__ = e\n    e = new\nraise e"
    ),
    "a name that is none": (
        "globals()[1] = globals()['a b\\ud800'] = 1\nglobals()['x' * 10_000_000] = 1"
    ),
    "a value that cannot be pickled": (
        "class X:\n    def __reduce_ex__(self, n): raise BaseException\nx = X()"
    ),
    "a value that pickles for ever": (
        "class X:\n    def __reduce__(self): return X, (X(),)\nx = X()"
    ),
}
"""What a cell shows, names or leaves, that is to be looked at when it has ended."""

PATCHES = {
    "the service": (
        "from nbengine.services.execution_service import ExecutionService as S\n"
        "for n in dir(S):\n    if not n.startswith('__') and callable(getattr(S, n)):\n"
        "        setattr(S, n, lambda *a, **k: 'gone')"
    ),
    "the models": (
        "import nbengine.models.notebook as n\n"
        "n.ExecutionResult.model_dump_json = lambda s: '{}'\n"
        "n.ExecutionResult.__init__ = lambda *a, **k: None"
    ),
    "JSON": (
        "import json, orjson\njson.dumps = json.loads = orjson.dumps = orjson.loads = lambda *a: 1"
    ),
    "builtins": (
        "import builtins\nfor n in 'len isinstance getattr print open __import__'.split():\n"
        "    setattr(builtins, n, None)"
    ),
    "modules": "import sys\nsys.modules.clear()",
    "modules by others": "import sys\nfor n in list(sys.modules): sys.modules[n] = 1",
    "sockets": "import socket\nsocket.socket.sendall = socket.socket.recv = lambda *a: b''",
    "reads": "import os\nos.read = os.write = os.close = lambda *a: b''",
    "threads": (
        "import threading\nthreading.Thread.start = lambda s: None\n"
        "threading.Lock = threading.RLock = None"
    ),
    "the frames": (
        "from nbengine.engines.frames import Frame, FrameReader\n"
        "FrameReader.feed = lambda s, d: iter(())\nFrame.encode = lambda s: b'garbage'"
    ),
    "the main loop": (
        "import gc\n[h] = [o for o in gc.get_objects() if type(o).__name__ == 'Host']\n"
        "h._answer = h._called = h._execute = h.run = h.serve = lambda *a: None"
    ),
    "the connection": (
        "import gc\n"
        "[c] = [o for o in gc.get_objects() if type(o).__name__ == 'Connection']\n"
        "c._socket = c._lock = c._reader = None"
    ),
    "the line": (
        "import gc\n[c] = [o for o in gc.get_objects() if type(o).__name__ == 'Line']\n"
        "c._socket = c._lock = c._reader = c._answering = c._side = None"
    ),
    "a trace of everything": (
        "import sys, threading\ndef f(*a): raise SystemExit\nsys.settrace(f); sys.setprofile(f)\n"
        "threading.settrace(f)"
    ),
    "an audit of everything": (
        "import sys\ndef f(event, args): raise RuntimeError(event)\nsys.addaudithook(f)"
    ),
    "the collector": (
        "import gc\nclass X:\n    def __del__(self):\n        while True: pass\n"
        "x = X()\nx.x = x\ndel x\ngc.set_threshold(1)"
    ),
    "recursion": "import sys\nsys.setrecursionlimit(60)",
    "the switch between threads": "import sys\nsys.setswitchinterval(10**6)",
}
"""What a cell does to its own worker's code: its notebook may suffer until it is restarted."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where everything of this file lies."""
    return tmp_path_factory.mktemp("engine")


@pytest.fixture(scope="module")
def engine(root: Path) -> Iterator[ProcessEngine]:
    """An engine with small limits."""
    with ProcessEngine(
        workspace_dir=root / "workspace",
        key_file=root / "key",
        interrupt_grace=GRACE,
        memory_limit=512 * MIB,
        process_limit=48,
        pickle_seconds=1.0,
        display_limit=4 * MIB,
        record_bytes=8 * MIB,
        worker_count=4,
        spare_workers=1,
    ) as engine:
        yield engine


@pytest.fixture(scope="module")
def neighbour(engine: ProcessEngine) -> Notebook:
    """Another notebook, whose worker lives all the while."""
    neighbour = Notebook(engine)
    neighbour("x = 1")
    return neighbour


@pytest.fixture(autouse=True)
def _unharmed(neighbour: Notebook) -> Iterator[None]:
    """Whatever a test does, this one goes on in the same worker."""
    pid = neighbour.pid
    yield
    assert neighbour.value("x, 1 + 1") == "(1, 2)"
    assert neighbour.pid == pid


@pytest.fixture
def notebook(engine: ProcessEngine) -> Iterator[Notebook]:
    """A fresh one, which answers at the end."""
    notebook = Notebook(engine)
    yield notebook
    assert notebook.value("1 + 1") == "2"
    engine.hibernate(notebook.id)


# ---------------------------------------------------- values and patches


@pytest.mark.parametrize("name", HOSTILE_VALUES)
def test_a_hostile_value(notebook: Notebook, name: str) -> None:
    """It is the cell's own trouble: its result can be read, whatever it shows."""
    result = notebook(HOSTILE_VALUES[name], timeout=3.0)
    assert ExecutionResult.model_validate_json(result.model_dump_json()) == result
    assert len(result.model_dump_json()) < 64 * MIB


@pytest.mark.parametrize("name", PATCHES)
def test_a_patch(engine: ProcessEngine, name: str) -> None:
    """The engine in the worker may be anything after it; a restart gives the notebook another."""
    notebook = Notebook(engine)
    notebook("x = 1")
    for code in (PATCHES[name], "1 + 1"):
        try:
            notebook(code, timeout=0.5)
        except NbengineError:  # what a broken engine says
            continue
    engine.restart(notebook.id)
    assert notebook.value("1 + 1") == "2"
    engine.hibernate(notebook.id)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that do not answer are given up sooner."""
    monkeypatch.setattr(workers_module, "_CALL_TIMEOUT", 1.0)
    monkeypatch.setattr(workers_module, "_CLOSE_TIMEOUT", 1.0)


def test_a_worker_that_was_stopped_between_cells(engine: ProcessEngine, notebook: Notebook) -> None:
    """A restart does not need its help."""
    notebook("import os, threading\nthreading.Timer(0.05, os.kill, (os.getpid(), 19)).start()")
    pid = notebook.pid
    until(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")
    engine.restart(notebook.id)
    assert not is_there(pid)


@pytest.mark.parametrize("code", ["import os; os._exit(5)", "while True: pass"])
def test_a_snapshot_that_kills(engine: ProcessEngine, notebook: Notebook, code: str) -> None:
    """Whoever reads it dies of it, and only he: the notebook goes on from another, or from none."""
    evil = f"class X:\n    def __reduce__(self): return exec, ({code!r},)\n"
    for recover in (engine.undo, engine.restart):
        notebook("y = 1")
        notebook(evil + "x = X()")
        engine.hibernate(notebook.id)
        notebook("y", timeout=0.5)
        recover(notebook.id)
        assert notebook("1 + 1").status == "ok"


PARENT = """
import sys
loaded = []
sys.addaudithook(lambda event, args: loaded.append(args) if event == "pickle.find_class" else None)
from nbengine import open_engine

evil = '''
class X:
    def __reduce__(self): return exec, (f"open({os.getcwd()!r} + '/was-here', 'a').close()",)
    __repr__ = __reduce__
import os
x = X()
x
'''
if __name__ == "__main__":
    with open_engine("process") as engine:
        for mode in ("write_enabled", "read_only", "write_enabled"):
            engine.execute_code(evil if mode == "write_enabled" else "1", "c", "n", mode=mode)
            engine.history("n"), engine.complete("x.", 2, "n"), engine.inspect("x", 1, "n")
        engine.undo("n")
        engine.restore_state("n", 1)
        engine.hibernate("n")
        engine.execute_code("x", "c", "n")
    print(len(loaded), "pickle" in str(loaded))
"""


def test_nothing_is_unpickled_in_the_engines_process(tmp_path: Path) -> None:
    """Nor by what goes back in time: only in the worker, which the same code shows it does."""
    environment = {
        **os.environ,
        "NBENGINE_WORKSPACE_DIR": str(tmp_path / "workspace"),
        "NBENGINE_KEY_FILE": str(tmp_path / "key"),
    }
    done = subprocess.run(
        [sys.executable, "-c", PARENT],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "0 False\n", done.stderr
    assert (tmp_path / "workspace/n/data/was-here").exists()
    assert list(tmp_path.rglob("was-here")) == [tmp_path / "workspace/n/data/was-here"]


# ---------------------------------------------------- what a worker says


def test_a_flood_does_not_stop_the_clock(notebook: Notebook) -> None:
    """A timeout is kept although there is always something more to read, and its reader is slow."""

    def listen(_event: OutputEvent) -> None:
        time.sleep(0.002)

    text = "TextWritten(execution_id='e', name='stdout', text='x')"
    flood = (
        f"one = {text}.model_dump_json().encode()\nwhile True:\n    try:\n"
        "        while True: wire.send(Kind.EVENT, nonce, one)\n    except BaseException: pass"
    )
    result = notebook(FORGERY + flood, timeout=0.3, on_output=listen)
    assert result.status == "timeout"


def test_a_message_that_is_heavier_than_it_looks(notebook: Notebook) -> None:
    """A few letters can be large objects: it is weighed before it is understood."""
    before = _held()
    code = "body = result(outputs=[])[:-2] + b'[' + b'[],' * (20 << 20) + b'0]]}'"
    result = notebook(f"{FORGERY}{code}\nwire.send(Kind.RESULT, nonce, body)\ntime.sleep(9)")
    assert result.status == "dead"
    assert result.error is not None
    assert "a message would take up more than" in result.error.message
    assert _held() - before < 700 * MIB


def test_results_that_hold_more_than_their_outputs(
    engine: ProcessEngine, notebook: Notebook
) -> None:
    """What is remembered of them is counted whole, so that old ones are forgotten."""
    code = "body = result(error={'type': 'x', 'message': 'y' * (6 << 20), 'traceback': ''})"
    sent = [
        notebook(f"{FORGERY}{code}\nwire.send(Kind.RESULT, nonce, body)").execution_id
        for _ in range(3)
    ]
    with pytest.raises(NbengineError):
        engine.result(sent[0])


def test_displays_that_hold_more_than_they_seem(notebook: Notebook) -> None:
    """What is kept of a cell for the case that it dies is bounded by what the worker sent."""
    before = _held()
    code = (
        "data = {'a/b': [0] * 200 + ['x' * (4 << 20)]}\nshown = DisplayData(data=data)\n"
        "one = OutputShown(execution_id='e', output=shown).model_dump_json().encode()\n"
        "for _ in range(200): wire.send(Kind.EVENT, nonce, one)\nimport os; os.abort()"
    )
    assert notebook(FORGERY + code).status == "dead"
    assert _held() - before < 300 * MIB


def test_late_output_without_end(notebook: Notebook) -> None:
    """What nobody takes in time is dropped, however much it is."""
    before = _held()
    code = (
        "import threading\nshown = DisplayData(data={'a/b': 'x' * (8 << 20)})\n"
        "one = OutputShown(execution_id='e', output=shown).model_dump_json().encode()\n"
        "def f():\n    time.sleep(0.1)\n"
        "    for _ in range(100): wire.send(Kind.EVENT, nonce, one)\n"
        "sender = threading.Thread(target=f)\nsender.start()"
    )
    notebook(FORGERY + code, on_output=lambda _: time.sleep(0.05))
    assert notebook("sender.join()").status == "ok"
    assert _held() - before < 400 * MIB


def test_many_questions(notebook: Notebook) -> None:
    """Each takes a thread of the caller's process, so that there are only a few at a time."""
    before = threads(os.getpid())

    def answer(_prompt: str, _password: bool) -> str:
        time.sleep(0.3)
        return ""

    asked = '{"prompt": "", "password": false}'
    ask = f"for _ in range(1000): wire.send(Kind.ASK, nonce, b{asked!r})\ntime.sleep(9)"
    result = notebook(FORGERY + ask, stdin=answer)
    assert result.status == "dead"
    assert threads(os.getpid()) - before <= 20


def test_a_lie_about_what_holds_the_worker(notebook: Notebook) -> None:
    """It was said before the first cell, and is not asked again."""
    lie = "body = result(isolation_effective={'level': 'container', 'seccomp': False})"
    result = notebook(f"{FORGERY}{lie}\nwire.send(Kind.RESULT, nonce, body)")
    assert (result.isolation_effective.level, result.isolation_effective.seccomp) == (
        "process",
        True,
    )


def test_a_lie_about_an_earlier_cell(engine: ProcessEngine, notebook: Notebook) -> None:
    """Of what is on record only output can be added to; how it ended stays what it was."""
    first = notebook("1 / 0")
    lie = (
        "host._methods['result'] = lambda execution_id: "
        "__import__('json').loads(result(execution_id=execution_id))"
    )
    notebook(f"{FORGERY}{lie}")
    again = engine.result(first.execution_id)
    assert again.model_copy(update={"outputs": [], "cuts": []}) == first.model_copy(
        update={"outputs": [], "cuts": []}
    )


def test_errors_that_a_cell_makes_up(notebook: Notebook) -> None:
    """They are errors of the engine's, at worst; those of other kinds are none."""
    for name in ("CapacityError", "SystemExit", "os", "KeyboardInterrupt", "NbengineError"):
        code = f'wire.send(Kind.ERROR, nonce, b\'{{"type":"{name}","message":""}}\')'
        with pytest.raises(NbengineError):
            notebook(f"{FORGERY}{code}\ntime.sleep(0.2)")


def test_all_threads_taken(engine: ProcessEngine, notebook: Notebook) -> None:
    """What is asked of a worker that can start none is an error; it listens on, and runs cells."""
    notebook(
        "import threading\ngo_on = threading.Event()\ntry:\n"
        "    while True: threading.Thread(target=go_on.wait).start()\nexcept RuntimeError: pass"
    )
    pid = notebook.pid
    with pytest.raises(NbengineError, match="can't start new thread"):
        engine.complete("x", 1, notebook.id)
    assert notebook("go_on.set()").status == "ok"
    assert notebook.pid == pid


# ---------------------------------------------------- what a worker leaves


def test_a_folder_that_is_too_deep(notebook: Notebook) -> None:
    """Its temporary files are taken away however many folders they lie below each other."""
    where = notebook.value("import os, tempfile\nos.chdir(tempfile.gettempdir())\nos.getcwd()")
    folder = Path(where.strip("'"))
    notebook(
        "for _ in range(1500):\n    os.mkdir('d', 0o700); os.symlink('/', 'l'); os.chdir('d')\n"
        "os.chmod('.', 0)\nos._exit(1)"
    )
    assert notebook.value("1") == "1"
    assert folder.name.startswith("nbengine-")
    until(lambda: not folder.exists())


def test_links_in_temporary_files(notebook: Notebook, tmp_path: Path) -> None:
    """They are taken away, and not what they lead to."""
    (tmp_path / "kept").touch()
    notebook(f"import os, tempfile\nos.symlink({str(tmp_path)!r}, tempfile.gettempdir() + '/l')")
    notebook("os._exit(1)")
    assert (tmp_path / "kept").exists()


def test_a_working_folder_that_became_a_link(engine: ProcessEngine, tmp_path: Path) -> None:
    """Its worker would be let into what it leads to; none is started."""
    (tmp_path / "own" / "inner").mkdir(parents=True)
    (tmp_path / "aim").mkdir()
    outer, inner = Notebook(engine), Notebook(engine)
    engine.open_notebook(outer.id, cwd=tmp_path / "own")
    engine.open_notebook(inner.id, cwd=tmp_path / "own" / "inner")
    inner("1")
    engine.hibernate(inner.id)
    aim = str(tmp_path / "aim")
    moved = outer(f"import os\nos.rename('inner', 'away')\nos.symlink({aim!r}, 'inner')")
    assert moved.status == "ok"
    with pytest.raises(StorageError, match="a link has taken its place"):
        inner("open('x', 'w').close()")
    assert list((tmp_path / "aim").iterdir()) == []
    engine.hibernate(outer.id)


@pytest.mark.parametrize("part", ["data", "artifacts", "state"])
def test_a_folder_that_became_a_link(
    engine: ProcessEngine, root: Path, tmp_path: Path, part: str
) -> None:
    """A cell that may write around a notebook's folders makes its worker no gift."""
    other, around = Notebook(engine), Notebook(engine)
    home = root / "workspace" / other.id
    home.mkdir(parents=True)
    engine.open_notebook(around.id, cwd=home)
    assert around(f"import os\nos.symlink({str(tmp_path)!r}, {part!r})").status == "ok"
    with pytest.raises(StorageError, match="a link has taken its place"):
        other("1")
    engine.hibernate(around.id)


def test_a_process_that_never_stays(engine: ProcessEngine, notebook: Notebook) -> None:
    """One that forks and ends, over and over, is caught with its worker."""
    notebook("1")
    warm = parent_of(notebook.pid)
    notebook(
        "import os\nif not os.fork():\n    os.setsid()\n    while True:\n"
        "        if os.fork(): os._exit(0)\nos._exit(1)"
    )
    until(lambda: len(descendants(warm)) <= 2 + len(engine.workers))
    assert notebook("1").status == "ok"


def test_nothing_is_left_in_temporary_folders(engine: ProcessEngine) -> None:
    """Not files, not shared memory, when a worker has ended."""
    notebook = Notebook(engine)
    before = _shared()
    found = notebook.value(
        "import os, tempfile\nopen('/dev/shm/of-a-cell', 'w').write('x')\n"
        "tempfile.mkstemp()\nos.listdir('/dev/shm'), tempfile.gettempdir()"
    )
    assert "of-a-cell" in found
    assert _shared() == before
    engine.hibernate(notebook.id)
    place = found.rpartition(", ")[2].strip("')")
    assert place.startswith(tempfile.gettempdir())
    until(lambda: not Path(place).exists())


SERVER = """
import ctypes, resource, struct
from nbengine import open_engine

def give_up():
    libc, sets = ctypes.CDLL(None), ctypes.create_string_buffer(24)
    header = ctypes.create_string_buffer(struct.pack("Ii", 0x20080522, 0))
    libc.capget(header, sets)
    words = list(struct.unpack("6I", sets.raw))
    words[0] &= ~(1 << 21 | 1 << 24)  # CAP_SYS_ADMIN, CAP_SYS_RESOURCE
    libc.capset(header, struct.pack("6I", *words))

hoard = '''
import array, os, socket
n, held = os.open("/dev/null", 0), []
try:
    while True:
        held.append(socket.socketpair())
        for _ in range(20):
            many = array.array("i", [n] * 100)
            held[-1][0].sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, many)])
except OSError as error:
    print(error.strerror)
'''
if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, most))
    give_up()
    with open_engine("process", spare_workers=0, snapshots=False) as engine:
        print(engine.execute_code(hoard, "c", "hoarder").stdout.strip())
        print(engine.execute_code("1 + 1", "c", "other").outputs[0].data["text/plain"])
    print(resource.getrlimit(resource.RLIMIT_NOFILE) == (256, most))
"""


def test_descriptors_that_are_on_their_way(tmp_path: Path) -> None:
    """A cell keeps as many as its user may send, and other notebooks get workers all the same."""
    environment = {**os.environ, "NBENGINE_WORKSPACE_DIR": str(tmp_path / "workspace")}
    done = subprocess.run(
        [sys.executable, "-c", SERVER],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "Too many references: cannot splice\n2\nTrue\n", done.stderr


def test_a_limit_of_processor_time(tmp_path: Path) -> None:
    """A cell that catches the signal has five seconds more, and one that does not is told why."""
    with ProcessEngine(
        workspace_dir=tmp_path / "w", cpu_limit=1, snapshots=False, spare_workers=0
    ) as engine:
        result = Notebook(engine)("while True: pass")
    assert result.status == "dead"
    assert result.error is not None
    assert "processor time (setting `cpu_limit`)" in result.error.message


def _shared() -> set[str]:
    return {path.name for path in Path("/dev/shm").iterdir()}


def _held() -> int:
    """Bytes that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
