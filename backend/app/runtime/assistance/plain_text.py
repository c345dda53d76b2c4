"""Values as text, without asking them: only Python's own types are written out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from types import NoneType
from typing import Any

from .live import name_of_class, one_of

MOST = 200
"""Characters of one string, and items of all containers of one text together."""

_WHOLE = (bool, float, complex, NoneType, type(...), type(NotImplemented), range)
_BRACKETS: dict[Any, Sequence[str]] = {
    list: "[]",
    tuple: "()",
    set: "{}",
    frozenset: ("frozenset({", "})"),
    dict: "{}",
}


def plain_text(value: Any) -> str | None:
    """What `repr` says of a value of one of Python's own types, cut where it is long.

    None for any other, whose `repr` would be somebody's code; inside containers such a value is
    `<its class>`.
    """
    if not _is_plain(value):
        return None
    return _Writer().text(value)


def text_or_class(value: Any) -> str:
    """The same, and `<its class>` for other values."""
    return _Writer().text(value)


def _is_plain(value: Any) -> bool:
    return one_of(type(value), (*_WHOLE, int, str, bytes, *_BRACKETS))


class _Writer:
    def __init__(self) -> None:
        self._left = MOST
        self._inside: list[int] = []

    def text(self, value: Any) -> str:
        kind = type(value)
        if one_of(kind, _WHOLE):
            return repr(value)
        if kind is int:
            bits = value.bit_length()
            return repr(value) if bits < 2_000 else f"<int of {bits} bits>"
        if one_of(kind, (str, bytes)):
            return repr(value[:MOST]) + ("..." if len(value) > MOST else "")
        if one_of(kind, tuple(_BRACKETS)):
            return self._container(value)
        return f"<{name_of_class(kind)}>"

    def _container(self, value: Any) -> str:
        before, after = _BRACKETS[type(value)]
        if id(value) in self._inside or len(self._inside) > 8:
            return f"{before}...{after}"
        if not value and one_of(type(value), (set, frozenset)):
            return f"{type(value).__name__}()"
        self._inside.append(id(value))
        parts = self._items(value)
        self._inside.pop()
        comma = "," if type(value) is tuple and len(value) == 1 else ""
        return f"{before}{', '.join(parts)}{comma}{after}"

    def _items(self, value: Any) -> list[str]:
        entries = list(islice(value.items() if type(value) is dict else value, self._left + 1))
        parts = []
        for entry in entries:
            if self._left <= 0:
                parts.append("...")
                break
            self._left -= 1
            if type(value) is dict:
                parts.append(f"{self.text(entry[0])}: {self.text(entry[1])}")
            else:
                parts.append(self.text(entry))
        return parts
