"""Modules that belong to one notebook: those which the host could not have imported itself.

`helper.py` in the folders of two notebooks is two modules. Looked at when the running notebook
changes, and then only at modules that are new since. A package with compiled parts is everybody's,
because the process cannot load it twice; so is what a finder other than a path's has made up.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from importlib.machinery import EXTENSION_SUFFIXES
from itertools import groupby
from types import ModuleType
from typing import Any

_COMPILED = tuple(EXTENSION_SUFFIXES)


class OwnModules:
    """The entries of `sys.modules` that come and go with the running notebook.

    To be asked between cells, when cwd and `sys.path` are the host's.
    """

    def __init__(self) -> None:
        self._shared = set(sys.modules)
        self._without_own = _newest()

    def take(self) -> dict[str, ModuleType]:
        """The running notebook's own modules."""
        # To read thousands of names would copy their memory in a process that was forked.
        newest = _newest()
        if newest == self._without_own:
            return {}
        new = sorted(sys.modules.keys() - self._shared)
        if not new:
            self._without_own = newest
            return {}
        places = {os.path.abspath(entry) for entry in sys.path}  # noqa: PTH100
        own: list[str] = []
        for package, names in groupby(new, key=_package):
            members = list(names)
            place = _place(sys.modules.get(package))
            if place is None or place in places or any(map(_is_compiled, members)):
                self._shared.update(members)
            else:
                own += members
        return {name: sys.modules[name] for name in own}

    def put(self, modules: dict[str, ModuleType]) -> None:
        """Replace the running notebook's by another one's."""
        for name in self.take():
            del sys.modules[name]
        sys.modules.update(modules)
        # A relative entry of `sys.path` means another folder to another notebook.
        for entry in [e for e in sys.path_importer_cache if not os.path.isabs(e)]:  # noqa: PTH117
            del sys.path_importer_cache[entry]


def _newest() -> tuple[int, str]:
    """How many modules there are, and the one that came last: another one if any came since."""
    return len(sys.modules), next(reversed(sys.modules))


def _package(name: str) -> str:
    return name.partition(".")[0]


def _place(module: ModuleType | None) -> str | None:
    """The entry of `sys.path` that a top-level module was found in; None if it was none."""
    spec = getattr(module, "__spec__", None)
    if spec is None:
        return None
    locations: Iterable[str] = spec.submodule_search_locations or ()
    found = next(iter(locations), None) or (spec.origin if spec.has_location else None)
    return os.path.dirname(os.path.abspath(found)) if found else None  # noqa: PTH100, PTH120


def _is_compiled(name: str) -> bool:
    spec: Any = getattr(sys.modules.get(name), "__spec__", None)
    return str(getattr(spec, "origin", None)).endswith(_COMPILED)
