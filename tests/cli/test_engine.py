"""`--engine process`: the same commands, with their cells in a worker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import COMMAND, nbengine, notebook, outputs, text, until_there

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux")

PROCESS = ("--engine", "process")


def test_exec_in_a_worker(tmp_path: Path) -> None:
    """It shows what the code shows, and the result says what held the cell."""
    code = "import os, sys\nprint('out')\nprint('err', file=sys.stderr)\nos.getppid() == {}"
    done = nbengine("exec", *PROCESS, code.format(os.getpid()), cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "out\nFalse\n", "err\n")
    told = json.loads(nbengine("exec", *PROCESS, "--json", "1", cwd=tmp_path).stdout)
    held = told["isolation_effective"]
    assert (held["level"], held["mode"]) == ("process", "write_enabled")
    assert held["landlock_abi"] or held["missing"]


@pytest.mark.parametrize("mode", ["read_only", "write_enabled", "epics_control"])
def test_exec_in_a_mode(tmp_path: Path, mode: str) -> None:
    """The mode that was asked for is the one that held, and holds."""
    code = "open('f', 'w').close()"
    done = nbengine("exec", *PROCESS, "--mode", mode, "--json", code, cwd=tmp_path)
    held = json.loads(done.stdout)["isolation_effective"]
    assert (held["mode"], held["device_control"]) == (mode, mode == "epics_control")
    assert (done.returncode == 0) == (tmp_path / "f").exists() == (mode != "read_only")


def test_exec_goes_on_with_what_was_saved(tmp_path: Path) -> None:
    """Variables of a notebook come back, whichever engine saved them."""
    for engine in ("process", "in_process", "process"):
        named = ("--engine", engine, "--notebook-id", "n")
        done = nbengine("exec", *named, "x = globals().get('x', 0) + 1; x", cwd=tmp_path)
        assert done.stderr == ""
    assert done.stdout == "3\n"


def test_exec_of_what_dies(tmp_path: Path) -> None:
    """What it showed stays, standard error says how it ended, and the exit code that it did."""
    code = "print('shown', flush=True)\nimport os; os._exit(3)"
    done = nbengine("exec", *PROCESS, code, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (70, "shown\n")
    assert done.stderr.startswith("WorkerDied: The worker that ran this cell died: exit code 3")


@pytest.mark.parametrize("command", ["exec", "run"])
def test_an_engine_that_is_none(tmp_path: Path, command: str) -> None:
    """Nothing runs, and those that there are are named."""
    (tmp_path / "script.py").write_text("open('f', 'w').close()")
    what = "script.py" if command == "run" else "open('f', 'w').close()"
    done = nbengine(command, "--engine", "proces", what, cwd=tmp_path)
    assert done.returncode == 2
    assert "'proces' is not one of 'in_process', 'process'" in done.stderr
    assert not (tmp_path / "f").exists()


def test_run_in_a_worker(tmp_path: Path) -> None:
    """Cells share their variables and the notebook's folder; the file gets their outputs."""
    path = notebook(tmp_path / "n.ipynb", "x = 1", "print(x)\nopen('made', 'w').close()")
    done = nbengine("run", path, *PROCESS, "-o", "out.ipynb", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert text(tmp_path / "out.ipynb") == ["", "1\n"]
    assert (tmp_path / "made").exists()


def test_keep_going_after_a_death(tmp_path: Path) -> None:
    """The next cells run in a fresh worker without variables; what was shown is in the file."""
    path = notebook(
        tmp_path / "n.ipynb",
        "x = 1",
        "print(2, flush=True)\nimport os; os._exit(3)",
        "'x' in vars()",
    )
    done = nbengine("run", path, *PROCESS, "--keep-going", "-o", "out.ipynb", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (70, "2\nFalse\n")
    told = "WorkerDied: The worker that ran this cell died: exit code 3; the notebook goes on, its"
    assert done.stderr.count(told) == 1
    assert "2 ok, 1 dead in" in done.stderr
    kinds = [[o["output_type"] for o in cell] for cell in outputs(tmp_path / "out.ipynb")]
    assert kinds == [[], ["stream", "error"], ["execute_result"]]


def test_run_read_only_in_a_worker(tmp_path: Path) -> None:
    """The cell that would write fails, the command writes its notebook all the same."""
    path = notebook(tmp_path / "n.ipynb", "open('made', 'w')")
    done = nbengine("run", path, *PROCESS, "--mode", "read_only", "-o", "out.ipynb", cwd=tmp_path)
    assert done.returncode == 1
    assert "ReadOnlyError" in (tmp_path / "out.ipynb").read_text()
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("command", ["exec", "run"])
@pytest.mark.parametrize(
    "wait",
    ["time.sleep(600)", "while True: pass", "sum(range(10**12))"],
    ids=["sleep", "loop", "C"],
)
def test_ctrl_c(tmp_path: Path, command: str, wait: str) -> None:
    """The cell ends, its worker with it if need be; what it showed stays, exit code 130."""
    code = f"import time\nprint('shown', flush=True)\nopen('on', 'w').close()\n{wait}"
    (tmp_path / "script.py").write_text(code)
    what = "script.py" if command == "run" else code
    with subprocess.Popen(
        [*COMMAND, command, *PROCESS, what],
        cwd=tmp_path,
        env=os.environ | {"NBENGINE_INTERRUPT_GRACE": "0.3"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        until_there(tmp_path / "on", process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert process.returncode == 130, err
    assert "shown\n" in out
    assert "KeyboardInterrupt" in err
