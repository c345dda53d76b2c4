"""Python's warnings of one cell: each once, with its line and how often it came."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType

from ..models.notebook import Cut

MOST_REPEATS = 1000
"""Repeats of one warning after which Python's own once-per-place rule takes over."""

_PYTHONS = ("warnings", "_py_warnings")


@dataclass(slots=True)
class Noted:
    """One warning and its repeats."""

    category: type[Warning]
    message: str
    module: str | None
    """Module whose code raised it, where known."""
    line: int | None
    """Line in the cell, from 1, where known."""
    count: int = 1


class WarningLog:
    """Warnings of one execution in the order in which they first came."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._left_out = 0
        self._noted: dict[tuple[type[Warning], str, str, int | None], Noted] = {}

    @property
    def cut(self) -> Cut | None:
        """How many warnings are not here because the limit was reached, if any."""
        if not self._left_out:
            return None
        kept = len(self._noted)
        return Cut(what="warnings", kept=kept, total=kept + self._left_out)

    def __iter__(self) -> Iterator[Noted]:
        return iter(self._noted.values())

    def note(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int | None,
        cell: str,
    ) -> bool:
        """Count a warning raised at a line of a file; whether it is new and so to be shown.

        Args:
            lineno: None where no line led to it.
            cell: the file name under which the cell was compiled.
        """
        text = _text(message)
        key = (category, text, filename, lineno)
        known = self._noted.get(key)
        if known is not None:
            known.count += 1
            if known.count > MOST_REPEATS:
                warnings.defaultaction = "default"  # type: ignore[attr-defined]
            return False
        if len(self._noted) < self._limit:
            module, line = _origin(cell)
            self._noted[key] = Noted(category, text, module, lineno if filename == cell else line)
        else:
            self._left_out += 1
        return True


def line_within(cell: str) -> int | None:
    """The line of the cell that led to where the caller is; None if the cell's code did not."""
    return _origin(cell)[1]


def source_of(caller: FrameType) -> object:
    """The object that a warning is about, if any; given the frame that wants it shown.

    Python does not pass it to `warnings.showwarning`.
    """
    if caller.f_globals.get("__name__") not in _PYTHONS:
        return None
    return getattr(caller.f_locals.get("msg"), "source", None)


def _text(message: Warning | str) -> str:
    try:
        return str(message)
    except Exception:
        return f"<{type(message).__name__} whose text cannot be had>"


def _origin(cell: str) -> tuple[str | None, int | None]:
    """The module that warned, and the line of the cell that led there."""
    module = None
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = frame.f_globals.get("__name__")
        if module is None and name != "warnings" and frame.f_globals is not globals():
            module = name if not _is_ours(name) else None
        if frame.f_code.co_filename == cell:
            return module, frame.f_lineno
        frame = frame.f_back
    return module, None


def _is_ours(name: object) -> bool:
    return isinstance(name, str) and name.partition(".")[0] == __name__.partition(".")[0]
