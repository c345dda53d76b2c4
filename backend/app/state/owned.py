"""Which of the objects that a pickle holds were there before it was made."""

from __future__ import annotations

import sys
from typing import Any

from .known import KNOWN
from .saving import Saving


def owned(pickler: Saving) -> dict[int, Any]:
    """What is in the pickle by id, without what it only points at; the pickler forgets all.

    What nothing else refers to was made for the pickle: its id will soon be another object's.
    """
    memo = pickler.memo.copy()
    pickler.memo = {}
    found = {
        key: value
        for key, (place, value) in memo.items()
        if place >= len(KNOWN) and key not in pickler.pointed
    }
    del memo
    while alone := [key for key, count in _counts(found) if count <= _ALONE]:
        for key in alone:
            del found[key]
    return found


def _counts(found: dict[int, Any]) -> list[tuple[int, int]]:
    count = sys.getrefcount
    return [(key, count(value)) for key, value in found.items()]


((_, _ALONE),) = _counts({0: object()})
"""References to an object that only the dictionary of the found ones refers to."""
