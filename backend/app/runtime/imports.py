"""Being told when user code has imported a library, without importing anything ourselves."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

Callback = Callable[[ModuleType], None]


class ImportWatch(MetaPathFinder):
    """Calls back once a module that somebody waits for has been executed."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Callback]] = {}
        self._finding: set[str] = set()

    def when_imported(self, name: str, callback: Callback) -> None:
        """Call `callback(module)` right after `name` was first imported; now if it already was."""
        module = sys.modules.get(name)
        if module is not None and not _is_being_imported(module):
            callback(module)
            return
        waiting = self._waiting.setdefault(name, [])
        if callback not in waiting:
            waiting.append(callback)
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's own spec, with a loader that tells when it is done."""
        if fullname not in self._waiting or fullname in self._finding:
            return None
        self._finding.add(fullname)
        try:
            spec = find_spec(fullname)
        finally:
            self._finding.discard(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _TellingLoader(spec.loader, self)
        return spec

    def imported(self, module: ModuleType) -> None:
        """Somebody's module is there."""
        for callback in self._waiting.pop(module.__name__, ()):
            callback(module)


class _TellingLoader(Loader):
    """The real loader, which then tells."""

    def __init__(self, loader: Any, watch: ImportWatch) -> None:
        self._loader = loader
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As the real loader."""
        return self._loader.create_module(spec)  # type: ignore[no-any-return]

    def exec_module(self, module: ModuleType) -> None:
        """As the real loader, whose place this one gives back."""
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._watch.imported(module)


def _is_being_imported(module: ModuleType) -> bool:
    return bool(getattr(module.__spec__, "_initializing", False))
