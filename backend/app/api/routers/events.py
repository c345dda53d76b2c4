"""What happens in a notebook, as it happens and again: server-sent events."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from ...models.notebook_events import NotebookDeleted, NotebookRenamed, Told
from ..event_stream import EventStream
from ..execution_events import execution_stream
from ..parameters import ExecutionId, NotebookId, Notebooks

router = APIRouter(prefix="/notebooks/{notebook_id}", tags=["events"])

_MOST = 2**63 - 1


async def _last_heard(
    after: Annotated[int | None, Query(ge=0, le=_MOST)] = None,
    last_event_id: Annotated[int | None, Header(ge=0, le=_MOST, alias="Last-Event-ID")] = None,
) -> int | None:
    """Number of the last event that the client has had, if any."""
    return after if last_event_id is None else last_event_id


LastHeard = Annotated[int | None, Depends(_last_heard)]

_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": (
            "Events, each with a number (`id`), a name (`event`) and JSON (`data`). `reset` comes "
            "first if some are not kept any more: then read the notebook anew."
        ),
        "content": {
            EventStream.media_type: {
                "schema": {"type": "string"},
                "example": (
                    'id: 1767323045000001\nevent: text\ndata: {"event":"text","execution_id":'
                    '"9c1f0a2e-1","name":"stdout","text":"hello\\n"}\n\n'
                ),
            }
        },
    }
}


@router.get("/events", response_class=Response, responses=_STREAM)
def notebook_events(
    request: Request, notebooks: Notebooks, notebook_id: NotebookId, after: LastHeard
) -> Response:
    """Everything that happens in a notebook, from the event after this one, or all that is kept.

    After `deleted` nothing comes, nor after `renamed` with another id.
    """
    return EventStream(
        notebooks.channel(notebook_id),
        request.app.state.streams,
        after=after,
        heartbeat=request.app.state.settings.event_heartbeat,
        is_last=partial(_is_farewell, notebook_id),
    )


@router.get(
    "/executions/{execution_id}/events",
    response_class=Response,
    responses={**_STREAM, 204: {"description": "The client has had all there is."}},
)
def execution_events(
    request: Request,
    notebooks: Notebooks,
    notebook_id: NotebookId,
    execution_id: ExecutionId,
    after: LastHeard,
) -> Response:
    """What happens in one execution, from its start as far as it is kept, until `ended`."""
    return execution_stream(
        notebooks.execution(notebook_id, execution_id),
        notebooks.channel(notebook_id),
        request.app.state.streams,
        after=after,
        heartbeat=request.app.state.settings.event_heartbeat,
    )


def _is_farewell(notebook_id: str, told: Told) -> bool:
    """Whether there is no notebook with this id from now on."""
    match told.event:
        case NotebookRenamed(id=new_id):
            return new_id != notebook_id
        case event:
            return isinstance(event, NotebookDeleted)
