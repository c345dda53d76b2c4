from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.guards.repository import ROOT, tokens

README = ROOT / "README.md"
PORT = "8765"


def session() -> str:
    """The shell session of the README."""
    (block,) = [
        token.content
        for token in tokens(README)
        if token.type == "fence" and token.info.strip() == "bash"
    ]
    return block


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def answers(output: str) -> list[Any]:
    """The JSON documents among the lines of the output."""
    return [json.loads(line) for line in output.splitlines() if line.startswith(("{", "["))]


@pytest.mark.slow
@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("bash")), reason="needs both")
def test_the_session_of_the_readme_does_what_it_says(tmp_path: Path) -> None:
    """Pasted into a shell as it stands, but for the port: nothing is lost, even by the kill."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    script = "set -euo pipefail\n" + session().replace(PORT, str(free_port()))
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": path, "NBENGINE_ISOLATION": "best_effort"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = answers(done.stdout)
    made, first, _, _, interrupted, page, light, _, changed, undone, whole, names = told
    assert made["id"] == "whales"
    assert (first["status"], first["tables"][0]["total_rows"]) == ("ok", 3)
    assert "event: text" in done.stdout
    assert interrupted == {"ended": True}
    assert page["rows"] == [["blue", 27], ["fin", 21]]
    assert light["rows"] == [["fin", 21], ["minke", 8]]
    assert (changed["status"], changed["state"]["changed"]) == ("ok", ["whales"])
    assert undone["cell_id"] == "c1"
    statuses = [cell["last_result"]["status"] for cell in whole["cells"]]
    assert statuses == ["ok", "interrupted", "ok"]
    assert names["rows"] == [["blue"], ["fin"], ["minke"]]
