"""What cells put in the place of files and folders leads no server astray."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import pytest

from nbengine.errors import (
    NotebookFileError,
    StorageError,
    UnknownFileError,
    UnknownNotebookError,
)
from nbengine.services import notebook_file
from nbengine.services.notebook_files import NotebookFiles
from nbengine.services.notebook_service import NotebookService

from .conftest import Serve
from .test_edits import sources

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs links and pipes")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of the user's with `nb.ipynb` and `sub/deep.ipynb`; `foreign` lies beside it."""
    for place in ("mine/nb.ipynb", "mine/sub/deep.ipynb", "foreign/deep.ipynb"):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        cells = [nbformat.v4.new_code_cell(f"'{place}'", id="a")]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return tmp_path / "mine"


@pytest.fixture
def service(serve: Serve, folder: Path) -> NotebookService:
    """Notebooks of that folder."""
    return serve(folder)


def id_of(service: NotebookService, path: str) -> str:
    return next(each.id for each in service.notebooks() if each.path == path)


def edit(service: NotebookService, notebook_id: str) -> None:
    service.edit_cell(notebook_id, "a", "*", source="edited")


def test_a_notebook_that_became_a_link_to_nowhere(service: NotebookService, folder: Path) -> None:
    """What it leads to is not made; the notebook goes on, and the link is set aside."""
    notebook_id, path = id_of(service, "nb.ipynb"), folder / "nb.ipynb"
    service.open(notebook_id)
    path.unlink()
    path.symlink_to(folder.parent / "new")
    problem = service.open(notebook_id).problem
    assert problem == f"{path} cannot be read: it leads out of {folder}."
    assert [each.path for each in service.notebooks()] == ["sub/deep.ipynb"]
    edit(service, notebook_id)
    assert not (folder.parent / "new").exists()
    assert not path.is_symlink()
    assert service.open(notebook_id).problem is None
    (aside,) = folder.glob("*.unreadable-*")
    assert aside.readlink() == folder.parent / "new"


def test_a_link_to_a_foreign_notebook(service: NotebookService, folder: Path) -> None:
    """It is neither listed nor shown nor written."""
    foreign = folder.parent / "foreign/deep.ipynb"
    before, notebook_id = foreign.read_bytes(), id_of(service, "nb.ipynb")
    service.open(notebook_id)
    (folder / "planted.ipynb").symlink_to(foreign)
    (folder / "nb.ipynb").unlink()
    (folder / "nb.ipynb").symlink_to(foreign)
    assert [each.path for each in service.notebooks()] == ["sub/deep.ipynb"]
    for name in ("planted.ipynb", "nb.ipynb"):
        with pytest.raises(UnknownNotebookError):
            service._shelf.find(notebook_file.notebook_id(folder / name))
    assert sources(service, notebook_id) == ["'mine/nb.ipynb'"]
    edit(service, notebook_id)
    assert foreign.read_bytes() == before


def test_a_link_within_the_folder(service: NotebookService, folder: Path) -> None:
    """It is a notebook, and stays a link."""
    (folder / "nb.ipynb").unlink()
    (folder / "nb.ipynb").symlink_to("sub/deep.ipynb")
    notebook_id = id_of(service, "nb.ipynb")
    edit(service, notebook_id)
    assert (folder / "nb.ipynb").is_symlink()
    assert "edited" in (folder / "sub/deep.ipynb").read_text()


def test_a_subfolder_that_became_a_link(service: NotebookService, folder: Path) -> None:
    """Nothing behind it is listed, read, written, renamed, deleted or brought in."""
    foreign, notebook_id = folder.parent / "foreign", id_of(service, "sub/deep.ipynb")
    files = NotebookFiles(service)
    service.open(notebook_id)
    manager = files.of(notebook_id)
    (folder / "sub").rename(folder / "away")
    (folder / "sub").symlink_to(foreign)
    before = (foreign / "deep.ipynb").read_bytes()
    for attempt in (
        lambda: edit(service, notebook_id),
        lambda: service.rename(notebook_id, "other"),
        lambda: service.delete(notebook_id),
        manager.list,
    ):
        with pytest.raises(StorageError, match=r"leads out of|taken the place of the folder 'sub'"):
            attempt()
    for reach in (
        lambda: files.of(notebook_id),
        lambda: manager.open("deep.ipynb"),
        lambda: manager.delete("deep.ipynb"),
    ):
        with pytest.raises((UnknownFileError, UnknownNotebookError)):
            reach()
    with pytest.raises((UnknownFileError, StorageError)):
        manager.upload("brought.txt", [b"x"])
    files.close()
    assert (foreign / "deep.ipynb").read_bytes() == before
    assert [each.name for each in foreign.iterdir()] == ["deep.ipynb"]


def test_a_cell_does_not_work_behind_a_link(service: NotebookService, folder: Path) -> None:
    """A worker would be given the folder that it leads to."""
    notebook_id = id_of(service, "sub/deep.ipynb")
    service.open(notebook_id)
    (folder / "sub").rename(folder / "away")
    (folder / "sub").symlink_to(folder.parent / "foreign")
    with pytest.raises(UnknownFileError, match="taken the place of the folder 'sub'"):
        service.execute_cell(notebook_id, "a")


def test_a_deleted_notebook_does_not_come_back_behind_a_link(
    service: NotebookService, folder: Path
) -> None:
    """It stays in the trash until its folder is one again."""
    notebook_id = id_of(service, "sub/deep.ipynb")
    entry = service.delete(notebook_id).entry
    (folder / "sub").rmdir()
    (folder / "sub").symlink_to(folder.parent / "empty")
    (folder.parent / "empty").mkdir()
    with pytest.raises(StorageError, match="taken the place of the folder 'sub'"):
        service.bring_back(entry)
    assert list((folder.parent / "empty").iterdir()) == []
    (folder / "sub").unlink()
    assert service.bring_back(entry).id == notebook_id


@pytest.mark.timeout(30)
def test_a_notebook_that_became_a_pipe(service: NotebookService, folder: Path) -> None:
    """Nobody waits for somebody to write into it."""
    notebook_id, path = id_of(service, "nb.ipynb"), folder / "nb.ipynb"
    service.open(notebook_id)
    path.unlink()
    os.mkfifo(path)
    assert service.open(notebook_id).problem == f"{path} cannot be read: it is no ordinary file."
    edit(service, notebook_id)
    service.close()
    assert "edited" in path.read_text()


def test_a_notebook_that_is_too_large(
    service: NotebookService, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not read into memory; the sentence says how large it is, and how large it may be."""
    path = folder / "nb.ipynb"
    notebook_id = id_of(service, "nb.ipynb")
    os.truncate(path, 20 * 2**30)
    told = "it has 21,474,836,480 bytes, and a notebook may have 536,870,912 at most"
    with pytest.raises(NotebookFileError, match=told):
        service.open(notebook_id)
    os.truncate(path, 1_000)
    monkeypatch.setattr("nbengine.services.notebook_file.MOST_BYTES", 999)
    with pytest.raises(NotebookFileError, match="it has 1,000 bytes"):
        service.open(notebook_id)


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs a file system of all times")
def test_a_file_with_a_time_that_no_calendar_has(serve: Serve) -> None:
    """It is listed all the same, as a notebook and as a file."""
    with TemporaryDirectory(dir="/dev/shm") as folder:
        service = serve(Path(folder))
        notebook = service.create("nb")
        os.utime(Path(folder, "nb.ipynb"), (2**40, 2**40))
        files = NotebookFiles(service)
        assert [each.modified.year for each in service.notebooks()] == [9999]
        assert [each.modified.year for each in files.of(notebook.id).list().files] == [9999]
        files.close()
        service.close()
