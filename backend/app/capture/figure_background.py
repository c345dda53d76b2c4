"""What a page needs to know to put something behind a transparent figure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_HALFWAY = 0.5


def background(figure: Figure) -> dict[str, str]:
    """`needs_background`: light or dark, as JupyterLab reads it in the metadata of a picture.

    Of a figure that is not transparent, or whose labels are of both kinds, nothing is said.
    """
    if _alpha(figure.get_facecolor()) >= _HALFWAY:
        return {}
    labels = set(map(_is_light, _labels(figure)))
    if len(labels) != 1:
        return {}
    return {"needs_background": "dark" if labels.pop() else "light"}


def _labels(figure: Figure) -> Iterator[Any]:
    """The colour of each label of an axis."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            for label in axis.get_ticklabels():
                yield label.get_color()


def _alpha(colour: Any) -> float:
    from matplotlib.colors import to_rgba

    return to_rgba(colour)[3]


def _is_light(colour: Any) -> bool:
    """By the luma of the colour, with the weights of ITU-R BT.601."""
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue > _HALFWAY
