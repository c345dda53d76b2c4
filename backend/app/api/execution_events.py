"""The events of one execution among those of its notebook."""

from __future__ import annotations

from fastapi import Response

from ..models.notebook_events import CellEnds, CellStarts, CellWaits, Told
from ..models.notebook_view import ExecutionInfo
from ..services.notebooks.channel import Channel
from .event_stream import EventStream, Streams


def execution_stream(
    info: ExecutionInfo, channel: Channel, streams: Streams, *, after: int | None, heartbeat: float
) -> Response:
    """What happens in an execution until it has ended, which is told whatever else is forgotten.

    A client that has had the end gets 204, which to an `EventSource` says not to come back.
    """
    kept = [told for told in channel.after(None)[0] if _is_of(told, info.execution_id)]
    farewell = _farewell(info, kept, channel.last)
    end = farewell or (kept[-1] if kept and isinstance(kept[-1].event, CellEnds) else None)
    if end is not None and after is not None and after >= end.number:
        return Response(status_code=204)
    has_begin = not kept or isinstance(kept[0].event, CellWaits | CellStarts)
    is_forgotten = farewell is not None or not has_begin
    return EventStream(
        channel,
        streams,
        after=after,
        heartbeat=heartbeat,
        picks=lambda told: _is_of(told, info.execution_id),
        is_last=lambda told: isinstance(told.event, CellEnds),
        has_missed=after is None and is_forgotten,
        farewell=farewell,
    )


def _farewell(info: ExecutionInfo, kept: list[Told], number: int) -> Told | None:
    """The end of an execution of which no event tells any more."""
    if info.result is None or any(isinstance(told.event, CellEnds) for told in kept):
        return None
    ends = CellEnds(execution_id=info.execution_id, cell_id=info.cell_id, result=info.result)
    return Told(number=number, event=ends)


def _is_of(told: Told, execution_id: str) -> bool:
    return getattr(told.event, "execution_id", None) == execution_id
