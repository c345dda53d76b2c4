"""What of a notebook's past goes by itself."""

from __future__ import annotations

from nbengine import ExecutionResult, ExecutionService
from tests.conftest import until
from tests.services.conftest import Serve


def run(service: ExecutionService, *cells: str) -> ExecutionResult:
    for cell in cells:
        result = service.execute_code(cell, "c", "n")
        assert result.error is None, result.error.traceback
    return result


def ids(service: ExecutionService) -> list[int]:
    return [info.id for info in service.states.history("n")]


def test_the_newest_snapshots_are_kept(serve: Serve) -> None:
    """After some more than that were taken, and never on the way to an answer."""
    service = serve(snapshot_count=5)
    run(service, *(f"x = {n}" for n in range(14)))
    until(lambda: len(ids(service)) <= 5)
    assert ids(service)[-1] == 14
    run(service, "print(x)")
    service.undo("n")
    assert run(service, "print(x)").stdout == "13\n"


def test_what_an_earlier_process_left_counts(serve: Serve) -> None:
    """Processes that take a few snapshots each do not add up to any number."""
    run(serve(snapshot_count=30), *(f"x = {n}" for n in range(15)))
    service = serve(snapshot_count=2)
    run(service, "pass")
    until(lambda: ids(service) == [15, 16])


def test_a_notebook_on_a_branch_can_still_be_undone(serve: Serve) -> None:
    """What its snapshot came after stays, however old."""
    run(serve(snapshot_count="none"), *(f"x = {n}" for n in range(1, 13)))
    service = serve(snapshot_count=2)
    service.restore_state("n", 1)
    run(service, "y = 1")
    until(lambda: ids(service) == [1, 13])
    service.undo("n")
    assert run(service, "print(x, 'y' in globals())").stdout == "1 False\n"


def test_old_snapshots_go(serve: Serve) -> None:
    """By age, if that is asked; the last one stays with the one before it."""
    service = serve(snapshot_age=0.001, snapshot_count=100)
    run(service, *(f"x = {n}" for n in range(10)))
    until(lambda: ids(service) == [9, 10])


def test_all_are_kept_if_that_is_asked(serve: Serve) -> None:
    """Then nothing is looked through for what could go."""
    service = serve(snapshot_count="none")
    run(service, *(f"x = {n}" for n in range(25)))
    service.close()
    assert len(ids(serve())) == 25


def test_older_snapshots_make_room(serve: Serve) -> None:
    """Where the quota would be used up; cells go on being saved, and can be undone."""
    service = serve(snapshot_bytes=1_000_000)
    run(service, "import os")
    for _ in range(8):
        assert run(service, "big = os.urandom(300_000)").state.saved
        assert sum(each.bytes for each in service.states.notebooks()) < 2_000_000
    assert len(ids(service)) < 9
    service.undo("n")
    assert run(service, "print(len(big))").stdout == "300000\n"


def test_what_is_larger_than_the_quota_is_not_saved(serve: Serve) -> None:
    """The cell succeeds and says why; no snapshot goes for it, and the next cell catches up."""
    service = serve(snapshot_bytes=1_000_000)
    run(service, "import os; x = 1", "x = 2")
    result = run(service, "x = 3; big = os.urandom(2_000_000)")
    assert not result.state.saved
    assert "larger than its quota allows: see the setting snapshot_bytes" in str(
        result.state.problem
    )
    assert ids(service) == [1, 2]
    assert run(service, "del big").state.saved
    assert run(serve(), "print(x)").stdout == "3\n"
