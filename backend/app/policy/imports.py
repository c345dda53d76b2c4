"""What the import statements of READ_ONLY cells do: guards stand in their place."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from .attributes import read_any
from .modules import is_importable, rule_of
from .refusal import refuse


def import_root(name: str) -> ModuleType:
    """`import a.b.c`: the package `a`, with the others in it."""
    _imported(name)
    return sys.modules[name.partition(".")[0]]


def import_as(name: str) -> ModuleType:
    """`import a.b.c as d`: what is bound to `d`."""
    return _imported(name)


def import_from(module: str, name: str) -> Any:
    """`from a.b import c`: an attribute, or else a submodule."""
    package = _imported(module)
    if not hasattr(package, name):
        try:
            return _imported(f"{module}.{name}")
        except ModuleNotFoundError:
            raise ImportError(f"cannot import name {name!r} from {module!r}", name=module) from None
    return read_any(package, name)


def _imported(name: str) -> ModuleType:
    """The module of this name.

    Raises:
        ReadOnlyError: it is not among those that may be used.
    """
    if not is_importable(name):
        raise refuse(f"The import of {name!r}")
    module = import_module(name)
    if rule_of(module.__name__) is None:  # another one goes by this name
        raise refuse(f"The import of {name!r}, which is {module.__name__!r},")
    return module
