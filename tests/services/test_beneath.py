from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nbengine.errors import StorageError
from nbengine.services import beneath
from nbengine.services.atomic_file import write_atomically
from nbengine.services.beneath import make_folder, move, opened_behind

pytestmark = pytest.mark.skipif(
    os.open not in os.supports_dir_fd, reason="files are not opened relative to a folder"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One in which cells write; beside it lies `secret`."""
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder"


def read(path: Path, within: Path) -> str:
    with os.fdopen(opened_behind(path, within)) as file:
        return file.read()


@pytest.fixture
def exchanged(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Has something done right after the look where a path leads."""

    def exchanged(do: Callable[[], None]) -> None:
        look = beneath.real_path

        def late(path: Path, within: Path | None) -> Path:
            found = look(path, within)
            do()
            return found

        monkeypatch.setattr("nbengine.services.beneath.real_path", late)
        monkeypatch.setattr("nbengine.services.atomic_file.real_path", late)

    return exchanged


def test_links_are_followed_within_the_folder(folder: Path) -> None:
    """And stay links when the file is written."""
    (folder / "real").mkdir()
    (folder / "real/a").write_text("a")
    (folder / "link").symlink_to("real/a")
    (folder / "linked").symlink_to("real")
    (folder / "new").symlink_to("real/b")
    assert read(folder / "link", folder) == read(folder / "linked/a", folder) == "a"
    for name in ("link", "linked/c", "new"):
        write_atomically(folder / name, name.encode(), within=folder)
    assert {each.name: each.read_text() for each in (folder / "real").iterdir()} == {
        "a": "link",
        "b": "new",
        "c": "linked/c",
    }
    assert (folder / "new").is_symlink()


def test_a_folder_that_is_a_link_itself(folder: Path) -> None:
    """It was chosen by who serves it."""
    (folder.parent / "other").symlink_to(folder)
    (folder / "a").write_text("a")
    assert read(folder.parent / "other" / "a", folder.parent / "other") == "a"


@pytest.mark.parametrize("name", ["out", "away/secret", "gone", "up/folder/../secret"])
def test_no_link_leads_out_of_it(folder: Path, name: str) -> None:
    """Nothing is read there and nothing made."""
    (folder / "out").symlink_to(folder.parent / "secret")
    (folder / "away").symlink_to(folder.parent)
    (folder / "up").symlink_to("..")
    (folder / "gone").symlink_to(folder.parent / "none")
    with pytest.raises(PermissionError, match="it leads out of"):
        read(folder / name, folder)
    with pytest.raises(StorageError, match=f"cannot be written: it leads out of {folder}."):
        write_atomically(folder / name, b"x", within=folder)
    assert (folder.parent / "secret").read_text() == "secret"
    assert not (folder.parent / "none").exists()


def test_a_file_exchanged_for_a_link_after_the_look(
    folder: Path, exchanged: Callable[[Callable[[], None]], None]
) -> None:
    """It is not read, and not followed when it is written: the link itself is replaced."""
    path = folder / "a"
    path.write_text("a")

    def exchange() -> None:
        path.unlink()
        path.symlink_to(folder.parent / "secret")

    exchanged(exchange)
    with pytest.raises(FileNotFoundError):
        read(path, folder)
    path.unlink()
    path.write_text("a")
    write_atomically(path, b"b", within=folder)
    assert (folder.parent / "secret").read_text() == "secret"
    assert (path.is_symlink(), path.read_text()) == (False, "b")
    assert path.stat().st_mode & 0o111 == 0


def test_a_folder_exchanged_for_a_link_after_the_look(
    folder: Path, exchanged: Callable[[Callable[[], None]], None]
) -> None:
    """Nothing is reached through it."""
    (folder / "sub").mkdir()
    (folder / "sub/secret").write_text("mine")

    def exchange() -> None:
        if not (folder / "sub").is_symlink():
            (folder / "sub").rename(folder / "away")
            (folder / "sub").symlink_to(folder.parent)

    exchanged(exchange)
    with pytest.raises(NotADirectoryError, match="taken the place of the folder 'sub'"):
        read(folder / "sub/secret", folder)
    (folder / "sub").unlink()
    (folder / "away").rename(folder / "sub")
    with pytest.raises(StorageError, match="taken the place of the folder 'sub'"):
        write_atomically(folder / "sub/secret", b"x", within=folder)
    assert (folder.parent / "secret").read_text() == "secret"


def test_nothing_is_moved_or_made_behind_a_link(folder: Path) -> None:
    """Neither out of the folder nor into it."""
    (folder / "sub").symlink_to(folder.parent)
    (folder / "mine").write_text("mine")
    for path, to in (("sub/secret", "taken"), ("mine", "sub/given")):
        with pytest.raises(NotADirectoryError):
            move(folder / path, folder / to, within=folder, into=folder)
    with pytest.raises(NotADirectoryError):
        make_folder(folder / "sub/new", folder)
    with pytest.raises(PermissionError, match="lies out of"):
        make_folder(folder.parent / "new", folder)
    assert sorted(each.name for each in folder.parent.iterdir()) == ["folder", "secret"]


def test_what_is_moved_to_another_file_system(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file takes its mode and time along; a link goes itself, not what it leads to."""

    def apart(*_: object, **__: object) -> None:
        raise OSError(errno.EXDEV, "another file system")

    monkeypatch.setattr("os.replace", apart)
    (folder / "a").write_text("a")
    (folder / "a").chmod(0o640)
    os.utime(folder / "a", (1_000, 2_000))
    (folder / "link").symlink_to(folder.parent / "secret")
    for name in ("a", "link"):
        move(folder / name, folder.parent / name, within=folder)
    assert list(folder.iterdir()) == []
    moved = folder.parent / "a"
    found = moved.stat()
    assert (moved.read_text(), found.st_mode & 0o777, found.st_mtime) == ("a", 0o640, 2_000)
    assert (folder.parent / "link").readlink() == folder.parent / "secret"
