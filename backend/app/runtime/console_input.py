"""`input()` and `getpass.getpass()` of cells: whoever runs the cell is asked, never a terminal."""

from __future__ import annotations

import builtins
import sys
import warnings
from functools import partial
from types import ModuleType
from typing import NoReturn

from .binding import bind
from .execution import CURRENT, Execution
from .imports import ImportWatch
from .own_account import on_own_account


class StdinNotImplementedError(NotImplementedError):
    """Nobody answers; Jupyter's name for it, where Jupyter's own class is not loaded."""


def install(imports: ImportWatch) -> None:
    """Let cells ask through their handler; the host program keeps its functions."""
    bind(builtins, "input", _input)
    imports.when_imported("getpass", _hook_getpass)


def _hook_getpass(module: ModuleType) -> None:
    bind(module, "getpass", _getpass)


def _input(prompt: object = "") -> str:
    return _ask(str(prompt), "raw_input", password=False)


def _getpass(prompt: object = "", stream: object = None, *, echo_char: object = None) -> str:
    for name, value in (("stream", stream), ("echo_char", echo_char)):
        if value is not None:
            warnings.warn(
                f"The `{name}` parameter of `getpass.getpass` has no effect in a notebook",
                UserWarning,
                stacklevel=3,
            )
    return _ask(str(prompt), "getpass", password=True)


def _ask(prompt: str, function: str, *, password: bool) -> str:
    execution = CURRENT.get()
    handler = None if execution is None else execution.stdin
    if execution is None or handler is None:
        _refuse(function)
    _show_what_was_written(execution)
    with execution.as_host():
        line: object = on_own_account(partial(handler, prompt, password))
    if not isinstance(line, str):
        raise TypeError(f"The stdin handler must return a str, not {type(line).__name__}.")
    return line


def _refuse(function: str) -> NoReturn:
    """As Jupyter does: `raw_input` is its name for `input`.

    Raises:
        NotImplementedError: in the class that the user's code can name.
    """
    module = sys.modules.get("IPython.core.error")
    kind: type[Exception] = getattr(module, "StdinNotImplementedError", StdinNotImplementedError)
    raise kind(f"{function} was called, but this frontend does not support input requests.")


def _show_what_was_written(execution: Execution) -> None:
    """A question comes after what was written before it, on streams of the cell's own too."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    execution.flush()
