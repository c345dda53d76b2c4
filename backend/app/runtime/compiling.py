"""From source text to code: parsed once, split before the last expression, compiled.

The source is never rewritten as text.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import copy
import linecache
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from inspect import CO_COROUTINE
from types import CodeType

from .guard import PolicyError

_FUTURES = 0
for _name in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _name).compiler_flag

_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


Transform = Callable[[ast.Module], ast.Module]
Restrict = Callable[[ast.Module, str], ast.Module]
"""From the tree of a cell and its file name to what its mode lets run."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How a notebook wants its cells read, apart from what they say."""

    interactivity: str = "last_expr"
    """Which expressions are shown; source of the names: IPython, `ast_node_interactivity`."""
    transform: Transform | None = None
    """Changes the tree of each cell."""
    rewrites: bool = False
    """Whether the text of each cell may be changed, though it is Python."""
    restrict: Restrict | None = None
    """Puts guards into what is compiled; the tree that others look at stays the user's."""


PYTHON = Rules()
"""What most notebooks do."""


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a cell that is run at once."""

    code: CodeType
    shows: bool
    """Whether it is an expression whose value is to be shown."""


@dataclass(slots=True)
class CompiledCell:
    """A cell ready to run, step by step: as a rule its statements, then its last expression."""

    source: str
    """The text that was compiled."""
    tree: ast.Module
    steps: tuple[Step, ...]
    futures: int
    """Compiler flags of the `from __future__` imports in force, for the cells after this one."""

    @property
    def code(self) -> Iterator[CodeType]:
        """The code objects in the order in which they run."""
        return (step.code for step in self.steps)


def compile_cell(
    source: str, filename: str, futures: int = 0, rules: Rules = PYTHON
) -> CompiledCell:
    """Parse and compile one cell; nothing of it runs.

    Raises:
        SyntaxError: as Python raises it; also for null bytes, lone surrogates and nesting that
            the compiler cannot follow, which Python reports in other ways.
    """
    try:
        return _compile(source, filename, futures, rules)
    except UnicodeEncodeError as error:
        raise _refusal(source, filename, error.start, "a lone surrogate cannot be source") from None
    except (SyntaxError, ValueError) as error:
        if (at := source.find("\0")) < 0:
            _show_line(error, source)
            raise
        raise _refusal(source, filename, at, "source cannot contain null bytes") from None
    except (RecursionError, MemoryError):
        raise SyntaxError("the code is nested too deeply to be compiled") from None


def _compile(source: str, filename: str, futures: int, rules: Rules) -> CompiledCell:
    flags = _FLAGS | futures
    tree = compile(source, filename, "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
    assert isinstance(tree, ast.Module)
    if rules.transform is not None:
        tree = rules.transform(tree)
    quiet = bool(tree.body) and _ends_with_semicolon(source, tree)
    steps = []
    compiled = tree if rules.restrict is None else rules.restrict(copy.deepcopy(tree), filename)
    for part in _parts(compiled, rules.interactivity):
        shown = isinstance(part, ast.Expression)
        code = compile(
            part, filename, "eval" if shown else "exec", _FLAGS | futures, dont_inherit=True
        )
        futures |= code.co_flags & _FUTURES
        steps.append(Step(code, shown and not quiet))
    return CompiledCell(source, tree, tuple(steps), futures)


def _parts(tree: ast.Module, interactivity: str) -> Iterator[ast.Module | ast.Expression]:
    """What is run at once: a stretch of statements, or an expression that is to be shown."""
    body = tree.body
    if interactivity == "last_expr_or_assign" and body:
        body = body + _assigned(body[-1])
    first_shown = {"none": len(body), "all": 0}.get(interactivity, len(body) - 1)
    waiting: list[ast.stmt] = []
    for place, node in enumerate(body):
        if place < first_shown or not isinstance(node, ast.Expr):
            waiting.append(node)
            continue
        if waiting:
            yield ast.Module(waiting, tree.type_ignores)
            waiting = []
        yield ast.Expression(node.value)
    if waiting:
        yield ast.Module(waiting, tree.type_ignores)


def _assigned(node: ast.stmt) -> list[ast.stmt]:
    """An expression that shows what this statement binds, if it binds one name."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    if len(targets) != 1 or not isinstance(name := targets[0], ast.Name):
        return []
    if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        return []
    shown = ast.Expr(ast.copy_location(ast.Name(name.id, ast.Load()), name))
    return [ast.copy_location(shown, name)]


def restricted_expression(source: str, restrict: Restrict) -> CodeType:
    """An expression under the rules of a mode, as code to be evaluated.

    Raises:
        SyntaxError: it is none. PolicyError: its mode forbids it.
    """
    tree = ast.parse(source.lstrip(" \t"), "<string>", "eval")
    module = restrict(ast.Module([ast.Expr(tree.body)], []), "<string>")
    (statement,) = module.body
    assert isinstance(statement, ast.Expr)
    return compile(ast.Expression(statement.value), "<string>", "eval", dont_inherit=True)


def may_be_command(tree: ast.Module, names: Container[str]) -> bool:
    """Whether a cell is Python only by chance: `ls`, `pwd` or `ls -l`, without such a variable."""
    if len(tree.body) != 1 or not isinstance(statement := tree.body[0], ast.Expr):
        return False
    word = statement.value
    while isinstance(word, ast.BinOp):
        word = word.left
    return isinstance(word, ast.Name) and word.id not in names and not hasattr(builtins, word.id)


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
        if isinstance(error, PolicyError):
            _count_characters(error, error.text)


def _count_characters(error: PolicyError, line: str) -> None:
    """Trees count columns in bytes, errors in characters."""
    if line.isascii():
        return
    units = line.encode()
    error.offset = len(units[: (error.offset or 1) - 1].decode(errors="replace")) + 1
    if error.end_offset and error.end_lineno == error.lineno:
        error.end_offset = len(units[: error.end_offset - 1].decode(errors="replace")) + 1


def _refusal(source: str, filename: str, at: int, message: str) -> SyntaxError:
    before = source[:at]
    line = before.count("\n") + 1
    column = at - (before.rfind("\n") + 1) + 1
    text = source.splitlines()[line - 1] if source.splitlines()[line - 1 :] else ""
    shown = text.encode("utf-8", "backslashreplace").decode().replace("\0", "␀")
    return SyntaxError(message, (filename, line, column, shown))
