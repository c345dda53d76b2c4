"""What cells have shown and nobody has named: looked at in turn, a little in each cell."""

from __future__ import annotations

from collections.abc import Collection

from .group import Group

BUDGET = 0.001
"""Seconds for which a save looks at what the cell has no name for."""


class Rounds:
    """Whose turn it is."""

    def __init__(self) -> None:
        self._count = 0
        self._looked: dict[str, int] = {}
        """Key of a group -> the save that looked at it last."""

    def spared(self, groups: Collection[Group]) -> list[Group]:
        """All but those that were looked at longest ago, of which there is at least one."""
        self._count += 1
        self._looked = {group.key: self._looked.get(group.key, 0) for group in groups}
        queue = sorted(groups, key=lambda group: self._looked[group.key])
        seconds = 0.0
        for place, group in enumerate(queue):
            seconds += group.seconds
            if place and seconds > BUDGET:
                return queue[place:]
            self._looked[group.key] = self._count
        return []
