from __future__ import annotations

from pathlib import Path

import pytest

from nbengine.state.disk import Disk


class Noted(Disk):
    """Knows which folders were flushed."""

    def __init__(self) -> None:
        self.flushed: list[Path] = []

    def sync_folder(self, folder: Path) -> None:
        self.flushed.append(folder)


@pytest.mark.parametrize("lasting", [False, True])
def test_a_folder_with_those_above_it(tmp_path: Path, *, lasting: bool) -> None:
    """If it is to last, whatever has a new name in it is flushed; what is there already is not."""
    disk, folder = Noted(), tmp_path / "a/b/c"
    for _ in range(2):
        disk.make_folder(folder, lasting=lasting)
        assert folder.is_dir()
        assert disk.flushed == [tmp_path, tmp_path / "a", tmp_path / "a/b"] * lasting


def test_a_folder_that_a_link_leads_to(tmp_path: Path) -> None:
    """It is one."""
    (tmp_path / "link").symlink_to(tmp_path)
    Disk().make_folder(tmp_path / "link", lasting=True)


def test_a_drive_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told as any folder that cannot be made, whatever system has drives."""

    def absent(path: Path, *_: object, **__: object) -> None:
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "mkdir", absent)
    with pytest.raises(FileNotFoundError):
        Disk().make_folder(Path("/a/b"), lasting=False)


@pytest.mark.parametrize("place", ["taken", "taken/new", "nowhere", "nowhere/new"])
def test_what_cannot_be_a_folder(tmp_path: Path, place: str) -> None:
    """A file, or a link that leads nowhere, is in the way, and stays."""
    (tmp_path / "taken").write_text("in the way")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises((FileExistsError, NotADirectoryError)):
        Disk().make_folder(tmp_path / place, lasting=False)
    assert sorted(tmp_path.rglob("*")) == before
