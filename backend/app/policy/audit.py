"""The net in this process: Python's audit events of READ_ONLY cells, judged by an allow-list.

An audit hook can never be taken out again, and CPython says that it is no sandbox. What raises no
event, such as the threads and calls of C code, is for the source policy to refuse. Source of the
events: https://docs.python.org/3/library/audit_events.html
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from ..runtime.execution import CURRENT
from ..runtime.tracebacks import is_ours as is_engine
from .actor import is_read_only, runs_guarded
from .files import ANYWHERE, NOWHERE, ReadableFiles, installation, outside, plain
from .refusal import refuse
from .texts import check_text, compiler

_HARMLESS = frozenset(
    """
    import builtins.id builtins.input builtins.input/result object.__getattr__
    object.__setattr__ object.__delattr__ marshal.dumps sys._getframe sys._getframemodulename
    sys.unraisablehook sys.excepthook array.__new__ time.sleep os.putenv os.unsetenv
    mmap.__new__ _thread.start_new_thread _thread.start_joinable_thread
    sys.set_asyncgen_hooks_firstiter
    sys.set_asyncgen_hooks_finalizer gc.get_referents os.chdir
    """.split()
)
"""Events of what changes nothing outside of the interpreter, or what is the notebook's own."""
_MAKING_CODE = frozenset(
    "compile exec code.__new__ function.__new__ marshal.loads marshal.load".split()
)
"""Events of code that is made from text, which libraries do all the time and cells may not."""
_IMPORTING = "<frozen importlib"
_LISTING = frozenset(
    "os.listdir os.scandir os.walk os.fwalk glob.glob glob.glob/2 pathlib.Path.glob "
    "pathlib.Path.rglob".split()
)
_WRITING_FLAGS = (
    os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | getattr(os, "O_TMPFILE", 0)
) & ~getattr(os, "O_DIRECTORY", 0)
_KINDS = (
    (("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "pty.",
      "os.startfile", "webbrowser."), "Starting another program"),
    (("socket.", "urllib.", "http.", "ftplib.", "smtplib.", "poplib.", "imaplib.", "nntplib.",
      "telnetlib.", "ssl."), "Using the network"),
    (("ctypes.",), "Calling native code"),
    (("sqlite3.",), "Opening a database"),
    (("pickle.",), "Loading pickled objects"),
    (("compile", "exec", "marshal.", "function.", "code."), "Making code from text"),
    (("sys.", "gc.", "cpython.", "monitoring.", "object."),
     "Looking into or changing the interpreter"),
    (("os.kill", "signal.", "os.killpg"), "Sending a signal"),
)  # fmt: skip


def install() -> None:
    """Put the hook in place, the first time."""
    if not _installed:
        _installed.append(True)
        installation()  # looked up now: doing so raises events itself
        sys.addaudithook(_hook)


_installed: list[bool] = []


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if event in _HARMLESS:
        return
    frame = sys._getframe(1)
    if event in _MAKING_CODE and not _is_made_by_cell(event, frame):
        return
    execution = CURRENT.get()
    guard = None if execution is None else execution.guard
    if not is_read_only(event, frame, guarded=guard is not None):
        return
    if event == "compile":
        check_text(args[0], frame)
    elif guard is not None:
        guard.judge(event, args)
    else:
        judge(event, args, NOWHERE if execution is None else ANYWHERE)


def _is_made_by_cell(event: str, frame: FrameType) -> bool:
    """Whether code is made that nobody has looked at yet.

    Modules are found and loaded by Python itself, and the engine has guarded what it compiles.
    What is compiled is looked at then; to run it later, or to make a function of it, is left to
    libraries, while READ_ONLY code does neither.
    """
    if event == "compile":
        file = compiler(frame)
        return not (file.startswith(_IMPORTING) or is_engine(file))
    return runs_guarded(frame)


def judge(event: str, args: tuple[Any, ...], files: ReadableFiles) -> None:
    """Let an event pass or refuse what it announces.

    Raises:
        ReadOnlyError: it is not known to be harmless.
    """
    args = tuple(map(plain, args))  # an event hands over the object itself, which may lie
    check = _CHECKS.get(event)
    if check is not None:
        check(args, files)
    elif event in _LISTING:
        folder = args[0] if args and args[0] is not None else "."
        if not isinstance(folder, int) and not files.allows(_without_pattern(folder)):
            raise outside(folder)
    elif event not in _HARMLESS:
        raise refuse(_described(event, args))


def _without_pattern(path: Any) -> Any:
    """The folder that a search begins in."""
    text = os.fsdecode(path)
    while any(sign in text for sign in "*?["):
        text = os.path.dirname(text)  # noqa: PTH120
    return text or "."


def _open(args: tuple[Any, ...], files: ReadableFiles) -> None:
    path, mode, flags = args
    if _writes(mode, flags) and path not in (os.devnull, os.devnull.encode()):
        raise refuse(f"Writing {_shown(path)}")
    if isinstance(path, int):
        raise refuse(f"Opening the descriptor {path}")
    if not files.allows(path):
        raise outside(path)


def _writes(mode: Any, flags: Any) -> bool:
    """Of `os.open` there are only flags, and both of `open`."""
    by_mode = isinstance(mode, str) and not set(mode).isdisjoint("wax+")
    return by_mode or (isinstance(flags, int) and bool(flags & _WRITING_FLAGS))


def _mkdir(args: tuple[Any, ...], _: ReadableFiles) -> None:
    if not os.path.isdir(args[0]):  # noqa: PTH112  (libraries make sure of folders that they have)
        raise refuse(f"Making the folder {_shown(args[0])}")


def _new_socket(args: tuple[Any, ...], _: ReadableFiles) -> None:
    """An event loop wakes itself through a pair of them, which lead nowhere else."""
    if args[1] != getattr(socket, "AF_UNIX", None):
        raise refuse("Using the network (socket.__new__)")


_CHECKS: dict[str, Callable[[tuple[Any, ...], ReadableFiles], None]] = {
    "open": _open,
    "os.mkdir": _mkdir,
    "socket.__new__": _new_socket,
}


def _described(event: str, args: tuple[Any, ...]) -> str:
    kind = next((text for starts, text in _KINDS if event.startswith(starts)), None)
    if kind is None:
        kind = "Changing files or the process"
    shown = next((f" {_shown(a)}" for a in args if isinstance(a, str | bytes | os.PathLike)), "")
    return f"{kind} ({event}{shown})"


def _shown(value: Any) -> str:
    return repr(os.fsdecode(value) if isinstance(value, bytes | os.PathLike) else value)[:300]
