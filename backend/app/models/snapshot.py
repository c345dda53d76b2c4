"""What a notebook's history says about its snapshots; their content stays with `state`."""

from datetime import datetime
from typing import Literal

from .outputs import Part


class SnapshotInfo(Part):
    """One snapshot: which cell made it, when, and what that cell did to the variables."""

    id: int
    """Grows with each snapshot of a notebook; never given twice."""
    parent: int | None
    """The snapshot that it came after; it may be gone by now."""
    cell_id: str
    execution_count: int
    source: str = ""
    """Of the cell."""
    time: datetime
    """UTC."""
    bytes_written: int
    """Bytes of content that were not stored before."""
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class SavedVariable(Part):
    """A variable in a snapshot, in the words of the time when it was saved."""

    name: str
    about: str
    """Its type, and its length, shape or value where that is short: `DataFrame 344 × 7`."""
    bytes: int
    """Of its group: what shares objects with it is saved with it, and counted with it."""
    shares_with: tuple[str, ...] = ()
    """The other variables of its group."""
    incomplete: str | None = None
    """Why a part of it is missing."""


class SnapshotContents(Part):
    """What one can have back from a snapshot; nothing of it was unpickled to say so."""

    info: SnapshotInfo
    variables: tuple[SavedVariable, ...]
    """By name."""
    unsaved: dict[str, str]
    """Variables that could not be kept at all -> reason."""
    bytes: int
    """Of all groups."""


Comparison = Literal["added", "removed", "changed", "equal"]


class ComparedVariable(Part):
    """A variable in two snapshots."""

    name: str
    comparison: Comparison
    before: SavedVariable | None
    after: SavedVariable | None


class SnapshotDiff(Part):
    """How the variables of one snapshot differ from those of another, byte by byte.

    What shares objects with something that changed counts as changed, because it is saved with it.
    """

    before: int
    after: int
    variables: tuple[ComparedVariable, ...]
    """By name."""

    def names(self, comparison: Comparison) -> list[str]:
        """The variables of which this is true."""
        return [each.name for each in self.variables if each.comparison == comparison]


class SavedNotebook(Part):
    """A notebook of which there is a state on disk."""

    notebook_id: str
    bytes: int
    """On disk."""
    time: datetime
    """When it was last written to, in UTC."""


class Damage(Part):
    """Something in the stored state that is not as it was written."""

    snapshot: int | None
    """None for what belongs to no snapshot alone."""
    names: tuple[str, ...] = ()
    """Variables that cannot be brought back from this snapshot."""
    what: str
    """One sentence."""


class Collected(Part):
    """What a collection gave back."""

    snapshots: int
    bytes: int
    """On disk."""
