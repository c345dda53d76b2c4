from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import numpy
import pytest

from nbengine.state.own_modules import is_of_ones_own


@pytest.mark.parametrize("module", [sys, json, numpy], ids=lambda module: module.__name__)
def test_libraries_are_nobodys_own(module: ModuleType) -> None:
    """Neither Python's, in files or not, nor what was installed."""
    assert not is_of_ones_own(module.__name__)


def test_files_beside_a_notebook_are_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also a folder of them; not what has no file."""
    file, folder, made = map(ModuleType, ["file_of_mine", "folder_of_mine", "made_in_a_cell"])
    file.__file__ = str(tmp_path / "file_of_mine.py")
    folder.__path__ = [str(tmp_path)]
    for module in (file, folder, made):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    assert is_of_ones_own("file_of_mine")
    assert is_of_ones_own("folder_of_mine")
    assert not is_of_ones_own("made_in_a_cell")
    assert not is_of_ones_own("never_imported")
