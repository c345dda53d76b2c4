"""Help with code that is being written, in the shapes of Jupyter's messages."""

from __future__ import annotations

from fastapi import APIRouter, Response

from ...engines.base import Assisting
from ...errors import InvalidInputError
from ...models.assistance import Completeness, Completion, Inspection
from ..answer import shown
from ..bodies import Code, CodeAbout, CodeAt
from ..engine_turn import ENGINE_TURN
from ..json_route import JsonRoute
from ..parameters import NotebookId, Notebooks

router = APIRouter(
    prefix="/notebooks/{notebook_id}",
    tags=["assistance"],
    route_class=JsonRoute,
    dependencies=[ENGINE_TURN],
)


@router.post("/completion", response_model=Completion)
def complete(notebooks: Notebooks, notebook_id: NotebookId, body: CodeAt) -> Response:
    """What code can go on with, over the live variables."""
    assistant = _assistant(notebooks, notebook_id)
    return shown(assistant.complete(body.code, body.cursor, notebook_id))


@router.post("/inspection", response_model=Inspection)
def inspect(notebooks: Notebooks, notebook_id: NotebookId, body: CodeAbout) -> Response:
    """What there is to know of the name at the cursor."""
    assistant = _assistant(notebooks, notebook_id)
    return shown(assistant.inspect(body.code, body.cursor, notebook_id, body.detail_level))


@router.post("/completeness", response_model=Completeness)
def is_complete(notebooks: Notebooks, notebook_id: NotebookId, body: Code) -> Response:
    """Whether code can run as it stands, or wants another line."""
    return shown(_assistant(notebooks, notebook_id).is_complete(body.code, notebook_id))


def _assistant(notebooks: Notebooks, notebook_id: str) -> Assisting:
    """The engine, if it helps with code, and if there is such a notebook."""
    notebooks.channel(notebook_id)
    if not isinstance(notebooks.engine, Assisting):
        raise InvalidInputError("This engine does not help with code.")
    return notebooks.engine
