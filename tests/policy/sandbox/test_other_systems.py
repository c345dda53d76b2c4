"""What a worker is held to where the system is not Linux: a mock of its name, after all imports."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nbengine.errors import IsolationUnavailableError
from nbengine.models.session import ExecutionMode
from nbengine.policy.sandbox.confinement import Confinement
from nbengine.policy.sandbox.confining import confine

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has the limits of POSIX")

PROGRAM = """
import json, os, resource, sys, tempfile
from pathlib import Path
from nbengine.policy.sandbox.confinement import Confinement
from nbengine.policy.sandbox.confining import confine
from nbengine.policy.sandbox.limits import Limits

sys.platform, folder = sys.argv[1:]
limits = Limits(
    memory_bytes=2**30, cpu_seconds=60, file_bytes=1_000, processes=50, open_files=64
)
held = confine(
    Confinement(
        mode="write_enabled", isolation="best_effort", limits=limits, temporary_folder=Path(folder)
    )
)
try:
    Path(folder, "long").write_bytes(bytes(2_000))
    written = None
except OSError as error:
    written = error.strerror
print(json.dumps({
    "missing": held.missing,
    "written": written,
    "open": resource.getrlimit(resource.RLIMIT_NOFILE)[1] == 64,
    "cpu": 0 < resource.getrlimit(resource.RLIMIT_CPU)[0] < 70,
    "temporary": tempfile.gettempdir() == folder,
}))
"""


def held_on(system: str, folder: Path) -> dict[str, Any]:
    """What comes of confining a process there."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, system, str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_nothing_is_weaker_without_a_word(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    """Where isolation is required no worker starts, and the sentence names what would accept it."""
    monkeypatch.setattr(sys, "platform", system)
    for mode in ExecutionMode:
        with pytest.raises(IsolationUnavailableError, match="Only Linux") as caught:
            confine(Confinement(mode=mode))
        assert f"on {system}" in str(caught.value)
        assert '`isolation = "best_effort"`' in str(caught.value)


def test_limits_of_posix(tmp_path: Path) -> None:
    """Those of processor time, files and descriptors hold; memory and processes are told."""
    held = held_on("darwin", tmp_path)
    assert held["missing"][1:] == ["No limit is held on darwin of: memory bytes, processes."]
    assert (held["written"], held["open"], held["cpu"]) == ("File too large", True, True)
    assert held["temporary"]


def test_limits_of_windows(tmp_path: Path) -> None:
    """There are none, and each that was asked for is named."""
    held = held_on("win32", tmp_path)
    names = "memory bytes, cpu seconds, file bytes, processes, open files"
    assert held["missing"][1:] == [f"No limit is held on win32 of: {names}."]
    assert (held["written"], held["open"], held["cpu"]) == (None, False, False)
    assert held["temporary"]
