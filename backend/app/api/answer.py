"""Models as JSON responses, made once, with the tags by which a client knows what it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blake3 import blake3
from fastapi import Response
from pydantic import BaseModel, TypeAdapter

from ..models.notebook_view import CellView, NotebookView

MEDIA_TYPE = "application/json"
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "It is still what `If-None-Match` names."}
}
"""For OpenAPI: what a route with a tag may answer, too."""


def json_of(model: BaseModel) -> bytes:
    """A model as JSON, without the detour over text."""
    return model.__pydantic_serializer__.to_json(model)


def shown(
    model: BaseModel | None, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A response with a model, or `null`."""
    content = b"null" if model is None else json_of(model)
    return Response(content, status, headers, MEDIA_TYPE)


def listed(adapter: TypeAdapter[Any], models: object, status: int = 200) -> Response:
    """A response with several."""
    return Response(adapter.dump_json(models), status, media_type=MEDIA_TYPE)


def tagged(
    view: CellView | NotebookView, if_none_match: str | None = None, status: int = 200
) -> Response:
    """A response with its entity tag, or 304 if the client has just this.

    The tag is the revision, which an edit names, then a digest of everything else that is shown,
    because a result changes no revision.
    """
    content = json_of(view)
    tag = f'"{view.revision}.{blake3(content).hexdigest(8)}"'
    if has_tag(if_none_match, tag):
        return Response(status_code=304, headers={"ETag": tag})
    return Response(content, status, {"ETag": tag}, MEDIA_TYPE)


def has_tag(if_none_match: str | None, tag: str) -> bool:
    """Whether a client says that it has what bears this tag."""
    tags = [each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")]
    return tag in tags or "*" in tags
