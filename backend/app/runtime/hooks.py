"""The few places where the process is changed for good, once, by the first cell.

Each passes straight through for code that belongs to no cell:

- `threading.Thread.start`, `_thread.start_new_thread`, `ThreadPoolExecutor.submit`: what a cell
  starts in a thread belongs to that cell (context variables do not enter threads by themselves
  before Python 3.14);
- `sqlite3.connect`: a connection serves all cells of its notebook, which run one at a time but
  not all in one thread (the main thread's own, and the notebook's for those with a timeout);
- waits are cut into slices in home threads, see `slices`;
- `input` and `getpass.getpass` ask whoever runs the cell, see `console_input`;
- `os.system` ends with its cell, see `child_system`;
- `inspect.getfile`: finds the source of classes that cells define;
- `os.fork`: a forked child has nobody who reads its cell's output, so it writes to descriptors.
"""

from __future__ import annotations

import _thread
import ast
import inspect
import linecache
import os
import sys
import threading
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any

from . import child_system, console_input, slices
from .child_environment import CHILD_ENVIRONMENT
from .execution import CURRENT, Execution
from .imports import ImportWatch
from .ticker import TICKER
from .tracebacks import describe

_BEFORE_THE_CHECK = 4
"""Positional parameters of `sqlite3.connect` before `check_same_thread`."""


class Writers:
    """How many threads run something for a cell: they may write after it has ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.alive = 0

    def __enter__(self) -> None:
        with self._lock:
            self.alive += 1

    def __exit__(self, *exc: object) -> None:
        with self._lock:
            self.alive -= 1


WRITERS = Writers()


class Belonging:
    """A function that belongs to an execution, whichever thread calls it."""

    def __init__(self, execution: Execution, function: Callable[..., Any]) -> None:
        self._execution = execution
        self._function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        token = CURRENT.set(self._execution)
        try:
            with WRITERS:
                return self._function(*args, **kwargs)
        finally:
            CURRENT.reset(token)


def install(imports: ImportWatch) -> None:
    """Put the hooks in place."""
    threading.Thread.start = _start(threading.Thread.start)  # type: ignore[method-assign, assignment]
    _thread.start_new_thread = _start_new_thread(_thread.start_new_thread)
    inspect.getfile = _getfile(inspect.getfile)  # type: ignore[assignment]
    imports.when_imported("concurrent.futures.thread", _hook_executor)
    imports.when_imported("sqlite3", _hook_sqlite)
    slices.install(imports)
    console_input.install(imports)
    child_system.install()
    CHILD_ENVIRONMENT.remember()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_forked)


def _start(original: Callable[[threading.Thread], None]) -> Callable[[threading.Thread], None]:
    def start(self: threading.Thread) -> None:
        execution = CURRENT.get()
        if execution is not None:
            _follow(self, execution)
        original(self)

    start.__doc__ = original.__doc__
    return start


def _follow(thread: threading.Thread, execution: Execution) -> None:
    """Let the thread's `run` belong to the execution."""
    run = thread.run

    def run_for_cell() -> None:
        del thread.__dict__["run"]
        Belonging(execution, _telling(run))()

    thread.run = run_for_cell  # type: ignore[method-assign]


def _telling(run: Callable[[], None]) -> Callable[[], None]:
    """What ends a thread is told in the stderr of its cell, unless the cell has a hook for it."""

    def run_and_tell() -> None:
        try:
            run()
        except SystemExit:
            pass
        except BaseException as error:
            thread = threading.current_thread()
            if getattr(threading.excepthook, "__module__", None) != "__main__":
                story = describe(error, "")[0].traceback
                print(f"Exception in thread {thread.name}:\n{story}", end="", file=sys.stderr)  # noqa: T201
            else:
                about = (type(error), error, error.__traceback__, thread)
                threading.excepthook(threading.ExceptHookArgs(about))

    return run_and_tell


def _start_new_thread(original: Callable[..., int]) -> Callable[..., int]:
    def start_new_thread(function: Callable[..., Any], args: Any, *rest: Any) -> int:
        execution = CURRENT.get()
        if execution is None:
            return original(function, args, *rest)
        return original(Belonging(execution, function), args, *rest)

    return start_new_thread


def _hook_executor(module: ModuleType) -> None:
    original = module.ThreadPoolExecutor.submit

    def submit(self: Any, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        execution = CURRENT.get()
        if execution is not None:
            fn = Belonging(execution, fn)
        return original(self, fn, *args, **kwargs)

    submit.__doc__ = original.__doc__
    module.ThreadPoolExecutor.submit = submit


def _hook_sqlite(module: Any) -> None:
    original = module.connect

    def connect(*args: Any, **kwargs: Any) -> Any:
        if CURRENT.get() is not None and len(args) <= _BEFORE_THE_CHECK:
            kwargs.setdefault("check_same_thread", False)
        return original(*args, **kwargs)

    connect.__doc__ = original.__doc__
    module.connect = module.dbapi2.connect = connect


def _getfile(original: Callable[[Any], str]) -> Callable[[Any], str]:
    def getfile(object: Any) -> str:
        if isinstance(object, type) and object.__module__ == "__main__":
            found = _file_of_class(object)
            if found is not None:
                return found
        return original(object)

    getfile.__doc__ = original.__doc__
    return getfile


def _file_of_class(cls: type) -> str | None:
    """The cell that defines the class: where its methods say, or the newest that has its name."""
    for value in vars(cls).values():
        function = getattr(value, "__func__", None) or getattr(value, "fget", None) or value
        if (
            isinstance(function, FunctionType)
            and function.__qualname__.startswith(cls.__qualname__ + ".")
            and function.__code__.co_filename.startswith("<cell ")
        ):
            return function.__code__.co_filename
    execution = CURRENT.get()
    sources = execution.sources if execution is not None else ()
    return next((name for name in reversed(sources) if _defines(name, cls.__qualname__)), None)


def _defines(filename: str, qualname: str) -> bool:
    """Whether the cell compiled under this name has the class statement."""
    try:
        tree = ast.parse("".join(linecache.getlines(filename)))
    except (SyntaxError, RecursionError):
        return False
    return qualname in _classes(tree)


def _classes(node: ast.AST, prefix: str = "") -> Iterator[str]:
    """Qualified names of the class statements below a node."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield prefix + child.name
            yield from _classes(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _classes(child, f"{prefix}{child.name}.<locals>.")
        else:
            yield from _classes(child, prefix)


def _forked() -> None:
    """No other thread came along into the child: what they had taken or counted is void."""
    CURRENT.set(None)
    WRITERS.__init__()  # type: ignore[misc]
    TICKER.__init__()  # type: ignore[misc]
