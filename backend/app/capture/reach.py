"""Which objects a piece of code can get at from the names that it mentions."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterable, Mapping
from itertools import islice
from types import FunctionType, ModuleType
from typing import Any

NODE_LIMIT = 1_000
"""Objects that are looked at."""
CONTAINER_LIMIT = 1_000
"""Items of one container that are looked at."""

_CLOSED = (ModuleType, type)
_CONTAINERS: tuple[Any, ...] = (list, tuple, dict, set, frozenset, deque)


def reached_from(
    values: Iterable[object], wanted: set[int], namespace: Mapping[str, object]
) -> set[int]:
    """Ids, of those wanted, of the objects that are among `values` or held by them.

    The nearest objects come first, up to `NODE_LIMIT`; modules, classes, the namespace itself and
    what functions see as globals are not entered. No code of the objects is run.
    """
    found: set[int] = set()
    seen = {id(namespace)}
    todo = deque(values)
    while todo and len(seen) <= NODE_LIMIT and len(found) < len(wanted):
        value = todo.popleft()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if id(value) in wanted:
            found.add(id(value))
        elif gc.is_tracked(value) and not issubclass(type(value), _CLOSED):
            todo.extend(_held(value))
    return found


def _held(value: Any) -> Iterable[object]:
    if type(value) is FunctionType:
        return (*(value.__closure__ or ()), *(value.__defaults__ or ()))
    base = next((base for base in _CONTAINERS if issubclass(type(value), base)), None)
    if base is not None and base.__len__(value) > CONTAINER_LIMIT:
        items = dict.values(value) if base is dict else base.__iter__(value)
        return islice(items, CONTAINER_LIMIT)
    return gc.get_referents(value)
