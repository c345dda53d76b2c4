"""Requests for tables as workers are told them, and the files that they answer with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import WorkerLostError
from ..models.tables import TableQuery

_NAME = re.compile(r"table-[0-9a-f]{32}\.[a-z]+")


def told_query(query: TableQuery | Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A query as JSON; the worker checks it."""
    if isinstance(query, TableQuery):
        return query.model_dump(mode="json")
    return None if query is None else dict(query)


def written_file(workspace: Path, notebook_id: str, name: str, form: str) -> Path:
    """The file that a worker says it has written: an ordinary one among the notebook's artifacts.

    Raises:
        WorkerLostError: there is no such file; a worker may have been talked into anything.
    """
    path = workspace.absolute() / notebook_id / "artifacts" / name
    is_one = _NAME.fullmatch(name) and path.suffix == f".{form}"
    if is_one and path.is_file() and not path.is_symlink():
        return path
    raise WorkerLostError("The worker said that it had written a file, and there is none.")
