"""Options of IPython that a notebook has set."""

from __future__ import annotations

from typing import Any

from traitlets import Any as AnyTrait
from traitlets import Float, Int, Set
from traitlets.config import Configurable

from nbengine.runtime.ipython.choices import Choices


class Lamp(Configurable):
    watts = Int(40).tag(config=True)
    tints = Set({"red"}).tag(config=True)
    on_fire: Any = AnyTrait().tag(config=True)
    heat = Float(0.0)


def test_what_was_set_is_noted_and_can_be_set_again() -> None:
    """Nothing else is: neither what stayed as it was, nor what is no option."""
    lamp, other = Lamp(), Lamp()
    choices = Choices([lamp])
    assert choices.chosen == {}
    lamp.watts, lamp.heat = 60, 5.0
    lamp.tints = {"blue"}
    assert choices.chosen == {"Lamp": {"watts": 60, "tints": {"blue"}}}
    again = Choices([other])
    again.repeat(choices.chosen)
    assert (other.watts, other.tints, other.heat) == (60, {"blue"}, 0.0)
    assert again.chosen == choices.chosen


def test_what_belongs_to_the_process_is_not_noted() -> None:
    """A function is set for this process alone."""
    lamp = Lamp()
    choices = Choices([lamp])
    lamp.on_fire = print
    assert choices.chosen == {}


def test_what_is_not_there_any_more_is_passed_over() -> None:
    """Another version may know other classes, other options, or other values."""
    lamp = Lamp()
    Choices([lamp]).repeat({"Lamp": {"watts": "many", "smell": 1}, "Stove": {"watts": 3}})
    assert lamp.watts == 40
