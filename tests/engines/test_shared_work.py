"""Work that a cell shares among processes, in a worker that may have some."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nbengine.engines.process import ProcessEngine
from tests.conftest import until
from tests.engines.conformance import Notebook
from tests.engines.processes import descendants

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux")

WORK = {
    "a pool, forked": (
        (
            "import multiprocessing as mp\nwith mp.get_context('fork').Pool(2) as p:\n"
            "    print(p.map(square, [1, 2]))"
        ),
        "[1, 4]\n",
    ),
    "a pool, spawned": (
        (
            "import multiprocessing as mp\nwith mp.get_context('spawn').Pool(2) as p:\n"
            "    print(p.map(abs, [-1, -2]))"
        ),
        "[1, 2]\n",
    ),
    "a pool of the default": (
        "import multiprocessing as mp\nwith mp.Pool(2) as p: print(p.map(abs, [-1, -2]))",
        "[1, 2]\n",
    ),
    "a process and a queue": (
        (
            "import multiprocessing as mp\nmp = mp.get_context('fork')\nq = mp.Queue()\n"
            "p = mp.Process(target=q.put, args=[5]); p.start()\nprint(q.get(timeout=60))\n"
            "p.join(); print(p.exitcode)"
        ),
        "5\n0\n",
    ),
    "a pipe": (
        "import multiprocessing as mp\na, b = mp.Pipe()\na.send([1])\nprint(b.recv())",
        "[1]\n",
    ),
    "a value and its lock": (
        (
            "import multiprocessing as mp\nmp = mp.get_context('fork')\nv = mp.Value('i', 0)\n"
            "def add():\n    with v.get_lock(): v.value += 1\n"
            "ps = [mp.Process(target=add) for _ in range(3)]\n"
            "for p in ps: p.start()\nfor p in ps: p.join()\nprint(v.value)"
        ),
        "3\n",
    ),
    "shared memory": (
        (
            "from multiprocessing.shared_memory import SharedMemory\n"
            "m = SharedMemory(create=True, size=100); m.buf[0] = 7; print(m.buf[0])\n"
            "m.close(); m.unlink()"
        ),
        "7\n",
    ),
    "an executor": (
        (
            "from concurrent.futures import ProcessPoolExecutor\n"
            "with ProcessPoolExecutor(2) as p: print(list(p.map(abs, [-1, -2])))"
        ),
        "[1, 2]\n",
    ),
    "joblib": (
        (
            "from joblib import Parallel, delayed\n"
            "print(Parallel(n_jobs=2)(delayed(square)(i) for i in (1, 2)))"
        ),
        "[1, 4]\n",
    ),
    "joblib with multiprocessing": (
        (
            "from joblib import Parallel, delayed\n"
            "print(Parallel(2, backend='multiprocessing')(delayed(abs)(i) for i in (-1, -2)))"
        ),
        "[1, 2]\n",
    ),
    "joblib with large arrays": (
        (
            "from joblib import Parallel, delayed\nimport numpy as np\n"
            "a = np.ones(300_000)\nprint(Parallel(n_jobs=2)(delayed(float)(a.sum()) for _ in 'ab'))"
        ),
        "[300000.0, 300000.0]\n",
    ),
    "scikit-learn": (
        (
            "from sklearn.model_selection import cross_val_score\n"
            "from sklearn.linear_model import LogisticRegression\nimport numpy as np\n"
            "x = np.arange(40.0).reshape(20, 2)\n"
            "print(cross_val_score(LogisticRegression(), x, [0, 1] * 10, n_jobs=2, cv=2).shape)"
        ),
        "(2,)\n",
    ),
    "a program": (
        "import subprocess\nprint(subprocess.check_output(['echo', 'a'], text=True), end='')",
        "a\n",
    ),
    "a program that is awaited": (
        (
            "import asyncio\np = await asyncio.create_subprocess_exec('echo', 'a', stdout=-1)\n"
            "print((await p.communicate())[0])"
        ),
        "b'a\\n'\n",
    ),
    "a fork": (
        (
            "import os\np = os.fork()\nif not p: os._exit(3)\n"
            "print(os.waitstatus_to_exitcode(os.waitpid(p, 0)[1]))"
        ),
        "3\n",
    ),
    "a shell": ("import os\nprint(os.waitstatus_to_exitcode(os.system('exit 3')))", "3\n"),
}
"""What works, and what it prints."""

CLOSED = {
    "a fork server": ("mp.get_context('forkserver')", "ValueError"),
    "a manager": ("mp.Manager()", "PermissionError"),
}
"""What does not, and the error that says so."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessEngine]:
    """One for all of it."""
    folder = tmp_path_factory.mktemp("shared work")
    with ProcessEngine(
        workspace_dir=folder, key_file=folder / "key", snapshots=False, spare_workers=0
    ) as engine:
        yield engine


@pytest.fixture
def notebook(engine: ProcessEngine) -> Iterator[Notebook]:
    """A fresh notebook, whose worker ends with the test."""
    notebook = Notebook(engine)
    notebook("import warnings\nwarnings.simplefilter('ignore')\ndef square(x): return x * x")
    yield notebook
    engine.hibernate(notebook.id)


@pytest.mark.parametrize("name", WORK)
def test_work_is_shared(
    engine: ProcessEngine, notebook: Notebook, signals: list[int], name: str
) -> None:
    """It gives what it gives elsewhere, and all its processes end with the worker, unforced."""
    code, printed = WORK[name]
    result = notebook(code, timeout=60)
    assert (result.error, result.stdout) == (None, printed)
    family = descendants(engine.workers[notebook.id])
    engine.hibernate(notebook.id)
    assert signals == []
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family))


@pytest.mark.parametrize("name", CLOSED)
def test_what_needs_sockets_is_refused(notebook: Notebook, name: str) -> None:
    """In one sentence that says what works instead, and at once."""
    code, error = CLOSED[name]
    if notebook("import socket; socket.socket(socket.AF_UNIX).close()").status == "ok":
        pytest.skip("this kernel rules sockets in folders")
    result = notebook(f"import multiprocessing as mp\n{code}", timeout=60)
    assert result.error is not None
    assert result.error.type == error
    assert "closed to workers: the start methods `fork` and `spawn` work" in result.error.message


def test_a_start_method_may_still_be_chosen(notebook: Notebook) -> None:
    """None is chosen for the cell."""
    code = "import multiprocessing as mp\nmp.set_start_method('spawn')\nmp.get_start_method()"
    assert notebook.value(code) == "'spawn'"
