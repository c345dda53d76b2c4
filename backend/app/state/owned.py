"""Which of the objects that a pickle holds were there before it was made."""

from __future__ import annotations

import gc
import pickle
import sys
from collections.abc import Iterator
from io import BytesIO
from itertools import compress
from typing import Any

from .saving import Saving


def owned(pickler: Saving) -> list[Any]:
    """What is in the pickle, without what it only points at; the pickler forgets all.

    What nothing else refers to was made for the pickle: its id will soon be another object's.
    """
    found = _memorised(pickler)
    while not all(kept := _kept(found)):
        found = list(compress(found, kept))
    return found


def remembered(pickler: Any) -> list[Any]:
    """The objects in a pickler's memo; its own things may be among them."""
    memo = pickler.memo
    if isinstance(memo, dict) or not _TELLS:
        return [value for _, value in memo.copy().values()]
    return gc.get_referents(pickler)


def _memorised(pickler: Any) -> list[Any]:
    held = remembered(pickler)
    pickler.memo = {}
    apart = pickler.pointed.union(map(id, gc.get_referents(pickler)))
    return [value for value in held if id(value) not in apart]


def _kept(found: list[Any]) -> list[bool]:
    """For each, whether it is anything else's, too."""
    return list(map(_ALONE.__lt__, _counts(found)))


def _counts(found: list[Any]) -> Iterator[int]:
    return map(sys.getrefcount, found)


def _tells() -> bool:
    """Whether picklers tell the collector what is in their memo: faster than to ask for a copy."""
    pickler, value = pickle.Pickler(BytesIO()), [object()]
    pickler.dump(value)
    return all(any(each is part for each in gc.get_referents(pickler)) for part in (value, *value))


(_ALONE,) = _counts([object()])
"""References to an object that only the list of the found ones refers to."""
_TELLS = _tells()
