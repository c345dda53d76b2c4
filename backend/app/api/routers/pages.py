"""The pages: what is there to open, and what the API can do. They fetch nothing from elsewhere."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response

from ..page import live_page, static_response

OPEN = frozenset({"/static/page.css"})
"""What every page has, also one that needs no token."""

router = APIRouter(include_in_schema=False)


@router.get("/")
def start_page() -> Response:
    """The notebooks that there are."""
    return live_page("Notebooks", "start.js", "./")


@router.get("/notebooks/{notebook_id}")
def notebook_page(notebook_id: str) -> Response:  # noqa: ARG001 - the script reads it
    """One notebook, to be read."""
    return live_page("Notebook", "notebook.js", "../")


@router.get("/docs")
def docs_page() -> Response:
    """What the API can do."""
    return live_page("API", "docs.js", "./")


@router.get("/static/{name}")
def static_file(
    name: Annotated[Literal["page.css", "page.js", "start.js", "notebook.js", "docs.js"], Path()],
) -> Response:
    """What the pages are made of."""
    return static_response(name)
