"""Folders taken away, whatever lies in them."""

from __future__ import annotations

import os
from pathlib import Path

from nbengine.engines.removal import remove
from tests.permissions import obeyed


def test_everything_goes(tmp_path: Path) -> None:
    """Files, pipes, links and folders that their owner has closed; not what links lead to."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    folder = tmp_path / "folder"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "file").touch()
    (folder / "to").symlink_to(kept)
    (folder / "nowhere").symlink_to(tmp_path / "none")
    os.mkfifo(folder / "a" / "pipe")
    (folder / "a" / "b").chmod(0)
    (folder / "a").chmod(0)
    folder.chmod(0)
    with obeyed():
        remove(folder)
    assert [path.name for path in tmp_path.rglob("*")] == ["kept", "file"]


def test_any_depth(tmp_path: Path) -> None:
    """Deeper than the stack, the descriptors and the length of a path would go."""
    here = os.open(".", os.O_RDONLY)
    folder = tmp_path / "folder"
    folder.mkdir()
    try:
        os.chdir(folder)
        for _ in range(1500):
            Path("inner").mkdir()
            os.chdir("inner")
    finally:
        os.fchdir(here)
        os.close(here)
    remove(folder)
    assert not folder.exists()


def test_what_is_not_there(tmp_path: Path) -> None:
    """It is gone already; a link in its place is left alone."""
    remove(tmp_path / "none")
    (tmp_path / "link").symlink_to(tmp_path)
    remove(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()


def test_names_that_a_cell_could_guess(tmp_path: Path) -> None:
    """Folders that lie where others are moved to while they are emptied keep nothing."""
    folder = tmp_path / "folder"
    for number in range(50):
        inner = folder / f".{number}-{os.getpid()}"
        inner.mkdir(parents=True)
        (inner / "file").touch()
    remove(folder)
    assert not folder.exists()
