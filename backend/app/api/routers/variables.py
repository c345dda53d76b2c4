"""What a notebook holds."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import TypeAdapter

from ...engines.base import Inspecting
from ...errors import InvalidInputError
from ...models.variables import Variable
from ..answer import listed
from ..engine_turn import ENGINE_TURN
from ..parameters import NotebookId, Notebooks

router = APIRouter(
    prefix="/notebooks/{notebook_id}", tags=["variables"], dependencies=[ENGINE_TURN]
)
_VARIABLES = TypeAdapter(list[Variable])


@router.get("/variables", response_model=list[Variable])
def list_variables(notebooks: Notebooks, notebook_id: NotebookId) -> Response:
    """The variables of a notebook, by name, also while a cell runs."""
    notebooks.channel(notebook_id)
    if not isinstance(notebooks.engine, Inspecting):
        raise InvalidInputError("This engine does not tell what a notebook holds.")
    return listed(_VARIABLES, notebooks.engine.variables(notebook_id))
