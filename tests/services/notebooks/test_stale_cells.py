"""What is stale in a notebook is said with a reason, wherever it is looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbengine.models.notebook_events import StalenessChanged
from nbengine.models.staleness import StaleKind
from nbengine.services.notebook_service import NotebookService
from tests.conftest import until

from .conftest import Serve
from .test_files import told
from .test_running import add


def stale(service: NotebookService, notebook_id: str) -> dict[str, str]:
    """Cell id -> in words why it is stale."""
    cells = service.open(notebook_id).cells
    return {cell.id: cell.stale.text for cell in cells if cell.stale is not None}


def kinds(service: NotebookService, notebook_id: str) -> list[StaleKind | None]:
    cells = service.open(notebook_id).cells
    return [cell.stale.kind if cell.stale else None for cell in cells]


def test_a_cell_that_read_what_was_changed(service: NotebookService, notebook_id: str) -> None:
    """It is stale until it runs again, and says by which cell."""
    for cell_id in "ab":
        service.execute_cell(notebook_id, cell_id)
    assert stale(service, notebook_id) == {}
    service.edit_cell(notebook_id, "a", "*", source="x = 2")
    service.execute_cell(notebook_id, "a")
    assert stale(service, notebook_id) == {
        "b": "Cell 2 is stale: `x` was changed by cell 1 after it ran."
    }
    assert service.cell(notebook_id, "b").stale is not None
    service.execute_cell(notebook_id, "b")
    assert stale(service, notebook_id) == {}


def test_a_change_in_place_counts(serve: Serve) -> None:
    """As the snapshot sees it, also through another name."""
    service = serve(snapshots=True)
    notebook = service.create("n")
    service.add_cell(notebook.id, "x = [1]\ny = x", cell_id="a")
    add(service, notebook.id, b="print(x)", c="(lambda z: z.append(2))(y)")
    for cell_id in "abc":
        service.execute_cell(notebook.id, cell_id)
    assert list(stale(service, notebook.id)) == ["b"]


def test_stale_cells_run_in_order(service: NotebookService, notebook_id: str) -> None:
    """Each after those that make what it reads; nothing runs by itself."""
    add(service, notebook_id, c="y = x + 1", d="print(y)")
    for each in service.run_all(notebook_id):
        each.result()
    service.edit_cell(notebook_id, "a", "*", source="x = 5")
    service.execute_cell(notebook_id, "a")
    assert list(stale(service, notebook_id)) == ["b", "c", "d"]
    results = [each.result() for each in service.run_stale(notebook_id)]
    assert [(each.cell_id, each.stdout) for each in results] == [
        ("b", "5\n"),
        ("c", ""),
        ("d", "6\n"),
    ]
    assert stale(service, notebook_id) == {}
    assert service.run_stale(notebook_id) == []


def test_readers_are_told(service: NotebookService, notebook_id: str) -> None:
    """Of all that is stale, when it changes."""
    for cell_id in "ab":
        service.execute_cell(notebook_id, cell_id)
    service.edit_cell(notebook_id, "b", "*", source="print(-x)")
    until(lambda: told(service, notebook_id)[-1:] == ["stale"])
    event = service.channel(notebook_id).after(None)[0][-1].event
    assert isinstance(event, StalenessChanged)
    assert {cell_id: reason.kind for cell_id, reason in event.cells.items()} == {
        "b": StaleKind.EDITED
    }


def test_a_restart_makes_all_stale(service: NotebookService, notebook_id: str) -> None:
    """What ran before it is in no variable any more."""
    for cell_id in "ab":
        service.execute_cell(notebook_id, cell_id)
    service.restart(notebook_id)
    assert set(kinds(service, notebook_id)) == {StaleKind.RESTARTED}
    service.execute_cell(notebook_id, "a")
    assert kinds(service, notebook_id) == [None, StaleKind.RESTARTED]


@pytest.mark.parametrize(
    "snapshots, expected", [(True, [None, None]), (False, [StaleKind.RESTARTED] * 2)]
)
def test_the_next_server_knows(
    serve: Serve, snapshots: bool, expected: list[StaleKind | None]
) -> None:
    """Variables that come back make nothing stale; those that do not make everything."""
    service = serve(snapshots=snapshots)
    notebook = service.create("n")
    service.add_cell(notebook.id, "x = 1", cell_id="a")
    add(service, notebook.id, b="print(x)")
    for cell_id in "ab":
        service.execute_cell(notebook.id, cell_id)
    again = serve(snapshots=snapshots)
    assert kinds(again, notebook.id) == expected
    assert kinds(again, notebook.id) == expected


def test_undo_takes_back_what_a_cell_did(serve: Serve) -> None:
    """The cell that was undone is stale, those before it are not."""
    service = serve(snapshots=True)
    notebook = service.create("n")
    service.add_cell(notebook.id, "x = 1", cell_id="a")
    add(service, notebook.id, b="x = 2")
    for cell_id in "ab":
        service.execute_cell(notebook.id, cell_id)
    service.undo(notebook.id)
    assert kinds(service, notebook.id) == [None, StaleKind.UNDONE]


def test_a_torn_diary_is_read_as_far_as_it_goes(serve: Serve, own_settings: Path) -> None:
    """A line that a killed server left half is passed over."""
    service = serve(snapshots=True)
    notebook = service.create("n")
    service.add_cell(notebook.id, "x = 1", cell_id="a")
    service.execute_cell(notebook.id, "a")
    service.close()
    with (own_settings / "n" / "results" / "diary.jsonl").open("a") as diary:
        diary.write('\n{"event": "run", "order"')
    again = serve(snapshots=True)
    assert kinds(again, notebook.id) == [None]
    add(again, notebook.id, b="x = 3")
    again.execute_cell(notebook.id, "b")
    assert kinds(serve(snapshots=True), notebook.id) == [None, None]
