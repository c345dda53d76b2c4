"""The `process` level against cells that do what they like: nothing is taken, everybody lives."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nbengine.engines.process import ProcessEngine
from nbengine.policy.sandbox import landlock, seccomp
from tests.engines.processes import is_there, parent_of

from .attempts import ATTEMPTS, LATE, Attempt
from .attempts_process import CALLS, HARMS, READ, THEFTS, WRITE, Harm, Theft
from .notebook import PATIENCE, Notebook
from .prey import Prey

pytestmark = pytest.mark.skipif(
    not (landlock.version() and seccomp.available()),
    reason="this kernel confines nobody: `nbengine doctor` says what is missing",
)

LIMITS: dict[str, Any] = {
    "memory_limit": 512 << 20,
    "process_limit": 48,
    "open_file_limit": 256,
    "file_size_limit": 2 << 20,
}
GRACE = 0.2
AFFORDABLE = 400
"""MiB that the engine's own process may take for a cell that floods it."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where everything of this file lies."""
    return tmp_path_factory.mktemp("p")


@pytest.fixture(scope="module")
def engine(root: Path) -> Iterator[ProcessEngine]:
    """An engine with small limits, which all attempts are made on."""
    with ProcessEngine(
        workspace_dir=root / "workspace",
        key_file=root / "key",
        interrupt_grace=GRACE,
        worker_count=4,
        spare_workers=1,
        **LIMITS,
    ) as engine:
        yield engine


@pytest.fixture(scope="module")
def prey(root: Path) -> Iterator[Prey]:
    """What thefts are aimed at."""
    with Prey(root) as prey:
        yield prey


@pytest.fixture(scope="module")
def neighbour(engine: ProcessEngine) -> Notebook:
    """Another notebook, whose worker lives all the while."""
    neighbour = Notebook(engine)
    neighbour("x = 1")
    return neighbour


@pytest.fixture(autouse=True)
def other(neighbour: Notebook) -> Iterator[Notebook]:
    """The same; that nothing has become of it is seen at the end."""
    before = (neighbour.pid, os.getpid(), parent_of(neighbour.pid))
    yield neighbour
    assert neighbour.value("x, 1 + 1") == "(1, 2)"
    assert (neighbour.pid, os.getpid(), parent_of(neighbour.pid)) == before


@pytest.fixture
def notebook(engine: ProcessEngine) -> Iterator[Notebook]:
    """A fresh one, which answers at the end, and whose worker then ends."""
    notebook = Notebook(engine)
    yield notebook
    assert notebook.value("1 + 1") == "2"
    pid = notebook.pid
    engine.hibernate(notebook.id)
    assert not is_there(pid)


# ---------------------------------------------------- thefts


@pytest.fixture(scope="module")
def read_only(engine: ProcessEngine) -> Notebook:
    """One notebook for every attempt on READ_ONLY that Python itself is to stop."""
    return Notebook(engine, READ)


@pytest.mark.parametrize(
    "attempt",
    [a for a in ATTEMPTS if a.level == "in_process"],
    ids=lambda a: f"{a.category}: {a.name}",
)
def test_what_holds_in_process_holds_here(
    prey: Prey, read_only: Notebook, attempt: Attempt
) -> None:
    """READ_ONLY: whatever the source policy and the audit net stop in process, they stop here."""
    read_only(prey.ground.preparation)
    result = read_only(attempt.code)
    if attempt in LATE:
        read_only(attempt.later)
    loot = read_only.value("loot is not None")
    assert not prey.taken(loot == "True"), result
    assert read_only.value("1 + 1") == "2"


@pytest.mark.parametrize("theft", THEFTS, ids=lambda t: f"{t.kind}: {t.name}")
def test_a_theft(
    prey: Prey, notebook: Notebook, other: Notebook, root: Path, tmp_path: Path, theft: Theft
) -> None:
    """It succeeds for a process that nothing holds, and fails in every mode that promises so."""
    if obstacle := _obstacle_unconfined(prey, theft, tmp_path):
        pytest.skip(f"it does not succeed here even where nothing holds it: {obstacle}")
    others = [os.getpid(), parent_of(other.pid), other.pid]
    neighbour = root / "workspace" / other.id
    code = CALLS + prey.preparation(others=others, neighbour=str(neighbour), key=str(root / "key"))
    code += f"\n{theft.code}"
    if WRITE in theft.modes:
        result = notebook(code)
        assert not prey.taken(_loot(notebook)), result
    if READ in theft.modes:
        notebook(f"{CARRIER}\nloot = Carrier({code!r})")
        notebook.mode = READ
        result = notebook("1")
        assert not prey.taken(_loot(notebook)), result
        assert result.isolation_effective.mode is READ


CARRIER = '''
class Carrier:
    """Runs code where it is unpickled, past the source policy and before the audit net."""
    def __init__(self, code):
        self.code = code
    def __reduce__(self):
        run = f"exec({self.code!r}, g)"
        tried = f"try:\\n    {run}\\nexcept BaseException as error: g['error'] = repr(error)"
        told = f"(lambda g: (exec({tried!r}, {{'g': g}}), g.get('loot'))[1])({{}})"
        return eval, (told,)
'''


def test_the_carrier(notebook: Notebook) -> None:
    """Code in a snapshot does run, in READ_ONLY too, but in the worker: that is why it is tried."""
    code = "import os\nloot = os.getpid()"
    notebook(f"{CARRIER}\nloot = Carrier({code!r})")
    notebook.mode = READ
    assert notebook.value("loot") == str(notebook.pid)


# ---------------------------------------------------- harms


@pytest.mark.parametrize("harm", HARMS, ids=lambda h: h.name)
def test_a_harm(notebook: Notebook, tmp_path: Path, harm: Harm) -> None:
    """It is one where nothing holds it; here its cell ends in time, and all others go on."""
    assert _is_harmful(harm, tmp_path)
    before = _memory()
    notebook("x = 5\nloot = None")
    result = notebook(harm.code, timeout=0.4 if "timeout" in harm.ends else PATIENCE)
    assert result.status in harm.ends, result
    assert result.isolation_effective.level == "process"
    assert notebook.value("x") == "5"
    assert notebook.value("bool(loot)") == "False"
    assert _memory() - before < AFFORDABLE


# ---------------------------------------------------- controls


def _obstacle_unconfined(prey: Prey, theft: Theft, folder: Path) -> str:
    """Why the same code fails in a process of its own, with files of its own folder to aim at.

    Nothing if it succeeds, as it should.
    """
    for name in ("home/data", "home/state", "own"):
        (folder / name).mkdir(parents=True)
    (folder / "home/state/x").touch()
    (folder / "key").write_bytes(b"key")
    aims = {"neighbour": str(folder / "home"), "key": str(folder / "key")}
    victim = prey.preparation(**aims)
    code = f"{CALLS}{victim}\nothers = [victim]\ntry:\n    exec({theft.code!r})\n"
    code += "finally:\n    print(os.strerror(refusal), bool(loot), sep='\\n', flush=True)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder / "own",
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE,
    )
    taken = prey.taken(done.stdout.endswith("True\n"))
    prey.renew()
    return "" if taken else [*done.stdout.splitlines()[:1], *done.stderr.splitlines()][-1]


def _is_harmful(harm: Harm, folder: Path) -> bool:
    """Whether the same code is a nuisance to a process that nothing holds."""
    code = f"import IPython.display\nloot = None\nprint(1, flush=True)\nexec({harm.code!r})\n"
    process = subprocess.Popen(
        [sys.executable, "-c", code + "print(bool(loot))"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"1\n"
        if harm.control == "stays":
            return _stays(process)
        said = process.stdout.read()  # `communicate` knows nothing of what was read ahead
        process.wait(PATIENCE)
        return said.endswith(b"True\n") if harm.control == "hoards" else process.returncode != 0
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def _stays(process: subprocess.Popen[bytes]) -> bool:
    """Whether it runs on, whoever asks it to end."""
    time.sleep(0.2)
    process.send_signal(2)
    try:
        process.wait(0.2)
    except subprocess.TimeoutExpired:
        return True
    return False


def _loot(notebook: Notebook) -> bool:
    return notebook.value("bool(loot)") == "True"


def _memory() -> int:
    """MiB of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20
