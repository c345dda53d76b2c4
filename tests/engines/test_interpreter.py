"""Python processes of ours, whatever becomes of them."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from nbengine.engines.environment import allowed
from nbengine.engines.interpreter import Interpreter, Role
from nbengine.engines.meeting import WAYS
from nbengine.engines.passing import close
from nbengine.errors import WorkerStartError
from tests.conftest import PATIENCE, until
from tests.descriptors import opened

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux")
NOWHERE = "/nowhere/at/all"


@pytest.fixture(params=[True, False], ids=["inherits", "meets"])
def inherits(request: pytest.FixtureRequest) -> bool:
    """Both ways to its sockets."""
    return bool(request.param)


def test_the_end_of_its_sockets_is_its_end(inherits: bool) -> None:
    """It ends by itself, with nothing to complain of, and is seen to."""
    interpreter = Interpreter("worker", allowed(), inherits=inherits)
    close(interpreter.sockets)
    ending = interpreter.ending.result(PATIENCE)
    assert (ending.code, ending.said) == (0, "")


def test_signals(inherits: bool) -> None:
    """It gets them while it lives; afterwards nobody does."""
    interpreter = Interpreter("worker", allowed(), inherits=inherits)
    interpreter.signal(signal.SIGKILL)
    assert interpreter.ending.result(PATIENCE).code == -signal.SIGKILL
    interpreter.signal(signal.SIGKILL)
    close(interpreter.sockets)


def test_what_others_see_of_it(inherits: bool) -> None:
    """Neither arguments nor environment have a secret in them."""
    interpreter = Interpreter("worker", allowed(), inherits=inherits)
    process = Path(f"/proc/{interpreter.pid}")
    until(lambda: bool(process.joinpath("environ").read_text()))  # it is Python by then
    arguments = process.joinpath("cmdline").read_text().rstrip("\0").split("\0")
    assert arguments[:5] == [sys.executable, "-P", "-m", "nbengine.worker", "worker"]
    assert len(arguments) == (7 if inherits else 5)
    given = {line.partition("=")[0] for line in process.joinpath("environ").read_text().split("\0")}
    assert given - {""} == set(allowed())
    close(interpreter.sockets)
    interpreter.ending.result(PATIENCE)


@pytest.fixture
def broken(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing of ours can be imported."""
    package = tmp_path / "nbengine"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('broken')")
    return allowed() | {"PYTHONPATH": str(tmp_path)}


@pytest.mark.parametrize("role", ["worker", "nursery"])
def test_one_that_cannot_begin(role: Role, inherits: bool, broken: dict[str, str]) -> None:
    """What it said last is told, and the sockets lead to nobody."""
    if not inherits:
        with pytest.raises(WorkerStartError, match=r"did not find its way.* ImportError: broken"):
            Interpreter(role, broken, inherits=False)
        return
    interpreter = Interpreter(role, broken)
    ending = interpreter.ending.result(PATIENCE)
    assert [end.recv(1) for end in interpreter.sockets] == [b""] * WAYS[role]
    close(interpreter.sockets)
    assert ending.at_once == "A new worker died at once: exit code 1 (ImportError: broken)."


@pytest.mark.parametrize("program", ["", NOWHERE, "/"])
def test_no_python(monkeypatch: pytest.MonkeyPatch, program: str, inherits: bool) -> None:
    """One sentence says so, and nothing is left of the attempt."""
    before = opened()
    monkeypatch.setattr(sys, "executable", program)
    with pytest.raises(WorkerStartError, match="No worker can be started"):
        Interpreter("worker", {}, inherits=inherits)
    until(lambda: opened() <= before)


def test_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system starts none, one sentence says so."""

    def start(_thread: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", start)
    with pytest.raises(WorkerStartError, match="can't start new thread"):
        Interpreter("worker", {})
