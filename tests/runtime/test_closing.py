"""A `with` closes what it was given, and hides no error."""

from __future__ import annotations

import pytest

from nbengine.runtime.closing import Closing


class Door(Closing):
    """Counts how often it was closed."""

    closed = 0

    def close(self) -> None:
        self.closed += 1


def test_it_is_closed_once() -> None:
    """At the end, not before."""
    with Door() as door:
        assert door.closed == 0
    assert door.closed == 1


def test_an_error_goes_on() -> None:
    """It is closed all the same."""
    door = Door()
    with pytest.raises(ZeroDivisionError), door:
        raise ZeroDivisionError
    assert door.closed == 1
