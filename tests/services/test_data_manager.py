from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nbengine.errors import (
    FileConflictError,
    InvalidIdError,
    InvalidInputError,
    UnknownFileError,
)
from nbengine.services.data_files import listing
from nbengine.services.data_manager import DataManager
from nbengine.settings import load_settings
from tests.permissions import obeyed, read_only


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def files(folder: Path) -> Iterator[DataManager]:
    with DataManager(folder, settings=load_settings()) as manager:
        yield manager


def names(files: DataManager, *, hidden: bool = False) -> list[str]:
    return [file.name for file in files.list(hidden=hidden).files]


def test_a_folder_that_is_not_there_yet_has_no_files(tmp_path: Path) -> None:
    """A notebook that never had files has an empty list, and no folder is made for it."""
    manager = DataManager(tmp_path / "none", settings=load_settings())
    assert manager.list().files == []
    assert manager.context_of_all().contexts == []
    with pytest.raises(UnknownFileError):
        manager.info("a.csv")
    assert not (tmp_path / "none").exists()


def test_files_are_listed_with_what_is_known_of_them(files: DataManager, folder: Path) -> None:
    """Names are relative, in order, with size, time in UTC, media type and kind."""
    (folder / "b").mkdir()
    (folder / "b" / "c.parquet").write_bytes(b"1234")
    (folder / "a.csv").write_text("x")
    os.utime(folder / "a.csv", (1_000_000_000, 1_000_000_000))
    first, second = files.list().files
    assert (first.name, first.size, first.kind, first.media_type) == (
        "a.csv",
        1,
        "delimited",
        "text/csv",
    )
    assert first.modified == datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC)
    assert (second.name, second.kind) == ("b/c.parquet", "parquet")
    assert files.info("a.csv") == first


def test_hidden_files_are_listed_when_asked_for_and_ours_never(
    files: DataManager, folder: Path
) -> None:
    """A dot hides a file or a folder; what belongs to the engine is nobody's to see."""
    (folder / ".config").mkdir()
    (folder / ".config" / "a.txt").write_text("x")
    (folder / ".nbengine-uploads").mkdir()
    (folder / ".nbengine-uploads" / "a.part").write_text("x")
    assert names(files) == []
    assert names(files, hidden=True) == [".config/a.txt"]


def test_a_change_gives_another_etag(files: DataManager, folder: Path) -> None:
    """Who remembers the etag notices every write, also one that sets the time back."""
    path = folder / "a.csv"
    path.write_text("x")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    before = files.info("a.csv").etag
    assert files.info("a.csv").etag == before
    path.write_text("y")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert files.info("a.csv").etag != before


def test_links_are_neither_listed_nor_followed(
    files: DataManager, folder: Path, tmp_path: Path
) -> None:
    """A link to a secret, to the folder above or in the middle of a name leads nowhere."""
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to(tmp_path)
    (folder / "loop").symlink_to(folder)
    found = files.list()
    assert (found.files, found.unlisted) == ([], 3)
    for name in ("link.txt", "up/secret.txt", "loop/link.txt"):
        for reach in (files.info, files.open, files.context):
            with pytest.raises(UnknownFileError):
                reach(name)


def test_only_ordinary_files_are_opened(files: DataManager, folder: Path) -> None:
    """A pipe, which would make the reader wait, and a folder are no files."""
    os.mkfifo(folder / "pipe")
    (folder / "sub").mkdir()
    for name in ("pipe", "sub", "sub/none", "none/a.txt", "pipe/a.txt"):
        with pytest.raises(UnknownFileError):
            files.open(name)


@pytest.mark.parametrize(
    "name",
    [
        "", "/etc/passwd", "../a", "a/../b", "a//b", "./a", "a/", "a\\b", "a\0b", "a\nb", "a.",
        "a ", " a", "CON", "nul.txt", "a/Com1.csv", "x" * 256, "é" * 128, "a/" * 600 + "b",
        ".nbengine-uploads/x", "a/.NBengine", ".nbengine", "\u202eexe.csv", "\ud800", "a\u2028b",
        ".nbeng\uff49ne-uploads/x",
    ],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused_by_every_way_in(
    files: DataManager, folder: Path, name: str
) -> None:
    """Reading, writing and deleting check the same, and nothing is left in the folder."""
    ways: list[Callable[[str], object]] = [
        files.info,
        files.open,
        files.delete,
        files.context,
        files.begin_upload,
        lambda name: files.upload(name, [b"x"]),
    ]
    for way in ways:
        with pytest.raises(InvalidIdError, match="cannot be a file name"):
            way(name)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["a.csv", "é.csv", "日本語/データ.csv", "a b (1).txt", "👩‍💻.txt"])
def test_names_of_all_languages_are_names(files: DataManager, name: str) -> None:
    """A name that an upload took is the one in the list, and leads to the bytes."""
    files.upload(name, [b"x"])
    assert names(files) == [name]
    stream, _ = files.open(name)
    with stream:
        assert stream.read() == b"x"


def test_what_no_name_can_name_is_counted(files: DataManager, folder: Path) -> None:
    """A cell may write names that are none here; the list says how many it left out."""
    (folder / "a\nb.csv").write_text("x")
    (folder / "good.csv").write_text("x")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.csv")).write_text("x")
    found = files.list()
    assert ([file.name for file in found.files], found.unlisted) == (["good.csv"], 2)


def test_a_list_is_bounded_and_says_so(
    files: DataManager, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More entries than are looked at, or folders too deep, end in a list marked as cut."""
    monkeypatch.setattr(listing, "MOST_ENTRIES", 10)
    for place in range(20):
        (folder / f"{place}.txt").write_text("x")
    found = files.list()
    assert (len(found.files), found.truncated) == (10, True)
    deep = folder.parent / "deep"
    deep.joinpath(*("d" for _ in range(40))).mkdir(parents=True)
    monkeypatch.setattr(listing, "MOST_ENTRIES", 1_000)
    assert DataManager(deep, settings=load_settings()).list().truncated


def test_a_range_is_read_and_nothing_around_it(files: DataManager, folder: Path) -> None:
    """From `start` to before `stop`, cut to the size; the whole file by default."""
    (folder / "a.txt").write_bytes(b"0123456789")
    for start, stop, expected in (
        (0, None, b"0123456789"),
        (2, 5, b"234"),
        (8, 99, b"89"),
        (10, None, b""),
    ):
        stream, info = files.open("a.txt", start, stop)
        with stream:
            assert (stream.read(), info.size) == (expected, 10)
    stream, _ = files.open("a.txt", 2, 8)
    with stream:
        stream.seek(-2, os.SEEK_END)
        assert stream.read(100) == b"67"
    for start, stop in ((11, None), (-1, None), (5, 4)):
        with pytest.raises(InvalidInputError, match="there is no range"):
            files.open("a.txt", start, stop)


def test_a_file_that_grows_or_shrinks_while_it_is_read(files: DataManager, folder: Path) -> None:
    """The reader gets at most what there was when it was opened, and an end if it is less."""
    path = folder / "a.txt"
    path.write_bytes(b"0123456789")
    stream, _ = files.open("a.txt")
    with stream:
        with path.open("ab") as file:
            file.write(b"more")
        assert stream.read() == b"0123456789"
        stream.seek(0)
        os.truncate(path, 3)
        assert stream.read() == b"012"


def test_descriptors_are_given_back(files: DataManager, folder: Path) -> None:
    """Whatever is asked and refused, no more files are open afterwards."""
    (folder / "a").mkdir()
    (folder / "a" / "b.csv").write_text("x,y\n1,2\n")
    (folder / "b.txt").symlink_to(folder)
    open_before = len(list(Path("/dev/fd").iterdir()))
    for _ in range(5):
        files.list()
        files.context("a/b.csv")
        stream, _info = files.open("a/b.csv")
        stream.close()
        files.upload("c/d.txt", [b"x"], overwrite=True)
        for name in ("a/none", "none/a", "b.txt", "a"):
            with pytest.raises(UnknownFileError):
                files.open(name)
        with pytest.raises(InvalidInputError):
            files.open("a/b.csv", 100)
    assert len(list(Path("/dev/fd").iterdir())) == open_before


def test_files_links_and_empty_folders_are_deleted(
    files: DataManager, folder: Path, tmp_path: Path
) -> None:
    """A link goes and what it leads to stays; a folder goes once it is empty."""
    (tmp_path / "kept.txt").write_text("x")
    (folder / "link").symlink_to(tmp_path / "kept.txt")
    (folder / "sub").mkdir()
    (folder / "sub" / "a.txt").write_text("x")
    files.delete("link")
    with pytest.raises(FileConflictError, match="not empty"):
        files.delete("sub")
    files.delete("sub/a.txt")
    files.delete("sub")
    assert list(folder.iterdir()) == []
    assert (tmp_path / "kept.txt").exists()
    with pytest.raises(UnknownFileError):
        files.delete("sub")


def test_what_may_not_be_read_or_written_is_said_in_a_sentence(
    files: DataManager, folder: Path
) -> None:
    """A folder that nobody may write, and a file that nobody may read, are errors of storage."""
    from nbengine.errors import StorageError

    (folder / "a.txt").write_text("x")
    with read_only(folder), pytest.raises(StorageError, match="permission denied"):
        files.delete("a.txt")
    with read_only(folder), pytest.raises(StorageError, match="permission denied"):
        files.upload("b.txt", [b"x"])
    folder.chmod(0)
    for ask in (files.list, files.context_of_all, lambda: files.begin_upload("b.txt")):
        with obeyed(), pytest.raises(StorageError, match="permission denied"):
            ask()
    folder.chmod(0o700)
    (folder / "a.txt").chmod(0)
    with obeyed(), pytest.raises(StorageError, match="cannot be read: permission denied"):
        files.open("a.txt")
    (folder / "a.txt").chmod(0o600)
