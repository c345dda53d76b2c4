from __future__ import annotations

from threading import Event

from nbengine.runtime.assistance.deadline import MOST, Deadlines
from tests.conftest import PATIENCE, until


def test_work_that_is_done_in_time_gives_its_result() -> None:
    """The caller gets what the work gives."""
    assert Deadlines().run(lambda: 5, PATIENCE) == 5


def test_nobody_waits_for_work_that_takes_too_long() -> None:
    """With too much of it under way no more is begun; as it ends, there is room again."""
    deadlines, gate, begun = Deadlines(), Event(), []

    def work() -> None:
        begun.append(1)
        gate.wait()

    for _ in range(MOST + 3):
        assert deadlines.run(work, 0.01) is None
    assert len(begun) == MOST
    gate.set()
    until(lambda: deadlines.run(lambda: "again", PATIENCE) == "again")
