"""Lists of figures: shown as their figures, since their repr says nothing of them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

_FIGURES = (("matplotlib.figure", "Figure"), ("plotly.basedatatypes", "BaseFigure"))
_MEMBERS: dict[type, Any] = {list: iter, tuple: iter, dict: dict.values}


def figures_in(value: Any) -> list[Any]:
    """The figures that a list, a tuple or a dict's values are, in order, each once.

    Of anything else, and of what holds something beside figures, there are none.
    """
    members = _MEMBERS.get(type(value))
    if members is None or not value or not (classes := tuple(_classes())):
        return []
    if not all(issubclass(type(member), classes) for member in members(value)):
        return []
    return list({id(member): member for member in members(value)}.values())


def _classes() -> Iterable[type]:
    for library, name in _FIGURES:
        cls = getattr(sys.modules.get(library), name, None)
        if cls is not None:
            yield cls
