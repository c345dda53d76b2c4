"""Which of the objects that a pickle holds were there before it was made."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import compress
from typing import Any

from .known import KNOWN
from .saving import Saving


def owned(pickler: Saving) -> dict[int, Any]:
    """What is in the pickle by id, without what it only points at; the pickler forgets all.

    What nothing else refers to was made for the pickle: its id will soon be another object's.
    """
    with _no_collection():
        found = _memorised(pickler)
        while alone := list(compress(found, map(_ALONE.__ge__, _counts(found)))):
            for key in alone:
                del found[key]
        return found


def _memorised(pickler: Saving) -> dict[int, Any]:
    memo = pickler.memo.copy()
    pickler.memo = {}
    found = {key: value for key, (place, value) in memo.items() if place >= len(KNOWN)}
    for key in pickler.pointed:
        found.pop(key, None)
    return found


def _counts(found: dict[int, Any]) -> Iterator[int]:
    return map(sys.getrefcount, found.values())


@contextmanager
def _no_collection() -> Iterator[None]:
    """Many small objects that live for a moment are no reason to look for garbage."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


(_ALONE,) = _counts({0: object()})
"""References to an object that only the dictionary of the found ones refers to."""
