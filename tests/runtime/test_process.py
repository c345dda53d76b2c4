"""The process that notebooks share."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

AHEAD = """
import sys
from nbengine import ExecutionService
from nbengine.runtime.process import PROCESS

def width():
    return sys.modules["matplotlib"].rcParams["lines.linewidth"]

with ExecutionService(snapshots=False, workspace_dir=sys.argv[1]) as service:
    import matplotlib
    default = width()
    matplotlib.rcParams["lines.linewidth"] = 7
    PROCESS.make_room()
    seen = [width() == default]
    for notebook, change in (("a", "= 9"), ("b", "= 8"), ("a", "+= 1"), ("b", "+= 2")):
        code = f"import matplotlib; matplotlib.rcParams['lines.linewidth'] {change}"
        assert service.execute_code(code, "c", notebook).status == "ok"
        seen.append(width())
seen.append(width())
print(seen)
"""


def test_room_that_was_made_ahead(tmp_path: Path) -> None:
    """The first notebook finds libraries as they come, and the host has its own back at the end."""
    command = [sys.executable, "-c", AHEAD, str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[True, 9.0, 8.0, 10.0, 10.0, 7.0]"
