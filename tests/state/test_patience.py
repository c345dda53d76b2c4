"""What a value may cost, and how long it is remembered that it cost more."""

from __future__ import annotations

import pytest

from nbengine.state.output import Bounds, BoundsExceededError
from nbengine.state.patience import Patience

TOO_MUCH = BoundsExceededError("it is too much")


@pytest.fixture
def patience() -> Patience:
    """A second, and a hundred bytes."""
    patience = Patience(Bounds(100, 1))
    patience.begin([])
    return patience


def test_several_values_may_cost_as_much_as_each_of_them(patience: Patience) -> None:
    """So that none is refused for what it shares with others."""
    assert patience.bounds(3) == Bounds(300, 3)


def test_time_becomes_short(patience: Patience) -> None:
    """However many values have no end, one save takes little more than twice the time of one."""
    spent = 0.0
    for _ in range(20):
        spent += patience.bounds(1).seconds
        patience.give_up([object()], TOO_MUCH)
    assert spent < 2.3
    assert patience.bounds(1).seconds > 0.01
    patience.begin([])
    assert patience.bounds(1) == Bounds(100, 1)


def test_what_was_given_up_is_remembered_while_it_has_a_name(patience: Patience) -> None:
    """The very object, not one that is equal; and no longer than that."""
    value = [1]
    reason = patience.give_up([value], TOO_MUCH)
    assert "it is too much" in reason
    patience.begin([value, [1]])
    assert patience.refusal([[1], value]) == reason
    assert patience.refusal([[1]]) is None
    patience.begin([[1]])
    assert patience.refusal([value]) is None
