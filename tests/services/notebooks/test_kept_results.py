"""Results lie in files of their own, whole, whatever happens while they are written."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nbengine.errors import StorageError
from nbengine.models.notebook import Cell, ExecutionResult
from nbengine.models.outputs import StreamOutput
from nbengine.services.notebooks.kept_results import KeptResults
from nbengine.services.notebooks.run_files import KeptResult

NOW = datetime(2026, 1, 2, tzinfo=UTC)
CELL = Cell(id="a.b", source="1")


def kept(text: str) -> KeptResult:
    result = ExecutionResult(
        status="ok",
        outputs=[StreamOutput(name="stdout", text=text)],
        execution_count=1,
        duration=0.0,
        started_at=NOW,
        cell_id=CELL.id,
        notebook_id="n",
        execution_id="e",
    )
    return KeptResult(source=CELL.source, result=result)


def shown(results: KeptResults) -> str | None:
    found = results.find(CELL.id)
    return found.result.stdout if found else None


def test_one_file_a_cell(tmp_path: Path) -> None:
    """The last result is found again, by whoever comes later."""
    results = KeptResults(tmp_path / "results", "n")
    for text in ("one", "two"):
        results.began(CELL, "e", NOW)
        results.keep(kept(text))
    results.keep(kept("changed since"))
    assert shown(results) == shown(KeptResults(tmp_path / "results", "n")) == "changed since"
    assert len(list((tmp_path / "results").iterdir())) == 1


def test_a_result_torn_by_a_kill_is_none(tmp_path: Path) -> None:
    """The cell was running then: it is dead, with what it had shown."""
    results = KeptResults(tmp_path, "n")
    results.keep(kept("before"))
    results.began(CELL, "e2", NOW)
    results.shown(CELL.id, [StreamOutput(name="stdout", text="half")], [])
    (path,) = tmp_path.glob("cell-a.b.2.json")
    path.write_bytes(path.read_bytes() + b'{"result": {"sta')
    later = KeptResults(tmp_path, "n")
    assert shown(later) == "before"
    dead = later.cut_off(CELL.id)
    assert dead is not None
    assert (dead.result.status, dead.result.stdout) == ("dead", "half")
    assert dead.result.execution_id == "e2"
    assert later.cut_off(CELL.id) is None
    assert shown(KeptResults(tmp_path, "n")) == "half"
    assert [each.suffix for each in tmp_path.iterdir()] == [".json"]


def test_a_kill_between_the_new_and_the_old(tmp_path: Path) -> None:
    """The newer result is the one; the older file goes."""
    results = KeptResults(tmp_path, "n")
    results.keep(kept("old"))
    (old,) = tmp_path.iterdir()
    content = old.read_bytes()
    results.keep(kept("new"))
    old.write_bytes(content)
    assert shown(KeptResults(tmp_path, "n")) == "new"
    assert not old.exists()


def test_what_another_server_runs_is_not_dead(tmp_path: Path) -> None:
    """And its files are left alone."""
    results = KeptResults(tmp_path, "n")
    results.began(CELL, "e", NOW)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes().replace(b"%d" % os.getpid(), b"%d" % os.getppid()))
    later = KeptResults(tmp_path, "n")
    assert later.cut_off(CELL.id) is None
    later.began(CELL, "e2", NOW)
    later.keep(kept("ours"))
    assert path.exists()
    assert shown(later) == "ours"


def test_a_full_disk_leaves_the_last_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a result is none; the next one can be kept again."""
    results = KeptResults(tmp_path, "n")
    results.keep(kept("before"))
    results.began(CELL, "e2", NOW)
    write, calls = os.write, []

    def full(file: int, data: bytes) -> int:
        calls.append(data)
        if len(calls) > 1:
            raise OSError(28, "No space left on device")
        return write(file, data[:10])

    with monkeypatch.context() as patch:
        patch.setattr("os.write", full)
        with pytest.raises(StorageError, match="no space left"):
            results.keep(kept("lost"))
    for each in (results, KeptResults(tmp_path, "n")):
        assert shown(each) == "before"
        assert each.cut_off(CELL.id) is None
    results.keep(kept("after"))
    assert shown(results) == "after"


def test_a_file_that_is_nonsense(tmp_path: Path) -> None:
    """Neither a result nor a cell that ran comes of it."""
    for number, content in enumerate((b"", b"\n\n", b"{}\n", b"\xff\n"), start=1):
        (tmp_path / f"cell-c{number}.1.json").write_bytes(content)
    (tmp_path / "cell-x.json").touch()
    results = KeptResults(tmp_path, "n")
    for number in range(1, 5):
        assert results.find(f"c{number}") is None
        assert results.cut_off(f"c{number}") is None
