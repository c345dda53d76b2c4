"""What is put in place while a cell runs, and taken out again."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

from nbengine.errors import StorageError
from nbengine.runtime.streams import RoutedStream
from nbengine.runtime.surroundings import Surroundings

STREAMS = (RoutedStream("stdout"), RoutedStream("stderr"))


@contextmanager
def in_force(surroundings: Surroundings) -> Iterator[None]:
    """As while a cell runs."""
    streams = sys.stdout, sys.stderr
    surroundings.enter(STREAMS)
    try:
        yield
    finally:
        surroundings.leave(STREAMS)
        sys.stdout, sys.stderr = streams


@pytest.fixture
def mine(tmp_path: Path) -> Surroundings:
    """A notebook's."""
    return Surroundings(ModuleType("__main__"), tmp_path)


def test_the_notebooks_own_are_in_force_between_enter_and_leave(
    mine: Surroundings, tmp_path: Path
) -> None:
    """`__main__`, the folder, the streams; then the host's again."""
    before = sys.modules["__main__"], Path.cwd(), sys.argv, sys.path
    with in_force(mine):
        assert sys.modules["__main__"] is mine.main
        assert Path.cwd() == tmp_path.resolve()
        assert (sys.stdout, sys.stderr) == STREAMS
        assert sys.argv == [""]
        assert sys.path[0] == ""
    assert (sys.modules["__main__"], Path.cwd(), sys.argv, sys.path) == before


def test_an_environment_is_a_difference_to_the_hosts(
    mine: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the notebook set or deleted holds; all else is as the host has it now."""
    monkeypatch.setenv("KEPT", "1")
    monkeypatch.setenv("GONE", "1")
    with in_force(mine):
        os.environ["MINE"] = "1"
        del os.environ["GONE"]
    assert ("MINE" in os.environ, "GONE" in os.environ) == (False, True)
    monkeypatch.setenv("KEPT", "2")
    with in_force(mine):
        assert (os.environ["MINE"], os.environ["KEPT"]) == ("1", "2")
        assert "GONE" not in os.environ
        del os.environ["MINE"]
        os.environ["GONE"] = "1"
    with in_force(mine):
        assert ("MINE" in os.environ, os.environ["GONE"]) == (False, "1")


def told() -> str:
    """What a child process finds."""
    command = [sys.executable, "-c", "import os; print(os.environ.get('MINE', ''), end='')"]
    return subprocess.check_output(command, text=True)


def test_child_processes_see_the_environment_that_is_in_force(mine: Surroundings) -> None:
    """Variables are set in the process, not only in the mapping."""
    with in_force(mine):
        os.environ["MINE"] = "told"
    with in_force(mine):
        assert told() == "told"
    assert told() == ""


def test_a_folder_that_is_gone_is_made_anew(mine: Surroundings, tmp_path: Path) -> None:
    """With a complaint, once."""
    folder = tmp_path / "gone"
    mine.cwd = str(folder)
    with in_force(mine):
        assert mine.complaint is not None
        assert str(folder) in mine.complaint
        assert Path.cwd() == folder.resolve()
    with in_force(mine):
        assert mine.complaint is None


def test_a_folder_that_cannot_be_entered_is_refused(mine: Surroundings, tmp_path: Path) -> None:
    """The host is left as it was."""
    before = Path.cwd(), sys.argv
    (tmp_path / "file").write_text("")
    mine.cwd = str(tmp_path / "file" / "sub")
    with pytest.raises(StorageError):
        mine.enter(STREAMS)
    mine.leave(STREAMS)
    assert (Path.cwd(), sys.argv) == before


def test_a_host_without_a_folder_is_left_without_trouble(
    mine: Surroundings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of the host may vanish while a cell runs."""
    folder = tmp_path / "host"
    folder.mkdir()
    monkeypatch.chdir(folder)
    with in_force(mine):
        folder.rmdir()
    monkeypatch.chdir(tmp_path)


def test_warnings_are_shown_as_in_a_fresh_program(mine: Surroundings) -> None:
    """Every user warning, each time; the host's filters do not count, and are its own after."""
    before = warnings.filters
    with in_force(mine):
        assert warnings.filters is not before
        assert not any(action == "error" for action, *_ in warnings.filters)
        warnings.simplefilter("error")
    assert warnings.filters is before
    with in_force(mine), pytest.raises(UserWarning):
        warnings.warn("now an error", stacklevel=1)
