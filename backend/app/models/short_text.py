"""Text of bounded length, made of lines that no value can break."""

from __future__ import annotations

import json
import unicodedata

from pydantic import JsonValue

_CUT = "… (cut)"
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories whose characters may break a line, hide, or turn the order of others."""


class ShortText:
    """Lines, as long as there is room; the last one says if there was none for more."""

    def __init__(self, limit: int) -> None:
        self._room = limit - len(_CUT)
        self._lines: list[str] = []
        self._is_full = False

    def add(self, line: str) -> None:
        """One more line, or nothing once one did not fit."""
        if self._is_full or len(line) + 1 > self._room:
            self._is_full = True
            return
        self._room -= len(line) + 1
        self._lines.append(line)

    def whole(self) -> str:
        """All that fitted."""
        return "\n".join([*self._lines, _CUT] if self._is_full else self._lines)


def on_one_line(value: JsonValue, limit: int = 80, *, quoted: bool = True) -> str:
    """A value as JSON, printable and at most so many characters long; text is quoted, or bare."""
    text = json.dumps(_cut(value, limit), ensure_ascii=False)
    text = "".join(_shown(character) for character in text)
    if isinstance(value, str) and not quoted:
        text = text[1:-1]
    return text if len(text) <= limit + 2 else text[: limit - 1] + "…"


def _cut(value: JsonValue, limit: int) -> JsonValue:
    """Text is cut before it is quoted, so that the quotes stay."""
    if not isinstance(value, str) or len(value) <= limit - 12:
        return value
    return value[: limit - 12] + "…"


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _UNSAFE:
        return character
    if character == "\x7f":  # which JSON leaves as it is
        return "\\u007f"
    return json.dumps(character)[1:-1]
