"""What the columns of a table hold, at a cost that large tables bound by a sample."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import JsonValue

from ...models.tables import (
    ColumnProfile,
    Histogram,
    TableProfile,
    TableQuery,
    TopValue,
)
from ...runtime.assistance.live import in_class, one_of
from ..known_classes import is_known
from .columns import Columns
from .quiet_cells import QuietCells
from .series import has_days
from .vector import Vector
from .window import Sight

SAMPLE = 500_000
"""Rows of a larger table of which what is costly to count is told."""
BINS = 20
TOP = 10
QUANTILES = (0.25, 0.5, 0.75)

_MEASURED = ("number", "moment", "duration")


class Distinct(NamedTuple):
    """How many different values there are."""

    number: int | None = None
    is_estimate: bool = False


def profile(sight: Sight, query: TableQuery) -> TableProfile:
    """What the columns of a query hold.

    Raises:
        InvalidInputError: a column is unknown.
    """
    source, columns = sight.source, Columns(sight.source)
    sample = _sample(source.height)
    return TableProfile(
        handle=sight.handle,
        columns=[
            _Look(columns.vector(place), sample).profile(source.column(place).model_dump())
            for place in columns.of(query)
        ],
        total_rows=source.height,
        total_columns=source.width,
        sampled_rows=None if sample is None else len(sample),
        revision=sight.revision,
    )


def _sample(height: int) -> Any:
    """Numbers of rows chosen at random, always the same; None for a table that is not large."""
    import numpy

    if height <= SAMPLE:
        return None
    chosen = numpy.random.default_rng(0).choice(height, SAMPLE, replace=False, shuffle=False)
    chosen.sort()
    return chosen


class _Look:
    """A look at one column.

    Args:
        vector: its values.
        sample: the rows of which quantiles, histogram and frequencies are told; None for all.
    """

    def __init__(self, vector: Vector, sample: Any) -> None:
        self._vector = vector
        self._cells = QuietCells()
        self._some = _present(vector.series if sample is None else vector.series.iloc[sample])
        self._is_sampled = sample is not None
        self._has_days = has_days(vector.series)

    def profile(self, column: dict[str, Any]) -> ColumnProfile:
        """Everything that can be told."""
        missing = int(self._vector.missing.sum())
        count = len(self._vector.series) - missing
        distinct, top = self._frequencies(count)
        return ColumnProfile(
            **column,
            count=count,
            missing=missing,
            distinct=distinct.number,
            distinct_is_estimate=distinct.is_estimate,
            top=top,
            **(self._measured() if self._vector.kind in _MEASURED and count else {}),
        )

    def _measured(self) -> dict[str, Any]:
        import numpy

        with numpy.errstate(all="ignore"):  # sums and widths that floats cannot hold are left out
            return self._measures()

    def _measures(self) -> dict[str, Any]:
        whole, some = _measurable(self._vector.present), _measurable(self._some)
        if not len(whole):
            return {}
        low, high = whole.min(), whole.max()
        told: dict[str, Any] = {
            "minimum": self._say(low),
            "maximum": self._say(high),
            "mean": self._say(_mean(whole)),
        }
        if len(some):
            quantiles = (some.quantile(share) for share in QUANTILES)
            names = map(str, QUANTILES)
            told["quantiles"] = dict(zip(names, map(self._say, quantiles), strict=True))
            told["histogram"] = self._histogram(some, low, high)
        return told

    def _histogram(self, some: Any, low: Any, high: Any) -> Histogram | None:
        """Bins of one width between the ends; None where floats cannot say that width."""
        import numpy

        low, high = _exact(low), _exact(high)
        width = high - low
        if not width:
            return Histogram(edges=[self._say(low), self._say(high)], counts=[len(some)])
        bins = min(BINS, width) if isinstance(width, int) else BINS
        shares = (some - low) / width
        if not numpy.isfinite(shares.to_numpy("float64")).all():
            return None
        counts, _ = numpy.histogram(shares.to_numpy("float64"), bins, range=(0.0, 1.0))
        edges = [*(low + width * place / bins for place in range(bins)), high]
        return Histogram(edges=[self._say(edge) for edge in edges], counts=counts.tolist())

    def _frequencies(self, count: int) -> tuple[Distinct, list[TopValue]]:
        """How many different values there are, and the most frequent of them."""
        if self._vector.kind == "other" or not all(map(_is_plain, self._vector.classes)):
            return Distinct(), []
        counts = self._some.value_counts()
        counts = counts[counts > 0]
        listed = [
            TopValue(value=self._say(value), count=times)
            for value, times in zip(counts.index[:TOP], counts.tolist(), strict=False)
        ]
        return self._different(counts, count), listed

    def _different(self, counts: Any, count: int) -> Distinct:
        """How many there are in all, from how many of the sample occur once and twice.

        Source: A. Chao, Nonparametric estimation of the number of classes in a population,
        Scandinavian Journal of Statistics 11 (1984).
        """
        seen = len(counts)
        if not self._is_sampled:
            return Distinct(seen)
        once, twice = (int((counts == times).sum()) for times in (1, 2))
        unseen = once * (once - 1) // (2 * (twice + 1))
        return Distinct(min(seen + unseen, count), is_estimate=True)

    def _say(self, value: Any) -> JsonValue:
        is_day = self._has_days and value == value.normalize()
        return self._cells.value(value.date() if is_day else value)


def _present(series: Any) -> Any:
    return series[series.notna()]


def _is_plain(cls: type) -> bool:
    """Whether values of a class can be told apart without code of the user's."""
    has_hash = in_class(cls, "__hash__") is not None
    return has_hash and is_known(cls) and not one_of(cls, (tuple, frozenset))


def _measurable(series: Any) -> Any:
    """Values that can be counted with: what is exact as floats, without infinities."""
    import numpy

    if series.dtype == object:
        series = series.astype("float64")
    if series.dtype.kind == "f":
        series = series.astype("float64")
        return series[numpy.isfinite(series.to_numpy())]
    return series


def _mean(series: Any) -> Any:
    if series.dtype.kind in "iu":
        return series.astype("float64").mean()
    return series.mean()


def _exact(value: Any) -> Any:
    """A NumPy number as one of Python's, which does not overflow."""
    return value.item() if hasattr(value, "item") else value
