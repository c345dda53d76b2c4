"""The `process` engine as macOS and Windows see it: a mock of them, on Linux.

It shows that nothing is asked for that they have not, and not how they behave themselves.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.engines import other_system

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mocks other systems on Linux")

IMPORTS = """
import importlib, json, pkgutil, sys
loaded = []
for package in ("nbengine.engines", "nbengine.worker", "nbengine.policy", "nbengine.state"):
    top = importlib.import_module(package)
    for module in pkgutil.walk_packages(top.__path__, package + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
            loaded.append(module.name)
print(json.dumps([sys.platform, loaded]))
"""
CELLS = """
import json
from nbengine.engines.process import ProcessEngine
from nbengine.errors import IsolationUnavailableError

chosen = {"spare_workers": 0, "interrupt_grace": 0.2, "worker_environment": {"PRETENDED_SYSTEM"}}
with ProcessEngine(**chosen) as engine:
    try:
        engine.execute_code("1", "c", "n")
    except IsolationUnavailableError as error:
        told = {"required": str(error)}

with ProcessEngine(isolation="best_effort", **chosen) as engine:
    def run(code, **options):
        return engine.execute_code(code, "c", "n", **options)

    first = run("import os, sys\\nx = [1]\\nsys.platform")
    told["system"] = first.outputs[0].data["text/plain"]
    told["isolation"] = first.isolation_effective.model_dump(mode="json")
    died = run("x.append(2)\\nprint('shown', flush=True)\\nos._exit(3)")
    told["death"] = [died.status, died.stdout, died.error.message]
    told["kept"] = run("x").outputs[0].data["text/plain"]
    stuck = run("sum(range(10**11))", timeout=0.3)
    told["timeout"] = [stuck.status, stuck.error.message]
    refused = run("open('f', 'w')", mode="read_only")
    told["read_only"] = [refused.error.type, refused.isolation_effective.audit]
print(json.dumps(told))
"""


def ran(program: str, system: str, folder: Path, environment: dict[str, str]) -> Any:
    """What a program prints that believes to be elsewhere."""
    shutil.copy(other_system.__file__, folder / "sitecustomize.py")
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=environment | {"PYTHONPATH": str(folder), other_system.VARIABLE: system},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_every_module_can_be_imported(system: str, tmp_path: Path) -> None:
    """With a mock of the system, in which what it has not is missing."""
    seen, loaded = ran(IMPORTS, system, tmp_path, dict(os.environ))
    assert seen == system
    assert {"nbengine.engines.nursery", "nbengine.worker.nursery"} <= set(loaded)


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_cells_run_and_die_and_go_on(system: str, tmp_path: Path) -> None:
    """With a mock of the system: workers, deaths, timeouts, modes, and an honest word on each."""
    told = ran(CELLS, system, tmp_path, dict(os.environ))
    assert told["required"].startswith("Only Linux can hold a process")
    assert '`isolation = "best_effort"`' in told["required"]
    assert told["system"] == repr(system)
    isolation = told["isolation"]
    assert (isolation["level"], isolation["landlock_abi"], isolation["seccomp"]) == (
        "process",
        None,
        False,
    )
    assert "nothing but the source policy" in isolation["missing"][0]
    assert "memory bytes" in isolation["missing"][1]
    assert ("open files" in isolation["missing"][1]) == (system == "win32")
    assert told["death"][:2] == ["dead", "shown\n"]
    assert "exit code 3" in told["death"][2]
    assert told["kept"] == "[1]"
    assert told["timeout"][0] == "timeout"
    assert "its worker was killed" in told["timeout"][1]
    assert told["read_only"] == ["ReadOnlyError", True]
