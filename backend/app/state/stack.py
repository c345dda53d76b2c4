"""How deep pickling may go: as deep as the notebook allows, and never deeper than the stack."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_DEEPEST = 10_000
"""Calls within calls of C for which there is room on the stack of any thread."""


@contextmanager
def within_the_stack() -> Iterator[None]:
    """What is nested too deeply raises `RecursionError` meanwhile, whatever limit was set.

    Before Python 3.12 that limit holds for calls of C, too: there, one that is too high lets them
    overrun the stack, which ends the process.
    """
    limit = sys.getrecursionlimit()
    if sys.version_info >= (3, 12) or limit <= _DEEPEST:
        yield
        return
    sys.setrecursionlimit(_DEEPEST)
    try:
        yield
    finally:
        if sys.getrecursionlimit() == _DEEPEST:
            sys.setrecursionlimit(limit)
