"""What the readers of a notebook are told, in order."""

from datetime import datetime
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from .events import ExecutionQueued, OutputCleared, OutputShown, OutputUpdated, TextWritten
from .notebook import ExecutionResult
from .outputs import Part
from .snapshot import SnapshotInfo
from .staleness import Reason


class CellWaits(Part):
    """A cell is to run; it is number `position` of its notebook's queue, from 1."""

    event: Literal["waiting"] = "waiting"
    execution_id: str
    cell_id: str
    position: int


class CellStarts(Part):
    """A cell runs from now on."""

    event: Literal["started"] = "started"
    execution_id: str
    cell_id: str
    started_at: datetime


class InputAsked(Part):
    """The cell waits for a line from whoever sends one."""

    event: Literal["input"] = "input"
    execution_id: str
    cell_id: str
    prompt: str
    password: bool


class CellEnds(Part):
    """A cell has ended, or will not run."""

    event: Literal["ended"] = "ended"
    execution_id: str
    cell_id: str
    result: ExecutionResult


class ResultChanged(Part):
    """A cell that has ended shows something else: a later one, or a thread of its own, did that."""

    event: Literal["late"] = "late"
    execution_id: str
    cell_id: str
    result: ExecutionResult


class NotebookEdited(Part):
    """Cells were added, edited, moved or taken away; `by_file` by somebody who wrote the file."""

    event: Literal["edited"] = "edited"
    revision: str
    cell_ids: list[str]
    """Those that are new, are different, or are gone; all of them when only their order changed."""
    by_file: bool = False


class FileUnreadable(Part):
    """Somebody has made the file something else than a notebook; what is shown is kept."""

    event: Literal["unreadable"] = "unreadable"
    problem: str


class NotebookRenamed(Part):
    """The file has another name, and maybe the notebook another id."""

    event: Literal["renamed"] = "renamed"
    id: str
    name: str


class NotebookDeleted(Part):
    """It lies in the trash. Nothing comes after this."""

    event: Literal["deleted"] = "deleted"


class VariablesChanged(Part):
    """The variables are not those that the last cell left: restarted, undone, restored."""

    event: Literal["variables"] = "variables"
    cause: Literal["restart", "undo", "restore"]
    snapshot: SnapshotInfo | None = None
    """The one that the notebook goes on from; None: it is empty."""


class StalenessChanged(Part):
    """Which cells are stale, and why: all of them, not only what is new."""

    event: Literal["stale"] = "stale"
    cells: dict[str, Reason]


NotebookEvent = Annotated[
    CellWaits
    | CellStarts
    | TextWritten
    | OutputShown
    | OutputUpdated
    | OutputCleared
    | ExecutionQueued
    | InputAsked
    | CellEnds
    | ResultChanged
    | NotebookEdited
    | FileUnreadable
    | NotebookRenamed
    | NotebookDeleted
    | VariablesChanged
    | StalenessChanged,
    Field(discriminator="event"),
]


class Told(Part):
    """An event, and its place among those of the notebook."""

    number: int
    """Larger than that of every event before it, those before a restart of the server included."""
    event: NotebookEvent

    @cached_property
    def json_bytes(self) -> bytes:
        """The event as JSON, made once however many readers there are."""
        return self.event.__pydantic_serializer__.to_json(self.event)
