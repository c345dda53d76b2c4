"""Whether a piece of code is whole, or its writer is still at it."""

from __future__ import annotations

import ast
import codeop
from collections.abc import Iterator, Sequence
from typing import Literal

from ...models.assistance import Completeness
from .tokens import Token, enclosing, quiet, quotes, scan, without_magics

MOST = 200_000
"""Characters that are judged: the compiler holds the interpreter while it reads."""

_FLAGS = (
    ast.PyCF_ONLY_AST
    | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    | codeop.PyCF_DONT_IMPLY_DEDENT  # type: ignore[attr-defined]
    | codeop.PyCF_ALLOW_INCOMPLETE_INPUT  # type: ignore[attr-defined]
)
_BOUND_TO_PLACE = frozenset("return yield nonlocal break continue".split())
_COMPLETE = Completeness(status="complete")
_INVALID = Completeness(status="invalid")
UNKNOWN = Completeness(status="unknown")


def completeness(code: str) -> Completeness:
    """What Enter should do at the end of this code; nothing of it runs.

    An indented block is complete once a new line was begun after it, a cell magic once an empty
    line was.
    """
    if len(code) > MOST:
        return UNKNOWN
    lines = _cleaned(code)
    if not lines:
        return _COMPLETE
    last = next((line for line in reversed(lines) if line.strip()), "")
    if last.rstrip("\n").endswith("\\"):
        return _incomplete(lines)
    if lines[0].startswith("%%"):
        return _incomplete(lines) if lines[-1].strip() else _COMPLETE
    return _judged(lines, ends_with_newline=code.rstrip(" \t\r\f").endswith("\n"))


def _cleaned(code: str) -> list[str]:
    """The lines without empty ones at the top, indentation that all have, and prompts."""
    text = code.replace("\r\n", "\n").replace("\r", "\n")
    if not text.rstrip(" \t\f").endswith("\n"):
        text += "\n"
    lines = text.splitlines(keepends=True)
    while lines and not lines[0].strip():
        del lines[0]
    if not lines:
        return []
    indent = lines[0][: len(lines[0]) - len(lines[0].lstrip(" \t"))]
    lines = [line.removeprefix(indent) for line in lines]
    if lines[0].startswith(">>> "):
        return [_without_prompt(line) for line in lines]
    if lines[0].startswith("In ["):
        lines[0] = lines[0].partition("]: ")[2] or lines[0]
    return lines


def _without_prompt(line: str) -> str:
    return line[4:] if line.startswith((">>> ", "... ")) else line


def _judged(lines: Sequence[str], *, ends_with_newline: bool) -> Completeness:
    text = "".join(lines)
    tokens = scan(text)
    if _closes_too_much(tokens):
        return _INVALID
    if _has_open_string(tokens) or enclosing(tokens):
        return _incomplete(lines)
    statement = _last_line(tokens)
    column = _column(text, statement[0]) if statement else 0
    if statement and statement[-1].text == ":":
        return Completeness(status="incomplete", indent=" " * (column + 4))
    is_suspect = any(token.text in _BOUND_TO_PLACE for token in tokens)
    status = _parsed(without_magics(quiet(text, tokens), tokens), is_suspect)
    if status == "incomplete" or (status == "complete" and column and not ends_with_newline):
        return _incomplete(lines)
    return _INVALID if status == "invalid" else _COMPLETE


def _incomplete(lines: Sequence[str]) -> Completeness:
    """More is to come, as far in as the last line is."""
    last = lines[-1]
    indent = last[: len(last) - len(last.lstrip(" \t"))]
    return Completeness(status="incomplete", indent=indent.replace("\t", "    "))


def _has_open_string(tokens: Sequence[Token]) -> bool:
    last = tokens[-1] if tokens else None
    return (
        last is not None and last.kind == "string" and not last.closed and len(quotes(last)[1]) == 3
    )


def _closes_too_much(tokens: Sequence[Token]) -> bool:
    depth = 0
    for token in tokens:
        if token.kind == "operator":
            depth += (token.text in "([{") - (token.text in ")]}")
            if depth < 0:
                return True
    return False


def _last_line(tokens: Sequence[Token]) -> list[Token]:
    """The last line of code that a newline ends, brackets and comments notwithstanding."""
    last: list[Token] = []
    line: list[Token] = []
    for token in tokens:
        if token.kind == "newline":
            last, line = line or last, []
        elif token.kind != "comment":
            line.append(token)
    return line or last


def _column(text: str, token: Token) -> int:
    line = text[text.rfind("\n", 0, token.start) + 1 : token.start]
    return len(line.replace("\t", "    "))


def _parsed(source: str, is_suspect: bool) -> Literal["complete", "incomplete", "invalid"]:
    try:
        tree = compile(source, "<cell>", "exec", _FLAGS, dont_inherit=True)
    except SyntaxError as error:
        return "incomplete" if "incomplete input" in str(error.msg) else "invalid"
    except (ValueError, OverflowError, MemoryError, RecursionError):
        return "invalid"
    return "invalid" if is_suspect and any(_misplaced(tree)) else "complete"


def _misplaced(tree: ast.AST) -> Iterator[ast.AST]:
    """Statements that only a function or a loop may have, outside of one."""
    waiting: list[tuple[ast.AST, bool, bool]] = [(tree, False, False)]
    while waiting:
        node, in_function, in_loop = waiting.pop()
        if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom | ast.Nonlocal):
            if not in_function:
                yield node
        elif isinstance(node, ast.Break | ast.Continue) and not in_loop:
            yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            in_function, in_loop = True, False
        elif isinstance(node, ast.ClassDef):
            in_function = in_loop = False
        elif isinstance(node, ast.For | ast.AsyncFor | ast.While):
            in_loop = True
        waiting += [(child, in_function, in_loop) for child in ast.iter_child_nodes(node)]
