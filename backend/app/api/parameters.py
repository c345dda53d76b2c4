"""What routes are given: the service, ids that were checked, the revision that an edit is made to.

Ids are checked here so that no route can forget to.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Header, HTTPException, Path, Request
from pydantic import AfterValidator

from ..names import check_cell_id, check_file_name, check_id
from ..services.notebook_files import NotebookFiles
from ..services.notebook_service import NotebookService


async def _notebooks(request: Request) -> NotebookService:
    service = request.app.state.notebooks
    assert isinstance(service, NotebookService)
    return service


async def _files(request: Request) -> NotebookFiles:
    files = request.app.state.files
    assert isinstance(files, NotebookFiles)
    return files


Notebooks = Annotated[NotebookService, Depends(_notebooks)]
Files = Annotated[NotebookFiles, Depends(_files)]


def _identifier(what: str, example: str) -> Any:
    schema = {"pattern": r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$"}
    return Path(description=f"Id of the {what}.", examples=[example], json_schema_extra=schema)


NotebookId = Annotated[
    str, _identifier("notebook", "penguins"), AfterValidator(partial(check_id, "notebook"))
]
CellId = Annotated[str, _identifier("cell", "4f1d2c3b"), AfterValidator(check_cell_id)]
ExecutionId = Annotated[
    str, _identifier("execution", "9c1f0a2e-1"), AfterValidator(partial(check_id, "execution"))
]
TrashEntry = Annotated[
    str,
    _identifier("entry", "20260102-030405-1a2b3c4d"),
    AfterValidator(partial(check_id, "trash entry")),
]
UploadId = Annotated[
    str,
    _identifier("upload", "9c1f0a2e9c1f0a2e9c1f0a2e9c1f0a2e"),
    AfterValidator(partial(check_id, "upload")),
]
ArtifactName = Annotated[
    str, _identifier("artifact", "9c1f0a2e-1.stdout"), AfterValidator(partial(check_id, "artifact"))
]
FileName = Annotated[
    str,
    Path(description="In the notebook's folder, with `/`.", examples=["data/penguins.csv"]),
    AfterValidator(check_file_name),
]
TableHandle = Annotated[
    str,
    Path(
        max_length=1_000,
        description="As a table in a result names it, or `variable:<name>`.",
        examples=["variable:df"],
    ),
]
IfMatch = Annotated[
    str | None,
    Header(
        description="The revision that was edited, in quotes: an entity tag; `*` for any.",
        examples=['"3f2a9c1b00d4e5f6"'],
    ),
]
IfNoneMatch = Annotated[
    str | None, Header(description="An entity tag: 304, if that is what is still there.")
]


def revision_of(what: str, if_match: str | None, revision: str | None) -> str:
    """The revision that an edit is made to, from the header or the body.

    Raises:
        HTTPException: neither names one: 428; or the header names several: 422.
    """
    given = if_match if if_match is not None else revision
    if given is None or not given.strip():
        raise HTTPException(428, _MISSING.format(what=what))
    if "," in given:
        raise HTTPException(422, "If-Match can name one revision here, not several.")
    return given.strip().removeprefix("W/").strip('"').partition(".")[0]


_MISSING = (
    "Say which revision of the {what} you have edited: send the `ETag` of its GET as `If-Match`, "
    'or its `revision` as "revision" in the body; `*` overwrites whatever is there.'
)
