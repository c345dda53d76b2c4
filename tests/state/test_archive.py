from __future__ import annotations

import errno
import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from nbengine.errors import (
    DamagedSnapshotError,
    ForeignSnapshotError,
    InvalidInputError,
    StorageError,
)
from nbengine.state.disk import Disk
from nbengine.state.signing import UserKey
from tests.state.stored import CHUNK, Buffer, files, load, open_store, save

DATA = os.urandom(3 * CHUNK)
Members = list[tuple[tarfile.TarInfo, bytes]]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Three snapshots, exported; the head is the second."""
    path = tmp_path / "n.tar"
    with open_store(tmp_path / "exported") as store:
        save(store, a=b"1")
        save(store, b=Buffer(DATA))
        save(store, a=b"3")
        store.set_head(2)
        store.export(path)
    return path


def rewrite(archive: Path, change: Callable[[Members], Members]) -> None:
    with tarfile.open(archive) as tar:
        members = [(member, tar.extractfile(member).read()) for member in tar]  # type: ignore[union-attr]
    with tarfile.open(archive, "w") as tar:
        for member, data in change(members):
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def test_a_history_moves_to_another_place(tmp_path: Path, archive: Path) -> None:
    """Every snapshot, the head and the next number are as they were, under another name, too."""
    with open_store(tmp_path / "other", notebook_id="m") as store:
        store.import_(archive)
        assert load(store, store.head()) == {"a": b"1", "b": DATA}
        assert load(store, store.get(3)) == {"a": b"3", "b": DATA}
        assert save(store, c=b"4").id == 4
        assert store.verify() == []
    with open_store(tmp_path / "other", notebook_id="m") as store:
        assert load(store, store.head()) == {"a": b"1", "b": DATA, "c": b"4"}


def test_what_another_user_signed_must_be_trusted(tmp_path: Path, archive: Path) -> None:
    """It is refused unless the caller says otherwise, and then it is this user's."""
    with open_store(tmp_path / "other", key=UserKey(b"x" * 32)) as store:
        with pytest.raises(ForeignSnapshotError, match="another key"):
            store.import_(archive)
        assert store.history() == []
        assert files(tmp_path / "other") == []
        store.import_(archive, trusted=True)
        assert load(store, store.head()) == {"a": b"1", "b": DATA}


def test_only_an_empty_store_imports(tmp_path: Path, archive: Path) -> None:
    """Nothing is mixed."""
    with open_store(tmp_path / "other") as store:
        save(store, z=b"z")
        with pytest.raises(InvalidInputError, match="without snapshots"):
            store.import_(archive)
        assert load(store, store.head()) == {"z": b"z"}


def without(part: str) -> Callable[[Members], Members]:
    return lambda members: [one for one in members if part not in one[0].name]


def altered(part: str) -> Callable[[Members], Members]:
    return lambda members: [
        (member, data[:-1] + b"?" if part in member.name else data) for member, data in members
    ]


def linked(members: Members) -> Members:
    members[1][0].type = tarfile.SYMTYPE
    members[1][0].linkname = "/etc/passwd"
    return members


def told(**header: object) -> Callable[[Members], Members]:
    def change(members: Members) -> Members:
        (first, data), *others = members
        return [(first, json.dumps(json.loads(data) | header).encode()), *others]

    return change


CHANGES: dict[str, Callable[[Members], Members]] = {
    "no header": without("nbengine-state"),
    "no body": without("snapshots/1.json"),
    "no base": without("snapshots/1"),
    "no signature": without("snapshots/2.sig"),
    "no content": without("pieces"),
    "a piece less": lambda members: members[:-1],
    "another header": altered("nbengine-state"),
    "another body": altered("snapshots/2.json"),
    "another content": altered("pieces"),
    "a link": linked,
    "no number": told(last="x"),
    "a number too large": told(last=10**30),
    "no head": told(head=[]),
    "no id": told(notebook_id="\ud800"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("trusted", [False, True])
def test_an_archive_that_was_changed_is_refused(
    tmp_path: Path, archive: Path, change: Callable[[Members], Members], trusted: bool
) -> None:
    """Missing and altered members: nothing of it is taken over, whoever is trusted."""
    rewrite(archive, change)
    with open_store(tmp_path / "other") as store:
        with pytest.raises(DamagedSnapshotError):
            store.import_(archive, trusted=trusted)
        assert store.head() is None
        assert files(tmp_path / "other") == []


def test_what_is_larger_than_the_archive_is_not_read(tmp_path: Path, archive: Path) -> None:
    """A sparse member of a few bytes would be a terabyte in memory."""
    rewrite(archive, lambda members: members[:1])
    sparse = tarfile.TarInfo("snapshots/1.json")
    size = str(1 << 40)
    sparse.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": sparse.name,
        "GNU.sparse.realsize": size,
    }
    with tarfile.open(archive, "a") as tar:
        holes = f"1\n{size}\n0\n".encode().ljust(tarfile.BLOCKSIZE, b"\0")
        sparse.size = len(holes)
        tar.addfile(sparse, io.BytesIO(holes))
    with open_store(tmp_path / "other") as store:
        with pytest.raises(DamagedSnapshotError, match=r"snapshots/1\.json is no file"):
            store.import_(archive, trusted=True)
        assert store.history() == []


def test_a_cut_archive_and_another_file_are_refused(tmp_path: Path, archive: Path) -> None:
    """At whichever byte it ends, and when there is none; the store stays empty."""
    whole = archive.read_bytes()
    with open_store(tmp_path / "other") as store:
        for length in (0, 100, 700, 2000, len(whole) // 2, len(whole) - 15_000):
            archive.write_bytes(whole[:length])
            with pytest.raises(DamagedSnapshotError):
                store.import_(archive)
        archive.write_text("hello " * 1000)
        with pytest.raises(DamagedSnapshotError, match="no archive"):
            store.import_(archive)
        with pytest.raises(StorageError, match="no such file"):
            store.import_(tmp_path / "none")
        assert store.history() == []
        assert files(tmp_path / "other") == []


def test_an_export_that_fails_leaves_what_was_there(tmp_path: Path, archive: Path) -> None:
    """The file is replaced whole or not at all."""
    before = archive.read_bytes()
    with open_store(tmp_path / "exported") as store:
        (tmp_path / "exported" / "packs" / "1.pack").unlink()
        with pytest.raises(DamagedSnapshotError):
            store.export(archive)
        with pytest.raises(StorageError, match="cannot be exported"):
            store.export(tmp_path / "none" / "n.tar")
    assert archive.read_bytes() == before
    assert (
        sorted(path.name for path in tmp_path.iterdir()) == ["exported", "n.tar", "workspace"][:2]
    )


def test_a_copy_is_another_notebooks(tmp_path: Path) -> None:
    """Both go on by themselves; what is collected in one stays in the other."""
    with open_store(tmp_path / "s") as store:
        save(store, a=Buffer(DATA))
        save(store, b=b"2")
        store.copy_to(tmp_path / "m" / "s", "m")
        with open_store(tmp_path / "m" / "s", notebook_id="m") as copy:
            assert load(copy, copy.head()) == {"a": DATA, "b": b"2"}
            assert load(copy, copy.get(1)) == {"a": DATA}
            save(copy, "c", ["a"])
            save(store, c=b"3")
            assert load(store, store.head()) == {"a": DATA, "b": b"2", "c": b"3"}
            assert copy.verify() == store.verify() == []
    packs = [tmp_path / folder / "packs" / "1.pack" for folder in ("s", "m/s")]
    assert not packs[0].samefile(packs[1])  # whoever may write in one folder changes that one only
    with open_store(tmp_path / "m" / "s") as store, pytest.raises(DamagedSnapshotError):
        store.head()


def test_a_copy_where_the_kernel_copies_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is whole all the same, though the kernel gave up half-way."""

    def half(source: int, copy: int, _count: int) -> int:
        if os.lseek(copy, 0, os.SEEK_CUR):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return os.write(copy, os.read(source, 1000))

    monkeypatch.setattr(os, "copy_file_range", half)
    with open_store(tmp_path / "n") as store:
        save(store, a=Buffer(DATA))
        store.copy_to(tmp_path / "copy", "m")
    with open_store(tmp_path / "copy", notebook_id="m") as copy:
        assert load(copy, copy.head()) == {"a": DATA}
        assert copy.verify() == []


@pytest.mark.parametrize("planted", ["a link", "a pipe"])
def test_a_copy_of_what_is_no_pack(tmp_path: Path, planted: str) -> None:
    """What a cell has put in a pack's place is not read, wherever it leads, nor waited for."""
    with open_store(tmp_path / "n") as store:
        save(store, a=Buffer(DATA))
        pack = tmp_path / "n" / "packs" / "1.pack"
        pack.unlink()
        if planted == "a link":
            (tmp_path / "secret").write_bytes(b"secret")
            pack.symlink_to(tmp_path / "secret")
        else:
            os.mkfifo(pack)
        with pytest.raises(StorageError, match="something else has taken the place"):
            store.copy_to(tmp_path / "copy", "m")
    assert not (tmp_path / "copy").exists()


def test_a_copy_outlasts_a_power_cut(tmp_path: Path) -> None:
    """Its name is flushed when it has it, and not before."""

    class Watching(Disk):
        def sync_folder(self, folder: Path) -> None:
            super().sync_folder(folder)
            flushed.append((folder, (tmp_path / "copy").exists()))

    flushed: list[tuple[Path, bool]] = []
    with open_store(tmp_path / "n", disk=Watching()) as store:
        save(store, a=b"1")
        store.copy_to(tmp_path / "copy", "m")
    assert flushed[-1] == (tmp_path, True)


def test_a_copy_takes_nobodys_place(tmp_path: Path) -> None:
    """Where there is a state already it is refused, and nothing of the attempt is left."""
    with open_store(tmp_path / "s") as store, open_store(tmp_path / "m") as other:
        save(other, z=b"z")
        with pytest.raises(StorageError, match="cannot be copied"):
            store.copy_to(tmp_path / "m", "m")
        assert load(other, other.head()) == {"z": b"z"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m", "s"]


def test_a_copy_does_not_sign_what_nobody_signed(tmp_path: Path) -> None:
    """A snapshot with another signature does not become this user's by being copied."""
    with open_store(tmp_path / "s", key=UserKey(b"x" * 32)) as store:
        save(store, a=b"evil")
    with open_store(tmp_path / "s") as store:
        store.copy_to(tmp_path / "m", "m")
    with open_store(tmp_path / "m", notebook_id="m") as copy:
        assert copy.history() == []
