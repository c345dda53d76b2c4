"""Signs of IPython's syntax in text that is no Python, so that a mere slip does not load it."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Container
from itertools import takewhile
from keyword import iskeyword

_ESCAPES = frozenset("%!?")
_PROMPTS = ("In [", "...", ">>>")
_CALLS = (",", ";", "/")
"""At the beginning of a cell of one line: call what follows, with the rest as arguments."""
_COPIES_LINES: bool = (3, 12) <= sys.version_info < (3, 12, 4)
"""Whether this Python's tokenizer, with which IPython reads, copies the line for every token."""
_LONGEST_LINE = 20_000


def may_be_ipython(source: str, names: Container[str]) -> bool:
    """Whether IPython might read this as Python; if not, it certainly would not.

    Args:
        names: variables, which go before magics of the same name that are written without `%`.
    """
    if not _ESCAPES.isdisjoint(source):
        return True
    lines = [line for line in source.splitlines() if line.strip()]
    if any(line.lstrip().startswith(_PROMPTS) for line in lines):
        return True
    if lines and lines[0][0].isspace():
        return True  # it takes the indentation of a whole cell away
    return len(lines) == 1 and (lines[0].startswith(_CALLS) or _may_be_magic(lines[0], names))


def fits_in_memory(source: str) -> bool:
    """Whether IPython can read this without taking all memory there is."""
    return not _COPIES_LINES or all(len(line) <= _LONGEST_LINE for line in source.splitlines())


def _may_be_magic(line: str, names: Container[str]) -> bool:
    """Whether the line may be a magic without its `%`, like `cd data` or `time f(`."""
    word = "".join(takewhile(_is_of_name, line))
    if not word.isidentifier() or word in names or iskeyword(word) or hasattr(builtins, word):
        return False
    return not line[len(word) :].lstrip().startswith("=")


def _is_of_name(character: str) -> bool:
    return character == "_" or character.isalnum()
