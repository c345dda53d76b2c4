"""What is remembered of executions, and for how long."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

import pytest

from nbengine import ExecutionService
from nbengine.errors import UnknownExecutionError
from tests.conftest import PATIENCE, Run


def test_a_result_can_be_asked_for_again(service: ExecutionService, run: Run) -> None:
    """The record of an execution gives the same answer."""
    result = run("print('a')\n1 / 0")
    assert service.result(result.execution_id) == result


def test_records_are_bounded() -> None:
    """Only the last executions can still be asked for."""
    with ExecutionService(record_count=3) as service:
        ids = [service.execute_code(str(n), "c1", "n").execution_id for n in range(5)]
        assert [service.result(i).execution_id for i in ids[2:]] == ids[2:]
        for gone in ids[:2]:
            with pytest.raises(UnknownExecutionError, match="the last 3 are kept"):
                service.result(gone)


def test_records_are_bounded_by_what_they_hold() -> None:
    """Large results push older ones out, the newest is always kept; what is gone takes no room."""

    def kept() -> list[bool]:
        return [is_kept(execution_id) for execution_id in ids]

    def is_kept(execution_id: str) -> bool:
        try:
            return service.result(execution_id).execution_id == execution_id
        except UnknownExecutionError:
            return False

    with ExecutionService(record_bytes=10_000) as service:
        ids = [service.execute_code("'x' * 4000", "c1", "n").execution_id for _ in range(5)]
        assert kept() == [False] * 3 + [True] * 2
        ids = [service.execute_code("'x' * 40_000", "c1", "n").execution_id for _ in range(2)]
        assert kept() == [False, True]
        ids = [service.execute_code("'x' * 4000", "c1", "n").execution_id for _ in range(2)]
        assert kept() == [True, True]
        service.close()
        ids = [service.execute_code("'x' * 4000", "c1", "n").execution_id for _ in range(2)]
        assert kept() == [True, True]


def test_printed_text_counts_as_held() -> None:
    """What a cell printed is of the bytes that records may hold."""
    with ExecutionService(record_bytes=10_000) as service:
        ids = [service.execute_code("print('x' * 8000)", "c1", "n").execution_id for _ in range(2)]
        with pytest.raises(UnknownExecutionError):
            service.result(ids[0])
        assert service.result(ids[1]).stdout == "x" * 8000 + "\n"


def test_evaluated_expressions_count_as_held() -> None:
    """So do the values that a caller wanted to know beside what was shown."""
    wanted = {"text": "'x' * 8000"}
    with ExecutionService(record_bytes=10_000) as service:
        results = [service.execute_code("1", "c1", "n", user_expressions=wanted) for _ in range(2)]
        with pytest.raises(UnknownExecutionError):
            service.result(results[0].execution_id)
        assert service.result(results[1].execution_id) == results[1]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are counted in /proc")
def test_a_restart_while_a_cell_awaits_leaves_no_descriptor(service: ExecutionService) -> None:
    """The event loop of a notebook that is restarted in the middle of a cell is closed."""

    def restart_in_the_middle() -> int:
        began = threading.Event()
        waiting = "import asyncio\nprint('began', flush=True)\nawait asyncio.sleep(60)"
        cell = threading.Thread(
            target=service.execute_code,
            args=(waiting, "c1", "n"),
            kwargs={"on_output": lambda _: began.set()},
        )
        cell.start()
        assert began.wait(PATIENCE)
        service.restart("n")
        cell.join(PATIENCE)
        return len(list(Path("/proc/self/fd").iterdir()))

    counts = [restart_in_the_middle() for _ in range(4)]
    assert counts[1:] == counts[:1] * 3


def test_every_execution_has_an_id_of_its_own(run: Run) -> None:
    """Two services never give the same id, nor does one twice."""
    with ExecutionService(snapshots=False) as other:
        ids = {run("1").execution_id for _ in range(3)}
        ids |= {other.execute_code("1", "c1", "n").execution_id for _ in range(3)}
    assert len(ids) == 6


def test_values_shown_long_ago_are_freed(run: Run) -> None:
    """Neither history, records nor tracebacks hold what a cell deleted and the history forgot."""
    run("import weakref\nclass Thing: pass\nseen = weakref.WeakSet()")
    run("thing = Thing(); seen.add(thing)\ndel thing\n1 / 0")
    run("def f():\n    local = Thing(); seen.add(local)\n    raise ValueError\nf()")
    for _ in range(3):
        run("pass")
    gc.collect()
    assert "0" in str(run("import gc; gc.collect(); len(seen)").outputs)


def test_source_of_cells_is_forgotten_in_the_end(service: ExecutionService, run: Run) -> None:
    """The lines of old runs do not stay in memory for ever."""
    import linecache

    for _ in range(1100):
        run("pass", cell_id="very_special")
    names = [name for name in linecache.cache if "very_special" in name]
    assert 100 <= len(names) <= 1000
    service.close()
    assert [name for name in linecache.cache if "very_special" in name] == []


def test_a_closed_service_remembers_nothing(service: ExecutionService, run: Run) -> None:
    """Its records go with it."""
    result = run("1")
    service.close()
    with pytest.raises(UnknownExecutionError):
        service.result(result.execution_id)


def test_a_figure_that_was_shown_is_freed(run: Run) -> None:
    """The record of its cell has the picture, not the figure."""
    run("import gc, weakref\nimport matplotlib.pyplot as plt")
    run("figure = plt.figure()\ngone = weakref.ref(figure)\nplt.show()\ndel figure")
    assert run("gc.collect()\nprint(gone())").stdout == "None\n"
