"""Whether the server answers, and what it is."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter
from pydantic import BaseModel

PATH = "/api/health"

router = APIRouter(tags=["health"])
_VERSION = version("nbengine")


class Health(BaseModel):
    """That the server answers."""

    status: str = "ok"
    version: str = _VERSION


@router.get(PATH)
async def health() -> Health:
    """That the server answers; needs no token, and tells nothing that is anybody's."""
    return Health()


router.head(PATH, include_in_schema=False)(health)
