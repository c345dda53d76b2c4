from __future__ import annotations

from threading import Event
from typing import Any

import pytest

from nbengine.errors import UnknownExecutionError
from nbengine.models.events import OutputEvent, TextWritten
from nbengine.models.notebook import Cell, ExecutionResult, Notebook
from nbengine.services.execution_service import ExecutionService
from nbengine.services.notebook_run import CellEnded, CellStarted, exit_asked, run_notebook
from tests.conftest import PATIENCE, Run
from tests.services.scripted_runner import ScriptedRunner


def notebook(*sources: str, tags: dict[int, str] | None = None) -> Notebook:
    cells = [
        Cell(id=f"c{n}", source=source, metadata={"tags": [tags[n]]} if tags and n in tags else {})
        for n, source in enumerate(sources, start=1)
    ]
    return Notebook(id="n", cells=cells)


def endings(given: Notebook, **options: Any) -> list[CellEnded]:
    steps = run_notebook(ScriptedRunner(), given, **options)
    return [step for step in steps if isinstance(step, CellEnded)]


def statuses(given: Notebook, **options: Any) -> list[str]:
    return [ended.result.status for ended in endings(given, **options)]


def test_every_code_cell_runs_in_order_and_is_announced_first() -> None:
    """Each cell is announced, run with the time limit, and reported with its place."""
    runner = ScriptedRunner()
    steps = list(run_notebook(runner, notebook("ok a", "ok b"), timeout=7))
    assert [(type(s), s.number, s.total) for s in steps] == [
        (CellStarted, 1, 2),
        (CellEnded, 1, 2),
        (CellStarted, 2, 2),
        (CellEnded, 2, 2),
    ]
    assert runner.ran == [("c1", 7), ("c2", 7)]


def test_outputs_are_told_as_they_come() -> None:
    """The callback hears what the runner hears, before the cell has ended."""
    heard: list[OutputEvent] = []
    for step in run_notebook(ScriptedRunner(), notebook("ok hello"), on_output=heard.append):
        if isinstance(step, CellEnded):
            assert [e.text for e in heard if isinstance(e, TextWritten)] == ["hello"]


@pytest.mark.parametrize("failure", ["error", "timeout", "interrupted", "dead"])
def test_cells_after_a_failed_one_are_aborted(failure: str) -> None:
    """A failure of any kind ends the run; what was not run says so."""
    assert statuses(notebook("ok", failure, "ok", "ok")) == ["ok", failure, "aborted", "aborted"]


@pytest.mark.parametrize(
    "failure, last",
    [("error", "ok"), ("timeout", "ok"), ("dead", "ok"), ("interrupted", "aborted")],
)
def test_keep_going_passes_over_what_the_cell_did_wrong(failure: str, last: str) -> None:
    """An error, a timeout, a dead worker is passed over; a Ctrl-C ends the run all the same."""
    assert statuses(notebook(failure, "ok"), keep_going=True) == [failure, last]


def test_a_cell_tagged_raises_exception_may_fail() -> None:
    """It counts as no failure and the run goes on, but a timeout of it is one."""
    may_fail = notebook("error", "ok", tags={1: "raises-exception"})
    assert [(e.result.status, e.failed) for e in endings(may_fail)] == [
        ("error", False),
        ("ok", False),
    ]
    assert endings(notebook("timeout", tags={1: "raises-exception"}))[0].failed


def test_cells_without_code_and_skipped_cells_do_not_run() -> None:
    """Prose, blank cells and cells tagged skip-execution are neither run nor counted."""
    given = notebook("ok", " \n", "error", tags={3: "skip-execution"})
    prose = Cell(id="prose", cell_type="markdown", source="# Title")
    given = given.model_copy(update={"cells": [prose, *given.cells]})
    assert [(e.cell.id, e.total) for e in endings(given)] == [("c1", 1)]


def test_results_gather_in_the_notebook_as_the_run_goes() -> None:
    """After each cell the notebook holds the results so far and nothing of an earlier run."""
    first = endings(notebook("ok old", "ok old"))[-1].notebook
    changed = [cell.model_copy(update={"source": "ok new"}) for cell in first.cells]
    again = endings(first.model_copy(update={"cells": changed}))
    texts = [[c.last_result and c.last_result.stdout for c in e.notebook.cells] for e in again]
    assert texts == [["new", None], ["new", "new"]]


def test_a_skipped_cell_keeps_what_it_showed() -> None:
    """The stored result of a cell tagged skip-execution outlives the run."""
    ran = endings(notebook("ok old"))[-1].notebook
    skipped = ran.cells[0].model_copy(update={"metadata": {"tags": ["skip-execution"]}})
    other = Cell(id="other", source="ok")
    after = endings(ran.model_copy(update={"cells": [skipped, other]}))[-1].notebook
    assert after.cells[0].last_result == skipped.last_result
    assert after.cells[0].last_result is not None


def test_times_are_noted_as_jupyterlab_notes_them() -> None:
    """Start and end stand in the cell's metadata, beside what was there, in UTC."""
    cell = Cell(id="c", source="ok", metadata={"mine": 1, "execution": {"old": "x"}})
    ran = endings(Notebook(id="n", cells=[cell]))[0].notebook.cells[0]
    assert ran.metadata["mine"] == 1
    assert ran.metadata["execution"] == {
        "iopub.status.busy": "2026-01-02T03:04:05Z",
        "iopub.execute_input": "2026-01-02T03:04:05Z",
        "shell.execute_reply": "2026-01-02T03:04:06.500000Z",
        "iopub.status.idle": "2026-01-02T03:04:06.500000Z",
    }


def test_a_notebook_without_code_runs_to_nothing() -> None:
    """No cell, no step."""
    assert list(run_notebook(ScriptedRunner(), Notebook(id="n"))) == []


def cell_texts(ended: CellEnded) -> list[str]:
    results = [cell.last_result for cell in ended.notebook.cells]
    return [result.stdout if result else "" for result in results]


def test_what_is_heard_of_an_earlier_cell_is_in_the_next_step() -> None:
    """Late output of a cell is in the notebook once another has ended, not only at the end."""
    heard = Event()
    late = "import threading; threading.Thread(target=lambda: (go.wait(), print('late'))).start()"
    with ExecutionService() as service:
        service.open_notebook("n")
        service.notebook_globals["n"].update(go=Event(), heard=heard, patience=PATIENCE)
        steps = run_notebook(
            service,
            notebook(late, "go.set(); heard.wait(patience);", "pass"),
            on_output=lambda _event: heard.set(),
        )
        endings = [step for step in steps if isinstance(step, CellEnded)]
    assert [cell_texts(ended)[0] for ended in endings] == ["", "late\n", "late\n"]


def test_a_cell_that_was_heard_of_once_is_looked_at_once() -> None:
    """What came late is in its result then; each further cell costs no further look."""
    looks: list[str] = []

    class Late(ScriptedRunner):
        def execute_code(self, code: str, *args: Any, **options: Any) -> ExecutionResult:
            if code == "ok late":
                options["on_output"](TextWritten(execution_id="e-c1", name="stdout", text="late"))
            return super().execute_code(code, *args, **options)

        def result(self, execution_id: str) -> ExecutionResult:
            looks.append(execution_id)
            return super().result(execution_id)

    for step in run_notebook(Late(), notebook("ok", "ok late", "ok", "ok")):
        if isinstance(step, CellStarted) and step.number == 4:
            assert looks == ["e-c1"]
    assert sorted(looks) == ["e-c1", "e-c1", "e-c2", "e-c3"]


def test_a_runner_may_forget_a_cell() -> None:
    """What is known of it stays in the notebook."""

    class Forgetful(ScriptedRunner):
        def result(self, execution_id: str) -> ExecutionResult:
            raise UnknownExecutionError(execution_id)

    last = list(run_notebook(Forgetful(), notebook("ok one", "ok two")))[-1]
    assert isinstance(last, CellEnded)
    assert cell_texts(last) == ["one", "two"]


def test_times_of_an_earlier_run_are_gone() -> None:
    """Also from a cell that does not run this time; the rest of its metadata stays."""
    given = notebook("error", "ok", tags={2: "mine"})
    timed = given.cells[1].metadata | {"execution": {"iopub.status.busy": "2020"}}
    cells = [given.cells[0], given.cells[1].model_copy(update={"metadata": timed})]
    last = endings(given.model_copy(update={"cells": cells}))[-1]
    assert last.result.status == "aborted"
    assert last.notebook.cells[1].metadata == {"tags": ["mine"]}


@pytest.mark.parametrize(
    "code, asked",
    [
        ("import sys; sys.exit()", 0),
        ("raise SystemExit(None)", 0),
        ("raise SystemExit(3)", 3),
        ("raise SystemExit(256)", 0),
        ("raise SystemExit(-1)", 255),
        ("raise SystemExit('what went wrong')", 1),
        ("1 / 0", None),
        ("1", None),
    ],
)
def test_the_exit_code_that_a_cell_asks_for(code: str, asked: int | None, run: Run) -> None:
    """As the shell sees it of a script: one byte; a sentence means that something went wrong."""
    assert exit_asked(run(code)) == asked
