"""More notebooks than states are open at a time: those that were not used for long rest."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from nbengine import ExecutionResult, ExecutionService, StatePersistenceService
from nbengine.errors import StateLockedError
from tests.permissions import obeyed

OPEN = 32
"""States that are open at a time."""
HOLDERS = 3
"""Descriptors of an open state."""


@pytest.fixture(params=["process", "deferred"])
def service(request: pytest.FixtureRequest) -> Iterator[ExecutionService]:
    with ExecutionService(durability=request.param) as service:
        yield service


def run(service: ExecutionService, code: str, notebook_id: str = "n") -> ExecutionResult:
    result = service.execute_code(code, "c", notebook_id)
    assert result.error is None, result.error.traceback
    return result


def said(service: ExecutionService, code: str) -> str:
    return run(service, code).stdout.strip()


def let_rest(service: ExecutionService) -> None:
    """So many other notebooks run a cell that the notebook rests."""
    service.states.history("n")  # what was put off is saved
    for number in range(OPEN):
        run(service, "pass", f"other{number}")
        service.states.history(f"other{number}")


def elsewhere(*cells: str) -> None:
    """What another service, which could be in another process, does with the notebook."""
    with ExecutionService() as other:
        for cell in cells:
            run(other, cell)


def state_files(service: ExecutionService) -> int:
    """How many files of its states this process has open."""
    workspace = service.settings.workspace_dir.resolve()
    paths = (Path(file.path) for file in psutil.Process().open_files())
    return sum(path.is_relative_to(workspace) for path in paths)


def test_as_many_notebooks_as_one_likes_take_turns(service: ExecutionService) -> None:
    """Each goes on where it was, each cell is saved, and few files are open."""
    names = [f"n{number}" for number in range(OPEN + 20)]
    for cell in ("x = [1]; y = x", "x.append(2)", "z = y is x and len(y)"):
        for name in names:
            run(service, cell, name)
    for name in names:
        assert [info.parent for info in service.states.history(name)] == [None, 1, 2]
        assert service.states.show(name).variables[-1].about == "int 2"
    assert 0 < state_files(service) <= (OPEN + 1) * HOLDERS  # one opens before another closes


def test_changes_after_a_rest_are_saved(service: ExecutionService) -> None:
    """In large memory too, of which only what was written to is written down."""
    run(service, "import numpy as np; big = np.zeros(1_000_000); rows = [big, 'x']")
    let_rest(service)
    run(service, "rows[0][7] = 1; rows.append(2)")
    assert 1_000_000 < service.states.history("n")[-1].bytes_written < 1_200_000
    let_rest(service)
    service.restore_state("n")
    assert said(service, "print(big.sum(), rows[0] is big, rows[1:])") == "1.0 True ['x', 2]"


def test_who_only_looks_is_not_noticed(service: ExecutionService) -> None:
    """Another process may look at a notebook that rests, or take a copy of it."""
    run(service, "x = 1")
    let_rest(service)
    with StatePersistenceService() as states:
        assert len(states.history("n")) == 1
        states.fork("n", "copy")
    run(service, "x += 1")
    service.restore_state("n")
    assert said(service, "print(x)") == "2"


def test_a_notebook_that_another_process_has_is_refused(service: ExecutionService) -> None:
    """With its number, and nothing runs; it goes on when that has ended and changed nothing."""
    run(service, "x = 1")
    let_rest(service)
    with ExecutionService() as other:
        assert other.execute_code("x = 0; 1 / 0", "c", "n").status == "error"
        for call in (lambda: run(service, "x = 2"), lambda: service.undo("n")):
            with pytest.raises(StateLockedError) as refused:
                call()
            assert refused.value.pid == os.getpid()
    assert said(service, "print(x)") == "1"


GOINGS: dict[str, tuple[Callable[[ExecutionService], object], str]] = {
    "theirs": (lambda service: service.restore_state("n"), "theirs"),
    "its own": (lambda service: service.restore_state("n", 2), "[1, 2]"),
    "none": (lambda service: service.restart("n"), "None"),
}


@pytest.mark.parametrize("choose, expected", GOINGS.values(), ids=GOINGS)
def test_a_notebook_that_another_process_has_gone_on_with(
    service: ExecutionService, choose: Callable[[ExecutionService], object], expected: str
) -> None:
    """Is told which variables to go on with; nobody's snapshot is lost, and no cell ran before."""
    for cell in ("x = [1]", "x.append(2)"):
        run(service, cell)
    let_rest(service)
    elsewhere("x = 'theirs'", "y = 1")
    for call in (lambda: run(service, "x = 3"), lambda: service.undo("n")):
        with pytest.raises(StateLockedError) as refused:
            call()
        assert "from snapshot 2 to snapshot 4 while it rested here" in str(refused.value)
    assert [info.id for info in service.states.history("n")] == [1, 2, 3, 4]
    choose(service)
    assert said(service, "print(globals().get('x'))") == expected
    service.states.history("n")
    let_rest(service)
    run(service, "z = 1")
    assert [info.id for info in service.states.history("n")] == [1, 2, 3, 4, 5, 6]


def test_whoever_restarts_it_while_another_process_has_it(service: ExecutionService) -> None:
    """It begins with nothing, and is saved once that process has let go of it."""
    run(service, "x = 1")
    let_rest(service)
    with ExecutionService() as other:
        run(other, "x = 'theirs'")
        service.restart("n")
        result = run(service, "y = 1")
        assert not result.state.saved
        assert "is open in this process" in str(result.state.problem)
    run(service, "print(globals().get('x'))")
    assert [info.parent for info in service.states.history("n")] == [None, 1, None]


def test_going_back_in_another_process_counts(service: ExecutionService) -> None:
    """Whoever undoes a cell in the terminal while the notebook rests is not overruled."""
    for cell in ("x = 1", "x = 2"):
        run(service, cell)
    let_rest(service)
    with StatePersistenceService() as states:
        states.undo("n")
    with pytest.raises(StateLockedError, match="from snapshot 2 to snapshot 1"):
        run(service, "x += 1")
    service.restore_state("n")
    assert said(service, "print(x)") == "1"


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_a_state_that_cannot_be_opened_any_more_costs_the_save(
    service: ExecutionService, own_settings: Path
) -> None:
    """The cell runs and says why it was not saved; the next one catches up."""
    run(service, "x = [1]")
    let_rest(service)
    folder = own_settings / "n" / "state"
    folder.chmod(0)
    try:
        with obeyed():
            result = run(service, "x.append(2); print(x)")
            assert result.stdout == "[1, 2]\n"
            state = service.result(result.execution_id).state
            assert not state.saved
    finally:
        folder.chmod(0o700)
    run(service, "x.append(3)")
    service.restore_state("n")
    assert said(service, "print(x)") == "[1, 2, 3]"
