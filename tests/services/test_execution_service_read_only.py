"""Notebooks whose state cannot be written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from nbengine import ExecutionResult, ExecutionService, StatePersistenceService
from nbengine.errors import StorageError
from tests.permissions import read_only

Protect = Callable[[], None]


@pytest.fixture(params=["process", "deferred"])
def service(request: pytest.FixtureRequest) -> Iterator[ExecutionService]:
    with ExecutionService(snapshots=True, durability=request.param) as service:
        yield service


@pytest.fixture
def protect(own_settings: Path) -> Iterator[Protect]:
    """Takes away the right to write into the states of the workspace, until the test ends."""
    with ExitStack() as stack:

        def protect() -> None:
            for folder in own_settings.glob("*/state"):
                stack.enter_context(read_only(folder))

        yield protect


def run(service: ExecutionService, code: str) -> ExecutionResult:
    result = service.execute_code(code, "c", "n")
    assert result.error is None, result.error.traceback
    return result


def before(*cells: str) -> None:
    """What an earlier process did."""
    with ExecutionService(snapshots=True) as service:
        for cell in cells:
            run(service, cell)


def test_variables_come_back_and_cells_run(service: ExecutionService, protect: Protect) -> None:
    """Each result says that nothing was saved, and why."""
    before("x = [1]\ndef f(): return x", "import numpy as np; big = np.arange(1_000_000)")
    protect()
    first = run(service, "x.append(2); print(f(), big.sum())")
    assert first.stdout == "[1, 2] 499999500000\n"
    for result in (first, run(service, "y = 1")):
        assert len(service.states.history("n")) == 2
        state = service.result(result.execution_id).state
        assert (state.saved, state.pending) == (False, False)
        assert "n/state cannot be written (permission denied)" in str(state.problem)


def test_its_past_can_be_looked_at(protect: Protect, tmp_path: Path) -> None:
    """Listed, shown, compared, verified and exported."""
    before("x = 1", "x = 2")
    protect()
    with StatePersistenceService() as states:
        assert [notebook.notebook_id for notebook in states.notebooks()] == ["n"]
        assert len(states.history("n")) == 2
        assert states.show("n").variables[0].about == "int 2"
        assert states.diff("n", 1, 2).names("changed") == ["x"]
        assert states.verify("n") == []
        states.export("n", tmp_path / "n.state")
        states.import_("m", tmp_path / "n.state")
        with pytest.raises(StorageError, match="cannot be changed"):
            states.go_back("n", 1)
        states.go_back("n", 2)


def test_going_back_is_refused_before_anything_is_lost(
    service: ExecutionService, protect: Protect
) -> None:
    """The notebook goes on with the variables that it has; to its last snapshot it can go."""
    before("x = 1", "x = 2")
    protect()
    run(service, "x = 3")
    for call in (service.undo, partial(service.restore_state, snapshot_id=1)):
        with pytest.raises(StorageError, match="cannot be changed"):
            call("n")
    assert run(service, "print(x)").stdout == "3\n"
    service.restore_state("n")
    assert run(service, "print(x)").stdout == "2\n"


def test_a_restart_begins_with_nothing(service: ExecutionService, protect: Protect) -> None:
    """As elsewhere, although that cannot be written down."""
    before("x = 1")
    protect()
    run(service, "x")
    service.restart("n")
    assert run(service, "print('x' in globals())").stdout == "False\n"
    service.restore_state("n")
    assert run(service, "print(x)").stdout == "1\n"


def test_without_a_state_a_notebook_runs(service: ExecutionService, own_settings: Path) -> None:
    """It is kept from the moment at which one can be made."""
    folder = own_settings / "n"
    (folder / "data").mkdir(parents=True)
    with read_only(folder):
        result = run(service, "x = [1]")
        assert not result.state.saved
        assert not result.state.pending
        assert "cannot be opened: permission denied" in str(result.state.problem)
        assert run(service, "print(x)").stdout == "[1]\n"
    run(service, "x.append(2)")
    assert [info.parent for info in service.states.history("n")] == [None]
    service.restore_state("n")
    assert run(service, "print(x)").stdout == "[1, 2]\n"


def test_what_somebody_else_has_written_meanwhile_stays(
    service: ExecutionService, own_settings: Path
) -> None:
    """The notebook that began without it makes a branch of its own."""
    folder = own_settings / "n"
    (folder / "data").mkdir(parents=True)
    with read_only(folder):
        run(service, "x = 'here'")
    before("y = 'there'")
    run(service, "z = 1")
    assert [info.parent for info in service.states.history("n")] == [None, None]
    assert [each.name for each in service.states.show("n").variables] == ["x", "z"]
    assert [each.name for each in service.states.show("n", 1).variables] == ["y"]
