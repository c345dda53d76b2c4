from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nbengine.services.file_time import changed_at


def test_an_ordinary_time() -> None:
    """It is what the file says, to the fraction."""
    assert changed_at(1.5) == datetime(1970, 1, 1, 0, 0, 1, 500_000, UTC)


@pytest.mark.parametrize("seconds", [2.0**40, -(2.0**40), 2.0**63, -(2.0**63)])
def test_a_time_that_no_calendar_has(seconds: float) -> None:
    """It becomes the nearest one that can be told in any time zone."""
    assert changed_at(seconds).year == (9999 if seconds > 0 else 1)
    assert changed_at(seconds).astimezone().year == (9999 if seconds > 0 else 1)
