from __future__ import annotations

from datetime import UTC, datetime

from pydantic import TypeAdapter

from nbengine.models.notebook import ExecutionResult, StateChange
from nbengine.models.staleness import CellRun, Event, Restarted, Restored

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_run_has_from_its_result_what_it_did_to_the_variables() -> None:
    """Its change in place counts only where the state was saved."""
    state = StateChange(added=["x"], mutated=["y"], saved=True, unsaved={"g": "a generator"})
    result = ExecutionResult(
        status="ok",
        execution_count=3,
        duration=0.1,
        started_at=MOMENT,
        cell_id="c",
        notebook_id="n",
        execution_id="e",
        state=state,
    )
    run = CellRun.of(result, "x = 1", order=7)
    assert (run.cell_id, run.order, run.execution_count, run.bound) == ("c", 7, 3, ("x",))
    assert (run.mutated, run.compared, run.unseen) == (("y",), True, ("g",))
    pending = result.model_copy(update={"state": StateChange(pending=True)})
    assert not CellRun.of(pending, "x = 1", order=7).compared


def test_events_are_told_apart_in_json() -> None:
    """A list of them comes back as it was."""
    events: list[Event] = [
        CellRun(order=1, cell_id="c", source="größe = 1", status="ok", added=("größe",)),
        Restarted(order=2),
        Restored(order=3, after=1),
    ]
    adapter = TypeAdapter(list[Event])
    assert adapter.validate_json(adapter.dump_json(events)) == events
