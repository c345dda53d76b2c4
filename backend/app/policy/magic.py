"""IPython's magics and shell lines: those that only choose or show how things look may stay."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, NamedTuple

from ..runtime.own_account import on_own_account
from .refusal import refuse

MAGIC = "magic"
"""Name of the guard that runs one."""

_SHELL = frozenset({"system", "getoutput"})
_SIGNS = {"run_line_magic": "%", "run_cell_magic": "%%"}
_DISPLAYS = frozenset({"html", "HTML", "markdown", "latex", "svg", "SVG", "javascript", "js"})
"""Cell magics that show their text."""
_INLINE = frozenset({"", "inline", "agg"})


class Magic(NamedTuple):
    """A call of the shell as IPython writes it for a magic."""

    method: str
    name: str
    line: str = ""
    body: str = ""

    @property
    def text(self) -> str:
        """About as the user wrote it."""
        return f"{_SIGNS.get(self.method, '!')}{self.name} {self.line}".rstrip()


def called_magic(node: ast.Call) -> Magic | None:
    """The magic or shell command that the node stands for, if it is one."""
    function = node.func
    if not (
        isinstance(function, ast.Attribute)
        and function.attr in _SIGNS.keys() | _SHELL
        and isinstance(shell := function.value, ast.Call)
        and isinstance(shell.func, ast.Name)
        and shell.func.id == "get_ipython"
    ):
        return None
    words = [part.value if isinstance(part, ast.Constant) else "…" for part in node.args]
    texts = [str(word) for word in words][:3]
    return Magic(function.attr, *(texts or [""]))


def is_harmless(magic: Magic) -> bool:
    """Whether running it does no more than show something, or choose how figures are drawn."""
    if magic.method == "run_line_magic":
        return magic.name == "matplotlib" and magic.line.strip() in _INLINE
    if magic.method != "run_cell_magic" or magic.name not in _DISPLAYS:
        return False
    return magic.line.strip() in ("", "--isolated")  # what else stood there would be expanded


def magic_runner(get_ipython: Callable[[], Any]) -> Callable[..., Any]:
    """What runs a magic in the shell of the notebook that asks."""

    def run(*parts: str) -> Any:
        magic = Magic(*parts)
        if not is_harmless(magic):
            raise refuse(f"The magic or shell command {magic.text!r}")
        shell = get_ipython()
        if magic.method == "run_line_magic":
            return on_own_account(lambda: shell.run_line_magic(magic.name, magic.line))
        return on_own_account(lambda: shell.run_cell_magic(magic.name, magic.line, magic.body))

    return run
