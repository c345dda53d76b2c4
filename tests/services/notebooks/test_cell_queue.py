"""Cells run one after another, whatever is done to those that wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event

import pytest

from nbengine.errors import CapacityError, UnknownNotebookError
from nbengine.models.notebook import Cell, ExecutionResult, Status
from nbengine.services.notebooks.cell_queue import CellQueue, Execution


def result_of(execution: Execution, status: Status) -> ExecutionResult:
    return ExecutionResult(
        status=status,
        execution_count=1,
        duration=0.0,
        started_at=datetime.now(UTC),
        cell_id=execution.cell_id,
        notebook_id="n",
        execution_id=execution.id,
    )


class Bench:
    """A queue whose cells end when they may, and what happened there."""

    def __init__(self) -> None:
        self.may_end = Event()
        self.told: list[str] = []
        self.queue = CellQueue("cells", self._run, self._give_up, self._waits, 10)

    def add(self, *ids: str) -> list[Execution]:
        executions = [Execution(each, Cell(id=each), {}, ids) for each in ids]
        self.queue.add(executions)
        return executions

    def _run(self, execution: Execution) -> ExecutionResult:
        self.told.append(f"{execution.id} runs")
        self.may_end.wait(10)
        return result_of(execution, "ok")

    def _give_up(self, execution: Execution) -> ExecutionResult:
        self.told.append(f"{execution.id} is given up")
        return result_of(execution, "aborted")

    def _waits(self, execution: Execution, position: int) -> None:
        self.told.append(f"{execution.id} waits at {position}")


@contextmanager
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.may_end.set()
    made.queue.close(10)


def test_a_cancelled_future_is_not_run() -> None:
    """The cells after it are; the one that runs cannot be cancelled."""
    with bench() as at:
        (first,) = at.add("a")
        second, third = at.add("b", "c")
        while "a runs" not in at.told:
            pass
        assert not first.future.cancel()
        assert second.future.cancel()
        at.may_end.set()
        assert first.future.result(10).status == "ok"
        assert third.future.result(10).status == "ok"
    assert "b is given up" in at.told
    assert "b runs" not in at.told


def test_a_cancelled_future_can_be_cleared() -> None:
    """With the others that wait."""
    with bench() as at:
        at.add("a")
        second, third = at.add("b", "c")
        second.future.cancel()
        at.queue.clear()
        assert third.future.result(10).status == "aborted"
        assert second.future.cancelled()


def test_who_waits_hears_so_before_it_runs() -> None:
    """With its place; a cell that begins at once does not wait."""
    with bench() as at:
        at.may_end.set()
        for each in at.add("a", "b", "c"):
            each.future.result(10)
    assert at.told.index("b waits at 2") < at.told.index("b runs")
    assert at.told.index("c waits at 3") < at.told.index("c runs")
    assert not any(each.startswith("a waits") for each in at.told)


def test_nothing_begins_while_it_is_held() -> None:
    """Not even what was asked for within; several may hold it."""
    with bench() as at:
        at.may_end.set()
        with at.queue.held() as current:
            assert current is None
            with at.queue.held():
                (first,) = at.add("a")
            assert not first.future.running()
            assert at.told == []
        assert first.future.result(10).status == "ok"


def test_a_closed_queue_takes_nothing() -> None:
    """What waits is given up, and nobody waits for ever."""
    with bench() as at:
        at.add("a")
        (second,) = at.add("b")
        assert not at.queue.close_if_idle()
        at.may_end.set()
        at.queue.close(10)
        assert second.future.result(10).status in ("ok", "aborted")
        with pytest.raises(UnknownNotebookError):
            at.add("c")
        assert at.queue.close_if_idle()


def test_without_a_thread_nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks hears so, and the next attempt succeeds."""

    def refuse(_: object) -> None:
        raise RuntimeError("can't start new thread")

    with bench() as at:
        at.may_end.set()
        with monkeypatch.context() as patch:
            patch.setattr("threading.Thread.start", refuse)
            with pytest.raises(CapacityError, match="can't start new thread"):
                at.add("a")
        assert not at.queue.is_busy
        (again,) = at.add("b")
        assert again.future.result(10).status == "ok"
