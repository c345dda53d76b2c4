"""Modules that are nobody's library: files beside a notebook, which may know the notebook."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from functools import cache
from types import ModuleType
from typing import Any


def is_of_ones_own(name: str) -> bool:
    """Whether a module that is loaded comes from a file, but not from where libraries are."""
    module = sys.modules.get(name)
    if module is None or not issubclass(type(module), ModuleType):
        return False
    own: dict[str, Any] = object.__getattribute__(module, "__dict__")
    file = own.get("__file__")
    if type(file) is str:
        return not file.startswith(_libraries())
    return "__path__" in own  # a folder of modules


@cache
def _libraries() -> tuple[str, ...]:
    """Folders of the interpreter and of what was installed for it."""
    paths = sysconfig.get_paths()
    folders = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    folders |= {*site.getsitepackages(), site.getusersitepackages()}
    return tuple(folder.rstrip(os.sep) + os.sep for folder in folders)
