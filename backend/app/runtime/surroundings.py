"""What a cell may change process-wide: the notebook's own while its cell runs, the host's after."""

from __future__ import annotations

import linecache
import os
import re
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

from .execution import CURRENT
from .streams import NoInput, RoutedStream
from .tracebacks import cell_label

_environ: dict[Any, Any] = os.environ._data  # type: ignore[attr-defined]
"""The encoded environment: comparing it costs a microsecond, comparing `os.environ` fifty."""

_DELETED = object()


class Surroundings:
    """One notebook's `__main__`, cwd, `sys.path`, `sys.argv`, streams, filters, environment.

    `enter` puts them in place of the host's, `leave` takes them out again with what the cell made
    of them. Pointers are exchanged where the interpreter looks them up anew; the cwd and the
    environment cost a system call only where they differ.
    """

    def __init__(self, main: ModuleType, cwd: Path) -> None:
        self.main = main
        self.cwd = str(cwd)
        self._path: list[str] | None = None
        self._argv = [""]
        self._stdin: Any = NoInput()
        self._streams: tuple[TextIO, TextIO] | None = None
        self._filters: Sequence[Any] = ()
        self._show_warning = show_warning
        self._environment: dict[Any, Any] = {}
        self._host: tuple[Any, ...] = ()
        self._host_cwd = ""
        self._host_environment: dict[Any, Any] = {}
        self.complaint: str | None = None
        """What could not be put in place, if anything."""

    def enter(self, streams: tuple[RoutedStream, RoutedStream]) -> None:
        """Put the notebook's in place of the host's."""
        if self._path is None:
            self._path = ["", *(entry for entry in sys.path if entry)]
            self._filters = _initial_filters()
        self._host = (
            sys.modules["__main__"],
            sys.path,
            sys.argv,
            sys.stdin,
            warnings.filters,
            warnings.showwarning,
            warnings.defaultaction,  # type: ignore[attr-defined]
        )
        sys.modules["__main__"] = self.main
        sys.path, sys.argv, sys.stdin = self._path, self._argv, self._stdin
        warnings.filters = self._filters
        warnings.showwarning = self._show_warning
        warnings.defaultaction = "always"  # type: ignore[attr-defined]
        _forget_shown_warnings()
        sys.stdout, sys.stderr = self._streams or streams
        self._enter_environment()
        self._enter_folder()

    def leave(self, streams: tuple[RoutedStream, RoutedStream]) -> None:
        """Put the host's back and keep the notebook's; the streams stay, see `Process`."""
        self._leave_folder()
        self._leave_environment()
        changed = (sys.stdout, sys.stderr) != streams
        self._streams = (sys.stdout, sys.stderr) if changed else None
        self.main = sys.modules.get("__main__", self.main)
        self._path, self._argv, self._stdin = sys.path, sys.argv, sys.stdin
        self._filters, self._show_warning = warnings.filters, warnings.showwarning
        (
            sys.modules["__main__"],
            sys.path,
            sys.argv,
            sys.stdin,
            warnings.filters,  # type: ignore[misc]
            warnings.showwarning,
            warnings.defaultaction,  # type: ignore[attr-defined]
        ) = self._host
        _forget_shown_warnings()

    def _enter_folder(self) -> None:
        self._host_cwd = _cwd()
        self.complaint = None
        if self._host_cwd != self.cwd:
            try:
                os.chdir(self.cwd)
            except OSError as error:
                self.complaint = f"the working folder is gone: {self.cwd} ({error.strerror})"

    def _leave_folder(self) -> None:
        self.cwd = _cwd() or self.cwd
        if self.cwd != self._host_cwd and self._host_cwd:
            with suppress(OSError):
                os.chdir(self._host_cwd)

    def _enter_environment(self) -> None:
        self._host_environment = _environ.copy()
        _apply(self._environment)

    def _leave_environment(self) -> None:
        host = self._host_environment
        if _environ == host:
            self._environment = {}
            return
        self._environment = _difference(host, _environ)
        _apply(_difference(_environ, host))


def show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """`warnings.showwarning` of cells: counted once with its repeats, and shown in stderr."""
    execution = CURRENT.get()
    if execution is not None and file is None:
        if not execution.warnings.note(message, category, filename, lineno, execution.filename):
            return
    if label := cell_label(filename):
        line = linecache.getline(filename, lineno) if line is None else line
    text = warnings.formatwarning(message, category, label or filename, lineno, line)
    target = file or sys.stderr
    if target is not None:
        target.write(text)


def _initial_filters() -> list[Any]:
    """What Python starts a program with, whatever the host has set for itself since."""
    return [
        ("always", None, DeprecationWarning, re.compile("__main__"), 0),
        ("ignore", re.compile("numpy.(ndarray|dtype) size changed"), Warning, None, 0),
        ("ignore", None, DeprecationWarning, None, 0),
        ("ignore", None, PendingDeprecationWarning, None, 0),
        ("ignore", None, ImportWarning, None, 0),
        ("ignore", None, ResourceWarning, None, 0),
    ]


_forget_shown_warnings: Callable[[], None] = getattr(
    warnings, "_filters_mutated", getattr(warnings, "_filters_mutated_lock_held", lambda: None)
)
"""Tells the interpreter that the filters are others now."""


def _cwd() -> str:
    try:
        return os.getcwd()  # noqa: PTH109  (a path object costs as much as the call)
    except OSError:
        return ""


def _difference(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> dict[Any, Any]:
    changes = {key: value for key, value in after.items() if before.get(key) != value}
    changes |= dict.fromkeys(before.keys() - after.keys(), _DELETED)
    return changes


def _apply(changes: Mapping[Any, Any]) -> None:
    decode = os.environ.decodekey  # type: ignore[attr-defined]
    for key, value in changes.items():
        if value is _DELETED:
            os.environ.pop(decode(key), None)
        else:
            os.environ[decode(key)] = os.environ.decodevalue(value)  # type: ignore[attr-defined]
