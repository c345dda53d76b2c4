from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from nbengine.models.events import (
    OutputCleared,
    OutputEvent,
    OutputShown,
    OutputUpdated,
    TextWritten,
)
from nbengine.models.outputs import DisplayData, ErrorOutput

EVENTS: list[OutputEvent] = [
    TextWritten(execution_id="e", name="stdout", text="a"),
    OutputShown(execution_id="e", output=DisplayData(data={"text/plain": "x"})),
    OutputShown(execution_id="e", output=ErrorOutput(ename="E", evalue="", traceback=[])),
    OutputUpdated(execution_id="e", display_id="d", output=DisplayData()),
    OutputCleared(execution_id="e", wait=True),
]


@pytest.mark.parametrize("event", EVENTS, ids=repr)
def test_events_survive_json(event: OutputEvent) -> None:
    """An event is told apart by its `event` field and is the same after JSON."""
    adapter: TypeAdapter[OutputEvent] = TypeAdapter(OutputEvent)
    assert adapter.validate_json(event.model_dump_json()) == event
