from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nbengine.errors import StorageError
from nbengine.services.atomic_file import check_writable, write_atomically

FULL_DISK = """
import resource, sys
from pathlib import Path
from nbengine.errors import StorageError
from nbengine.services.atomic_file import write_atomically
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_atomically(Path(sys.argv[1]), b"x" * 100_000)
except StorageError as error:
    print(error)
"""


def test_a_file_is_made_or_replaced_and_nothing_stays_behind(tmp_path: Path) -> None:
    """The folder holds the file alone, with the new content and the old permissions."""
    path = tmp_path / "a.txt"
    write_atomically(path, b"one")
    path.chmod(0o640)
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    """The file behind the link is replaced, not the link."""
    (tmp_path / "real").mkdir()
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "real" / "a.txt")
    write_atomically(link, b"one")
    assert link.is_symlink()
    assert (tmp_path / "real" / "a.txt").read_bytes() == b"one"


@pytest.mark.skipif(sys.platform == "win32", reason="no file size limits")
def test_when_the_space_ends_the_old_file_stays_whole(tmp_path: Path) -> None:
    """A write that the system cuts short is one sentence and changes nothing."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{path} cannot be written: file too large.\n"
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_place_for_a_file_is_refused(tmp_path: Path) -> None:
    """A folder, a device, a missing folder and a file taken for a folder: one sentence each."""
    (tmp_path / "file").write_text("x")
    for path, said in (
        (tmp_path, "it is a folder"),
        (Path("/dev/null"), "it is not an ordinary file"),
        (tmp_path / "none" / "a.txt", "there is no folder"),
        (tmp_path / "file" / "a.txt", "is not a folder"),
    ):
        for attempt in (check_writable, lambda path: write_atomically(path, b"")):
            with pytest.raises(StorageError, match=said):
                attempt(path)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder nobody can write")
def test_a_folder_that_takes_no_files_is_found_out_before(tmp_path: Path) -> None:
    """The check tries for real, so it also holds for those whom permissions do not bind."""
    with pytest.raises(StorageError, match="cannot be written"):
        check_writable(Path("/proc/a.txt"))
    check_writable(tmp_path / "a.txt")
    assert list(tmp_path.iterdir()) == []
