from __future__ import annotations

import os
import random
from io import FileIO
from pathlib import Path
from typing import NamedTuple

import pytest

from nbengine.state.collection import Retention
from nbengine.state.database import Durability
from nbengine.state.disk import Disk
from nbengine.state.open_folder import DATABASE
from tests.state.sqlite_layer import LAYER
from tests.state.stored import CHUNK, Buffer, load, open_store, save

SECTOR = 512


class Event(NamedTuple):
    """Something that was asked of the disk, or acknowledged to the caller."""

    what: str
    path: Path = Path()
    place: int = 0
    data: bytes = b""


class RecordingDisk(Disk):
    """Remembers what is asked of it and does it."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def create(self, path: Path) -> FileIO:
        self.events.append(Event("create", path))
        return super().create(path)

    def write(self, file: FileIO, place: int, data: bytes | memoryview) -> None:
        self.events.append(Event("write", Path(str(file.name)), place, bytes(data)))
        super().write(file, place, data)

    def sync(self, file: FileIO) -> None:
        super().sync(file)
        self.events.append(Event("sync", Path(str(file.name))))

    def sync_folder(self, folder: Path) -> None:
        super().sync_folder(folder)
        self.events.append(Event("sync folder", folder))

    def remove(self, path: Path) -> None:
        self.events.append(Event("remove", path))
        super().remove(path)


class Heard:
    """Remembers what SQLite asks for; it flushes the folder with the first flush of a new log."""

    def __init__(self, events: list[Event]) -> None:
        self._events = events
        self._flushed: set[Path] = set()

    def write(self, path: Path, place: int, data: bytes) -> None:
        self._events.append(Event("write", path, place, data))

    def truncate(self, path: Path, size: int) -> None:
        self._events.append(Event("truncate", path, size))

    def sync(self, path: Path) -> None:
        self._events.append(Event("sync", path))
        if path.suffix != ".db" and path not in self._flushed:
            self._flushed.add(path)
            self._events.append(Event("sync folder", path.parent))

    def remove(self, path: Path) -> None:
        self._flushed.discard(path)
        self._events.append(Event("remove", path))


class File:
    """A file of which the disk surely has one part and perhaps another."""

    def __init__(self) -> None:
        self.sure = b""
        self.waiting: list[Event] = []
        self.is_named = False
        self.is_removed = False

    def flush(self) -> None:
        for event in self.waiting:
            self.sure = applied(event, self.sure)
        self.waiting = []

    def after_power_cut(self, luck: Luck) -> bytes | None:
        """What is found of it; None if it is not there."""
        if (self.is_removed and luck.happens()) or not (self.is_named or luck.happens()):
            return None
        content = self.sure
        for event in self.waiting:
            if luck.happens():
                content = applied(luck.torn(event), content)
        return content


def applied(event: Event, content: bytes) -> bytes:
    if event.what == "truncate":
        return content[: event.place].ljust(event.place, b"\0")
    padded = content.ljust(event.place, b"\0")
    return padded[: event.place] + event.data + padded[event.place + len(event.data) :]


class Luck:
    """What becomes of what was not flushed: nothing of it, all of it, or some torn part."""

    def __init__(self, kind: str, seed: int) -> None:
        self._kind = kind
        self._chance = random.Random(seed)

    def happens(self) -> bool:
        return self._kind == "kept" or (self._kind == "torn" and self._chance.random() < 0.7)

    def torn(self, event: Event) -> Event:
        if self._kind == "kept" or self._chance.random() < 0.5:
            return event
        sectors = self._chance.randint(0, len(event.data) // SECTOR)
        return event._replace(data=event.data[: sectors * SECTOR])


def files_after(events: list[Event]) -> dict[Path, File]:
    files: dict[Path, File] = {}
    for event in events:
        if event.what == "sync folder":
            flush_names(files, event.path)
            continue
        file = files.setdefault(event.path, File())
        if event.what == "sync":
            file.flush()
        elif event.what == "remove":
            file.is_removed = True
        elif file.is_removed:
            file = files[event.path] = File()
        if event.what in ("write", "truncate"):
            file.waiting.append(event)
    return files


def flush_names(files: dict[Path, File], folder: Path) -> None:
    for path in [path for path in files if path.parent == folder]:
        files[path].is_named = True
        if files[path].is_removed:
            del files[path]


def write_files(events: list[Event], recorded: Path, folder: Path, luck: Luck) -> None:
    """Make the folder as it is found after a power cut."""
    (folder / "packs").mkdir(parents=True)
    for path, file in files_after(events).items():
        content = file.after_power_cut(luck) if path.is_relative_to(recorded) else None
        if content is not None and path.suffix:
            (folder / path.relative_to(recorded)).write_bytes(content)


def record(folder: Path, disk: RecordingDisk) -> dict[int, dict[str, bytes]]:
    """A life of a store, with what each snapshot held."""
    made: dict[int, dict[str, bytes]] = {}
    big = os.urandom(6 * CHUNK)
    with LAYER.heard_by(Heard(disk.events)):
        for _ in range(2):
            with open_store(folder, durability="power", disk=disk) as store:
                for number in range(4):
                    big = os.urandom(CHUNK) + big[CHUNK:]
                    values = {"small": b"%d" % number, "large": os.urandom(40_000)}
                    snapshot = save(store, big=Buffer(big), **values)
                    disk.events.append(Event("acknowledged", place=snapshot.id))
                    made[snapshot.id] = values | {"big": big}
                store.collect(Retention(count=1))
    return made


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["lost", "kept", "torn"])
def test_a_power_cut_costs_nothing_that_was_acknowledged(tmp_path: Path, kind: str) -> None:
    """At whichever call, whatever becomes of what was not flushed: the last snapshot is whole."""
    disk = RecordingDisk()
    made = record(tmp_path / "s", disk)
    last = 0
    for number, event in enumerate(disk.events):
        last = event.place if event.what == "acknowledged" else last
        folder = tmp_path / str(number)
        write_files(disk.events[: number + 1], tmp_path / "s", folder, Luck(kind, number))
        with open_store(folder) as store:
            head = store.head()
            assert (head.id if head else 0) in (last, last + 1)
            assert load(store, head) == (made[head.id] if head else {})
            assert store.verify() == []
    assert last == 8
    assert len(disk.events) > 100


@pytest.mark.parametrize("durability, flushes", [("process", 0), ("deferred", 0), ("power", 10)])
def test_a_new_state_is_only_flushed_where_it_is_to_last(
    tmp_path: Path, durability: Durability, flushes: int
) -> None:
    """Each flush may take longer than the notebook's first cell."""
    disk = RecordingDisk()
    with LAYER.heard_by(Heard(disk.events)):
        store = open_store(tmp_path / "s", durability=durability, disk=disk)
        save(store, small=b"1")
        seen = [event for event in disk.events if event.what == "sync"]
        store.close()
    assert (len(seen) >= flushes) if flushes else not seen


def test_files_go_once_the_database_has_forgotten_them_for_good(tmp_path: Path) -> None:
    """A power cut brings back no index of what is gone, whatever the durability is."""
    disk, big = RecordingDisk(), os.urandom(6 * CHUNK)
    with LAYER.heard_by(Heard(disk.events)), open_store(tmp_path, disk=disk) as store:
        save(store, big=Buffer(big))
        save(store, big=Buffer(big[: 2 * CHUNK]))
        store.collect(Retention(count=1))
    removed = next(
        at
        for at, event in enumerate(disk.events)
        if (event.what, event.path.suffix) == ("remove", ".pack")
    )
    for name in (DATABASE, f"{DATABASE}-wal"):
        assert "sync" in [e.what for e in disk.events[:removed] if e.path.name == name]
    before = [e.what for e in disk.events[:removed] if e.path.name.startswith(DATABASE)]
    assert before[-1] == "sync"


def test_what_is_not_flushed_would_be_seen_missing(tmp_path: Path) -> None:
    """A disk that never flushes packs does lose them: the replay can tell."""

    class Lying(RecordingDisk):
        def sync(self, file: FileIO) -> None:
            pass

    disk = Lying()
    record(tmp_path / "s", disk)
    write_files(disk.events, tmp_path / "s", tmp_path / "cut", Luck("lost", 0))
    with open_store(tmp_path / "cut") as store:
        assert store.head() is not None
        assert store.verify() != []
