from __future__ import annotations

from pathlib import Path

import pytest

from nbengine.runtime.stream_file import StreamFile


def stream_file(folder: Path, limit: int = 10) -> StreamFile:
    return StreamFile(limit, lambda: folder / "stdout.txt")


def test_short_text_makes_no_file(tmp_path: Path) -> None:
    """A stream within the limit stays in memory."""
    file = stream_file(tmp_path)
    file.record("short")
    file.end(wanted=False)
    assert file.artifact is None
    assert list(tmp_path.iterdir()) == []


def test_text_of_exactly_the_limit_makes_no_file(tmp_path: Path) -> None:
    """Only the character after it does."""
    file = stream_file(tmp_path)
    file.record("x" * 10)
    assert list(tmp_path.iterdir()) == []
    file.record("x")
    assert list(tmp_path.iterdir()) == [tmp_path / "stdout.txt"]
    file.end(wanted=True)


def test_long_text_is_whole_in_the_file(tmp_path: Path) -> None:
    """The file has every character, from before the limit and after it, as it was written."""
    file = stream_file(tmp_path)
    pieces = ["one\r\n", "two é\r", "three", "\ud800 four"]
    for piece in pieces:
        file.record(piece)
    file.end(wanted=True)
    assert file.artifact == "stdout.txt"
    expected = "".join(pieces).encode("utf-8", "backslashreplace")
    assert (tmp_path / "stdout.txt").read_bytes() == expected


def test_late_text_is_appended(tmp_path: Path) -> None:
    """Text that comes after the file was looked at joins it."""
    file = stream_file(tmp_path)
    file.record("x" * 11)
    file.end(wanted=True)
    file.record("late")
    file.end(wanted=True)
    assert (tmp_path / "stdout.txt").read_text() == "x" * 11 + "late"


def test_text_within_the_limit_becomes_a_file_when_wanted(tmp_path: Path) -> None:
    """What another limit left out of the result is kept even if the stream is short."""
    file = stream_file(tmp_path)
    file.record("short")
    file.end(wanted=True)
    assert (tmp_path / "stdout.txt").read_text() == "short"


def test_an_unwanted_file_is_taken_away(tmp_path: Path) -> None:
    """A stream that folds into the limit after all leaves no file behind."""
    file = stream_file(tmp_path)
    file.record("x" * 11)
    file.end(wanted=False)
    assert file.artifact is None
    assert list(tmp_path.iterdir()) == []


def test_no_folder_is_no_error(tmp_path: Path) -> None:
    """Where the file cannot be made there is no artifact, and recording goes on."""
    (tmp_path / "artifacts").write_text("a file where the folder should be")
    file = stream_file(tmp_path / "artifacts")
    for _ in range(3):
        file.record("x" * 11)
    file.end(wanted=True)
    assert file.artifact is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_no_error() -> None:
    """A disk that fills up leaves no artifact that lacks its end."""
    file = StreamFile(10, lambda: Path("/dev/full"))
    file.record("x" * 100_000)
    file.record("y" * 100_000)
    file.end(wanted=True)
    assert file.artifact is None
