"""Which kind of output a value is: kinds wait for their library, then answer by type."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from ..errors import InvalidSettingError
from ..models.outputs import MimeBundle
from ..settings import Settings
from . import kinds

Renderer = Callable[[Any, Settings], MimeBundle]
"""A value and the limits in, every representation of it out; it shows nothing. May raise."""

ENTRY_POINTS = "nbengine.kinds"
"""Entry point group in which other packages offer a `Kind`."""


def no_renderers(_library: ModuleType) -> Mapping[type, Renderer]:
    """What the library shows says itself how it looks."""
    return {}


@dataclass(frozen=True)
class Kind:
    """One kind of output: one small file under `kinds/`, or a third party's entry point.

    A kind never imports its library. `renderers` is called with the library's module once the
    user's code has imported it, and maps the classes it shows to the functions that show them;
    raising AttributeError says that the library is only half imported and to ask again later.
    """

    library: str
    """Name in `sys.modules` to wait for, e.g. `pandas` or `matplotlib.figure`."""
    renderers: Callable[[ModuleType], Mapping[type, Renderer]] = no_renderers
    when_imported: Mapping[str, Callable[[ModuleType], None]] | None = None
    """Module name -> what to do right after it was first imported, e.g. bind `show()`."""
    at_cell_end: Callable[[], None] | None = None
    """Called when a cell ends, if the library is imported: publish what is still open, close it."""
    interactive: bool = False
    """Whether what it shows answers to the reader; those come after the still pictures."""


class Registry:
    """The kinds of one service, the waiting ones apart from those bound to classes."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self.kinds = tuple(kinds)
        self._waiting = list(self.kinds)
        self._ending = [kind for kind in self.kinds if kind.at_cell_end is not None]
        self._renderers: dict[type, Renderer] = {}
        self._owners: dict[type, Kind] = {}

    def renderer(self, cls: type) -> Renderer | None:
        """The renderer bound to exactly this class, if a kind has one."""
        if self._waiting:
            self._bind_imported()
        return self._renderers.get(cls)

    def end_cell(self, *, interactive: bool) -> Iterator[Callable[[], None]]:
        """What the kinds of imported libraries want to do when a cell ends."""
        for kind in self._ending:
            if kind.interactive is interactive and kind.library in sys.modules:
                assert kind.at_cell_end is not None
                yield kind.at_cell_end

    def _bind_imported(self) -> None:
        waiting = []
        for kind in self._waiting:
            module = sys.modules.get(kind.library)
            if module is None or not self._bind(kind, module):
                waiting.append(kind)
        self._waiting = waiting

    def _bind(self, kind: Kind, module: ModuleType) -> bool:
        try:
            renderers = kind.renderers(module)
        except AttributeError:
            return False
        for cls, renderer in renderers.items():
            owner = self._owners.setdefault(cls, kind)
            if owner is not kind:
                raise InvalidSettingError(
                    f"Two output kinds claim {cls.__module__}.{cls.__qualname__}: "
                    f"those of {owner.library!r} and {kind.library!r}. Uninstall one of them."
                )
            self._renderers[cls] = renderer
        return True


def built_in_kinds() -> list[Kind]:
    """Our own kinds: every file under `kinds/`."""
    names = sorted(module.name for module in iter_modules(kinds.__path__))
    return [import_module(f"{kinds.__name__}.{name}").KIND for name in names]


def installed_kinds() -> tuple[Kind, ...]:
    """Our own kinds and those that installed packages offer; looked up once for a `sys.path`.

    Raises:
        InvalidSettingError: a package offers something that is no kind.
    """
    return _kinds_on(tuple(sys.path))


@lru_cache(maxsize=1)
def _kinds_on(_path: tuple[str, ...]) -> tuple[Kind, ...]:
    offered = [(entry, entry.load()) for entry in entry_points(group=ENTRY_POINTS)]
    for entry, kind in offered:
        if not isinstance(kind, Kind):
            raise InvalidSettingError(f"The output kind {entry.name!r} ({entry.value}) is no Kind.")
    return (*built_in_kinds(), *(kind for _, kind in offered))
