"""Cells said without running code of the user's, as beside a cell that runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import JsonValue

from ...runtime.assistance.live import name_of_class
from ..json_cells import Cells
from ..known_classes import is_known


class QuietCells(Cells):
    """Says values as JSON; of one whose class is the user's own only the class."""

    def _learn(self, cls: type) -> Callable[[Cells, Any, int], JsonValue]:
        if is_known(cls):
            return super()._learn(cls)
        say = self._by_type[cls] = _named
        return say

    def _key(self, key: Any) -> str:
        return super()._key(key) if is_known(type(key)) else _named(self, key, 0)


def _named(_cells: Cells, value: Any, _depth: int) -> str:
    return f"<{name_of_class(type(value))}>"
