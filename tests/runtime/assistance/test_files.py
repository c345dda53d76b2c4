from __future__ import annotations

from pathlib import Path

import pytest

from nbengine.runtime.assistance.files import modules, paths


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "two words.csv").touch()
    (tmp_path / "data.py").touch()
    (tmp_path / ".hidden").touch()
    (tmp_path / "not-a-module.py").touch()
    (tmp_path / "data" / "inner.py").touch()
    (tmp_path / "data" / "__pycache__").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    "typed, expected",
    [
        ("da", {"data/", "data.py"}),
        ("data/t", {"data/two words.csv"}),
        ("./data/t", {"./data/two words.csv"}),
        (".", {".hidden"}),
        ("nowhere/x", set()),
        ("da\0", set()),
    ],
)
def test_paths_begin_with_what_was_typed(typed: str, expected: set[str], folder: Path) -> None:
    """From the notebook's folder, folders with a slash, hidden files if asked for."""
    assert set(paths(typed, str(folder))) == expected


def test_an_absolute_path_is_completed(folder: Path) -> None:
    """Whatever the notebook's folder is."""
    assert list(paths(f"{folder}/data/two", "/")) == [f"{folder}/data/two words.csv"]


def test_modules_are_those_that_could_be_imported(folder: Path) -> None:
    """Files and folders along the path, what is loaded, and Python's own."""
    names = modules("", ["", "/nowhere"], str(folder))
    assert {"data", "sys", "pytest", "json"} <= names
    assert "not-a-module" not in names


def test_modules_in_a_package_are_found(folder: Path) -> None:
    """In a loaded one where it says, in another along the path."""
    assert modules("data", [str(folder)], "/") == {"inner"}
    assert {"path"} <= modules("os", [], "/")
    assert {"decoder", "tool"} <= modules("json", [], "/")
