"""Text as a terminal leaves it: what was overwritten on its line is gone."""

from __future__ import annotations


def as_seen(text: str) -> str:
    """The text after its carriage returns and backspaces have moved the cursor."""
    return "\n".join(map(_line_as_seen, text.replace("\r\n", "\n").split("\n")))


def _line_as_seen(line: str) -> str:
    if "\r" not in line and "\b" not in line:
        return line
    seen: list[str] = []
    column = 0
    for character in line:
        if character == "\r":
            column = 0
        elif character == "\b":
            column = max(0, column - 1)
        else:
            seen[column : column + 1] = [character]
            column += 1
    return "".join(seen)
