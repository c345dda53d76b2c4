from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from nbengine.errors import DamagedSnapshotError, StorageError
from nbengine.state.disk import Disk
from nbengine.state.open_folder import DATABASE
from tests.state.stored import CHUNK, Buffer, files, open_store, save

DATA = os.urandom(3 * CHUNK)


def saved(folder: Path, notebook_id: str = "n") -> Path:
    """Two snapshots; a pack each."""
    with open_store(folder, notebook_id=notebook_id) as store:
        save(store, a=Buffer(DATA))
        save(store, b=Buffer(DATA[1:]))
    return folder


def test_a_new_folder_outlasts_a_power_cut(tmp_path: Path) -> None:
    """Its name is flushed, and that of each folder which was made for it."""

    class Watching(Disk):
        def sync_folder(self, folder: Path) -> None:
            super().sync_folder(folder)
            flushed.append(folder)

    flushed: list[Path] = []
    home = tmp_path / "workspace" / "n"
    open_store(home / "state", durability="power", disk=Watching()).close()
    assert flushed == [home / "state", home, home.parent, tmp_path]


@pytest.mark.parametrize("part", ["lock", DATABASE])
def test_a_file_that_a_link_leads_to_stays_as_it_is(tmp_path: Path, part: str) -> None:
    """Who can write to the folder cannot have others write elsewhere."""
    folder, other = saved(tmp_path / "n"), tmp_path / "other"
    sqlite3.connect(other).executescript("CREATE TABLE precious (x); PRAGMA user_version = 0")
    before = other.read_bytes()
    (folder / part).unlink()
    (folder / part).symlink_to(other)
    with pytest.raises(StorageError, match=f"taken the place of .*{part}"):
        open_store(folder)
    assert other.read_bytes() == before


def test_the_packs_of_another_notebook_are_not_tidied(tmp_path: Path) -> None:
    """Those that a link leads to are named by another database."""
    folder, other = tmp_path / "n", saved(tmp_path / "m", "m")
    open_store(folder).close()
    shutil.rmtree(folder / "packs")
    (folder / "packs").symlink_to(other / "packs")
    with pytest.raises(StorageError, match=r"taken the place of .*packs"):
        open_store(folder)
    assert files(other) == ["1.pack", "2.pack"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_a_pipe_in_the_place_of_a_file_keeps_nobody_waiting(tmp_path: Path) -> None:
    """It is no lock; in the place of a pack it is damage, by name."""
    folder = saved(tmp_path / "n")
    (folder / "packs" / "2.pack").unlink()
    os.mkfifo(folder / "packs" / "2.pack")
    with open_store(folder) as store:
        head = store.head()
        assert head is not None
        with pytest.raises(DamagedSnapshotError, match=r"2\.pack"):
            store.map_buffer(head.groups["b"].buffers[0])
        assert [(each.snapshot, each.names) for each in store.verify()] == [(2, ("b",))]
    (folder / "lock").unlink()
    os.mkfifo(folder / "lock")
    with pytest.raises(StorageError, match=r"taken the place of .*lock"):
        open_store(folder)


def test_a_link_in_the_place_of_a_pack_is_damage(tmp_path: Path) -> None:
    """What it leads to becomes no variable's memory."""
    folder, other = saved(tmp_path / "n"), tmp_path / "other"
    (folder / "packs" / "2.pack").rename(other)
    (folder / "packs" / "2.pack").symlink_to(other)
    with open_store(folder) as store:
        head = store.head()
        assert head is not None
        with pytest.raises(DamagedSnapshotError, match="taken the place"):
            store.map_buffer(head.groups["b"].buffers[0])
