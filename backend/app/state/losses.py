"""What of the values of a group could not be saved, told for each of them by where it stood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .places import MOST, places

_MOST_PLACES = 3
"""That are named of one kind."""
_UNKNOWN = "?"
"""In place of a way to it that was not found."""


@dataclass(frozen=True)
class LeftOut:
    """An object in whose place something else stands in the pickle."""

    value: Any
    kind: str
    reason: str


@dataclass(frozen=True)
class Losses:
    """What is missing in one value, by kind and reason -> the ways to it."""

    ways: Mapping[tuple[str, str], Sequence[str]]

    @property
    def whole(self) -> str | None:
        """Why nothing of it is there; None if there is something."""
        return next((reason for (_, reason), ways in self.ways.items() if "" in ways), None)

    def told(self, name: str) -> str:
        """What one is told of the variable with this name."""
        return self.whole or "; ".join(
            f"without {_places(name, kind, ways)}: {reason}"
            for (kind, reason), ways in self.ways.items()
        )


def losses(values: Mapping[int, Any], left_out: Sequence[LeftOut]) -> dict[int, Losses]:
    """What is missing in each value, by its id; nothing for those that are whole.

    What is not found in any of them may have stood in each.
    """
    if not left_out:
        return {}
    wanted = {id(each.value): each for each in left_out}
    found = {root: places(value, wanted, MOST // len(values)) for root, value in values.items()}
    missed = wanted.keys() - {place for ways in found.values() for place in ways}
    told = {
        root: _by_kind(wanted, {**dict.fromkeys(missed, _UNKNOWN), **ways})
        for root, ways in found.items()
    }
    return {root: Losses(ways) for root, ways in told.items() if ways}


def _by_kind(
    wanted: Mapping[int, LeftOut], ways: Mapping[int, str]
) -> dict[tuple[str, str], list[str]]:
    told: dict[tuple[str, str], list[str]] = {}
    for place, each in wanted.items():
        if place in ways:
            told.setdefault((each.kind, each.reason), []).append(ways[place])
    return told


def _places(name: str, kind: str, ways: Sequence[str]) -> str:
    known = [name + way for way in ways if way != _UNKNOWN]
    if not known:
        return f"its {kind}"
    more = len(known) - _MOST_PLACES
    rest = f" and {more} more" if more > 0 else ""
    return f"{', '.join(known[:_MOST_PLACES])}{rest} ({kind})"
