from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.bytecode import OBSTACLE, PLACE, compiled_once


def compiled(environment: Mapping[str, str]) -> dict[Path, int]:
    """What is compiled after a process that imports a module, and when it was."""
    subprocess.run([sys.executable, "-c", "import json.tool"], check=True, env=environment)
    return {file: file.stat().st_mtime_ns for file in Path(environment[PLACE]).rglob("*.pyc")}


def test_the_second_of_two_processes_compiles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first leaves compiled modules, where no shell's setting forbids it, until the end."""
    monkeypatch.setenv(OBSTACLE, "1")
    with compiled_once() as environment:
        first = compiled(environment)
        assert any(file.name.startswith("tool.") for file in first)
        assert compiled(environment) == first
    assert not Path(environment[PLACE]).exists()
