from __future__ import annotations

import json
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
