"""Reasons in plain words."""

from __future__ import annotations

from collections.abc import Mapping

from ...models.staleness import StaleKind
from .finding import Finding

_SINCE = " since it ran"
_OWN = {
    StaleKind.NEVER_RAN: "has not run yet",
    StaleKind.EDITED: f"was edited{_SINCE}",
    StaleKind.FAILED: "failed",
    StaleKind.INTERRUPTED: "was interrupted",
    StaleKind.ABORTED: "was not run, because a cell before it failed",
    StaleKind.RESTARTED: "ran before the variables were lost in a restart",
    StaleKind.UNDONE: "ran after the moment to which the variables were taken back",
}


class Wording:
    """Says what was found, with the cells' numbers as the user sees them.

    Args:
        places: cell id -> place in the notebook, from 1.
    """

    def __init__(self, places: Mapping[str, int]) -> None:
        self._places = places

    def sentence(self, finding: Finding) -> str:
        """The whole reason, as one sentence about the cell."""
        cell = self._cell(finding.cell)
        if finding.kind in _OWN:
            return _sentence(f"{cell} {_OWN[finding.kind]}.")
        stale = "is stale" if finding.certain else "may be stale"
        if finding.root is not None:
            return _sentence(f"{cell} {stale}: {self._by_another(finding, finding.root)}.")
        after = " after it ran" if finding.kind in _AFTER else ""
        return _sentence(f"{cell} {stale}: {self._clause(finding)}{after}.")

    def _by_another(self, finding: Finding, root: Finding) -> str:
        through = self._cell(finding.through)
        used = f"it used `{finding.name}` of {through}"
        if root.kind in _OWN and root.cell == finding.through:
            return f"{used}, which {_OWN[root.kind]}"
        return f"{used}, which is stale because {self._clause(root)}"

    def _clause(self, finding: Finding) -> str:
        """What happened, as a clause of its own."""
        cause, name = self._cell(finding.cause), f"`{finding.name}`"
        if finding.way not in (None, finding.name):
            name += f", which `{finding.way}` uses,"
        has = "was" if finding.certain else "may have been"
        match finding.kind:
            case StaleKind.CHANGED:
                return f"{name} {has} changed by {cause}"
            case StaleKind.REMOVED:
                return f"{name} {has} removed by {cause}"
            case StaleKind.SOURCE_DELETED:
                return f"{name} is of a deleted cell"
            case StaleKind.SOURCE_EDITED:
                return f"{name} is of {cause}, which does not make it any more"
        own = _OWN[finding.kind].removesuffix(_SINCE)
        return f"{self._cell(finding.cell)} {own}"

    def _cell(self, cell: str | None) -> str:
        place = self._places.get(cell or "")
        return "a deleted cell" if place is None else f"cell {place}"


_AFTER = (StaleKind.CHANGED, StaleKind.REMOVED)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
