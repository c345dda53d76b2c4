"""A worker is confined to one mode for ever: a cell of another one gets another worker."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest

from nbengine import ExecutionMode
from nbengine.engines.process import ProcessEngine
from nbengine.errors import IsolationUnavailableError
from tests.engines.conformance import Notebook, shown

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux")

WRITE = "open('written', 'w').close()"


@pytest.fixture
def notebook(shared_engine: ProcessEngine) -> Iterator[Notebook]:
    """A fresh notebook, whose worker ends with the test."""
    notebook = Notebook(shared_engine)
    yield notebook
    shared_engine.hibernate(notebook.id)


@pytest.mark.parametrize(
    "first, second", list(permutations(ExecutionMode, 2)), ids=lambda mode: str(mode.value)
)
def test_no_worker_is_reused_for_another_mode(
    shared_engine: ProcessEngine,
    notebook: Notebook,
    first: ExecutionMode,
    second: ExecutionMode,
) -> None:
    """Neither for a wider one nor for a narrower; the variables go along."""
    held = notebook("x = 1", mode=first).isolation_effective
    before = shared_engine.workers[notebook.id]
    result = notebook("x", mode=second)
    assert shown(result) == "1"
    assert shared_engine.workers[notebook.id] != before
    told = [(each.mode, each.device_control) for each in (held, result.isolation_effective)]
    assert told == [(mode, mode is ExecutionMode.EPICS_CONTROL) for mode in (first, second)]
    writes = notebook(WRITE, mode=second).status == "ok"
    assert writes == (second is not ExecutionMode.READ_ONLY)


@pytest.mark.parametrize("mode", ExecutionMode)
def test_a_worker_is_reused_for_its_mode(
    shared_engine: ProcessEngine, notebook: Notebook, mode: ExecutionMode
) -> None:
    """By its name, too."""
    notebook("x = 1", mode=mode)
    pid = shared_engine.workers[notebook.id]
    notebook("x", mode=mode.value)
    assert shared_engine.workers[notebook.id] == pid


@pytest.mark.parametrize("mode", ["write_enabled", "epics_control"])
def test_the_leave_to_control_devices_is_known_where_the_cell_runs(
    notebook: Notebook, mode: str
) -> None:
    """Only one mode has it; all else that holds the two is the same."""
    ask = "from nbengine.runtime.execution import asking\nasking().isolation.device_control"
    result = notebook(ask, mode=mode)
    assert shown(result) == str(mode == "epics_control")
    other = notebook("1", mode="write_enabled").isolation_effective
    same = {"mode": ExecutionMode.WRITE_ENABLED, "device_control": False}
    assert result.isolation_effective.model_copy(update=same) == other


def test_a_worker_refuses_a_cell_of_another_mode(
    shared_engine: ProcessEngine, notebook: Notebook
) -> None:
    """Also if its engine were mistaken."""
    notebook("1", mode="read_only")
    shared_engine._workers.session(notebook.id).mode = ExecutionMode.WRITE_ENABLED
    with pytest.raises(IsolationUnavailableError, match="is confined to read_only"):
        notebook(WRITE)
    shared_engine._workers.session(notebook.id).mode = ExecutionMode.READ_ONLY
