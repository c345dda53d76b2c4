"""The real command, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and terminals")

COMMAND = [sys.executable, "-m", "nbengine"]


def nbengine(
    *arguments: str | Path,
    cwd: Path,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end; output as text."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        check=False,
        env=os.environ | dict(env or {}),
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def until_there(path: Path, process: subprocess.Popen[Any]) -> None:
    """Wait for the running command to make a file."""
    while not path.exists():
        assert process.poll() is None, "the command ended too early"
        time.sleep(0.02)


def notebook(path: Path, *sources: str, tags: Mapping[int, str] | None = None) -> Path:
    """Write a notebook of code cells; `tags` by number of the cell, from 1."""
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "id": f"c{n}",
            "metadata": {"tags": [tags[n]]} if tags and n in tags else {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for n, source in enumerate(sources, start=1)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells}
    path.write_text(json.dumps(whole), encoding="utf-8")
    return path


def outputs(path: Path) -> list[list[dict[str, Any]]]:
    """The outputs of each cell in a notebook file."""
    return [cell.get("outputs", []) for cell in json.loads(path.read_text("utf-8"))["cells"]]


def text(path: Path) -> list[str]:
    """What each cell in a notebook file wrote to its streams."""
    return [
        "".join("".join(o["text"]) for o in cell if o["output_type"] == "stream")
        for cell in outputs(path)
    ]
