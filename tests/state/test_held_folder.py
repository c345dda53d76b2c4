"""Stores whose folders rest while nobody uses them."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from nbengine.errors import DamagedSnapshotError, StateLockedError
from nbengine.state.collection import Retention
from nbengine.state.few_open import FewOpen
from nbengine.state.records import Cause, Change, GroupRecord
from nbengine.state.store import Store
from tests.state.stored import CHUNK, Buffer, digest, load, open_store, save

LARGE = Buffer(b"y" * CHUNK)


def descriptors(folder: Path) -> list[str]:
    """Names of the files there that this process has open."""
    opened = (Path(file.path) for file in psutil.Process().open_files())
    return sorted(path.name for path in opened if path.is_relative_to(folder))


def test_at_rest_a_store_holds_neither_descriptor_nor_lock(tmp_path: Path) -> None:
    """Memory that was mapped stays, and whoever uses the store next finds it as it was."""
    with open_store(tmp_path) as store:
        head = save(store, x=b"1", y=LARGE)
        memory = store.map_buffer(LARGE.record)
        assert len(descriptors(tmp_path)) == 3
        store.rest()
        store.rest()
        assert descriptors(tmp_path) == []
        with open_store(tmp_path) as other:
            assert other.head() == head
        assert bytes(memory) == b"y" * CHUNK
        assert (store.is_open, store.is_writable) == (True, True)
        assert load(store, save(store, x=b"2")) == {"x": b"2", "y": b"y" * CHUNK}
        assert len(descriptors(tmp_path)) == 3
        assert store.head() == store.get(2)


def test_a_store_in_use_does_not_rest(tmp_path: Path) -> None:
    """Not even where the thread that uses it opens another one meanwhile."""
    few = FewOpen(1)

    def chunks() -> Iterator[tuple[bytes, bytes]]:
        open_store(tmp_path / "m", notebook_id="m", few=few).close()
        yield digest(b"2"), b"2"

    with open_store(tmp_path / "n", few=few) as store:
        change = Change({"x": "x"}, groups={"x": GroupRecord(digest(b"2"))})
        saved = store.commit(change, Cause("c", 1), chunks=chunks())
        assert load(store, saved) == {"x": b"2"}


USES: dict[str, Callable[[Store], object]] = {
    "the head is asked for": Store.head,
    "it grows": lambda store: save(store, z=b"z"),
    "it goes back": lambda store: store.set_head(1),
    "it is tidied": lambda store: store.collect(Retention(count=1)),
    "it is verified": Store.verify,
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_whom_another_process_keeps_out_is_told(
    use: Callable[[Store], object], tmp_path: Path
) -> None:
    """With its number; once that has let go, the store is open again."""
    with open_store(tmp_path) as store:
        save(store, x=b"1")
        store.rest()
        with open_store(tmp_path), pytest.raises(StateLockedError, match="is open in this process"):
            use(store)
        use(store)


def elsewhere(folder: Path, use: Callable[[Store], object]) -> None:
    """What another process does while the store rests."""
    with open_store(folder) as other:
        use(other)


MOVES: dict[str, Callable[[Store], object]] = {
    "on": lambda other: save(other, x=b"theirs"),
    "back": lambda other: other.set_head(1),
    "to the beginning": lambda other: other.set_head(None),
}


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_nothing_is_saved_after_what_somebody_else_has_done(
    move: Callable[[Store], object], tmp_path: Path
) -> None:
    """Until it is said what comes next; all that was saved by anyone is there to be read."""
    with open_store(tmp_path) as store:
        for value in (b"1", b"2"):
            own = save(store, x=value)
        store.rest()
        elsewhere(tmp_path, move)
        for refused in (store.wake, store.check_writable, lambda: save(store, x=b"3")):
            with pytest.raises(StateLockedError, match=r"restore_state\('n', 2\) those saved"):
                refused()
        store.rest()
        with pytest.raises(StateLockedError):
            store.wake()
        theirs = store.head()
        assert load(store, store.get(own.id)) == {"x": b"2"}
        store.set_head(own.id)
        assert save(store, x=b"3").info.parent == own.id
        assert theirs is None or store.get(theirs.id) == theirs


def there_and_back(other: Store) -> None:
    other.set_head(None)
    other.set_head(2)


USED: dict[str, Callable[[Store], object]] = {
    "looked at": Store.history,
    "moved and moved back": there_and_back,
    "tidied": lambda other: other.collect(Retention(count=1)),
}


@pytest.mark.parametrize("use", USED.values(), ids=USED)
def test_whoever_leaves_the_head_where_it_was_is_not_noticed(
    use: Callable[[Store], object], tmp_path: Path
) -> None:
    """The next snapshot is saved as if nobody had been there."""
    with open_store(tmp_path) as store:
        for value in (b"1", b"2"):
            save(store, x=value, y=LARGE)
        store.rest()
        elsewhere(tmp_path, use)
        assert load(store, save(store, x=b"3")) == {"x": b"3", "y": b"y" * CHUNK}


def test_another_state_in_its_place_is_noticed(tmp_path: Path) -> None:
    """Also where its head has the same number; and none where there was one."""
    with open_store(tmp_path / "n") as store:
        save(store, x=b"1")
        store.rest()
        shutil.rmtree(tmp_path / "n")
        with pytest.raises(StateLockedError, match="to its beginning"):
            store.wake()
        store.rest()
        elsewhere(tmp_path / "n", lambda other: save(other, x=b"another"))
        with pytest.raises(StateLockedError):
            save(store, x=b"2")


def test_what_cannot_be_read_any_more_is_told(tmp_path: Path) -> None:
    """A file that was damaged in the meantime is so for who comes back."""
    with open_store(tmp_path) as store:
        save(store, x=b"1")
        store.rest()
        with closing(sqlite3.connect(tmp_path / "snapshots.db")) as database:
            database.execute("DROP TABLE head")
        with pytest.raises(DamagedSnapshotError):
            store.head()


def test_few_are_open(tmp_path: Path) -> None:
    """Those that were used last, however many there are; each goes on where it was."""
    few = FewOpen(3)
    stores = [open_store(tmp_path / str(number), few=few) for number in range(10)]
    for value in (b"1", b"2", b"3"):
        for store in stores:
            save(store, x=value)
            assert len(descriptors(tmp_path)) <= 9
    before = descriptors(tmp_path)
    for store in (stores[8], stores[7], stores[9]):
        save(store, x=b"4")
    assert descriptors(tmp_path) == before
    assert {store.head().id for store in stores} == {3, 4}  # type: ignore[union-attr]
    for store in stores:
        store.close()
    assert descriptors(tmp_path) == []


def test_what_is_used_does_not_rest(tmp_path: Path) -> None:
    """More than may be are open then, for as long as that takes."""
    few = FewOpen(1)

    def meanwhile() -> bytes:
        """Called while the first store is writing."""
        with ThreadPoolExecutor(1) as pool:
            stores.append(pool.submit(open_store, tmp_path / "b", few=few).result())
        opened.update(path.parent.name for path in tmp_path.glob("?/*") if is_open(path))
        return b"1"

    def is_open(path: Path) -> bool:
        return path.name == "lock" and "lock" in descriptors(path.parent)

    stores, opened = [open_store(tmp_path / "a", few=few)], set[str]()
    pieces = ((digest(b"1"), meanwhile()) for _ in range(1))
    stores[0].commit(Change(), Cause("c", 1), chunks=pieces)
    assert opened == {"a", "b"}
    assert descriptors(tmp_path) == descriptors(tmp_path / "b") != []
    for store in stores:
        store.close()


def test_many_threads_take_turns(tmp_path: Path) -> None:
    """More threads than may be open, each on its own store: nothing is lost."""
    few = FewOpen(2)
    stores = [open_store(tmp_path / str(number), few=few) for number in range(6)]

    def work(store: Store) -> None:
        for number in range(20):
            save(store, x=b"%d" % number)

    with ThreadPoolExecutor(len(stores)) as pool:
        list(pool.map(work, stores))
    assert [load(store, store.head()) for store in stores] == [{"x": b"19"}] * len(stores)
    assert len(descriptors(tmp_path)) <= 6
    for store in stores:
        store.close()


FORKED = """
import os, sys
from pathlib import Path
from nbengine.errors import StorageError
from tests.state.stored import open_store, save
store = open_store(Path(sys.argv[1]))
save(store, a=b"1")
store.rest()
child = os.fork()
if not child:
    try:
        store.head()
    except StorageError as error:
        print(error, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(save(store, a=b"2").id)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="nothing forks here")
def test_a_forked_child_does_not_wake_it(tmp_path: Path) -> None:
    """It is its parent's, at rest too."""
    done = subprocess.run(
        [sys.executable, "-c", FORKED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    refusal, saved = done.stdout.splitlines()
    assert "is not open in process" in refusal
    assert saved == "2"
