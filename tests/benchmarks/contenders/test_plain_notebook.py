from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.contenders import plain_notebook


def notebook(folder: Path, *sources: str | list[str]) -> Path:
    path = folder / "source.ipynb"
    path.write_text(json.dumps({"cells": [{"source": source} for source in sources]}))
    return path


def printed(path: Path) -> list[str]:
    cells = json.loads(path.read_text())["cells"]
    return ["".join(output["text"] for output in cell["outputs"]) for cell in cells]


def test_cells_share_their_variables_and_what_they_print_is_written(tmp_path: Path) -> None:
    """A source may be text or lines; a cell that prints nothing has no output."""
    source, target = notebook(tmp_path, "x = 6", ["print(\n", "x * 7)"]), tmp_path / "out.ipynb"
    plain_notebook.run_file(source, target)
    assert printed(target) == ["", "42\n"]


def test_it_is_a_script_too(tmp_path: Path) -> None:
    """As its own program it takes the two files as arguments."""
    source, target = notebook(tmp_path, "print('hi')"), tmp_path / "out.ipynb"
    script = plain_notebook.__file__
    subprocess.run([sys.executable, script, str(source), str(target)], check=True)
    assert printed(target) == ["hi\n"]


def test_a_cell_that_fails_ends_it(tmp_path: Path) -> None:
    """Nothing is written then, so that nobody takes it for a run."""
    with pytest.raises(ZeroDivisionError):
        plain_notebook.run_file(notebook(tmp_path, "1/0"), tmp_path / "out.ipynb")
    assert not (tmp_path / "out.ipynb").exists()
