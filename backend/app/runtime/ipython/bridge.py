"""The way to a notebook's own IPython shell: nothing is imported until a cell needs one."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from copy import deepcopy
from functools import wraps
from importlib import import_module
from threading import RLock
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..binding import bind
from ..compiling import PYTHON, Rules
from ..execution import running, speakable
from ..history import History
from .syntax import fits_in_memory, may_be_ipython

if TYPE_CHECKING:
    from .shell import ZMQInteractiveShell as Shell


class ZMQInteractiveShell:
    """`get_ipython()`: stands for the shell, of which it has the name.

    Libraries that only look for the name, or for a kernel behind it, to see that they are in a
    notebook, cost nothing so.
    """

    def __init__(self, bridge: Bridge) -> None:
        object.__setattr__(self, "_bridge", bridge)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        if "IPython.core.interactiveshell" not in sys.modules:
            return ZMQInteractiveShell
        return type(self._bridge.shell)

    def __getattr__(self, name: str) -> Any:
        if name == "kernel" and self._bridge.made is None:
            raise AttributeError("There is no kernel behind this shell.")
        return getattr(self._bridge.shell, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._bridge.shell, name, value)

    def __dir__(self) -> list[str]:
        return dir(self._bridge.shell)

    def __repr__(self) -> str:
        return repr(self._bridge.shell)


class Bridge:
    """One notebook's shell, made when it is first asked for.

    Args:
        main: the notebook's `__main__`.
        history: what `%history`, `In` and `Out` show.
        choose: makes settings, given by name, the notebook's own.
    """

    def __init__(self, main: ModuleType, history: History, choose: Callable[..., None]) -> None:
        self.choose = choose
        self._origin: tuple[ModuleType, History] | None = (main, history)
        """What a shell is made of, until the notebook is closed."""
        self._shell: Shell | None = None
        self._stand_in = ZMQInteractiveShell(self)
        self._making = RLock()

    @property
    def face(self) -> Any:
        """What stands for the shell, made or not: always the same; None once it is closed."""
        return None if self._origin is None else self._stand_in

    @property
    def made(self) -> Shell | None:
        """The shell, if a cell has needed it."""
        return self._shell

    @property
    def shell(self) -> Shell:
        """The shell; the first in a process costs the import of IPython.

        Raises:
            RuntimeError: the notebook is closed, a thread of it goes on.
        """
        execution = running()
        if self._shell is None and execution is not None:
            with execution.gate:
                self._make()
        return self._shell or self._make()

    @property
    def chosen(self) -> dict[str, dict[str, Any]]:
        """Options of IPython that the notebook has set."""
        return {} if self._shell is None else deepcopy(self._shell.choices.chosen)

    def choose_again(self, chosen: dict[str, dict[str, Any]]) -> None:
        """Set the options that it had set in another process."""
        if chosen:
            self.shell.choices.repeat(chosen)

    @property
    def rules(self) -> Rules:
        """How the notebook wants its cells read and shown."""
        shell = self._shell
        if shell is None:
            return _rules_of_all()
        transform = shell.transform_ast if shell.ast_transformers else None
        return Rules(shell.ast_node_interactivity, transform, rewrites=shell.rewrites)

    @property
    def diversion(self) -> Callable[..., None] | None:
        """Where displays go while `%%capture` keeps them from the cell."""
        shell = self._shell
        if shell is None or shell.display_pub is shell.publisher:
            return None
        return shell.display_pub.publish

    def transformed(self, source: str) -> str | None:
        """The cell as Python where it has IPython's syntax; None where it has none.

        Raises:
            SyntaxError: a transformer of the notebook's own refuses the cell.
        """
        if speakable(source) != source or not fits_in_memory(source):
            return None
        if not self._may_read(source):
            return None
        try:
            python = self.shell.transform_cell(source)
        except SyntaxError:
            if self.rules.rewrites:
                raise
            return None
        return None if python.rstrip("\n") == source.rstrip("\n") else python

    def forget_transformers(self, error: BaseException) -> None:
        """Reading a cell failed with this: what the notebook has added to it is taken out."""
        if self._shell is not None:
            self._shell.forget_transformers(error)

    def handles(self, error: BaseException) -> bool:
        """Whether a handler that the notebook registered for such errors has dealt with it."""
        shell = self._shell
        if shell is None or not isinstance(error, shell.custom_exceptions):
            return False
        shell.CustomTB(type(error), error, error.__traceback__)
        return True

    def close(self) -> None:
        """Forget the notebook, of which records of its cells have only this."""
        with self._making:
            shell, self._shell = self._shell, None
            self._origin, self.choose = None, _choose_nothing
        if shell is not None:
            shell.retire()

    def _may_read(self, source: str) -> bool:
        """Whether the shell might know what to make of this; the one that is made is asked."""
        if self._shell is not None or self._origin is None:
            return True
        return may_be_ipython(source, vars(self._origin[0]))

    def _make(self) -> Shell:
        with self._making:
            if self._origin is None:
                raise RuntimeError("The notebook is closed: its IPython shell is gone.")
            if self._shell is None:
                home = import_module(f"{__package__}.shell")
                # Without its name, which a cell may have deleted, a module is none to IPython.
                self._origin[0].__dict__.setdefault("__name__", "__main__")
                self._shell = home.ZMQInteractiveShell(*self._origin)
            return self._shell


def _choose_nothing(**_: object) -> None:
    """There is no notebook left that could want anything."""


def _rules_of_all() -> Rules:
    """What was chosen on IPython's class, before there is a shell to tell."""
    home = sys.modules.get("IPython.core.interactiveshell")
    if home is None:
        return PYTHON
    chosen = vars(home.InteractiveShell).get("ast_node_interactivity")
    return Rules(chosen) if isinstance(chosen, str) else PYTHON


def install_builtins() -> None:
    """Let every module find `display` and `get_ipython`, as in Jupyter; outside of cells, too.

    There `get_ipython()` is None, unless the host is an IPython itself, and `display` prints.
    """
    for name, outside, inside in (
        ("get_ipython", _no_shell, get_ipython),
        ("display", _print, display_in_cell),
    ):
        if not hasattr(builtins, name):
            setattr(builtins, name, outside)
        bind(builtins, name, inside)


def is_usage_error(error: BaseException) -> bool:
    """Whether a magic was called in a wrong way, which is told in one line, without traceback."""
    home = sys.modules.get("IPython.core.error")
    return home is not None and isinstance(error, home.UsageError)


def bind_singleton(module: ModuleType) -> None:
    """In cells the one shell of the process is that of the notebook whose code asks."""
    shell = module.InteractiveShell
    for name, inside in (("initialized", _in_cell), ("instance", get_ipython)):
        setattr(shell, name, _routed(getattr(shell, name).__func__, inside))


def _routed(outside: Callable[..., Any], inside: Callable[..., Any]) -> Any:
    """A class method that is `inside` for cells, and what it was for everybody else."""

    @wraps(outside)
    def routed(cls: type, *args: Any, **kwargs: Any) -> Any:
        return outside(cls, *args, **kwargs) if running() is None else inside()

    return classmethod(routed)


def _in_cell() -> bool:
    return get_ipython() is not None


def release_main(completer: ModuleType) -> None:
    """IPython's completer keeps the `__main__` of its import: not that of a notebook."""
    if running() is not None:
        completer.__main__ = ModuleType("__main__")  # type: ignore[attr-defined]


def get_ipython() -> Any:
    """The shell of the notebook whose cell, or whose thread or task of a cell, is running."""
    execution = running()
    return None if execution is None or execution.bridge is None else execution.bridge.face


def _no_shell() -> None:
    """Outside of cells nobody is in IPython."""


def _print(*values: Any, **_: Any) -> None:
    for value in values:
        print(value)  # noqa: T201


def display_in_cell(*values: Any, **options: Any) -> Any:
    """The `display` of the cell that is running."""
    execution = running()
    if execution is not None and execution.display is not None:
        return execution.display(*values, **options)
    return None
