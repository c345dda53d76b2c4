"""Where in the cells an exception came from, read off a traceback of either side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

STYLE = re.compile(r"\x1b\[[0-9;]*m")
CHAINED = re.compile(r"^(The above exception was .*|During handling of .*):$", re.MULTILINE)
"""Parts the exceptions of a chain, the one that ended the cell last."""
FRAME = re.compile(r"^[\s|+]*Cell (?:In\[(?P<count>\d+)\]|(?P<id>[^,\s]+)), line (?P<line>\d+)")
MARKED = re.compile(r"^-+> \d+ (.*)$")
"""The line of a frame that Jupyter's arrow points to."""


def places(traceback: str, ids: Mapping[int, str]) -> Iterator[str]:
    """How many exceptions led to the last one, and each frame of the last that lies in a cell.

    A frame is told as `cell, line: source`. Both sides leave out frames of a recursion, each in
    its own words, so a frame is told once.

    Args:
        ids: cell ids by execution count, which is how Jupyter names cells.
    """
    *earlier, last = CHAINED.split(STYLE.sub("", traceback))
    yield from earlier[1::2]
    yield from dict.fromkeys(_frames(last.split("\n"), ids))


def _frames(lines: list[str], ids: Mapping[int, str]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if frame := FRAME.match(line):
            cell = frame["id"] or ids.get(int(frame["count"]), "?")
            yield f"{cell}, line {frame['line']}: {_source(lines[number:])}"


def _source(lines: list[str]) -> str:
    """The marked line of a frame, or its first line where none is marked."""
    for line in lines:
        if marked := MARKED.match(line):
            return marked[1].strip()
        if FRAME.match(line):
            break
    return lines[0].strip(" |+") if lines else ""
