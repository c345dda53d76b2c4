"""What a run writes, and when it cannot."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from nbengine.cli.result_files import ResultFiles
from nbengine.errors import StorageError
from nbengine.models.notebook import Notebook


@pytest.mark.skipif(sys.platform != "linux", reason="cells are confined there alone")
@pytest.mark.parametrize("option", ["-o", "--html"])
def test_a_link_that_a_cell_puts_in_their_place(tmp_path: Path, option: str) -> None:
    """What it leads to is not written: the result takes its place, or is not there at all."""
    pytest.importorskip("nbconvert")
    suffix = ".ipynb" if option == "-o" else ".html"
    folder, other = tmp_path / "results", tmp_path / "other"
    out, aim = (each / f"out{suffix}" for each in (folder, other))
    notebook = Notebook(id="n", cells=[])
    for each in (folder, other):
        each.mkdir()
    aim.write_text("mine")
    files = ResultFiles(tmp_path / "a.py", *((out, None) if option == "-o" else (None, out)))
    out.symlink_to(aim)
    files.finish(notebook)
    assert not out.is_symlink()
    assert out.read_text() != ""
    folder.rename(tmp_path / "away")
    folder.symlink_to(other)
    with pytest.raises(StorageError, match="a link has taken the place of"):
        files.finish(notebook)
    assert aim.read_text() == "mine"
    assert [each.name for each in other.iterdir()] == [aim.name]


def test_a_link_that_was_there_before(tmp_path: Path) -> None:
    """It stays one, and what it leads to is written."""
    link, out = tmp_path / "link.ipynb", tmp_path / "out.ipynb"
    link.symlink_to(out)
    ResultFiles(tmp_path / "a.py", link, None).finish(Notebook(id="n", cells=[]))
    assert link.is_symlink()
    assert out.is_file()


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
