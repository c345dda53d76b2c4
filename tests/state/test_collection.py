from __future__ import annotations

import os
import random
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbengine.errors import StorageError, UnknownSnapshotError
from nbengine.state.collection import Retention
from nbengine.state.disk import Disk
from nbengine.state.store import Store
from tests.state.stored import CHUNK, Buffer, digest, files, load, open_store, save


def ids(store: Store) -> list[int]:
    return [info.id for info in store.history()]


def test_the_newest_and_the_head_are_kept(tmp_path: Path) -> None:
    """So many as were asked for, the head among them even if it is the oldest."""
    with open_store(tmp_path) as store:
        for number in range(1, 9):
            save(store, a=b"%d" % number)
        store.set_head(2)
        assert store.collect(Retention(count=3)).snapshots == 5
        assert ids(store) == [2, 7, 8]
        assert load(store, store.get(7)) == {"a": b"7"}
        assert load(store, store.head()) == {"a": b"2"}
        with pytest.raises(UnknownSnapshotError):
            store.get(6)
        assert store.collect(Retention(count=0)).snapshots == 2
        assert ids(store) == [2]
        assert save(store, a=b"9").id == 9


@pytest.mark.parametrize("keep", [{"count": 0}, {"age": 0.0}, {"bytes": 0}], ids=str)
def test_what_is_needed_to_undo_is_kept(tmp_path: Path, keep: dict[str, Any]) -> None:
    """The head and what it came after, whatever else goes and wherever that is."""
    with open_store(tmp_path) as store:
        for number in range(1, 9):
            save(store, a=b"%d" % number)
        store.set_head(3)
        store.collect(Retention(**keep, undo=1))
        assert ids(store) == [2, 3]
        store.collect(Retention(**keep, undo=5))
        assert ids(store) == [2, 3]
        store.set_head(None)
        store.collect(Retention(**keep, undo=1))
        assert ids(store) == ([] if "age" in keep else [3])


def test_content_that_only_old_snapshots_need_goes(tmp_path: Path) -> None:
    """Packs without needed content are removed, the disk gets smaller, the rest is whole."""
    keep = os.urandom(4 * CHUNK)
    with open_store(tmp_path) as store:
        save(store, keep=Buffer(keep))
        for _ in range(5):
            save(store, a=Buffer(os.urandom(4 * CHUNK)), b=os.urandom(20_000))
        before = store.size
        collected = store.collect(Retention(count=1))
        assert collected.bytes == before - store.size >= 4 * 4 * CHUNK
        assert files(tmp_path) == ["1.pack", "6.pack"]
        assert load(store, store.head())["keep"] == keep
        assert store.verify() == []
        assert store.collect(Retention(count=1)) == store.collect(Retention())


def test_small_content_gives_its_room_back(tmp_path: Path) -> None:
    """The database gets shorter by what many old snapshots took up."""
    with open_store(tmp_path) as store:
        for number in range(200):
            save(store, a=os.urandom(5000), **{f"v{number % 9}": os.urandom(100)})
        before = store.size
        assert store.collect(Retention(count=10)).bytes > before / 2
        assert store.size < before / 2
        assert store.verify() == []


def test_age_and_bytes_bound_what_is_kept(tmp_path: Path) -> None:
    """Old ones go; of the others as many of the newest as need no more than so many bytes."""
    with open_store(tmp_path) as store:
        for _ in range(6):
            save(store, a=Buffer(os.urandom(CHUNK)))
        store.collect(Retention(age=3600, count=100, bytes=100 * CHUNK))
        assert ids(store) == [1, 2, 3, 4, 5, 6]
        store.collect(Retention(bytes=3 * CHUNK + 1000))
        assert ids(store) == [4, 5, 6]
        time.sleep(0.01)
        store.collect(Retention(age=0.001))
        assert ids(store) == [6]
        store.collect(Retention(bytes=0))
        assert ids(store) == [6]


def test_a_pack_of_which_little_is_needed_is_written_anew(tmp_path: Path) -> None:
    """What is needed moves; memory that is mapped from the old one stays as it is."""
    chunks = [os.urandom(CHUNK) for _ in range(8)]
    with open_store(tmp_path) as store:
        first = save(store, a=Buffer(b"".join(chunks)))
        mapped = store.map_buffer(first.groups["a"].buffers[0])
        save(store, a=Buffer(chunks[1] + b"x" * CHUNK + chunks[6]))
        store.collect(Retention(count=1))
        assert files(tmp_path) == ["2.pack", "3.pack"]
        assert load(store, store.head()) == {"a": chunks[1] + b"x" * CHUNK + chunks[6]}
        assert mapped == b"".join(chunks)
        assert store.verify() == []
    with open_store(tmp_path) as store:
        assert load(store, store.head())["a"][:CHUNK] == chunks[1]


def test_damaged_content_is_not_moved(tmp_path: Path) -> None:
    """Its pack stays as it is: no new name is given to what is not what it should be."""
    chunks = [os.urandom(CHUNK) for _ in range(4)]
    with open_store(tmp_path) as store:
        save(store, a=Buffer(b"".join(chunks)))
        save(store, a=Buffer(chunks[0]))
        with (tmp_path / "packs" / "1.pack").open("r+b") as pack:
            pack.write(b"damage")
        store.collect(Retention(count=1))
        assert files(tmp_path) == ["1.pack"]
        assert [damage.names for damage in store.verify()] == [("a",)]


class NoRoom(Disk):
    """Takes no more new files once it is told so."""

    full = False

    def write(self, file: object, place: int, data: object) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        super().write(file, place, data)  # type: ignore[arg-type]


def test_a_collection_that_cannot_be_done_changes_nothing(tmp_path: Path) -> None:
    """On a full disk everything stays, and it can be done later."""
    disk = NoRoom()
    chunks = [os.urandom(CHUNK) for _ in range(8)]
    with open_store(tmp_path, disk=disk) as store:
        save(store, a=Buffer(b"".join(chunks)))
        save(store, a=Buffer(chunks[3]))
        disk.full = True
        with pytest.raises(StorageError, match="cannot be tidied: no space left"):
            store.collect(Retention(count=1))
        assert ids(store) == [1, 2]
        assert load(store, store.get(1)) == {"a": b"".join(chunks)}
        assert files(tmp_path) == ["1.pack"]
        disk.full = False
        store.collect(Retention(count=1))
        assert files(tmp_path) == ["3.pack"]
        assert load(store, store.head()) == {"a": chunks[3]}


names = st.sampled_from("abcde")
step = st.one_of(
    st.tuples(st.just("save"), names, st.integers(0, 9)),
    st.tuples(st.just("drop"), names, st.just(0)),
    st.tuples(st.just("back"), st.just(""), st.integers(0, 5)),
    st.tuples(st.just("collect"), st.just(""), st.integers(0, 5)),
)


@settings(max_examples=40)
@given(st.lists(step, max_size=40))
def test_whatever_is_kept_is_whole(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, int]]
) -> None:
    """After any commits, branches and collections each snapshot left is what was committed."""
    folder = tmp_path_factory.mktemp("store")
    made: dict[int, dict[str, bytes]] = {}
    with open_store(folder) as store:
        for what, name, number in steps:
            head = store.head()
            values = made[head.id] if head else {}
            if what == "save":
                data = content(number)
                values = {**values, name: data}
                value = Buffer(data) if len(data) > CHUNK else data
                made[save(store, **{name: value}).id] = values
            elif what == "drop" and name in values:
                values = {key: value for key, value in values.items() if key != name}
                made[save(store, "c", [name]).id] = values
            elif what == "back" and made:
                store.set_head(sorted(made)[-1 - number % len(made)])
            elif what == "collect":
                store.collect(Retention(count=number))
                made = {id: made[id] for id in ids(store)}
    with open_store(folder) as store:
        assert {info.id: load(store, store.get(info.id)) for info in store.history()} == made
        assert store.verify() == []


def content(number: int) -> bytes:
    """Some small, some in chunks of which others have the same."""
    chance = random.Random(number % 3)
    return chance.randbytes(CHUNK) * (number // 3) + digest(b"%d" % number)


def test_a_collection_needs_little_memory(tmp_path: Path) -> None:
    """Of a snapshot it keeps what that needs, not what it says: bytes, however long its cell is."""
    cells, source = 200, "#" * 20_000
    with open_store(tmp_path) as store:
        for number in range(cells):
            save(store, f"{source}{number}", a=b"%d" % number)
        tracemalloc.start()
        try:
            store.collect(Retention(count=cells // 2))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < cells * len(source) / 4
