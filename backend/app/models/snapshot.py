"""What a notebook's history says about its snapshots; their content stays with `state`."""

from datetime import datetime

from .outputs import Part


class SnapshotInfo(Part):
    """One snapshot: which cell made it, when, and what that cell did to the variables."""

    id: int
    """Grows with each snapshot of a notebook; never given twice."""
    parent: int | None
    """The snapshot that it came after; it may be gone by now."""
    cell_id: str
    execution_count: int
    time: datetime
    """UTC."""
    bytes_written: int
    """Bytes of content that were not stored before."""
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


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
