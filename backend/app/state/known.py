"""What a notebook and its pickles both know: they point at it instead of holding it."""

from __future__ import annotations

import builtins
import functools
import pickle
import sys
import types
from collections.abc import Mapping
from typing import Any

KNOWN = ("namespace", "main", "builtin_names")
PROLOGUE = b"".join(
    pickle.GLOBAL + f"{__name__}\n{name}\n".encode() + pickle.MEMOIZE + pickle.POP for name in KNOWN
)
"""Opcodes that put what both sides know into the first places of the memo."""


class Space:
    """One notebook's namespace and `__main__`, which pickles point at."""

    def __init__(self, main: types.ModuleType) -> None:
        self.main = main
        self.namespace = main.__dict__

    @property
    def known(self) -> tuple[Any, ...]:
        """The values of `KNOWN`, in that order."""
        return self.namespace, self.main, vars(builtins)


def definition(key: str) -> Any:
    """Stands in pickles for the class or function with this key."""
    raise pickle.UnpicklingError(f"definition {key} is not to be had outside of its notebook")


def part_of(owner: type, name: str) -> Any:
    """The class or function of this name within a class."""
    return _unwrapped(vars(owner)[name])


def owner_of(value: type | types.FunctionType, namespace: Mapping[str, Any]) -> type | None:
    """The class of the notebook whose part this class or function is by its name."""
    first, *path = value.__qualname__.split(".")
    found: Any = namespace.get(first)
    owner = None
    for name in path:
        if not isinstance(found, type):
            return None
        owner, found = found, _unwrapped(vars(found).get(name))
    return owner if found is value else None


def is_importable(value: Any) -> bool:
    """Whether a class or function is found again by its module and name, not in a notebook."""
    try:
        module = sys.modules.get(getattr(value, "__module__", None) or "")
        if module is None or module.__name__ == "__main__":
            return False
        return functools.reduce(getattr, value.__qualname__.split("."), module) is value
    except Exception:  # a metaclass may answer with anything
        return False


def _unwrapped(value: Any) -> Any:
    """What a method is made of, out of `property`, `classmethod` or `staticmethod`."""
    if isinstance(value, property):
        return value.fget
    return value.__func__ if isinstance(value, classmethod | staticmethod) else value
