"""States in folders that cannot be written."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from nbengine.errors import StateLockedError, StorageError
from nbengine.state.collection import Retention
from nbengine.state.records import Snapshot
from nbengine.state.store import Store
from tests.permissions import obeyed, read_only
from tests.state.stored import CHUNK, Buffer, load, open_store, save

LARGE = Buffer(b"y" * CHUNK)


def made(folder: Path) -> Snapshot:
    """The last of two snapshots."""
    with open_store(folder) as store:
        save(store, x=b"1", y=LARGE)
        return save(store, x=b"2")


def test_what_cannot_be_written_can_be_read(tmp_path: Path) -> None:
    """History, contents, verification; nothing in the folder changes."""
    head = made(tmp_path / "n")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "n").rglob("*")}
    with read_only(tmp_path / "n"), open_store(tmp_path / "n") as store:
        assert store.head() == head
        assert load(store, head) == {"x": b"2", "y": b"y" * CHUNK}
        assert load(store, store.get(1))["x"] == b"1"
        assert [info.id for info in store.history()] == [1, 2]
        assert store.verify() == []
        assert store.count == 2
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "n").rglob("*")} == before


WRITES: dict[str, Callable[[Store], object]] = {
    "saved": lambda store: save(store, z=b"3"),
    "changed": lambda store: store.set_head(1),
    "tidied": lambda store: store.collect(Retention(count=1)),
    "imported": lambda store: store.import_(Path("nothing")),
}


@pytest.mark.parametrize("done, write", WRITES.items(), ids=WRITES)
def test_whoever_wants_to_write_is_told_why_not(
    done: str, write: Callable[[Store], object], tmp_path: Path
) -> None:
    """In one sentence with the folder and what the system says."""
    made(tmp_path / "n")
    with read_only(tmp_path / "n"), open_store(tmp_path / "n") as store:
        told = f"cannot be {done}: its folder .*n cannot be written \\(permission denied\\)"
        with pytest.raises(StorageError, match=told):
            write(store)
        with pytest.raises(StorageError):
            store.check_writable()
        store.set_head(2)  # where it is already


def test_the_log_of_a_killed_process_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was committed is there, although only the log of the database has it.

    Nothing is written for that, here or elsewhere.
    """
    with open_store(tmp_path / "n") as store:
        head = save(store, x=b"1", y=LARGE)
        shutil.copytree(tmp_path / "n", tmp_path / "killed")
    assert (tmp_path / "killed" / "snapshots.db-wal").stat().st_size
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with read_only(tmp_path / "killed"):
        before = contents(tmp_path / "killed")
        with open_store(tmp_path / "killed") as store:
            assert load(store, store.head()) == load(store, head) == {"x": b"1", "y": b"y" * CHUNK}
        assert contents(tmp_path / "killed") == before


def contents(folder: Path) -> dict[Path, bytes]:
    """Every file of a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("unwritable", ["lock", "snapshots.db", "."])
def test_a_part_that_cannot_be_written_is_enough(unwritable: str, tmp_path: Path) -> None:
    """The state is read, or else written; it is never refused."""
    made(tmp_path)
    place = tmp_path / unwritable
    place.chmod(0o555 if place.is_dir() else 0o444)
    with obeyed(), open_store(tmp_path) as store:
        assert load(store, store.head())["x"] == b"2"
        with pytest.raises(StorageError, match="cannot be saved"):
            save(store, x=b"3")
    place.chmod(0o700)
    with open_store(tmp_path) as store:
        assert load(store, save(store, x=b"3"))["x"] == b"3"


def test_many_may_read_while_nobody_writes(tmp_path: Path) -> None:
    """A reader who cannot write keeps writers out, and is kept out by one."""
    made(tmp_path)
    with read_only(tmp_path), open_store(tmp_path) as first, open_store(tmp_path) as second:
        assert first.head() == second.head()
    with open_store(tmp_path), read_only(tmp_path), pytest.raises(StateLockedError):
        open_store(tmp_path)


def test_without_a_state_there_is_nothing_to_read(tmp_path: Path) -> None:
    """A folder in which none can be made is refused."""
    with read_only(tmp_path), pytest.raises(StorageError, match="cannot be opened"):
        open_store(tmp_path / "n")
    assert list(tmp_path.iterdir()) == []
