"""The pages: what is there to open, and what the API can do. They fetch nothing from elsewhere."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response

router = APIRouter(include_in_schema=False)

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_TYPES = {"css": "text/css", "js": "text/javascript", "html": "text/html"}


@router.get("/")
def start_page() -> Response:
    """The notebooks that there are."""
    return _file("start.html")


@router.get("/notebooks/{notebook_id}")
def notebook_page(_notebook_id: Annotated[str, Path(alias="notebook_id")]) -> Response:
    """One notebook, to be read."""
    return _file("notebook.html")


@router.get("/docs")
def docs_page() -> Response:
    """What the API can do."""
    return _file("docs.html")


@router.get("/static/{name}")
def static_file(
    name: Annotated[Literal["page.css", "page.js", "start.js", "notebook.js", "docs.js"], Path()],
) -> Response:
    """What the pages are made of."""
    return _file(name)


def _file(name: str) -> Response:
    media_type = _TYPES[name.rpartition(".")[2]]
    return Response(
        _content(name), headers={"Content-Security-Policy": _POLICY}, media_type=media_type
    )


@cache
def _content(name: str) -> bytes:
    return resources.files(__package__.rpartition(".")[0]).joinpath("static", name).read_bytes()
