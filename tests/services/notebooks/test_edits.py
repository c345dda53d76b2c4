"""Cells are added, edited, moved, split, merged and deleted; two editors lose nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from nbengine.errors import EditConflictError, InvalidInputError, StorageError, UnknownCellError
from nbengine.services.notebook_service import NotebookService


def sources(service: NotebookService, notebook_id: str) -> list[str]:
    return [cell.source for cell in service.open(notebook_id).cells]


def ids(service: NotebookService, notebook_id: str) -> list[str]:
    return [cell.id for cell in service.open(notebook_id).cells]


def file_of(service: NotebookService, notebook_id: str) -> Path:
    (path,) = (service.settings.workspace_dir / notebook_id).glob("*.ipynb")
    return path


def test_an_edit_is_in_the_file_before_it_is_acknowledged(
    service: NotebookService, notebook_id: str
) -> None:
    """What JupyterLab would read is valid, and says what was just edited."""
    revision = service.cell(notebook_id, "a").revision
    service.edit_cell(notebook_id, "a", revision, source="x = 2")
    document = nbformat.read(file_of(service, notebook_id), as_version=4)
    nbformat.validate(document)
    assert [cell["source"] for cell in document["cells"]] == ["x = 2", "print(x)"]
    assert document["metadata"]["kernelspec"]["name"] == "python3"


def test_a_cell_that_somebody_else_edited_is_not_overwritten(
    service: NotebookService, notebook_id: str
) -> None:
    """The second editor gets the other's version, and may overwrite it knowingly."""
    seen = service.cell(notebook_id, "a").revision
    service.edit_cell(notebook_id, "a", seen, source="x = 'first'")
    with pytest.raises(EditConflictError, match="edited by somebody else") as caught:
        service.edit_cell(notebook_id, "a", seen, source="x = 'second'")
    assert caught.value.theirs.source == "x = 'first'"
    assert sources(service, notebook_id) == ["x = 'first'", "print(x)"]
    service.edit_cell(notebook_id, "a", "*", source="x = 'second'")
    assert sources(service, notebook_id) == ["x = 'second'", "print(x)"]


def test_two_editors_of_different_cells_do_not_meet(
    service: NotebookService, notebook_id: str
) -> None:
    """A cell's revision is its own."""
    a, b = service.open(notebook_id).cells
    service.edit_cell(notebook_id, "a", a.revision, source="x = 2")
    service.edit_cell(notebook_id, "b", b.revision, source="print(-x)")
    assert sources(service, notebook_id) == ["x = 2", "print(-x)"]


def test_running_a_cell_is_no_edit(service: NotebookService, notebook_id: str) -> None:
    """The revision that an editor has seen before still holds."""
    before = service.open(notebook_id)
    service.execute_cell(notebook_id, "a")
    after = service.open(notebook_id)
    assert after.revision == before.revision
    assert after.cells[0].revision == before.cells[0].revision


def test_cells_are_moved(service: NotebookService, notebook_id: str) -> None:
    """After another one, or to the front; beside itself a cell stays where it is."""
    assert [c.id for c in service.move_cell(notebook_id, "b", None).cells] == ["b", "a"]
    assert [c.id for c in service.move_cell(notebook_id, "b", "a").cells] == ["a", "b"]
    assert [c.id for c in service.move_cell(notebook_id, "b", "b").cells] == ["a", "b"]


def test_a_cell_is_split_and_merged_again(service: NotebookService, notebook_id: str) -> None:
    """The part that keeps the result keeps the id, and what was merged is one cell."""
    service.edit_cell(notebook_id, "a", "*", source="x = 1\ny = 2")
    service.execute_cell(notebook_id, "a")
    split = service.split_cell(notebook_id, "a", service.cell(notebook_id, "a").revision, 6)
    assert [cell.source for cell in split.cells] == ["x = 1", "y = 2", "print(x)"]
    first, second, _ = split.cells
    assert first.last_result is None
    assert second.id == "a"
    assert second.last_result is not None
    merged = service.merge_cells(
        notebook_id, {first.id: first.revision, second.id: second.revision}
    )
    assert [cell.source for cell in merged.cells] == ["x = 1\n\ny = 2", "print(x)"]
    assert merged.cells[0].id == "a"


def test_only_neighbours_of_one_type_can_be_merged(
    service: NotebookService, notebook_id: str
) -> None:
    """Anything else is refused, and nothing has changed."""
    service.add_cell(notebook_id, "# Text", "markdown", after="b", cell_id="t")
    for chosen in (["a"], ["b", "a"], ["a", "t"], ["b", "t"]):
        with pytest.raises(InvalidInputError, match="merged"):
            service.merge_cells(notebook_id, dict.fromkeys(chosen, "*"))
    assert ids(service, notebook_id) == ["a", "b", "t"]


@pytest.mark.parametrize("at", [-1, 6])
def test_a_cell_is_split_only_within(service: NotebookService, notebook_id: str, at: int) -> None:
    """A place that its source does not have is refused."""
    with pytest.raises(InvalidInputError, match="cannot be split"):
        service.split_cell(notebook_id, "a", "*", at)


def test_a_deleted_cell_is_gone_with_its_result(service: NotebookService, notebook_id: str) -> None:
    """Its editor must have seen what is deleted."""
    service.execute_cell(notebook_id, "a")
    seen = service.cell(notebook_id, "a").revision
    service.edit_cell(notebook_id, "a", seen, source="x = 'precious'")
    with pytest.raises(EditConflictError):
        service.delete_cell(notebook_id, "a", seen)
    service.delete_cell(notebook_id, "a", "*")
    assert ids(service, notebook_id) == ["b"]
    with pytest.raises(UnknownCellError, match="no cell 'a'"):
        service.execute_cell(notebook_id, "a")
    results = service.settings.workspace_dir / notebook_id / "results"
    assert list(results.glob("cell-*")) == []


def test_attachments_stay_with_their_text(service: NotebookService, notebook_id: str) -> None:
    """Of a cell that is split both parts have them; merged cells have all, none written over."""
    for cell_id, content in (("t", "AA=="), ("u", "BB==")):
        service.add_cell(notebook_id, "![](attachment:a.png)\ntext", "markdown", cell_id=cell_id)
        attachments = {f"{cell_id}.png": {"image/png": content}, "same.png": {"image/png": "CC=="}}
        service.edit_cell(notebook_id, cell_id, "*", attachments=attachments)
    service.edit_cell(notebook_id, "u", "*", metadata={"mine": 1})
    merged = service.merge_cells(notebook_id, {"u": "*", "t": "*"}).cells[0]
    assert merged.attachments is not None
    assert sorted(merged.attachments) == ["same.png", "t.png", "u.png"]
    assert merged.metadata == {"mine": 1}
    first, second, *_ = service.split_cell(notebook_id, "t", "*", 5).cells
    assert first.attachments == second.attachments == merged.attachments
    other = {"same.png": {"image/png": "DD=="}}
    service.edit_cell(notebook_id, "t", "*", attachments=other)
    with pytest.raises(InvalidInputError, match="different attachments"):
        service.merge_cells(notebook_id, {first.id: "*", "t": "*"})
    nbformat.validate(nbformat.read(file_of(service, notebook_id), as_version=4))


@pytest.mark.parametrize(
    "change",
    [
        {"cell_type": "poem"},
        {"source": 3},
        {"metadata": {"x": object()}},
        {"id": "c"},
        {"last_result": None},
    ],
)
def test_what_cannot_be_a_cell(
    service: NotebookService, notebook_id: str, change: dict[str, Any]
) -> None:
    """It is refused in one sentence, and nothing has changed."""
    before = service.cell(notebook_id, "a")
    with pytest.raises(InvalidInputError):
        service.edit_cell(notebook_id, "a", "*", **change)
    assert service.cell(notebook_id, "a") == before


def test_an_id_is_given_once(service: NotebookService, notebook_id: str) -> None:
    """A second cell with the id of another is refused."""
    with pytest.raises(InvalidInputError, match="already"):
        service.add_cell(notebook_id, "y", cell_id="a")
    assert ids(service, notebook_id) == ["a", "b"]


def test_what_becomes_text_has_no_result(service: NotebookService, notebook_id: str) -> None:
    """A code cell made Markdown shows nothing that it had computed."""
    service.execute_cell(notebook_id, "b")
    service.edit_cell(notebook_id, "b", "*", cell_type="markdown")
    assert service.cell(notebook_id, "b").last_result is None
    with pytest.raises(InvalidInputError, match="cannot be run"):
        service.execute_cell(notebook_id, "b")


def test_an_edit_that_cannot_be_saved_has_not_happened(
    service: NotebookService, notebook_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk the editor hears so, and sees what was there before."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(StorageError, match="no space left"):
            service.edit_cell(notebook_id, "a", "*", source="x = 2")
    assert sources(service, notebook_id) == ["x = 1", "print(x)"]
    assert json.loads(file_of(service, notebook_id).read_text())["cells"][0]["source"] == ["x = 1"]
