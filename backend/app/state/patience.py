"""How long the values of a notebook are waited for, and for which of them no more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .output import UNBOUNDED, Bounds, BoundsExceededError

_LEAST = 1 / 64
"""Share of the time that is left to each value, however many have used up theirs."""
_WAY = "keep what it is made from; it is not tried again until its name is bound to something else"


class Patience:
    """What each value of one notebook may cost.

    A value that costs more is given up: it is remembered, and so kept alive, for as long as a name
    is bound to it, so that it costs that once and not in every cell.

    Args:
        bounds: of the pickle of one value.
    """

    def __init__(self, bounds: Bounds = UNBOUNDED) -> None:
        self._bounds = bounds
        self._given_up: dict[int, tuple[Any, str]] = {}
        self._losses = 0
        """How many values were given up in this save."""

    def begin(self, values: Iterable[Any]) -> None:
        """A save begins: what no name is bound to any more is forgotten."""
        self._losses = 0
        if self._given_up:
            bound = set(map(id, values))
            self._given_up = {k: kept for k, kept in self._given_up.items() if k in bound}

    def bounds(self, count: int) -> Bounds:
        """What so many values together may cost: half the time after each that was given up.

        So the whole save takes little more than twice the time of one value.
        """
        share = max(0.5**self._losses, _LEAST)
        return Bounds(self._bounds.size * count, self._bounds.seconds * count * share)

    def give_up(self, values: Iterable[Any], error: BoundsExceededError) -> str:
        """Try none of these again; why, and what one can do."""
        self._losses += 1
        reason = f"{error}; {_WAY}"
        self._given_up.update((id(value), (value, reason)) for value in values)
        return reason

    def refusal(self, values: Iterable[Any]) -> str | None:
        """Why these are not tried, if one of them was given up."""
        if not self._given_up:
            return None
        found = (self._given_up.get(id(value)) for value in values)
        return next((kept[1] for kept in found if kept), None)
