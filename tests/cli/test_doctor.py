from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nbengine.cli.diagnosis import Diagnosis
from nbengine.models.session import ExecutionMode
from tests.cli.command import nbengine

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux has what is looked for")


def test_it_tells_json(tmp_path: Path) -> None:
    """Everything that was found is one document, and the exit code says whether all is there."""
    done = nbengine("doctor", "--json", cwd=tmp_path)
    found = Diagnosis.model_validate_json(done.stdout)
    assert done.returncode == (0 if found.is_whole else 69)
    assert found.versions["pandas"]
    assert {each.mode for each in found.process} == set(ExecutionMode)
    assert [each.remedy for each in found.probes if each.found] == [
        None for each in found.probes if each.found
    ]
    assert json.loads(done.stdout)["in_process"]


@linux
def test_it_tells_a_reader(tmp_path: Path) -> None:
    """Each layer and each mode has a line."""
    shown = nbengine("doctor", cwd=tmp_path).stdout
    for name in ("kernel", "landlock", "seccomp", "namespaces", "memory limit", "process limit"):
        assert name in shown
    for mode in ExecutionMode:
        assert mode in shown


@pytest.mark.parametrize("start, told", [("fork", "a warm parent"), ("spawn", "a fresh interp")])
@linux
def test_how_processes_begin(tmp_path: Path, start: str, told: str) -> None:
    """It is said as the settings have it, and what a process of one's own is good for."""
    shown = nbengine("doctor", cwd=tmp_path, env={"NBENGINE_WORKER_START": start}).stdout
    assert told in " ".join(shown.split())
    assert "another process goes on with what was saved" in " ".join(shown.split())


@linux
def test_settings_decide_what_is_tried(tmp_path: Path) -> None:
    """A mode that cannot be had with the settings is told with the reason, and it is an error."""
    environment = {"NBENGINE_INPUT_FOLDERS": str(tmp_path / "gone")}
    done = nbengine("doctor", cwd=tmp_path, env=environment)
    assert done.returncode == 69
    assert "read_only: no cell runs." in done.stdout
    assert "is not there" in done.stdout


def test_nothing_is_left(tmp_path: Path) -> None:
    """What was tried out leaves no file."""
    nbengine("doctor", cwd=tmp_path, env={"TMPDIR": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


CONTAINER = [sys.executable, "-P", str(Path(__file__).with_name("container.py"))]


@linux
def test_what_a_container_refuses_is_told_with_its_remedy(tmp_path: Path) -> None:
    """Namespaces are tried, not only looked for; what is missing says what lifts it."""
    done = subprocess.run(
        [*CONTAINER, "doctor", "--json"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    found = Diagnosis.model_validate_json(done.stdout)
    assert done.returncode == 69
    (probe,) = (each for each in found.probes if each.name == "namespaces")
    assert not probe.found
    assert "--security-opt seccomp=unconfined" in (probe.remedy or "")
    told = str(found.process)
    assert "No namespaces of its own: " in told
    if os.getuid() == 0:
        assert "run as another user (`docker run --user 1000:1000 …`)" in told


@linux
def test_cells_run_in_a_container(tmp_path: Path) -> None:
    """Files, programs and the network are held to the mode all the same."""
    unlimited = os.environ | {"NBENGINE_PROCESS_LIMIT": "none"}
    for mode, code in (("read_only", "1 + 1"), ("write_enabled", "open('f', 'w').close()\n1 + 1")):
        done = subprocess.run(
            [*CONTAINER, "exec", "--engine", "process", "--mode", mode, "--json", code],
            cwd=tmp_path,
            env=unlimited,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        held = json.loads(done.stdout)["isolation_effective"]
        assert (held["mode"], held["seccomp"], held["namespaces"]) == (mode, True, [])
        assert held["landlock_abi"]
