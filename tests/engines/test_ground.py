from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from nbengine import ExecutionService
from nbengine.engines import ground
from nbengine.engines.ground import Ground, worker_group
from nbengine.errors import StorageError, WorkerStartError
from nbengine.models.session import ExecutionMode
from nbengine.settings import Settings
from nbengine.state.disk import Disk


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders whose names are made to last, in order."""
    folders: list[Path] = []
    sync = Disk.sync_folder

    def sync_and_tell(disk: Disk, folder: Path) -> None:
        sync(disk, folder)
        folders.append(folder)

    monkeypatch.setattr(Disk, "sync_folder", sync_and_tell)
    return folders


def stand(settings: Settings) -> None:
    """Make the ground of a worker, and leave it."""
    Ground(settings, "n", ExecutionMode.WRITE_ENABLED, None, None).leave()


def test_a_notebook_s_folder_survives_a_power_cut(tmp_path: Path, flushed: list[Path]) -> None:
    """Every folder in which something new was named is flushed, from the first that was there."""
    root = tmp_path / "deep" / "root"
    settings = Settings(workspace_dir=root, key_file=tmp_path / "key", durability="power")
    stand(settings)
    assert set(flushed) == {tmp_path, root.parent, root, root / "n"}
    flushed.clear()
    stand(settings)
    assert flushed == []


def test_nothing_is_made_behind_a_link(tmp_path: Path) -> None:
    """Where one has taken the place of a notebook's folder, what it leads to stays as it is."""
    (tmp_path / "aim").mkdir()
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "n").symlink_to(tmp_path / "aim")
    with pytest.raises(StorageError, match="a link has taken its place"):
        stand(Settings(workspace_dir=tmp_path / "root"))
    assert list((tmp_path / "aim").iterdir()) == []


@pytest.mark.parametrize("durability", ["process", "deferred"])
def test_nothing_is_flushed_for_less(tmp_path: Path, flushed: list[Path], durability: str) -> None:
    """It would cost milliseconds, and promises nothing there."""
    stand(Settings.model_validate({"workspace_dir": tmp_path / "root", "durability": durability}))
    assert flushed == []


def test_a_notebook_in_process_is_made_to_last_alike(tmp_path: Path, flushed: list[Path]) -> None:
    """Its folder is made before its state is, which would find it there."""
    root = tmp_path / "root"
    with ExecutionService(
        workspace_dir=root, key_file=tmp_path / "key", durability="power"
    ) as service:
        service.execute_code("x = 1", "c", "n")
    assert {tmp_path, root, root / "n"} <= set(flushed)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOSPC, errno.ENOMEM])
def test_a_host_that_is_full(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """It has control groups, and no room for another: that is what is told."""

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(ground, "make_group", refuse)
    with pytest.raises(WorkerStartError, match=os.strerror(number)):
        worker_group(Settings())


def test_a_host_without_control_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits of single processes have to do."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(ground, "make_group", refuse)
    assert worker_group(Settings()) is None
