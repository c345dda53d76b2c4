"""When files were changed, as far as a calendar goes."""

from __future__ import annotations

from datetime import UTC, datetime

_FIRST = datetime(1, 1, 2, tzinfo=UTC)
_LAST = datetime(9999, 12, 30, tzinfo=UTC)
"""A day from the ends of what there is, so that it can be told in any time zone."""


def changed_at(seconds: float) -> datetime:
    """A file's time; a file may bear one that no calendar has, which becomes the nearest."""
    bounded = min(max(seconds, _FIRST.timestamp()), _LAST.timestamp())
    return datetime.fromtimestamp(bounded, UTC)
