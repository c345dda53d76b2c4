"""Names on disk: files for strings and shell lines, modules for import statements."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Iterable, Iterator
from itertools import islice

from .live import imported, is_module, own_dict

MOST = 10_000
"""Entries of one folder that are looked at."""


def paths(typed: str, cwd: str) -> Iterator[str]:
    """The paths that begin with what was typed, folders with a slash behind."""
    folder, begin = os.path.split(typed)
    place = os.path.join(cwd, os.path.expanduser(folder))  # noqa: PTH111, PTH118
    head = typed[: len(typed) - len(begin)]
    for entry in _entries(place):
        if entry.name.startswith(begin) and (begin or not entry.name.startswith(".")):
            yield head + entry.name + ("/" if _is_folder(entry) else "")


def modules(package: str, search: Iterable[str], cwd: str) -> set[str]:
    """The modules in a package, or those that can be imported at the top if that is empty."""
    names = {name for name in _loaded(package) if name.isidentifier()}
    for place in _places(package, search, cwd):
        names.update(name for entry in _entries(place) if (name := _module_name(entry)))
    return names | set(sys.stdlib_module_names) if not package else names


def _loaded(package: str) -> Iterator[str]:
    head = f"{package}." if package else ""
    for name in list(sys.modules):
        if type(name) is str and name.startswith(head):
            yield name[len(head) :].partition(".")[0]


def _places(package: str, search: Iterable[str], cwd: str) -> Iterator[str]:
    """The folders of a package; those of a loaded one are where it says."""
    module = imported(package, "")
    if package and is_module(module):
        path = own_dict(module).get("__path__")
        yield from (place for place in path if type(place) is str) if type(path) is list else ()
    else:
        for entry in search:
            if type(entry) is str:
                yield os.path.join(cwd, entry, *package.split("."))  # noqa: PTH118


def _entries(place: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(place) as entries:
            return list(islice(entries, MOST))
    except (OSError, ValueError):
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _module_name(entry: os.DirEntry[str]) -> str | None:
    name = inspect.getmodulename(entry.name) if "." in entry.name else None
    if name is None and _is_folder(entry):
        name = entry.name
    return name if name is not None and name.isidentifier() and name != "__pycache__" else None
