"""Frames of estimates: columns that bear the names of estimates, errors, intervals, p values."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import Any

from ..evidence import Bound, Column, Correlations, Evidence, Interval, Origin, PValues
from .given import rounded
from .reader import CONSTANTS, ROWS, named
from .roles import is_correction, normal, role_of
from .tables import Table

Places = dict[str, int]
"""Role -> the place of its first column."""

TERMS = frozenset("term terms parameter param name variable feature predictor group".split())
"""Normalised names of a column that says what a row is about."""

COMPANIONS = frozenset(
    "estimate coefficient centre error spread statistic ci_lower ci_upper p_value cv "
    "cv_percent".split()
)
"""Roles that show a frame to be one of results; a lone column "p" or "lower" may be anything."""

PER_CENT = 10
"""Beyond it a coefficient of variation is not meant as a fraction: 1000 %."""


def read(table: Table, origin: Origin) -> Iterator[Evidence]:
    """One piece of evidence for each set of columns under a common header."""
    for header, places in _grouped(table.names()).items():
        if places:
            yield Estimates(table, places, header, origin)


def _grouped(names: Sequence[tuple[object, ...]]) -> dict[tuple[object, ...], Places]:
    found: dict[tuple[object, ...], Places] = {}
    for place, name in enumerate(names):
        role = role_of(name[-1]) if name else None
        if role:
            found.setdefault(name[:-1], {}).setdefault(role, place)
    return found


class Estimates(Evidence):
    """The columns of one frame that have a role; a rule's column is read when it asks."""

    def __init__(
        self, table: Table, places: Places, header: tuple[object, ...], origin: Origin
    ) -> None:
        title = ", ".join(part for part in header if type(part) is str)
        super().__init__(f"Table ({title})" if title else "Table", origin)
        self.table = table
        self.places = places
        self._read: dict[str, Column] = {}

    @cached_property
    def rows(self) -> Sequence[str]:
        """What each row is about: a column of terms, the first of texts, the index, the number."""
        for place, name in enumerate(self.table.names()):
            is_term = type(name[0]) is str and normal(name[0]) in TERMS
            if is_term and (texts := self.table.texts(place)):
                return texts
        labels = self.table.labels() or self._first_texts()
        count = min(self.table.total_rows, ROWS)
        return labels or [f"row {place}" for place in range(1, count + 1)]

    def _first_texts(self) -> Sequence[str] | None:
        for place in range(min(3, len(self.table.names()))):
            if place not in self.places.values() and (texts := self.table.texts(place)):
                return texts
        return None

    def column(self, *roles: str) -> Column:
        """The first of these roles that the frame has numbers for; empty if none."""
        return next((found for role in roles if (found := self._column(role))), ())

    def _column(self, role: str) -> Column:
        if role in self.places and role not in self._read:
            values = self.table.numbers(self.places[role])
            self._read[role] = [] if values is None else named(self.rows, values)
        return self._read.get(role, ())

    def has(self, *roles: str) -> bool:
        """Whether any of these roles has a column of numbers; text is no company."""
        return any(self._column(role) for role in roles)

    @property
    def estimates(self) -> Column:
        """Infinite estimates and errors only: a blank in a table is often deliberate."""
        errors = _infinite(self.column("error"))
        return [
            *_infinite(self.column("estimate", "coefficient")),
            *((f"standard error of {name}", value) for name, value in errors),
        ]

    @cached_property
    def _ends(self) -> Sequence[tuple[str, float, float]]:
        lower, upper = self.column("ci_lower"), self.column("ci_upper")
        if not (lower and upper) and self.has(*COMPANIONS):
            lower, upper = self.column("lower"), self.column("upper")
        return [(name, low, high) for (name, low), (_, high) in zip(lower, upper, strict=False)]

    @property
    def bounds(self) -> Sequence[Bound]:
        """Estimates that equal an end of their interval, unless it has no width."""
        found = []
        for (name, low, high), (_, value) in zip(
            self._ends, self.column("estimate", "coefficient", "centre"), strict=False
        ):
            if low < high and math.isclose(value, low):
                found.append(Bound(name, value, "lower"))
            elif low < high and math.isclose(value, high):
                found.append(Bound(name, value, "upper"))
        return found

    @property
    def intervals(self) -> Sequence[Interval]:
        """Positive are the rows declared to be, or all if a column of the interval is."""
        return [
            Interval(name, low, high, self._all_positive or name in self._positive)
            for name, low, high in self._ends
        ]

    @cached_property
    def _positive(self) -> Collection[str]:
        declared: Any = self.table.declared()
        if type(declared) in (list, tuple, set, frozenset):
            return self.origin.positive | {name for name in declared if type(name) is str}
        return self.origin.positive | ({declared} if type(declared) is str else set())

    @cached_property
    def _all_positive(self) -> bool:
        if self.table.declared() is True or self.origin.name in self._positive:
            return True
        interval = ("estimate", "coefficient", "centre", "ci_lower", "ci_upper", "lower", "upper")
        names = self.table.names()
        places = [self.places[role] for role in interval if role in self.places]
        return any(names[place][-1] in self._positive for place in places)

    @property
    def variation(self) -> Column:
        """A column of that name, or error over estimate where no test says the same.

        A bare "cv" does not say whether it is per cent, so it is computed anew where it can be.
        """
        if percent := self.column("cv_percent"):
            return [(name, value / 100) for name, value in percent]
        if column := self.column("cv"):
            computed = self._over("spread", "centre") or self._over("error", "estimate")
            return computed or _as_fractions(column)
        if self.has("letter", "statistic", "p", "p_value"):
            return ()
        return self._over("error", "estimate")

    def _over(self, spread: str, centre: str) -> Column:
        pairs = zip(self.column(centre), self.column(spread), strict=False)
        return [(name, error / abs(value)) for (name, value), (_, error) in pairs if value]

    @property
    def r_squared(self) -> Column:
        """A column of that name that stays within what R² can be."""
        found = self.column("r_squared")
        if any(value > 1 for _, value in _known(found)):
            return ()
        return [(f"R² of {name}", value) for name, value in found]

    @property
    def p_values(self) -> PValues | None:
        """A column of that name, or "p" beside results; a model's terms are no family of tests."""
        found = self.column("p_value")
        if not found and self.has(*COMPANIONS, "correlation"):
            found = self.column("p")
        if not found or not all(0 <= p <= 1 for _, p in _known(found)):
            return None
        terms = [(name, p) for name, p in found if name not in CONSTANTS]
        return PValues(
            terms,
            self.table.total_rows,
            family=len(terms) == len(found),
            corrected=any(is_correction(name[-1]) for name in self.table.names() if name),
        )

    @property
    def groups(self) -> Column:
        """Counts beside the means or spreads that were taken of so many."""
        if not self.has("centre", "spread", "error", "estimate", "coefficient"):
            return ()
        return self.column("count")

    @property
    def correlations(self) -> Correlations | None:
        """The strongest of a column of coefficients beside their p values, by row."""
        company = ("p", "p_value") if self.has("correlation") else ("p_value",)
        column = self.column("correlation", "r") if self.has(*company) else ()
        found = [(name, r) for name, r in column if abs(r) >= 1 - 1e-12]
        if not found or any(abs(r) > 1 for _, r in column) or rounded(r for _, r in column):
            return None
        name, r = found[0]
        return Correlations((name, "its partner"), ((1.0, r), (r, 1.0)))


def _infinite(column: Column) -> Column:
    return [(name, value) for name, value in column if math.isinf(value)]


def _known(column: Column) -> Column:
    return [(name, value) for name, value in column if not math.isnan(value)]


def _as_fractions(column: Column) -> Column:
    """A bare "cv" is per cent if one is over 10, or none under 1, which fractions hardly are."""
    known = [value for _, value in _known(column)]
    scale = 100 if known and (max(known) > PER_CENT or min(known) >= 1) else 1
    return [(name, value / scale) for name, value in column]
