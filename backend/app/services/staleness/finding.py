"""Why a cell is out of date, before it is put into words."""

from __future__ import annotations

from dataclasses import dataclass

from ...models.staleness import StaleKind


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason, in parts; see `Reason`."""

    kind: StaleKind
    cell: str
    cause: str | None = None
    name: str | None = None
    way: str | None = None
    """The name in the cell that leads to `name`."""
    certain: bool = True
    through: str | None = None
    root: Finding | None = None
    """Of the cell where it began, for those that are out of date by another one."""
