"""Notebooks are files that others write, too, and that survive their server."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from threading import Event, Thread, get_ident
from threading import enumerate as enumerate_threads
from typing import Any

import nbformat
import pytest

from nbengine.errors import (
    CapacityError,
    InvalidInputError,
    NotebookBusyError,
    NotebookFileError,
    StorageError,
    UnknownNotebookError,
)
from nbengine.models.notebook import Cell
from nbengine.models.notebook_events import FileUnreadable, NotebookEdited, ResultChanged
from nbengine.services.notebook_service import NotebookService
from tests.conftest import until

from .conftest import Serve
from .test_edits import file_of, sources


def rewrite(path: Path, change: Any) -> None:
    """Write a notebook as another program would."""
    document = nbformat.read(path, as_version=4)
    change(document)
    nbformat.write(document, path)


def told(service: NotebookService, notebook_id: str) -> list[str]:
    """What its readers were told of, in order."""
    return [each.event.event for each in service.channel(notebook_id).after(None)[0]]


def test_notebooks_are_listed_where_they_lie(service: NotebookService) -> None:
    """Each in its own folder, under an id that reminds of its name."""
    for name in ("Whales", "Überblick", "whales", "日本"):
        service.create(name)
    found = {each.id: each.path for each in service.notebooks()}
    assert found == {
        "whales": "whales/Whales.ipynb",
        "uberblick": "uberblick/Überblick.ipynb",
        "whales-2": "whales-2/whales 2.ipynb",
        "notebook": "notebook/日本.ipynb",
    }


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".hidden",
        "a/b",
        "..",
        "a\\b",
        "a\0b",
        "a\nb",
        "x" * 300,
        "a.",
        "a:b",
        "con",
        "\udcff",
    ],
)
def test_what_cannot_be_a_name(service: NotebookService, name: str) -> None:
    """It is refused in one sentence, and nothing is made."""
    with pytest.raises(InvalidInputError, match="cannot be the name of a notebook"):
        service.create(name)
    assert service.notebooks() == []


@pytest.mark.parametrize("notebook_id", ["..", "../x", "a/b", "", ".trash", "%2e%2e", "nul"])
def test_an_id_is_never_a_path(service: NotebookService, notebook_id: str) -> None:
    """What is no id reaches no file."""
    with pytest.raises(InvalidInputError):
        service.open(notebook_id)


def test_results_survive_a_restart(serve: Serve) -> None:
    """The next server shows all that the last one had, the execution ids included."""
    service = serve()
    notebook = service.create("n")
    service.add_cell(notebook.id, "print('hi')\n1 / 0", cell_id="a")
    result = service.execute_cell(notebook.id, "a")
    again = serve()
    assert again.cell(notebook.id, "a").last_result == result
    assert again.execution(notebook.id, result.execution_id).result == result


def test_outputs_are_in_the_file(service: NotebookService, notebook_id: str) -> None:
    """JupyterLab sees them, a moment later."""
    service.execute_cell(notebook_id, "a")
    service.execute_cell(notebook_id, "b")

    def stored() -> Any:
        return nbformat.read(file_of(service, notebook_id), as_version=4)["cells"][1]["outputs"]

    until(lambda: bool(stored()))
    assert stored()[0]["text"] == "1\n"


def test_what_somebody_else_writes_is_taken_over(
    service: NotebookService, notebook_id: str
) -> None:
    """Its readers are told which cells differ; results of the others stay."""
    service.execute_cell(notebook_id, "a")
    service.save(notebook_id)

    def change(document: Any) -> None:
        document["cells"][1]["source"] = "print(x + 1)"
        document["cells"].append(nbformat.v4.new_code_cell("new", id="c"))

    rewrite(file_of(service, notebook_id), change)
    assert sources(service, notebook_id) == ["x = 1", "print(x + 1)", "new"]
    told = service.channel(notebook_id).after(None)[0][-1].event
    assert isinstance(told, NotebookEdited)
    assert (told.cell_ids, told.by_file) == (["b", "c"], True)
    assert service.cell(notebook_id, "a").last_result is not None


def test_an_edit_that_has_not_seen_the_file_conflicts(
    service: NotebookService, notebook_id: str
) -> None:
    """What was edited in JupyterLab meanwhile is not overwritten."""
    seen = service.cell(notebook_id, "a").revision
    rewrite(
        file_of(service, notebook_id), lambda d: d["cells"][0].__setitem__("source", "x = 'theirs'")
    )
    with pytest.raises(Exception, match="edited by somebody else"):
        service.edit_cell(notebook_id, "a", seen, source="x = 'mine'")
    assert sources(service, notebook_id)[0] == "x = 'theirs'"


def test_a_file_written_while_ours_is_written(
    service: NotebookService, notebook_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither version is lost: the edit is carried out on theirs."""
    path, save, written = file_of(service, notebook_id), os.fsync, Event()

    def slow(file: int) -> None:
        save(file)
        if not written.is_set():
            written.set()
            rewrite(path, lambda d: d["cells"][1].__setitem__("source", "theirs"))

    monkeypatch.setattr("os.fsync", slow)
    service.edit_cell(notebook_id, "a", "*", source="ours")
    assert sources(service, notebook_id) == ["ours", "theirs"]
    stored = nbformat.read(path, as_version=4)["cells"]
    assert [cell["source"] for cell in stored] == ["ours", "theirs"]
    assert [each.name for each in path.parent.iterdir() if each.suffix == ".tmp"] == []
    edits = [each.event for each in service.channel(notebook_id).after(None)[0]]
    assert [e.cell_ids for e in edits if isinstance(e, NotebookEdited)][-2:] == [["b"], ["a"]]


@pytest.mark.parametrize("nonsense", [b"", b"{", b"\xff\xfe", b"[]", b'{"nbformat": 9}'])
def test_a_file_made_nonsense_loses_nothing(
    service: NotebookService, notebook_id: str, nonsense: bytes
) -> None:
    """The notebook stays as it was, says so, and what took its file's place is set aside."""
    path = file_of(service, notebook_id)
    service.open(notebook_id)
    path.write_bytes(nonsense)
    notebook = service.open(notebook_id)
    assert notebook.problem is not None
    assert [cell.source for cell in notebook.cells] == ["x = 1", "print(x)"]
    assert isinstance(service.channel(notebook_id).after(None)[0][-1].event, FileUnreadable)
    service.edit_cell(notebook_id, "a", "*", source="x = 2")
    assert service.open(notebook_id).problem is None
    assert sources(service, notebook_id) == ["x = 2", "print(x)"]
    (aside,) = path.parent.glob("*.unreadable-*")
    assert aside.read_bytes() == nonsense


def test_a_nonsense_file_cannot_be_opened(
    serve: Serve, service: NotebookService, notebook_id: str
) -> None:
    """Who opens it first hears what is wrong with it; it stays as it is."""
    path = file_of(service, notebook_id)
    path.write_text("{")
    with pytest.raises(NotebookFileError, match="not JSON"):
        serve().open(notebook_id)
    assert path.read_text() == "{"


def test_a_file_that_is_gone_is_written_again(service: NotebookService, notebook_id: str) -> None:
    """Whoever has the notebook open goes on."""
    path = file_of(service, notebook_id)
    path.unlink()
    assert service.open(notebook_id).problem is not None
    service.edit_cell(notebook_id, "a", "*", source="x = 2")
    assert json.loads(path.read_text())["cells"][0]["source"] == ["x = 2"]
    assert service.open(notebook_id).problem is None


def test_a_folder_that_is_gone_is_made_again(service: NotebookService, notebook_id: str) -> None:
    """Whoever has a notebook of a deleted workspace open loses nothing."""
    service.execute_cell(notebook_id, "a")
    shutil.rmtree(service.settings.workspace_dir)
    assert service.open(notebook_id).problem is not None
    service.edit_cell(notebook_id, "b", "*", source="print(-x)")
    assert service.execute_cell(notebook_id, "b").stdout == "-1\n"
    assert sources(service, notebook_id) == ["x = 1", "print(-x)"]
    assert [each.id for each in service.notebooks()] == [notebook_id]


def test_a_cell_runs_on_while_somebody_writes_the_file(
    service: NotebookService, notebook_id: str
) -> None:
    """It is not taken for one that a killed server has left."""
    service.edit_cell(notebook_id, "a", "*", source="input()")
    running = service.submit(notebook_id, ["a"], allow_stdin=True)[0]
    until(lambda: "input" in told(service, notebook_id))
    rewrite(file_of(service, notebook_id), lambda d: d["cells"][1].__setitem__("source", "y"))
    cell = service.open(notebook_id).cells[0]
    assert cell.running is not None
    assert cell.last_result is None
    service.answer(notebook_id, cell.running.execution_id, "x")
    assert running.result(10).status == "ok"
    assert sources(service, notebook_id) == ["input()", "y"]


def test_a_result_is_newer_than_its_file_whatever_the_clock_says(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file from the future, as after a clock that was set back, has not seen it."""
    service = serve()
    notebook = service.create("n")
    service.add_cell(notebook.id, "print(1)", cell_id="a")
    os.utime(file_of(service, notebook.id), (2**32, 2**32))
    service.open(notebook.id)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        result = service.execute_cell(notebook.id, "a")
        service.close()
    assert json.loads(file_of(service, notebook.id).read_text())["cells"][0]["outputs"] == []
    assert serve().cell(notebook.id, "a").last_result == result


def test_what_could_not_be_saved_is_saved_at_the_end(
    service: NotebookService, notebook_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though nothing else has happened since the disk was full."""
    tried = Event()

    def full(*_: object) -> None:
        tried.set()
        raise OSError(28, "No space left on device")

    service.execute_cell(notebook_id, "a")
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        service.execute_cell(notebook_id, "b")
        assert tried.wait(10)
    service.close()
    assert "1\\n" in file_of(service, notebook_id).read_text()


def test_what_cannot_be_made_leaves_nothing(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a folder nor a name that is taken, wherever notebooks lie."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "mine").mkdir()
    for folder in (None, tmp_path / "mine"):
        service = serve(folder)
        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", full)
            with pytest.raises(StorageError, match="no space left"):
                service.create("n")
        assert service.notebooks() == []
        assert service.create("n").name == "n"


def test_a_slow_disk_stops_no_other_notebook(
    service: NotebookService, notebook_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one is copied, others are made, edited and run."""
    slow, go_on, copier = Event(), Event(), Thread(target=service.duplicate, args=(notebook_id,))
    other = service.create("other").id
    save = os.fsync

    def slow_for_one(file: int) -> None:
        if copier.ident == get_ident():
            slow.set()
            go_on.wait(10)
        save(file)

    monkeypatch.setattr("os.fsync", slow_for_one)
    copier.start()
    assert slow.wait(10)
    service.add_cell(other, "print('other')", cell_id="a")
    assert service.execute_cell(other, "a").stdout == "other\n"
    assert service.rename(other, "another").name == "another"
    assert copier.is_alive()
    go_on.set()
    copier.join()
    assert len(service.notebooks()) == 3


def test_a_notebook_is_renamed(service: NotebookService, notebook_id: str) -> None:
    """In a folder of its own its id stays, and its variables with it."""
    service.execute_cell(notebook_id, "a")
    assert service.rename(notebook_id, "Wale").id == notebook_id
    assert service.execute_cell(notebook_id, "b").stdout == "1\n"
    assert [each.name for each in service.notebooks()] == ["Wale"]


def test_a_notebook_is_duplicated(serve: Serve) -> None:
    """The copy has the variables too, and goes its own way."""
    service = serve(snapshots=True)
    notebook = service.create("n")
    service.add_cell(notebook.id, "x = [1]", cell_id="a")
    service.execute_cell(notebook.id, "a")
    copy = service.duplicate(notebook.id)
    assert copy.name == "n copy"
    assert copy.cells[0].last_result is not None
    for each in (copy.id, notebook.id):
        service.add_cell(each, "x.append(2); print(x)", cell_id="b", after="a")
        assert service.execute_cell(each, "b").stdout == "[1, 2]\n"


def test_a_deleted_notebook_comes_back(serve: Serve) -> None:
    """With its cells, results, variables and files."""
    service = serve(snapshots=True)
    notebook = service.create("n")
    service.add_cell(notebook.id, "x = 1; open('f.txt', 'w').write('kept')", cell_id="a")
    result = service.execute_cell(notebook.id, "a")
    discarded = service.delete(notebook.id)
    assert service.notebooks() == []
    with pytest.raises(UnknownNotebookError):
        service.open(notebook.id)
    assert [each.entry for each in service.trash()] == [discarded.entry]
    back = service.bring_back(discarded.entry)
    assert back.cells[0].last_result == result
    service.add_cell(notebook.id, "print(x, open('f.txt').read())", cell_id="b")
    assert service.execute_cell(notebook.id, "b").stdout == "1 kept\n"
    assert service.trash() == []


LATE = (
    "import threading, time\n"
    "def late():\n    for _ in range(4):\n        time.sleep(0.1)\n        print('late')\n"
    "thread = threading.Thread(target=late, name='late')\nthread.start()"
)


def test_a_deleted_notebook_stays_deleted(service: NotebookService, notebook_id: str) -> None:
    """Also when a thread of it still writes; and it can be brought back."""
    service.edit_cell(notebook_id, "a", "*", source=LATE)
    service.execute_cell(notebook_id, "a")
    channel = service.channel(notebook_id)
    entry = service.delete(notebook_id).entry
    until(lambda: isinstance(channel.after(None)[0][-1].event, ResultChanged))
    assert not (service.settings.workspace_dir / notebook_id).exists()
    (service.settings.workspace_dir / notebook_id / "data").mkdir(parents=True)
    assert service.bring_back(entry).id == notebook_id
    until(lambda: all(thread.name != "late" for thread in enumerate_threads()))


def test_a_notebook_is_deleted_whole_or_not_at_all(
    service: NotebookService, notebook_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If it cannot be moved it is where it was, and not in the trash."""

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    service.execute_cell(notebook_id, "a")
    with monkeypatch.context() as patch:
        patch.setattr("shutil.move", refuse)
        with pytest.raises(StorageError, match="cannot be deleted"):
            service.delete(notebook_id)
    assert service.trash() == []
    assert service.cell(notebook_id, "a").last_result is not None
    service.delete(notebook_id)
    trash = service.settings.workspace_dir / ".trash"
    (entry,) = trash.iterdir()
    shutil.rmtree(entry / "home")  # as if its server had been killed before it was moved
    assert service.trash() == []


def test_a_name_of_stray_bytes_is_not_listed(serve: Serve, tmp_path: Path) -> None:
    """No text says it; the others are."""
    folder = tmp_path / "mine"
    folder.mkdir()
    nbformat.write(nbformat.v4.new_notebook(), folder / "a.ipynb")
    for stray in (b"\xff.ipynb", b"\xfe/b.ipynb"):
        path = Path(os.fsdecode(os.fsencode(folder) + b"/" + stray))
        path.parent.mkdir(exist_ok=True)
        shutil.copy(folder / "a.ipynb", path)
    assert [each.path for each in serve(folder).notebooks()] == ["a.ipynb"]


def test_another_notebook_in_its_folder(serve: Serve) -> None:
    """A copy that another program made there is neither taken for it nor written over."""
    service = serve()
    notebook = service.create("Whales")
    service.add_cell(notebook.id, "mine", cell_id="a")
    path = file_of(service, notebook.id)
    copy = path.with_name("Whales-Copy1.ipynb")
    shutil.copy(path, copy)
    rewrite(copy, lambda d: d["cells"][0].__setitem__("source", "copy"))
    again = serve()
    assert sources(again, notebook.id) == ["mine"]
    with pytest.raises(InvalidInputError, match="already"):
        again.rename(notebook.id, "Whales-Copy1")
    assert "copy" in copy.read_text()


def test_a_closed_service_opens_nothing(service: NotebookService, notebook_id: str) -> None:
    """A request that comes late is refused, and leaves no thread behind."""
    service.close()
    with pytest.raises(CapacityError, match="ending"):
        service.open(notebook_id)


def test_cells_of_one_id(service: NotebookService) -> None:
    """A notebook is not made of cells that could not be told apart, or not be named."""
    for cells in (["a", "a"], ["a/b"]):
        with pytest.raises(InvalidInputError):
            service.create("n", [Cell(id=each) for each in cells])
    assert service.notebooks() == []


def test_the_trash_gives_back_only_what_lies_there(
    service: NotebookService, notebook_id: str
) -> None:
    """No path leads out of it, and nothing is overwritten."""
    entry = service.delete(notebook_id).entry
    for wrong in ("..", ".", "", "x", f"../.trash/{entry}"):
        with pytest.raises(UnknownNotebookError):
            service.bring_back(wrong)
    service.create("Whales")
    with pytest.raises(InvalidInputError, match="taken"):
        service.bring_back(entry)
    service.empty_trash()
    assert service.trash() == []


def test_a_notebook_that_runs_is_not_taken_away(service: NotebookService, notebook_id: str) -> None:
    """It is neither renamed nor deleted nor copied until its cell has ended."""
    service.edit_cell(notebook_id, "a", "*", source="input()")
    running = service.submit(notebook_id, ["a"], allow_stdin=True)[0]
    until(lambda: "input" in told(service, notebook_id))
    for refused in (service.delete, service.duplicate, lambda n: service.rename(n, "other")):
        with pytest.raises(NotebookBusyError):
            refused(notebook_id)
    assert service.interrupt(notebook_id)
    assert running.result().status == "interrupted"
    service.delete(notebook_id)


# ---------------------------------------------------- a folder of the user's own


def test_notebooks_of_a_folder(serve: Serve, tmp_path: Path) -> None:
    """Those below it are found, hidden ones are not, and cells work beside their file."""
    folder = tmp_path / "mine"
    for place in ("a.ipynb", "deep/er/b.ipynb", ".hidden/c.ipynb", ".ipynb_checkpoints/a.ipynb"):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(
            nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("open('f').read()", id="x")]),
            folder / place,
        )
    (folder / "deep/er/f").write_text("beside")
    service = serve(folder)
    found = {each.path: each.id for each in service.notebooks()}
    assert list(found) == ["a.ipynb", "deep/er/b.ipynb"]
    result = service.execute_cell(found["deep/er/b.ipynb"], "x")
    assert result.outputs[0].model_dump()["data"]["text/plain"] == "'beside'"


def test_a_renamed_file_keeps_its_variables(serve: Serve, tmp_path: Path) -> None:
    """Its id is another one; what belongs to it has gone along."""
    folder = tmp_path / "mine"
    folder.mkdir()
    service = serve(folder, snapshots=True)
    notebook = service.create("one")
    service.add_cell(notebook.id, "x = 1", cell_id="a")
    result = service.execute_cell(notebook.id, "a")
    renamed = service.rename(notebook.id, "two")
    assert renamed.id != notebook.id
    assert renamed.cells[0].last_result is not None
    assert renamed.cells[0].last_result.execution_id == result.execution_id
    service.add_cell(renamed.id, "print(x)", cell_id="b")
    assert service.execute_cell(renamed.id, "b").stdout == "1\n"
    assert [path.name for path in folder.iterdir()] == ["two.ipynb"]
    service.create("three")
    with pytest.raises(InvalidInputError, match="already"):
        service.rename(renamed.id, "three")
