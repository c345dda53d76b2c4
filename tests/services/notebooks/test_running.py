"""Cells run one after another, are watched, asked, interrupted, and their results are kept."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
import weakref
from pathlib import Path
from threading import Event, Thread
from typing import Any, ClassVar

import pytest

from nbengine import ExecutionService
from nbengine.errors import CapacityError, InvalidInputError, UnknownExecutionError
from nbengine.models.events import TextWritten
from nbengine.models.notebook import Cell, ExecutionResult
from nbengine.models.notebook_events import CellEnds, InputAsked, ResultChanged
from nbengine.models.notebook_view import Question
from nbengine.models.outputs import DisplayData, StreamOutput
from nbengine.services.notebook_service import NotebookService
from tests.conftest import until

from .conftest import Serve
from .test_edits import file_of
from .test_files import told


def add(service: NotebookService, notebook_id: str, **cells: str) -> None:
    """More cells, after those that are there."""
    for cell_id, source in cells.items():
        after = service.open(notebook_id).cells[-1].id
        service.add_cell(notebook_id, source, cell_id=cell_id, after=after)


def test_a_cell_gives_its_result(service: NotebookService, notebook_id: str) -> None:
    """Under an execution id of its own, by which it can be asked for again."""
    service.execute_cell(notebook_id, "a")
    result = service.execute_cell(notebook_id, "b")
    assert (result.status, result.stdout, result.cell_id) == ("ok", "1\n", "b")
    assert service.cell(notebook_id, "b").last_result == result
    assert service.execution(notebook_id, result.execution_id).result == result
    with pytest.raises(UnknownExecutionError):
        service.execution(notebook_id, "never")


def test_what_readers_are_told(service: NotebookService, notebook_id: str) -> None:
    """That a cell waits, starts, shows something, ends; all under one execution id."""
    begin = service.channel(notebook_id).last
    service.execute_cell(notebook_id, "a")
    result = service.execute_cell(notebook_id, "b")
    events = [each.event for each in service.channel(notebook_id).after(begin)[0]]
    assert [each.event for each in events if each.event != "waiting"] == [
        "started",
        "ended",
        "started",
        "text",
        "ended",
    ]
    assert isinstance(events[-1], CellEnds)
    assert events[-1].result == result
    assert {e.execution_id for e in events[-3:] if hasattr(e, "execution_id")} == {
        result.execution_id
    }


def test_all_cells_run_in_order(service: NotebookService, notebook_id: str) -> None:
    """Those of code; text and empty ones are left out."""
    service.add_cell(notebook_id, "# Text", "markdown", after="a")
    service.add_cell(notebook_id, "  ", after="a")
    results = [each.result() for each in service.run_all(notebook_id)]
    assert [(each.cell_id, each.execution_count) for each in results] == [("a", 1), ("b", 2)]


def test_parts_run(service: NotebookService, notebook_id: str) -> None:
    """Above is without the cell itself, below is with it."""
    add(service, notebook_id, c="y = x")
    above = [each.result().cell_id for each in service.run_above(notebook_id, "c")]
    below = [each.result().cell_id for each in service.run_below(notebook_id, "b")]
    assert (above, below) == (["a", "b"], ["b", "c"])


def test_a_failure_ends_those_asked_for_together(
    service: NotebookService, notebook_id: str
) -> None:
    """The rest is aborted; a cell that was asked for by itself runs."""
    add(service, notebook_id, c="1 / 0", d="print('not reached')")
    together = service.run_all(notebook_id)
    alone = service.submit(notebook_id, ["b"])[0]
    assert [each.result().status for each in together] == ["ok", "ok", "error", "aborted"]
    assert alone.result().status == "ok"
    service.edit_cell(notebook_id, "c", "*", metadata={"tags": ["raises-exception"]})
    again = [each.result().status for each in service.run_all(notebook_id)]
    assert again == ["ok", "ok", "error", "ok"]


def test_those_that_wait_know_their_place(service: NotebookService, notebook_id: str) -> None:
    """The one that runs is at 0; an interrupt ends it, and none of the others runs."""
    service.edit_cell(notebook_id, "a", "*", source="input()")
    first = service.submit(notebook_id, ["a"], allow_stdin=True)[0]
    until(lambda: "input" in told(service, notebook_id))
    waiting = service.submit(notebook_id, ["b"])[0]
    running = {cell.id: cell.running for cell in service.open(notebook_id).cells}
    assert running["a"] is not None
    assert running["a"].position == 0
    assert running["b"] is not None
    assert running["b"].position == 1
    info = service.execution(notebook_id, running["b"].execution_id)
    assert (info.cell_id, info.result) == ("b", None)
    assert service.interrupt(notebook_id)
    assert (first.result().status, waiting.result().status) == ("interrupted", "aborted")
    assert all(cell.running is None for cell in service.open(notebook_id).cells)


def test_an_interrupt_right_after_the_asking(service: NotebookService, notebook_id: str) -> None:
    """Whether the cell has begun by then or not, it ends."""
    service.edit_cell(notebook_id, "a", "*", source="while True: pass")
    for _ in range(20):
        running = service.submit(notebook_id, ["a"])[0]
        assert service.interrupt(notebook_id)
        assert running.result(10).status in ("interrupted", "aborted")


def test_too_many_wait(serve: Serve) -> None:
    """The queue has an end, and says so; none of those asked for together waits then."""
    service = serve(cell_queue_length=2)
    notebook = service.create("n")
    for name in "abcd":
        service.add_cell(notebook.id, "input()", cell_id=name)
    service.submit(notebook.id, ["a"], allow_stdin=True)
    until(lambda: "input" in told(service, notebook.id))
    service.submit(notebook.id, ["b"])
    with pytest.raises(CapacityError, match="try again"):
        service.submit(notebook.id, ["c", "d"])
    service.interrupt(notebook.id)


def test_a_cell_asks(service: NotebookService, notebook_id: str) -> None:
    """Whoever watches answers; a line that nobody waits for is refused."""
    service.edit_cell(notebook_id, "a", "*", source="x = input('Name? ')")
    running = service.submit(notebook_id, ["a"], allow_stdin=True)[0]
    until(lambda: "input" in told(service, notebook_id))
    asked = service.channel(notebook_id).after(None)[0][-1].event
    assert isinstance(asked, InputAsked)
    assert (asked.prompt, asked.password, asked.cell_id) == ("Name? ", False, "a")
    with pytest.raises(InvalidInputError, match="does not ask"):
        service.answer(notebook_id, "other", "Ada")
    service.answer(notebook_id, asked.execution_id, "Ada")
    assert running.result().status == "ok"
    with pytest.raises(InvalidInputError, match="does not ask"):
        service.answer(notebook_id, asked.execution_id, "again")
    assert service.execute_cell(notebook_id, "b").stdout == "Ada\n"


def test_who_comes_late_sees_all_that_a_running_cell_has_shown(
    serve: Serve,
) -> None:
    """Also what is forgotten as an event, and what it asks; what comes later comes on top."""
    service = serve(event_count=100)
    source = (
        "for i in range(300):\n    print(i, flush=True)\n    display(i)\n"
        "h = display('before', display_id='x')\nh.update('after')\n"
        "print('half')\nx = input('Name? ')\nprint('whole')"
    )
    notebook = service.create("n", [Cell(id="a", source=source)])
    running = service.submit(notebook.id, ["a"], allow_stdin=True)[0]
    until(lambda: told(service, notebook.id)[-1:] == ["input"])
    now = service.cell(notebook.id, "a").running
    assert now is not None
    assert now.asks == Question(prompt="Name? ", password=False)
    shown = [each for each in now.outputs if isinstance(each, DisplayData)]
    assert len(shown) == 301
    assert shown[-1].data["text/plain"] == "'after'"
    service.answer(notebook.id, now.execution_id, "Ada")
    result = running.result(10)
    later = [each.event for each in service.channel(notebook.id).after(now.told)[0]]
    assert [each.text for each in later if isinstance(each, TextWritten)] == ["whole\n"]
    text = [each for each in now.outputs if isinstance(each, StreamOutput)][-1].text
    last = result.outputs[-1]
    assert isinstance(last, StreamOutput)
    assert last.text == f"{text}whole\n"
    assert service.cell(notebook.id, "a").running is None


def test_nobody_to_ask(service: NotebookService, notebook_id: str) -> None:
    """Without leave to ask, the cell hears so at once."""
    service.edit_cell(notebook_id, "a", "*", source="input()")
    error = service.execute_cell(notebook_id, "a").error
    assert error is not None
    assert error.type == "StdinNotImplementedError"


def test_what_comes_late_belongs_to_its_cell(service: NotebookService, notebook_id: str) -> None:
    """What a thread prints after the end is in the result a moment later, and told."""
    source = (
        "import threading, time\n"
        "def late():\n    time.sleep(0.3)\n    print('late')\n"
        "threading.Thread(target=late).start()\nprint('soon')"
    )
    add(service, notebook_id, c=source)
    service.execute_cell(notebook_id, "c")
    service.execute_cell(notebook_id, "a")
    until(lambda: "late" in told(service, notebook_id))
    result = service.cell(notebook_id, "c").last_result
    assert result is not None
    assert result.stdout == "soon\nlate\n"
    changed = service.channel(notebook_id).after(None)[0][-1].event
    assert isinstance(changed, ResultChanged)
    assert changed.result == result


def test_a_later_cell_updates_an_earlier_one(service: NotebookService, notebook_id: str) -> None:
    """What is kept of the earlier one is what it shows now."""
    add(
        service,
        notebook_id,
        c="h = display('before', display_id=True)",
        d="h.update('after')",
    )
    for cell_id in "cd":
        service.execute_cell(notebook_id, cell_id)
    until(lambda: "late" in told(service, notebook_id))
    result = service.cell(notebook_id, "c").last_result
    assert result is not None
    (shown,) = result.outputs
    assert isinstance(shown, DisplayData)
    assert shown.data["text/plain"] == "'after'"


def test_a_save_that_comes_later_is_heard_of(serve: Serve) -> None:
    """With `durability` deferred: the result says what became of it, and nothing is stale by it."""
    service = serve(snapshots=True, durability="deferred")
    notebook = service.create("n", [Cell(id="a", source="x = 1"), Cell(id="b", source="x")])
    service.execute_cell(notebook.id, "a")
    service.execute_cell(notebook.id, "b")
    for cell_id in "ab":

        def saved(cell_id: str = cell_id) -> bool:
            result = service.cell(notebook.id, cell_id).last_result
            return result is not None and result.state.saved and not result.state.pending

        until(saved)
    cells = serve(snapshots=True).open(notebook.id).cells
    assert [cell.stale for cell in cells] == [None, None]


def test_the_file_is_written_while_cells_run_and_run(
    service: NotebookService, notebook_id: str
) -> None:
    """It does not wait until there is a pause."""
    service.execute_cell(notebook_id, "a")
    service.save(notebook_id)
    path = file_of(service, notebook_id)
    before = path.stat().st_mtime_ns

    def is_written() -> bool:
        service.execute_cell(notebook_id, "b")
        return path.stat().st_mtime_ns != before

    until(is_written)


def test_restart(service: NotebookService, notebook_id: str) -> None:
    """The namespace is empty, the results stay."""
    service.execute_cell(notebook_id, "a")
    service.restart(notebook_id)
    assert service.cell(notebook_id, "a").last_result is not None
    error = service.execute_cell(notebook_id, "b").error
    assert error is not None
    assert error.type == "NameError"


def test_undo(serve: Serve) -> None:
    """The variables are those from before the last cell."""
    service = serve(snapshots=True)
    notebook = service.create("n")
    service.add_cell(notebook.id, "x = 0", cell_id="a")
    add(service, notebook.id, b="x += 1", c="print(x)")
    for cell_id in "abb":
        service.execute_cell(notebook.id, cell_id)
    first = service.history(notebook.id)[0]
    service.undo(notebook.id)
    assert service.execute_cell(notebook.id, "c").stdout == "1\n"
    service.restore(notebook.id, first.id)
    assert service.execute_cell(notebook.id, "c").stdout == "0\n"


def test_a_cell_deleted_while_it_runs(service: NotebookService, notebook_id: str) -> None:
    """Its result is told, and can be asked for; the notebook has not got it."""
    service.edit_cell(notebook_id, "a", "*", source="input()")
    running = service.submit(notebook_id, ["a"], allow_stdin=True)[0]
    until(lambda: "input" in told(service, notebook_id))
    service.delete_cell(notebook_id, "a", "*")
    asked = service.channel(notebook_id).after(None)[0][-2].event
    assert isinstance(asked, InputAsked)
    service.answer(notebook_id, asked.execution_id, "x")
    result = running.result()
    assert result.status == "ok"
    assert service.execution(notebook_id, asked.execution_id).result == result
    assert [cell.id for cell in service.open(notebook_id).cells] == ["b"]


def test_a_notebook_closed_for_room_is_opened_again(serve: Serve) -> None:
    """Few are in memory; nothing of the others is lost."""
    service = serve(open_notebooks=2)
    results = {}
    for number in range(5):
        notebook = service.create(f"n{number}")
        service.add_cell(notebook.id, f"print({number})", cell_id="a")
        results[notebook.id] = service.execute_cell(notebook.id, "a")
    time.sleep(1.1)  # for so long somebody might be about to listen
    service.create("more")
    until(lambda: len(list(service._open)) <= 2)
    for notebook_id, result in results.items():
        assert service.cell(notebook_id, "a").last_result == result


def test_a_folder_stays_the_cells_own(serve: Serve, tmp_path: Path) -> None:
    """Also of a notebook that was closed for room, or copied, since it ran."""
    folder = tmp_path / "mine"
    folder.mkdir()
    service = serve(folder, open_notebooks=1)
    first, second = service.create("one"), service.create("two")
    for each in (first, second, first):
        time.sleep(1.1)  # for so long somebody might be about to listen
        cell = service.add_cell(each.id, "import os; print(os.getcwd())")
        assert service.execute_cell(each.id, cell.id).stdout == f"{folder}\n"
    service.duplicate(first.id)
    assert service.execute_cell(first.id, cell.id).stdout == f"{folder}\n"


def test_a_listener_that_is_remembered_holds_no_result(own_settings: Path) -> None:
    """An engine knows whom to tell of late outputs long after; results go when they may."""

    class Remembering(ExecutionService):
        listeners: ClassVar[list[object]] = []

        def execute_code(self, *args: Any, **options: Any) -> ExecutionResult:
            self.listeners.append(options["on_output"])
            return super().execute_code(*args, **options)

    with (
        Remembering(
            record_count=1, event_bytes=0, snapshots=False, workspace_dir=own_settings
        ) as engine,
        NotebookService(engine, engine.settings) as service,
    ):
        notebook = service.create("n", [Cell(id="a", source="print(1)")])
        first = weakref.ref(service.start(notebook.id, ["a"])[0])
        for _ in range(3):
            service.execute_cell(notebook.id, "a")
        gc.collect()
        assert len(Remembering.listeners) == 4
        assert first() is None


KILLED = """
import sys, threading
from nbengine import ExecutionService
from nbengine.services.notebook_service import NotebookService
engine = ExecutionService()
service = NotebookService(engine, engine.settings)
notebook = service.create("n")
service.add_cell(notebook.id, "x = 1; print('whole')", cell_id="a")
service.add_cell(notebook.id, "x = 2; print('half', flush=True); input()", cell_id="b", after="a")
service.execute_cell(notebook.id, "a")
service.submit(notebook.id, ["b"], allow_stdin=True)
threading.Event().wait()
"""


def test_a_killed_server_loses_one_cell(serve: Serve, own_settings: Path) -> None:
    """What had ended is whole; the cell that ran is dead, and says why; its variables are not."""
    with subprocess.Popen([sys.executable, "-c", KILLED], env=dict(os.environ)) as server:
        results = own_settings / "n" / "results"
        until(lambda: bool(list(results.glob("cell-b.*.shown"))))
        server.send_signal(signal.SIGKILL)
    service = serve(snapshots=True)
    a, b = service.open("n").cells
    assert a.last_result is not None
    assert a.last_result.stdout == "whole\n"
    assert b.last_result is not None
    assert b.last_result.status == "dead"
    assert b.last_result.error is not None
    assert "The server ended while this cell ran" in b.last_result.error.message
    assert b.last_result.stdout == "half\n"
    assert b.stale is not None
    add(service, "n", c="print(x)")
    assert service.execute_cell("n", "c").stdout == "1\n"


def test_many_callers(service: NotebookService, notebook_id: str) -> None:
    """Edits and runs from many threads at once all happen."""
    service.execute_cell(notebook_id, "a")
    start, failures = Event(), []

    def work(number: int) -> None:
        start.wait()
        try:
            cell = service.add_cell(notebook_id, f"print({number} + x)", after="b")
            assert service.execute_cell(notebook_id, cell.id).stdout == f"{number + 1}\n"
        except BaseException as error:
            failures.append(error)

    threads = [Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    start.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(service.open(notebook_id).cells) == 14
