"""What a cell may change process-wide: the notebook's own while its cell runs, the host's after.

Not kept apart, because no cell could work with it otherwise or because it belongs to a thread:
signal handlers (but SIGINT's is the host's again after each cell), `sys.settrace` and
`sys.setprofile`, changed builtins, the umask, and the configuration of `logging`.
"""

from __future__ import annotations

import linecache
import os
import re
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

from pydantic import JsonValue

from ..errors import StorageError
from .execution import CURRENT
from .python_warnings import line_within, source_of
from .streams import NoInput, RoutedStream
from .tracebacks import cell_label, from_cell, is_ours

_environ: dict[Any, Any] = os.environ._data  # type: ignore[attr-defined]
"""The encoded environment: comparing it costs a microsecond, comparing `os.environ` fifty."""

_DELETED = object()
_ZONE = "TZ"
"""The variable that the C library looks at only when it is told to."""
_look_at_zone: Callable[[], None] = getattr(time, "tzset", lambda: None)
_LAST_ERROR = ("last_type", "last_value", "last_traceback", "last_exc")


class Surroundings:
    """One notebook's `__main__`, cwd, `sys.path`, `sys.argv`, streams, filters, environment.

    `enter` puts them in place of the host's, `leave` takes them out again with what the cell made
    of them. Pointers are exchanged where the interpreter looks them up anew; the cwd and the
    environment cost a system call only where they differ.
    """

    def __init__(self, main: ModuleType, cwd: Path) -> None:
        self.main = main
        self.cwd = self._own_folder = str(cwd)
        self._path: list[str] | None = None
        self._argv = [""]
        self._stdin: Any = NoInput()
        self._streams: tuple[Any, Any] | None = None
        self._filters: Sequence[Any] = ()
        self._show_warning = show_warning
        self._display_hook: Callable[[object], Any] = show_value
        self._last_error: dict[str, Any] = {}
        self._environment: dict[Any, Any] = {}
        self._host: tuple[Any, ...] = ()
        self._host_cwd = ""
        self._in_folder = False
        self._host_error: dict[str, Any] = {}
        self._host_environment: dict[Any, Any] = {}
        self.complaint: str | None = None
        """What could not be put in place, if anything."""

    @property
    def path(self) -> list[str]:
        """Its `sys.path` as of its last cell, or what its first cell will find."""
        return list(sys.path) if self._path is None else list(self._path)

    def changes(self) -> dict[str, JsonValue]:
        """Within a cell, what its notebook has made other than the host has it."""
        host_path, environment = self._host[1], _difference(self._host_environment, _environ)
        decode, value_of = os.environ.decodekey, os.environ.decodevalue
        return {
            "cwd": _cwd() or self.cwd,
            "path": [entry for entry in sys.path if entry and entry not in host_path],
            "environment": {
                decode(key): None if value is _DELETED else value_of(value)
                for key, value in environment.items()
            },
        }

    def repeat(self, changes: Mapping[str, Any]) -> None:
        """Within a cell, make the same changes in another process."""
        if Path(changes["cwd"]).is_dir():
            os.chdir(changes["cwd"])
        sys.path += [entry for entry in changes["path"] if entry not in sys.path]
        for name, value in changes["environment"].items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if _ZONE in changes["environment"]:
            _look_at_zone()

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
            sys.displayhook,
        )
        _set_main(self.main)
        sys.displayhook = self._display_hook
        sys.path, sys.argv, sys.stdin = self._path, self._argv, self._stdin
        warnings.filters = self._filters
        warnings.showwarning = self._show_warning
        warnings.defaultaction = "always"  # type: ignore[attr-defined]
        _forget_shown_warnings()
        sys.stdout, sys.stderr = self._streams or streams
        self._host_error = forget_error()
        vars(sys).update(self._last_error)
        self._enter_environment()
        self._enter_folder()

    def leave(self, streams: tuple[RoutedStream, RoutedStream]) -> None:
        """Put the host's back and keep the notebook's; the streams stay, see `Process`.

        What the cell deleted is what it was.
        """
        self._leave_folder()
        self._leave_environment()
        shown = (getattr(sys, "stdout", streams[0]), getattr(sys, "stderr", streams[1]))
        self._streams = shown if shown != streams else None
        self.main = sys.modules.get("__main__", self.main)
        self._path = getattr(sys, "path", self._path)
        self._argv = getattr(sys, "argv", self._argv)
        self._stdin = getattr(sys, "stdin", self._stdin)
        self._filters = getattr(warnings, "filters", self._filters)
        self._show_warning = getattr(warnings, "showwarning", self._show_warning)
        self._display_hook = getattr(sys, "displayhook", self._display_hook)
        self._last_error = forget_error()
        vars(sys).update(self._host_error)
        (
            main,
            sys.path,
            sys.argv,
            sys.stdin,
            warnings.filters,
            warnings.showwarning,
            warnings.defaultaction,  # type: ignore[attr-defined]
            sys.displayhook,
        ) = self._host
        _set_main(main)
        _forget_shown_warnings()

    def _enter_folder(self) -> None:
        """Go to where the notebook was: a folder that is gone is made anew, or else its own.

        Raises:
            StorageError: nobody can go there.
        """
        self._host_cwd = _cwd()
        self.complaint = None
        if self._host_cwd != self.cwd:
            try:
                self._go_home()
            except OSError as error:
                self._in_folder = False
                raise StorageError(
                    f"The notebook's working folder {self.cwd} cannot be entered: {error.strerror}."
                ) from None
        self._in_folder = True

    def _go_home(self) -> None:
        try:
            os.chdir(self.cwd)
        except FileNotFoundError:
            try:
                self._make_anew()
            except OSError as error:
                gone, self.cwd = self.cwd, self._own_folder
                if gone == self.cwd:
                    raise
                self._go_home()
                self.complaint = (
                    f"the working folder {gone} was gone and cannot be made anew "
                    f"({error.strerror}): this cell works in {self.cwd}"
                )

    def _make_anew(self) -> None:
        os.makedirs(self.cwd)  # noqa: PTH103
        os.chdir(self.cwd)
        self.complaint = f"the working folder was gone and was made anew: {self.cwd}"

    def _leave_folder(self) -> None:
        if not self._in_folder:
            return
        self.cwd = _cwd() or self.cwd
        if self.cwd != self._host_cwd and self._host_cwd:
            try:
                os.chdir(self._host_cwd)
            except OSError:
                pass

    def _enter_environment(self) -> None:
        self._host_environment = _environ.copy()
        if self._environment:
            _apply(self._environment)

    def _leave_environment(self) -> None:
        host = self._host_environment
        if _environ == host:
            self._environment = {}
            return
        self._environment = _difference(host, _environ)
        _apply(_difference(_environ, host))


def _set_main(main: ModuleType) -> None:
    """Make a module `__main__`, also by the other name that `multiprocessing` gives it."""
    modules = sys.modules
    modules["__main__"] = main
    if "__mp_main__" in modules:
        modules["__mp_main__"] = main


def remember_error(error: BaseException) -> None:
    """Let `%tb` and `pdb.pm()` find what ended the last cell that failed."""
    trace = from_cell(error)
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, trace
    if sys.version_info >= (3, 12):
        sys.last_exc = error


def forget_error() -> dict[str, Any]:
    """Let go of what the last error holds; given back by name."""
    names = vars(sys)
    if "last_value" not in names:
        return {}
    return {name: names.pop(name) for name in _LAST_ERROR if name in names}


def show_value(value: object) -> None:
    """`sys.displayhook` of cells: what it is told is a result of the cell."""
    execution = CURRENT.get()
    if execution is None:
        sys.__displayhook__(value)
    elif execution.bridge is not None and execution.bridge.made is not None:
        execution.bridge.made.displayhook(value)
    elif value is not None and execution.show_result is not None:
        execution.show_result(value)


def show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """`warnings.showwarning` of cells: counted once with its repeats, and shown in stderr.

    A warning that comes of our looking at values or drawing them is one of the cell.
    """
    execution = CURRENT.get()
    place: int | None = lineno
    if execution is not None and file is None:
        cell = execution.filename
        if is_ours(filename):
            filename, place = cell, line_within(cell)
        if not execution.warnings.note(message, category, filename, place, cell):
            return
    target = file or sys.stderr
    if target is not None:
        about = source_of(sys._getframe(1))
        target.write(_warning_text(message, category, filename, place, line, about))


def _warning_text(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int | None,
    line: str | None,
    about: object,
) -> str:
    label = cell_label(filename)
    if lineno is None:
        return f"{label}: {category.__name__}: {message}\n"
    if label and line is None:
        line = linecache.getline(filename, lineno)
    told = warnings.WarningMessage(
        message, category, label or filename, lineno, line=line, source=about
    )
    return str(warnings._formatwarnmsg(told))  # type: ignore[attr-defined]


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
    decode = os.environ.decodekey
    for key, value in changes.items():
        if value is _DELETED:
            os.environ.pop(decode(key), None)
        else:
            os.environ[decode(key)] = os.environ.decodevalue(value)
    if os.environ.encodekey(_ZONE) in changes:
        _look_at_zone()
