"""From source text to code: parsed once, split before the last expression, compiled.

The source is never rewritten as text.
"""

from __future__ import annotations
import __future__

import ast
import linecache
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import CO_COROUTINE
from types import CodeType

_FUTURES = 0
for _name in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _name).compiler_flag

_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


@dataclass(slots=True)
class CompiledCell:
    """A cell ready to run: its statements, and its last expression apart from them."""

    tree: ast.Module
    body: CodeType | None
    last: CodeType | None
    shows_last: bool
    """Whether the value of the last expression is to be shown (no `;` behind it)."""
    futures: int
    """Compiler flags of the `from __future__` imports in force, for the cells after this one."""

    @property
    def code(self) -> Iterator[CodeType]:
        """The code objects in the order in which they run."""
        return (code for code in (self.body, self.last) if code is not None)


def compile_cell(source: str, filename: str, futures: int = 0) -> CompiledCell:
    """Parse and compile one cell; nothing of it runs.

    Raises:
        SyntaxError: as Python raises it; also for null bytes, lone surrogates and nesting that
            the compiler cannot follow, which Python reports in other ways.
    """
    try:
        return _compile(source, filename, futures)
    except UnicodeEncodeError as error:
        raise _refusal(source, filename, error.start, "a lone surrogate cannot be source") from None
    except (SyntaxError, ValueError) as error:
        if (at := source.find("\0")) < 0:
            _show_line(error, source)
            raise
        raise _refusal(source, filename, at, "source cannot contain null bytes") from None
    except (RecursionError, MemoryError):
        raise SyntaxError("the code is nested too deeply to be compiled") from None


def _compile(source: str, filename: str, futures: int) -> CompiledCell:
    flags = _FLAGS | futures
    tree = compile(source, filename, "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
    assert isinstance(tree, ast.Module)
    statements, expression = tree, None
    if tree.body and isinstance(final := tree.body[-1], ast.Expr):
        statements = ast.Module(tree.body[:-1], tree.type_ignores)
        expression = ast.Expression(final.value)
    body = last = None
    if statements.body:
        body = compile(statements, filename, "exec", flags, dont_inherit=True)
        futures |= body.co_flags & _FUTURES
    if expression is not None:
        last = compile(expression, filename, "eval", _FLAGS | futures, dont_inherit=True)
    shows = last is not None and not _ends_with_semicolon(source, tree)
    return CompiledCell(tree, body, last, shows, futures)


def is_coroutine(code: CodeType) -> bool:
    """Whether running this code needs an event loop."""
    return bool(code.co_flags & CO_COROUTINE)


def remember_source(filename: str, source: str) -> None:
    """Let tracebacks and `inspect` find the lines of a cell."""
    entry = (len(source), None, source_lines(source), filename)
    linecache.cache[filename] = entry


def forget_source(filename: str) -> None:
    """Undo `remember_source`."""
    linecache.cache.pop(filename, None)


def source_lines(source: str) -> list[str]:
    """Lines as Python counts them, each with its newline."""
    if "\r" in source:
        source = source.replace("\r\n", "\n").replace("\r", "\n")
    if "\n" not in source:
        return [source + "\n"] if source else []
    lines = source.split("\n")
    rest = lines.pop()
    return [line + "\n" for line in lines] + ([rest + "\n"] if rest else [])


def _ends_with_semicolon(source: str, tree: ast.Module) -> bool:
    if ";" not in source:
        return False
    final = tree.body[-1]
    lines = source_lines(source)[(final.end_lineno or 1) - 1 :]
    lines[0] = lines[0].encode()[final.end_col_offset or 0 :].decode()
    return "".join(lines).lstrip(" \t\f\\\n").startswith(";")


def _show_line(error: SyntaxError | ValueError, source: str) -> None:
    """What only the compiler sees (`return` outside of a function) comes without its line."""
    if isinstance(error, SyntaxError) and error.text is None and error.lineno:
        error.text = "".join(source_lines(source)[error.lineno - 1 : error.lineno])


def _refusal(source: str, filename: str, at: int, message: str) -> SyntaxError:
    before = source[:at]
    line = before.count("\n") + 1
    column = at - (before.rfind("\n") + 1) + 1
    text = source.splitlines()[line - 1] if source.splitlines()[line - 1 :] else ""
    shown = text.encode("utf-8", "backslashreplace").decode().replace("\0", "␀")
    return SyntaxError(message, (filename, line, column, shown))
