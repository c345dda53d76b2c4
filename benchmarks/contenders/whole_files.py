"""Peers of the snapshots: libraries that write all variables into one file, again and again."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from types import ModuleType
from typing import Any


class WholeFile:
    """Plain Python, and the `dump` and `load` of a library with its own defaults.

    Only the last file stays on the disk; `kept` counts all of them.

    Args:
        library: its name.
        definitions: whether it can bring back modules, functions and classes; else they are left
            out.
    """

    def __init__(self, library: str, *, definitions: bool = True) -> None:
        self._library: Any = import_module(library)
        self._definitions = definitions
        self._folder = TemporaryDirectory(prefix="nbengine-benchmark-")
        self._file = Path(self._folder.name, "variables")
        self._host = sys.modules["__main__"]
        self.begin("")

    def begin(self, code: str) -> None:
        self._have({})
        self._file.unlink(missing_ok=True)
        self._kept = 0
        exec(code, vars(self._main))

    def run(self, code: str) -> float:
        exec(code, vars(self._main))
        began = perf_counter()
        self._file.unlink(missing_ok=True)
        with self._file.open("wb") as file:
            self._library.dump(self._variables(), file)
        taken = perf_counter() - began
        self._kept += self.written()
        return taken

    def written(self) -> int:
        return self._file.stat().st_size

    def kept(self) -> int:
        return self._kept

    def restore(self) -> float:
        self._have({})
        began = perf_counter()
        with self._file.open("rb") as file:
            vars(self._main).update(self._library.load(file))
        return perf_counter() - began

    def close(self) -> None:
        sys.modules["__main__"] = self._host
        self._folder.cleanup()

    def _have(self, variables: dict[str, Any]) -> None:
        self._main = sys.modules["__main__"] = ModuleType("__main__")
        vars(self._main).update(variables)

    def _variables(self) -> dict[str, Any]:
        own = {n: v for n, v in vars(self._main).items() if not n.startswith("__")}
        return own if self._definitions else {n: v for n, v in own.items() if _is_data(v)}


def _is_data(value: object) -> bool:
    return not callable(value) and not isinstance(value, ModuleType)
