"""What a page is told about a transparent figure."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from nbengine.capture.figure_background import background


def figure(colour: str, *, face: str = "none") -> Figure:
    made = Figure(facecolor=face)
    made.subplots().tick_params(colors=colour)
    return made


@pytest.mark.parametrize("colour, wanted", [("black", "light"), ("white", "dark")])
def test_labels_want_what_makes_them_visible(colour: str, wanted: str) -> None:
    """Dark labels want a light background, light ones a dark one."""
    assert background(figure(colour)) == {"needs_background": wanted}


def test_a_figure_with_a_background_wants_none() -> None:
    """Nothing is said of one that is not transparent."""
    assert background(figure("black", face="white")) == {}


def test_labels_of_both_kinds_want_nothing() -> None:
    """Where no background serves all labels, none is asked for; nor without labels."""
    both = figure("black")
    both.axes[0].xaxis.set_tick_params(labelcolor="white")
    assert background(both) == {}
    assert background(Figure(facecolor="none")) == {}
