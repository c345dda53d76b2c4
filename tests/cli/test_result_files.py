"""What a run writes, and when it cannot."""

from __future__ import annotations

from pathlib import Path

from nbengine.cli.result_files import ResultFiles
from nbengine.models.notebook import Notebook


def test_trouble_that_has_passed_is_forgotten(tmp_path: Path) -> None:
    """Results that could not be written after one cell are written after a later one."""
    folder, away = tmp_path / "results", tmp_path / "away"
    folder.mkdir()
    files = ResultFiles(tmp_path / "a.py", folder / "out.ipynb", None)
    folder.rename(away)
    files.keep(Notebook(id="n", cells=[]))
    assert files.trouble is not None
    away.rename(folder)
    assert files.finish(Notebook(id="n", cells=[])) == [f"Notebook: {folder / 'out.ipynb'}"]
    assert files.trouble is None
