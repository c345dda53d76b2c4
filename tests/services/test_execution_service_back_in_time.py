"""Taking a notebook that runs back to one of its snapshots."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nbengine import ExecutionService
from nbengine.errors import (
    DamagedSnapshotError,
    InvalidInputError,
    ReentryError,
    StateLockedError,
    UnknownSnapshotError,
)
from nbengine.runtime.process import PROCESS
from tests.conftest import until


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ExecutionService]:
    with ExecutionService(snapshots=True, key_file=tmp_path / "key") as service:
        yield service


def run(service: ExecutionService, *cells: str) -> str:
    """What the cells print."""
    results = [service.execute_code(cell, "c", "n") for cell in cells]
    assert [result.error for result in results] == [None] * len(results)
    return "".join(result.stdout for result in results)


def test_a_notebook_is_taken_back_to_a_snapshot(service: ExecutionService) -> None:
    """Its variables, what they share and its count are those of then; later ones are gone."""
    run(service, "x = [1]; y = x", "x.append(2); z = 1", "x = None")
    info = service.restore_state("n", 1)
    assert info is not None
    assert info.id == 1
    assert run(service, "print(x, x is y, 'z' in globals(), len(In))") == "[1] True False 3\n"


def test_the_last_snapshot_undoes_what_a_failed_cell_did(service: ExecutionService) -> None:
    """Without a number the notebook is as its last successful cell left it."""
    run(service, "x = [1]")
    assert service.execute_code("x.append(2); 1 / 0", "c", "n").status == "error"
    service.restore_state("n")
    assert run(service, "print(x)") == "[1]\n"


def test_cells_are_undone_one_by_one(service: ExecutionService) -> None:
    """Until the notebook is empty; what runs then is a branch of its own."""
    run(service, "x = [1]", "x.append(2)", "x.append(3)")
    service.undo("n")
    assert run(service, "print(x)") == "[1, 2]\n"
    assert service.states.history("n")[-1].parent == 2
    for _ in range(2):
        service.undo("n")
    assert service.undo("n") is None
    assert run(service, "print('x' in globals())") == "False\n"
    assert service.undo("n") is None
    with pytest.raises(UnknownSnapshotError, match="begins with nothing"):
        service.undo("n")


def test_what_was_undone_is_still_there(service: ExecutionService) -> None:
    """One can go forward again as one went back."""
    run(service, "x = 1", "x = 2")
    service.undo("n")
    service.restore_state("n", 2)
    assert run(service, "print(x)") == "2\n"


def test_an_array_that_was_changed_in_place_is_as_before(service: ExecutionService) -> None:
    """Also where only a part of a large one is stored anew with each cell."""
    run(service, "import numpy as np; a = np.zeros(3_000_000)", "a[0] = 1", "a[-1] = 2")
    service.undo("n")
    assert run(service, "print(a[0], a[-1])") == "1.0 0.0\n"
    assert run(service, "a[1] = 5; print(a[0], a[1], a[-1])") == "1.0 5.0 0.0\n"
    service.restore_state("n")
    assert run(service, "print(a[0], a[1], a[-1])") == "1.0 5.0 0.0\n"


def test_a_cell_that_runs_is_stopped(
    service: ExecutionService, callers: ThreadPoolExecutor
) -> None:
    """And does nothing to the variables that the next cell finds."""
    run(service, "x = [1]", "x.append(2)")
    cell = "import time\nx.append(3)\nbusy = True\nwhile True: time.sleep(0.01)"
    running = callers.submit(service.execute_code, cell, "c", "n")
    until(lambda: "busy" in service.notebook_globals["n"])
    service.restore_state("n", 1)
    assert running.result().status == "interrupted"
    assert run(service, "print(x, 'busy' in globals())") == "[1] False\n"


def test_a_cell_that_cannot_be_stopped_saves_nothing_any_more(
    service: ExecutionService, callers: ThreadPoolExecutor, tmp_path: Path
) -> None:
    """When it ends after all, it is not a cell of the notebook that took its place."""
    cell = (
        "import os, time\n"
        "x = 9; busy = True\n"
        f"while not os.path.exists({str(tmp_path / 'end')!r}):\n"
        "    try: time.sleep(0.01)\n"
        "    except BaseException: pass"
    )
    patient = ExecutionService(service.settings, interrupt_grace=0.1, workspace_dir=tmp_path / "w")
    with patient:
        run(patient, "x = 1")
        running = callers.submit(patient.execute_code, cell, "c", "n")
        until(lambda: "busy" in patient.notebook_globals["n"])
        patient.restore_state("n", 1)
        assert run(patient, "print(x); x = 2") == "1\n"
        (tmp_path / "end").touch()
        running.result()
        patient.restore_state("n")
        assert run(patient, "print(x)") == "2\n"
        assert [info.parent for info in patient.states.history("n")] == [None, 1, 2]


def test_a_cell_that_waits_is_not_run(
    service: ExecutionService, callers: ThreadPoolExecutor
) -> None:
    """It was meant for the variables that are gone now."""
    run(service, "x = 1")
    cell = "import time\nbusy = True\nwhile True: time.sleep(0.01)"
    running = callers.submit(service.execute_code, cell, "c", "n")
    until(lambda: "busy" in service.notebook_globals["n"])
    waiting = callers.submit(service.execute_code, "x = 2", "c", "n")
    until(lambda: bool(PROCESS.turns.queued))
    service.restore_state("n")
    assert (running.result().status, waiting.result().status) == ("interrupted", "aborted")
    assert run(service, "print(x)") == "1\n"


def test_a_restart_begins_with_nothing_and_keeps_the_snapshots(service: ExecutionService) -> None:
    """The variables from before can be had again."""
    run(service, "x = 1")
    service.restart("n")
    assert run(service, "print('x' in globals())") == "False\n"
    service.restore_state("n", 1)
    assert run(service, "print(x)") == "1\n"


def test_a_notebook_that_is_not_open_yet_goes_on_from_there(service: ExecutionService) -> None:
    """Its first cell in this process finds the variables of the snapshot."""
    with ExecutionService(service.settings) as before:
        run(before, "x = 1", "x = 2")
    service.restore_state("n", 1)
    assert run(service, "print(x)") == "1\n"


def test_without_such_a_snapshot_nothing_happens(service: ExecutionService) -> None:
    """The notebook goes on with the variables that it has."""
    run(service, "x = 1")
    assert service.execute_code("y = 2; 1 / 0", "c", "n").status == "error"
    with pytest.raises(UnknownSnapshotError, match="no snapshot 9"):
        service.restore_state("n", 9)
    with pytest.raises(UnknownSnapshotError, match="no saved state of a notebook 'm'"):
        service.undo("m")
    assert run(service, "print(x, y)") == "1 2\n"


def test_a_notebook_is_not_taken_back_from_its_own_cell(service: ExecutionService) -> None:
    """The cell is refused, and goes on."""
    run(service, "x = 1")
    service.notebook_globals["n"]["service"] = service
    for call in ("service.restore_state('n', 1)", "service.undo('n')"):
        result = service.execute_code(call, "c", "n")
        assert result.error is not None
        assert result.error.type == ReentryError.__name__
    assert run(service, "print(x)") == "1\n"


def test_without_snapshots_one_is_told_how_to_have_them() -> None:
    """One sentence, for every way back."""
    with ExecutionService(snapshots=False) as service:
        service.execute_code("x = 1", "c", "n")
        for call in (service.undo, service.restore_state):
            with pytest.raises(InvalidInputError, match=r"ExecutionService\(snapshots=True\)"):
                call("n")


def test_only_the_service_takes_back_what_runs_in_it(service: ExecutionService) -> None:
    """Its snapshots alone do not know what runs: they refuse, and say who does."""
    run(service, "x = 1", "x = 2")
    with pytest.raises(StateLockedError, match="restore_state"):
        service.states.go_back("n", 1)
    with pytest.raises(StateLockedError, match="undo"):
        service.states.undo("n")
    assert run(service, "print(x)") == "2\n"


def test_a_notebook_that_runs_can_be_looked_at(service: ExecutionService) -> None:
    """Its history, the contents of its snapshots and their differences, and it can be forked."""
    run(service, "x = 1", "y = 2")
    assert len(service.states.history("n")) == 2
    assert [each.name for each in service.states.show("n").variables] == ["x", "y"]
    assert service.states.diff("n", 1, 2).names("added") == ["y"]
    service.states.fork("n", "m")
    assert service.execute_code("print(x, y)", "c", "m").stdout == "1 2\n"
    assert service.states.collect("n", count=1).snapshots == 1
    assert run(service, "y += 1", "print(x, y)") == "1 3\n"


def test_a_damaged_state_is_refused_until_an_older_one_is_chosen(
    service: ExecutionService,
) -> None:
    """No cell runs on half of the variables; the error has the number that helps."""
    with ExecutionService(service.settings) as before:
        run(before, "x = 1", "x = 2")
    database = service.settings.workspace_dir / "n" / "state" / "snapshots.db"
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE snapshot SET body = body || ' ' WHERE id = 2")
    connection.close()
    for _ in range(2):
        with pytest.raises(DamagedSnapshotError) as refused:
            service.execute_code("print(x)", "c", "n")
    assert refused.value.older == 1
    service.restore_state("n", refused.value.older)
    assert run(service, "print(x)") == "1\n"
