from __future__ import annotations

import errno
import itertools
import os
import shutil
from io import FileIO
from pathlib import Path

import pytest

from nbengine.errors import StorageError
from nbengine.state.collection import Retention
from nbengine.state.disk import Disk
from nbengine.state.records import Snapshot
from nbengine.state.store import Store
from tests.state.sqlite_layer import LAYER
from tests.state.stored import CHUNK, Buffer, load, open_store, save


class FailingDisk(Disk):
    """One disk for packs and database, of which one call fails, or all from it on."""

    def __init__(self, code: int, lasting: bool) -> None:
        self._code = code
        self._lasting = lasting
        self._left: int | None = None
        self.failed = 0

    def fail_after(self, calls: int | None) -> None:
        self._left = calls
        self.failed = 0

    def create(self, path: Path) -> FileIO:
        self.count_call()
        return super().create(path)

    def write(self, file: FileIO, place: int, data: bytes | memoryview) -> None:
        self.count_call()
        super().write(file, place, data)

    def sync(self, file: FileIO) -> None:
        self.count_call()
        super().sync(file)

    def sync_folder(self, folder: Path) -> None:
        self.count_call()
        super().sync_folder(folder)

    def count_call(self) -> None:
        if self._left is None:
            return
        self._left -= 1
        if self._left == -1 or (self._left < -1 and self._lasting):
            self.failed += 1
            raise OSError(self._code, os.strerror(self._code))


class Heard:
    """The same for what SQLite does."""

    def __init__(self, disk: FailingDisk) -> None:
        self._disk = disk

    def write(self, path: Path, place: int, data: bytes) -> None:
        self._disk.count_call()

    def truncate(self, path: Path, size: int) -> None:
        self._disk.count_call()

    def sync(self, path: Path) -> None:
        self._disk.count_call()

    def remove(self, path: Path) -> None:
        pass


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO], ids=["no space", "fault"])
@pytest.mark.parametrize("durability", ["process", "power"])
@pytest.mark.parametrize("collects", [False, True], ids=["commit", "collection"])
def test_a_write_that_fails_costs_one_commit_at_most(
    tmp_path: Path, durability: str, code: int, lasting: bool, collects: bool
) -> None:
    """Whichever write or flush fails: one sentence, the last snapshot stays, the next is kept."""
    disk = FailingDisk(code, lasting)
    options = {"durability": durability, "disk": disk}
    refused = 0
    with LAYER.heard_by(Heard(disk)):
        for calls in itertools.count():
            folder = tmp_path / str(calls)
            with open_store(folder, **options) as store:
                before = save(store, x=b"before", y=Buffer(b"y" * CHUNK))
                disk.fail_after(calls)
                was_refused, hit = is_refused(store, collects), disk.failed
                disk.fail_after(None)
                refused += was_refused
                shutil.copytree(folder, folder / "killed")
                check_reachable(store, before, was_refused and not collects)
                last = save(store, z=b"next")
                values = load(store, last)
            with open_store(folder, **options) as store:
                assert store.head() == last
                assert load(store, last) == values
            with open_store(folder / "killed", **options) as store:
                check_reachable(store, before, False)
            if not hit:
                break
    assert refused > 3


def is_refused(store: Store, collects: bool) -> bool:
    """Whether new content cannot be kept, or old content not be let go of; in one sentence."""
    try:
        save(store, a=os.urandom(100), b=Buffer(os.urandom(3 * CHUNK)), c=os.urandom(20_000))
        if collects:
            store.collect(Retention(count=1))
    except StorageError as error:
        return check_sentence(str(error))
    return False


def check_sentence(text: str) -> bool:
    assert text.startswith("The state of notebook 'n' cannot be ")
    assert text.count(".") == 1
    return True


def check_reachable(store: Store, before: Snapshot, is_head: bool) -> None:
    """The state before is the head, or part of it."""
    head = store.head()
    assert head is not None
    assert head == before or not is_head
    values = load(store, head)
    assert (values["x"], values["y"]) == (b"before", b"y" * CHUNK)
    assert set(values) in ({"x", "y"}, {"x", "y", "a", "b", "c"})
    assert store.verify() == []


def test_a_failed_commit_leaves_no_pack_behind(tmp_path: Path) -> None:
    """A disk that is full is not made fuller by what could not be kept."""
    disk = FailingDisk(errno.ENOSPC, lasting=True)
    with open_store(tmp_path, disk=disk) as store:
        disk.fail_after(3)
        with pytest.raises(StorageError, match="cannot be saved: no space left on device"):
            save(store, b=Buffer(os.urandom(6 * CHUNK)))
        assert list((tmp_path / "packs").iterdir()) == []


def test_a_disk_that_fails_at_the_opening_is_told(tmp_path: Path) -> None:
    """The lock is free again, and the next opening works."""
    disk = FailingDisk(errno.EIO, lasting=True)
    with LAYER.heard_by(Heard(disk)):
        disk.fail_after(0)
        with pytest.raises(StorageError, match="cannot be opened"):
            open_store(tmp_path, disk=disk)
        disk.fail_after(None)
        with open_store(tmp_path, disk=disk) as store:
            assert load(store, save(store, a=b"1")) == {"a": b"1"}
