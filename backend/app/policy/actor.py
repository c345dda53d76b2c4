"""Whose doing an audit event is: the frames of the stack say so, from the inside out."""

from __future__ import annotations

import sys
from functools import cache
from types import CodeType, FrameType
from typing import Any

from ..runtime.guard import is_guarded
from ..runtime.own_account import on_own_account
from ..runtime.tracebacks import is_cell
from .builtins import READ_ONLY_BUILTINS
from .files import is_library

_TRUSTED = (
    ("open", "threadpoolctl.py"),
    ("ctypes.", "threadpoolctl.py"),  # asks native libraries how many threads they use
    ("subprocess.", "loky/backend/context.py"),  # counts processors
    ("open", "loky/backend/context.py"),
    ("os.posix_spawn", "loky/backend/context.py"),
)
"""What libraries do in passing: beginning of the event, end of their file's name."""
_OWN_ACCOUNT = on_own_account.__code__
_DECISIVE = (_OWN_ACCOUNT.co_filename, *(end for _, end in _TRUSTED))
"""Ends of the names of files whose functions may decide."""
_UNDECIDED: dict[str, dict[str, Any]] = {}
"""Variables of modules, by name, none of whose functions decides anything.

To ask a frame for its code is an event itself, and costs more than all the rest.
"""


def is_read_only(event: str, frame: FrameType | None, *, guarded: bool) -> bool:
    """Whether READ_ONLY code acts, and neither the engine nor an import on its own account.

    The first frame that says so decides. So it does not matter whose execution this is: what a
    READ_ONLY cell has left behind is held wherever it is called, at the end of an object, by a
    cell of another mode, or while the engine looks at a value. Where the execution itself is not
    READ_ONLY, code of its own cells is free.

    Args:
        event: what is about to happen.
        frame: of who does it.
        guarded: whether the execution is READ_ONLY.
    """
    while frame is not None:
        if not _is_undecided(frame):
            if frame.f_builtins is READ_ONLY_BUILTINS:
                return True
            code = frame.f_code
            if is_cell(code.co_filename):
                if is_guarded(code) or not guarded:
                    return is_guarded(code)
            elif code is _OWN_ACCOUNT or _is_trusted(code, event):
                return False
            _remember(frame.f_globals, code)
        frame = frame.f_back
    return guarded


def runs_guarded(frame: FrameType) -> bool:
    """Whether a frame runs what was compiled under guards, also if made once its cell had ended."""
    if _is_undecided(frame):
        return False
    if frame.f_builtins is READ_ONLY_BUILTINS:
        return True
    code = frame.f_code
    return is_cell(code.co_filename) and is_guarded(code)


def _is_undecided(frame: FrameType) -> bool:
    variables = frame.f_globals
    name = variables.get("__name__")
    return type(name) is str and _UNDECIDED.get(name) is variables


def _remember(variables: dict[str, Any], code: CodeType) -> None:
    """Pass over a module from now on, unless it decides something, or its body still runs."""
    name = variables.get("__name__")
    module = sys.modules.get(name) if type(name) is str and name != "__main__" else None
    if module is None or vars(module) is not variables:
        return
    specification = variables.get("__spec__")
    is_whole = specification is not None and not getattr(specification, "_initializing", False)
    if is_whole and code.co_name != "<module>" and not code.co_filename.endswith(_DECISIVE):
        _UNDECIDED[str(name)] = variables


def _is_trusted(code: CodeType, event: str) -> bool:
    """Whether it is the body of an installed module, or one of the few who may do this."""
    if code.co_name == "<module>" or code.co_filename.endswith(_trusted_with(event)):
        return is_library(code.co_filename)
    return False


@cache
def _trusted_with(event: str) -> tuple[str, ...]:
    """How names of files end that may do this in passing."""
    return tuple(end for start, end in _TRUSTED if event.startswith(start))
