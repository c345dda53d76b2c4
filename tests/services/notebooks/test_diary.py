"""What happened to the variables is written down, within bounds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from nbengine.models.notebook import Cell, ExecutionResult, StateChange
from nbengine.models.staleness import StaleKind
from nbengine.services.notebooks import diary
from nbengine.services.notebooks.diary import Diary

CELLS = [Cell(id="a", source="x = 1"), Cell(id="b", source="print(x)")]


def ran(book: Diary, cell: Cell, *changed: str) -> None:
    """As the engine would tell of it."""
    result = ExecutionResult(
        status="ok",
        execution_count=1,
        duration=0.0,
        started_at=datetime.now(UTC),
        cell_id=cell.id,
        notebook_id="n",
        execution_id="e",
        state=StateChange(changed=list(changed), saved=True),
    )
    book.ran(result, cell.source)


def test_a_long_day_is_kept_short(tmp_path: Path) -> None:
    """Old runs are let go of, in memory and on disk; the verdict is the same, here and later."""
    book = Diary(tmp_path, is_fresh=False, lasts=True)
    ran(book, CELLS[1])
    for _ in range(diary._MOST + 1):
        ran(book, CELLS[0], "x")
    before = book.reasons(CELLS)
    book.tidy()
    again = Diary(tmp_path, is_fresh=False, lasts=True)
    for each in (book, again):
        assert each.reasons(CELLS) == before
        assert len(each._events) == diary._LAST + 1
    assert before["b"].kind is StaleKind.CHANGED


def test_a_diary_that_cannot_be_written(tmp_path: Path) -> None:
    """What it says holds as long as the server lives; no cell fails by it."""
    (tmp_path / "file").touch()
    book = Diary(tmp_path / "file", is_fresh=True, lasts=True)
    ran(book, CELLS[0], "x")
    assert list(book.reasons(CELLS)) == ["b"]
