"""What is remembered of the runs of a notebook's cells, and why a cell is out of date."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from .notebook import ExecutionResult, Status
from .outputs import Part


class CellRun(Part):
    """One run of a cell: what ran, and what it did to the variables."""

    event: Literal["run"] = "run"
    order: int
    """Grows from event to event of a notebook."""
    cell_id: str
    source: str
    """As it ran."""
    status: Status
    execution_count: int = 0
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    """Bound anew."""
    removed: tuple[str, ...] = ()
    mutated: tuple[str, ...] = ()
    """Changed in place, as far as a snapshot saw it."""
    compared: bool = False
    """Whether a snapshot looked into the values; if not, what changed in place is read off the
    source."""
    unseen: tuple[str, ...] = ()
    """Names into whose values the snapshot could not look."""
    observed: bool = True
    """Whether the engine tells which names a cell binds; if not, the source does."""

    @classmethod
    def of(
        cls, result: ExecutionResult, source: str, order: int, *, observed: bool = True
    ) -> "CellRun":
        """What a result says of its run; of a save that is `pending` it is asked again later."""
        state = result.state
        return cls(
            order=order,
            cell_id=result.cell_id,
            source=source,
            status=result.status,
            execution_count=result.execution_count,
            added=tuple(state.added),
            changed=tuple(state.changed),
            removed=tuple(state.removed),
            mutated=tuple(state.mutated),
            compared=state.saved,
            unseen=tuple(state.unsaved),
            observed=observed,
        )

    @property
    def bound(self) -> tuple[str, ...]:
        """Names that have another value object than before."""
        return self.added + self.changed


class Restarted(Part):
    """The notebook's variables were lost."""

    event: Literal["restarted"] = "restarted"
    order: int


class Restored(Part):
    """The variables are again what they were after an earlier run: by undo, or from a snapshot."""

    event: Literal["restored"] = "restored"
    order: int
    after: int | None
    """The order of that run; None for one that is not known, or before the first."""


Event = Annotated[CellRun | Restarted | Restored, Field(discriminator="event")]
"""What happened to a notebook's variables, as it is written down to survive a restart."""


class StaleKind(StrEnum):
    """Why a cell is out of date."""

    NEVER_RAN = "never_ran"
    EDITED = "edited"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    ABORTED = "aborted"
    """It was not run, because an earlier cell failed."""
    RESTARTED = "restarted"
    UNDONE = "undone"
    """The variables are those from before its run."""
    CHANGED = "changed"
    REMOVED = "removed"
    SOURCE_DELETED = "source_deleted"
    """It used what a cell made that is not there any more."""
    SOURCE_EDITED = "source_edited"
    """It used what a cell made that was edited and run again, and does not make it any more."""
    UPSTREAM = "upstream"
    """It used what a cell made that is itself out of date."""


class Reason(Part):
    """Why a cell is out of date, in words and in parts."""

    kind: StaleKind
    text: str
    """One sentence; cells by their places in the notebook, from 1."""
    cause: str | None = None
    """Id of the cell where it began, perhaps of one that was deleted; None if it is the cell
    itself or a restart."""
    name: str | None = None
    """The variable concerned."""
    through: str | None = None
    """Id of the out-of-date cell that made the variable, for those that are so by another one."""
    certain: bool = True
    """False where the change in place was only guessed from the source."""
    display_only: bool = False
    """Whether only what the cell shows is concerned: its last run left nothing to other cells."""
