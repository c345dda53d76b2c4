from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nbengine.errors import (
    DamagedSnapshotError,
    ForeignSnapshotError,
    InvalidInputError,
    SnapshotError,
    StateLockedError,
    StorageError,
    UnknownSnapshotError,
)
from nbengine.state.collection import Retention
from nbengine.state.open_folder import DATABASE
from nbengine.state.pieces import LARGE
from nbengine.state.records import BufferRecord, Cause, Change, GroupRecord
from nbengine.state.signing import UserKey
from tests.state.stored import CHUNK, Buffer, digest, files, load, open_store, save

LARGE_ONE = b"a" * (LARGE + 1)
LARGE_OTHER = b"b" * (LARGE + 1)


def spoil(path: Path, byte: int = 10) -> None:
    with path.open("r+b") as file:
        file.seek(byte)
        (was,) = file.read(1)
        file.seek(byte)
        file.write(bytes([was ^ 0xFF]))


def alter(folder: Path, statement: str, *values: object) -> None:
    """Change the database behind the store's back."""
    connection = sqlite3.connect(folder / "snapshots.db")
    connection.execute(statement, values)
    connection.commit()
    connection.close()


def test_what_was_committed_is_there_at_the_next_opening(tmp_path: Path) -> None:
    """Small content, large content and buffers come back, with what is told of the cell."""
    data = os.urandom(3 * CHUNK + 5)
    with open_store(tmp_path / "s") as store:
        assert store.head() is None
        before = datetime.now(UTC)
        made = save(store, "c1", a=b"1", b=LARGE_ONE, c=Buffer(data))
    with open_store(tmp_path / "s") as store:
        head = store.head()
        assert head == made
        assert load(store, head) == {"a": b"1", "b": LARGE_ONE, "c": data}
        assert (head.id, head.info.parent, head.info.cell_id) == (1, None, "c1")
        assert head.info.changed == ("a", "b", "c")
        assert before <= head.info.time <= datetime.now(UTC)
        assert head.info.bytes_written >= len(data) + len(LARGE_ONE)


def test_a_commit_mentions_only_what_changed(tmp_path: Path) -> None:
    """Everything else is as before: other names, extras, reasons; names that are gone are gone."""
    with open_store(tmp_path) as store:
        save(store, a=b"1", b=b"2", c=b"3")
        store.commit(Change(extras={"cwd": "/x"}, unsaved={"f": "a file"}), Cause("c2", 2))
        head = save(store, "c", ["c"], b=b"4")
        assert load(store, head) == {"a": b"1", "b": b"4"}
        assert (head.extras, head.unsaved) == ({"cwd": "/x"}, {"f": "a file"})
        assert store.commit(Change(unsaved={}), Cause("c4", 4)).unsaved == {}
        assert [info.parent for info in store.history()] == [None, 1, 2, 3]


def test_content_that_is_there_already_is_not_written_again(tmp_path: Path) -> None:
    """The same value under another name, and a chunk that a buffer shares, cost no bytes."""
    data = os.urandom(2 * CHUNK)
    with open_store(tmp_path) as store:
        save(store, a=Buffer(data))
        assert save(store, b=Buffer(data)).info.bytes_written == 0
        assert save(store, a=Buffer(data + b"x" * CHUNK)).info.bytes_written == CHUNK
        assert files(tmp_path) == ["1.pack", "2.pack"]
        assert save(store, a=Buffer(bytes(9 * CHUNK))).info.bytes_written == CHUNK
        assert load(store, store.head()) == {"a": bytes(9 * CHUNK), "b": data}


def test_every_snapshot_of_a_long_history_can_be_had(tmp_path: Path) -> None:
    """Changes upon changes, written whole now and then, give what was committed each time."""
    chance = random.Random(4)
    values: dict[str, bytes] = {}
    expected = {}
    with open_store(tmp_path) as store:
        for number in range(1, 400):
            name = f"v{chance.randint(0, 60)}"
            gone = [name] if name in values and chance.random() < 0.2 else []
            new = {} if gone else {name: chance.randbytes(20)}
            values = {k: v for k, v in values.items() if k not in gone} | new
            assert save(store, "c", gone, **new).id == number
            expected[number] = dict(values)
    with open_store(tmp_path) as store:
        for number in chance.sample(sorted(expected), 40):
            assert load(store, store.get(number)) == expected[number]
        assert [info.id for info in store.history()] == sorted(expected)
        assert store.verify() == []


def test_a_lineage_is_what_a_snapshot_came_after(tmp_path: Path) -> None:
    """Newest first, without other branches, with those let go of, and up to one that is damaged."""
    with open_store(tmp_path) as store:
        first, second, *_ = (save(store, a=b"%d" % number) for number in range(4))
        store.set_head(second.id)
        last = save(store, a=b"5")
        store.collect(Retention(count=1))
        assert [info.id for info in store.lineage(last, 9)] == [last.id, second.id, first.id]
        assert [info.id for info in store.lineage(last, 2)] == [last.id, second.id]
    with sqlite3.connect(tmp_path / DATABASE) as database:
        database.execute("UPDATE snapshot SET body = body || ' ' WHERE id = ?", (first.id,))
    database.close()
    with open_store(tmp_path) as store:
        assert [info.id for info in store.lineage(last, 9)] == [last.id, second.id]


def test_the_disk_grows_by_what_changed(tmp_path: Path) -> None:
    """A thousand commits of one small value do not write the other thousand names each time."""
    with open_store(tmp_path) as store:
        save(store, **{f"v{i}": os.urandom(20) for i in range(1000)})
        for number in range(1000):
            save(store, **{f"v{number}": os.urandom(20)})
    with open_store(tmp_path) as store:
        assert store.size < 3_000_000


@pytest.mark.parametrize("plain", [False, True], ids=["checked", "plain"])
def test_a_buffer_is_memory_of_its_own(tmp_path: Path, plain: bool) -> None:
    """It may be written to, is not there twice on disk, and a read-only one stays so."""
    data = os.urandom(4 * CHUNK)
    with open_store(tmp_path) as store:
        record = replace(save(store, a=Buffer(data)).groups["a"].buffers[0], plain=plain)
        memory = store.map_buffer(record)
        memory[:3] = b"new"
        assert store.map_buffer(record) == data
        readonly = save(store, b=Buffer(data, readonly=True)).groups["b"].buffers[0]
        assert store.map_buffer(readonly).readonly
        assert store.map_buffer(readonly) == data
    assert memory == b"new" + data[3:]


def test_only_a_plain_buffer_comes_back_unread(tmp_path: Path) -> None:
    """Any other is compared first, and is a copy of what was compared."""
    data = os.urandom(4 * CHUNK)
    with open_store(tmp_path) as store:
        record = save(store, a=Buffer(data)).groups["a"].buffers[0]
        copy = store.map_buffer(record)
        spoil(tmp_path / "packs" / "1.pack")
        assert copy == data
        with pytest.raises(DamagedSnapshotError, match="has changed"):
            store.map_buffer(record)
        assert store.map_buffer(replace(record, plain=True)) != data


def test_going_back_makes_a_branch(tmp_path: Path) -> None:
    """The next commit comes after the chosen snapshot; the others stay; numbers go on."""
    with open_store(tmp_path) as store:
        save(store, a=b"1")
        save(store, a=b"2", b=b"2")
        store.set_head(1)
        assert load(store, store.head()) == {"a": b"1"}
    with open_store(tmp_path) as store:
        branch = save(store, c=b"3")
        assert (branch.id, branch.info.parent) == (3, 1)
        assert load(store, branch) == {"a": b"1", "c": b"3"}
        assert load(store, store.get(2)) == {"a": b"2", "b": b"2"}
        store.set_head(None)
        assert store.head() is None
        fresh = save(store, d=b"4")
        assert (fresh.id, fresh.info.parent, dict(fresh.bindings)) == (4, None, {"d": "d"})
        with pytest.raises(UnknownSnapshotError, match="no snapshot 9"):
            store.set_head(9)
        assert store.head() == fresh


def test_a_commit_that_names_what_is_not_there_is_refused(tmp_path: Path) -> None:
    """A name without group, a group without content: nothing is written, the head stays."""
    with open_store(tmp_path) as store:
        head = save(store, a=b"1")
        with pytest.raises(InvalidInputError, match="no group 'x'"):
            store.commit(Change(bindings={"b": "x"}), Cause("c", 2))
        groups = {"x": GroupRecord(digest(b"none"))}
        with pytest.raises(InvalidInputError, match="is not there"):
            store.commit(Change(bindings={"b": "x"}, groups=groups), Cause("c", 2))
        assert store.head() == head
        assert save(store, a=b"2").id == 2


def test_content_that_changes_while_it_is_written_is_not_kept(tmp_path: Path) -> None:
    """Nothing is filed under a digest that is not its own."""
    with open_store(tmp_path) as store:
        for data in (b"small", LARGE_ONE):
            wrong = digest(b"other")
            change = Change(groups={"a": GroupRecord(wrong)})
            with pytest.raises(StorageError, match="changed while it was saved"):
                store.commit(change, Cause("c", 1), {wrong: data})
        assert store.head() is None
        assert files(tmp_path) == []


def test_the_quota_ends_what_would_go_beyond_it(tmp_path: Path) -> None:
    """One sentence, nothing left behind, and a commit that fits is kept."""
    with open_store(tmp_path, quota=1_000_000) as store:
        head = save(store, a=b"1")
        with pytest.raises(StorageError, match="larger than its quota"):
            save(store, a=Buffer(os.urandom(2_000_000)))
        assert store.head() == head
        assert files(tmp_path) == []
        assert load(store, save(store, b=LARGE_ONE)) == {"a": b"1", "b": LARGE_ONE}


def test_the_quota_counts_what_is_there_already(tmp_path: Path) -> None:
    """What would fit alone is refused beside a head that has to stay."""
    with open_store(tmp_path, quota=1_000_000) as store:
        head = save(store, a=Buffer(os.urandom(10 * CHUNK)))
        for _ in range(2):
            with pytest.raises(StorageError, match="larger than its quota"):
                save(store, b=Buffer(os.urandom(10 * CHUNK)))
        assert store.head() == head
        assert store.size < 1_000_000


def test_older_snapshots_make_room_for_a_new_one(tmp_path: Path) -> None:
    """The head stays, so that the new one can be undone; with room to spare for the next."""
    with open_store(tmp_path, quota=1_000_000) as store:
        for number in range(1, 12):
            save(store, a=Buffer(os.urandom(3 * CHUNK)))
            kept = [info.id for info in store.history()]
            assert kept[-2:] == [number - 1, number][-len(kept) :]
            assert store.size < 1_000_000 + 100_000
        assert len(kept) < 6
        assert store.verify() == []


def test_nothing_goes_for_what_would_not_fit_anyway(tmp_path: Path) -> None:
    """Whatever is let go of, content that is larger than the quota is not kept."""
    with open_store(tmp_path, quota=500_000) as store:
        save(store, a=b"1")
        save(store, a=b"2")
        with pytest.raises(StorageError, match="larger than its quota"):
            save(store, b=Buffer(os.urandom(10 * CHUNK)))
        assert [info.id for info in store.history()] == [1, 2]


def test_many_threads_commit_one_after_another(tmp_path: Path) -> None:
    """Each gets a snapshot of its own, none is lost."""
    with open_store(tmp_path) as store, ThreadPoolExecutor(8) as pool:
        made = pool.map(lambda n: save(store, **{f"v{n}": b"%d" % n}), range(40))
        assert sorted(snapshot.id for snapshot in made) == list(range(1, 41))
        assert load(store, store.head()) == {f"v{n}": b"%d" % n for n in range(40)}


def test_the_second_to_open_it_is_refused(tmp_path: Path) -> None:
    """In one process, too; after closing it is free, and a closed store says so."""
    store = open_store(tmp_path)
    with pytest.raises(StateLockedError, match="open in this process already"):
        open_store(tmp_path)
    store.close()
    store.close()
    open_store(tmp_path).close()
    with pytest.raises(StorageError, match="is not open in process"):
        store.head()


FORKED = """
import os, sys
from pathlib import Path
from nbengine.errors import StorageError
from tests.state.stored import open_store, save
store = open_store(Path(sys.argv[1]))
save(store, a=b"1")
child = os.fork()
if not child:
    try:
        store.head()
    except StorageError as error:
        print(error, flush=True)
    sys.exit()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
save(store, b=b"2")
os._exit(0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_forked_child_leaves_the_state_alone(tmp_path: Path) -> None:
    """It is told so, and when it ends it folds nothing up that its parent still writes to."""
    done = subprocess.run(
        [sys.executable, "-c", FORKED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    refusal, status = done.stdout.splitlines()
    assert "is not open in process" in refusal
    assert status == "0"
    with open_store(tmp_path) as store:
        assert load(store, store.head()) == {"a": b"1", "b": b"2"}
        assert store.verify() == []


def test_a_tampered_snapshot_is_refused_and_the_one_before_offered(tmp_path: Path) -> None:
    """Whoever changes a byte of what is signed has no snapshot any more."""
    with open_store(tmp_path) as store:
        save(store, a=b"1")
        save(store, a=b"2")
    alter(tmp_path, "UPDATE snapshot SET body = replace(body, 'a', 'b') WHERE id = 2")
    with open_store(tmp_path) as store:
        with pytest.raises(
            DamagedSnapshotError, match=r"Snapshot 2 .* Snapshot 1 is whole"
        ) as told:
            store.head()
        assert told.value.older == 1
        with pytest.raises(DamagedSnapshotError):
            save(store, b=b"3")
        assert [damage.snapshot for damage in store.verify()] == [2]
        assert [info.id for info in store.history()] == [1]
        store.set_head(1)
        assert load(store, save(store, b=b"3")) == {"a": b"1", "b": b"3"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE snapshot SET signature = (SELECT signature FROM snapshot WHERE id = 1)",
        "UPDATE snapshot SET id = id + 10",
        "UPDATE snapshot SET id = 9 WHERE id = 1",
        "UPDATE snapshot SET base = NULL",
        "UPDATE snapshot SET base = 1 WHERE id = 3",
        "UPDATE snapshot SET base = 3 WHERE id = 3",
        "DELETE FROM snapshot WHERE id = 2",
    ],
)
def test_rows_that_were_moved_about_are_refused(tmp_path: Path, statement: str) -> None:
    """A snapshot is signed with its number and with the one that it is based on."""
    with open_store(tmp_path) as store:
        for value in (b"1", b"2", b"3"):
            save(store, a=value)
    alter(tmp_path, statement)
    alter(tmp_path, "UPDATE head SET snapshot = (SELECT max(id) FROM snapshot)")
    with open_store(tmp_path) as store, pytest.raises(SnapshotError):
        store.head()


def test_who_can_write_can_only_go_back_to_what_was_there(tmp_path: Path) -> None:
    """Where the notebook goes on from is not signed; that it is a snapshot of its own is."""
    with open_store(tmp_path) as store:
        save(store, a=b"1")
        save(store, a=b"2")
    alter(tmp_path, "UPDATE head SET snapshot = 1")
    with open_store(tmp_path) as store:
        assert load(store, store.head()) == {"a": b"1"}


@pytest.mark.parametrize("place", ["7", "'x'", "x'00'"])
def test_a_place_that_is_no_snapshot_is_damage(tmp_path: Path, place: str) -> None:
    """The newest whole snapshot before it is offered, and one can go back to any."""
    with open_store(tmp_path) as store:
        save(store, a=b"1")
    alter(tmp_path, f"UPDATE head SET snapshot = {place}, last = {place}")
    with open_store(tmp_path) as store:
        with pytest.raises(DamagedSnapshotError, match="goes on from, is missing") as told:
            store.head()
        assert told.value.older == (1 if place == "7" else None)
        with pytest.raises(SnapshotError):
            save(store, a=b"2")
        store.set_head(1)
        assert load(store, store.head()) == {"a": b"1"}


def test_a_snapshot_of_another_key_or_notebook_is_refused(tmp_path: Path) -> None:
    """Neither may bring code to run here."""
    with open_store(tmp_path) as store:
        save(store, a=b"1")
    with open_store(tmp_path, key=UserKey(b"x" * 32)) as store:
        with pytest.raises(ForeignSnapshotError, match="another key") as told:
            store.head()
        assert told.value.older is None
    with open_store(tmp_path, notebook_id="m") as store, pytest.raises(DamagedSnapshotError):
        store.head()
    with open_store(tmp_path) as store:
        assert load(store, store.head()) == {"a": b"1"}


def test_content_is_checked_before_it_is_given_out(tmp_path: Path) -> None:
    """A changed byte in the database, in a pack, and a lost pack: refused by name."""
    with open_store(tmp_path) as store:
        save(store, a=b"old", b=LARGE_ONE)
        save(store, a=b"one", c=LARGE_OTHER)
        made = save(store, d=Buffer(os.urandom(CHUNK)))
    alter(tmp_path, "UPDATE piece SET content = 'two' WHERE content = ?", b"one")
    spoil(tmp_path / "packs" / "2.pack")
    (tmp_path / "packs" / "3.pack").unlink()
    with open_store(tmp_path) as store:
        for name in ("a", "c"):
            with pytest.raises(DamagedSnapshotError, match="has changed"):
                store.read_pickle(made.groups[name].pickle)
        with pytest.raises(DamagedSnapshotError, match=r"3\.pack|lost"):
            store.map_buffer(made.groups["d"].buffers[0])
        with pytest.raises(DamagedSnapshotError, match="missing"):
            store.read_pickle(digest(b"none"))
        older = store.older(than=made.id)
        assert older is not None
        assert load(store, older) == {"a": b"old", "b": LARGE_ONE}
        assert [(d.snapshot, d.names) for d in store.verify()] == [
            (2, ("a", "c")),
            (3, ("a", "c", "d")),
        ]


def test_a_record_of_another_length_is_refused(tmp_path: Path) -> None:
    """Memory is never longer or shorter than what it stands for."""
    with open_store(tmp_path) as store:
        record = save(store, a=Buffer(bytes(CHUNK))).groups["a"].buffers[0]
        with pytest.raises(DamagedSnapshotError, match="another length"):
            store.map_buffer(BufferRecord(record.length + 1, record.chunks))


def test_what_an_interrupted_commit_left_behind_goes_at_the_next_opening(tmp_path: Path) -> None:
    """A pack that nothing names is removed; its number is not needed again."""
    with open_store(tmp_path) as store:
        save(store, a=LARGE_ONE)
    (tmp_path / "packs" / "7.pack").write_bytes(b"half")
    with open_store(tmp_path) as store:
        assert files(tmp_path) == ["1.pack"]
        save(store, b=LARGE_OTHER)
        assert load(store, store.head()) == {"a": LARGE_ONE, "b": LARGE_OTHER}


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    """The store does not open, says why, and lets go of its lock; so with a newer one's."""
    for content in (b"x" * 5000, None):
        folder = tmp_path / str(content is None)
        open_store(folder).close()
        if content:
            (folder / "snapshots.db").write_bytes(content)
        else:
            alter(folder, "PRAGMA user_version = 99")
        for _ in range(2):
            with pytest.raises(SnapshotError, match=r"not a database|newer version"):
                open_store(folder)


def test_a_place_that_takes_no_folder_is_told(tmp_path: Path) -> None:
    """One sentence with the notebook's name and the reason."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="state of notebook 'n' cannot be opened: not a dir"):
        open_store(tmp_path / "file" / "s")


def test_only_the_owner_can_look_in(tmp_path: Path) -> None:
    """The folder's permissions keep others out."""
    open_store(tmp_path / "s").close()
    assert (tmp_path / "s").stat().st_mode & 0o077 == 0
