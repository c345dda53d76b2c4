"""Questions to the analyser of source: a piece of a cell with what its live names are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .declarations import declarations
from .place import Place
from .spots import window_start
from .tokens import Token, scan, without_magics

Ask = Callable[[dict[str, Any]], dict[str, Any]]
"""Puts a question to the analyser; an empty answer if it knows nothing or takes too long."""

AFTER = 10_000
"""Characters behind the cursor that the analyser sees."""


def question(what: str, code: str, at: int, place: Place, names: dict[str, Any]) -> dict[str, Any]:
    """The question about the name at a place in the code, for `Ask`."""
    start = window_start(code, at)
    text = code[start : at + AFTER]
    tokens = scan(text)
    known = declarations(_names(tokens), names)
    before = text[: at - start]
    return {
        "what": what,
        "source": known + without_magics(text, tokens),
        "line": known.count("\n") + before.count("\n") + 1,
        "column": len(before.rpartition("\n")[2]),
        "cwd": place.cwd,
        "path": [path or place.cwd for path in place.path if type(path) is str],
    }


def _names(tokens: list[Token]) -> list[str]:
    """The names in the code, those of the end first; in strings too, for f-strings."""
    names: dict[str, None] = {}
    for token in reversed(tokens):
        if token.kind == "name":
            names[token.text] = None
        elif token.kind == "string" and "{" in token.text:
            names |= dict.fromkeys(part.text for part in scan(token.text[2:]))
    return list(names)
