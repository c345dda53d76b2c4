"""The source policy against programs that nobody wrote."""

from __future__ import annotations

import ast
import dis
import random
import re
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine import ExecutionMode, ExecutionResult, ExecutionService
from nbengine.policy import vocabulary
from nbengine.policy.source import OWN_NAME, restrict
from nbengine.policy.watched import is_watched

from .budget import examples
from .grammar import DATA, HEAD, programs

FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExecutionService]:
    """One service for all programs."""
    with ExecutionService(workspace_dir=tmp_path_factory.mktemp("fuzz")) as service:
        yield service


@given(program=programs())
@examples(100)
def test_a_program_does_under_guard_what_it_does_without(
    warm: ExecutionService, program: str
) -> None:
    """The same outputs, errors, lines and variables, evaluated in the same order."""
    held, free = (_run(warm, program, mode) for mode in ("read_only", "write_enabled"))
    assert held == free


def _run(service: ExecutionService, program: str, mode: str) -> dict[str, Any]:
    service.restart(mode)
    first = service.execute_code(HEAD, "head", mode, mode=ExecutionMode(mode))
    assert first.error is None, first.error.traceback
    result = service.execute_code(program, "c1", mode, mode=ExecutionMode(mode))
    variables = service.notebook_globals[mode]
    return _told(result) | {name: repr(variables.get(name)) for name in DATA}


def _told(result: ExecutionResult) -> dict[str, Any]:
    """Of an error its kind and the lines of the cell: guards of text have frames of their own."""
    told = result.model_dump(include={"status", "stdout", "warnings"})
    told["shown"] = [each.model_dump() for each in result.outputs if each.output_type != "error"]
    told["state"] = (result.state.added, result.state.changed, result.state.removed)
    if (error := result.error) is not None:
        lines = re.findall(r"Cell \S+, line \d+", error.traceback)
        told["error"] = (error.type, error.message, error.line, lines)
    return told


@cache
def _statements() -> tuple[str, ...]:
    """Top-level statements of Python's own library, the same ones in the same order each time."""
    library = Path(sysconfig.get_path("stdlib"))
    texts = (path.read_text("utf-8") for path in sorted(library.glob("*.py")))
    found = [ast.unparse(node) for text in texts for node in ast.parse(text).body]
    return tuple(sorted({text for text in found if len(text) < 4000}))


@st.composite
def mixtures(draw: Any) -> ast.Module:
    """A tree of real statements, some of whose expressions have changed places."""
    texts = draw(st.lists(st.sampled_from(_statements()), min_size=1, max_size=4))
    tree = ast.parse("\n".join(texts))
    places = random.Random(draw(st.integers(0, 2**32)))
    for _ in range(draw(st.integers(0, 6))):
        _swap(tree, places)
    return tree


def _swap(tree: ast.Module, places: random.Random) -> None:
    """Put one expression that is read where another one is."""
    found = [(node, *slot) for node in ast.walk(tree) for slot in _slots(node)]
    if len(found) < 2:
        return
    (node, name, at), (other, other_name, other_at) = places.sample(found, 2)
    value = _get(other, other_name, other_at)
    _put(node, name, at, ast.parse(ast.unparse(value), mode="eval").body)


def _slots(node: ast.AST) -> Iterator[tuple[str, int | None]]:
    for name, value in ast.iter_fields(node):
        if isinstance(value, ast.expr) and _is_read(value):
            yield name, None
        elif isinstance(value, list):
            yield from ((name, at) for at, part in enumerate(value) if _is_read(part))


def _is_read(node: Any) -> bool:
    ordinary = isinstance(node, ast.expr) and not isinstance(node, ast.Starred | ast.Slice)
    in_text = isinstance(node, ast.JoinedStr | ast.FormattedValue)
    return ordinary and not in_text and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)


def _get(node: ast.AST, name: str, at: int | None) -> Any:
    return getattr(node, name) if at is None else getattr(node, name)[at]


def _put(node: ast.AST, name: str, at: int | None, value: ast.expr) -> None:
    if at is None:
        setattr(node, name, value)
    else:
        getattr(node, name)[at] = value


@given(tree=mixtures())
@examples(150)
def test_whatever_is_accepted_reaches_nothing_but_through_a_guard(tree: ast.Module) -> None:
    """A tree is refused by a SyntaxError, or its code reads no attribute by itself."""
    try:
        source = ast.unparse(tree)
        tree = ast.parse(source)
        compile(tree, "<cell>", "exec", FLAGS)
    except (SyntaxError, ValueError):
        return  # what was put together is no Python
    tested = {part.attr for node in ast.walk(tree) for part in _named_in_patterns(node)}
    try:
        code = compile(restrict(tree, "<cell>", ()), "<cell>", "exec", FLAGS)
    except SyntaxError:
        return
    _check(code, tested)


@given(program=programs())
@examples(50)
def test_a_harmless_program_is_all_guards(program: str) -> None:
    """The same of programs that are hardly ever refused."""
    try:
        code = compile(restrict(ast.parse(program), "<cell>", DATA), "<cell>", "exec", FLAGS)
    except SyntaxError:
        return
    _check(code, set())


@given(text=st.text(st.sampled_from("ab_.=:()[]{}'\"@*\\\n \0\tλ\ud800!%,;~0x"), max_size=60))
@examples(200)
def test_any_text_is_a_cell_or_a_syntax_error(warm: ExecutionService, text: str) -> None:
    """Whatever is sent as code, the engine answers with a result, and the next cell runs."""
    assert warm.execute_code(text, "c1", "any", mode="read_only").status in ("ok", "error")
    assert warm.execute_code("1", "c2", "any", mode="read_only").status == "ok"


def _named_in_patterns(node: ast.AST) -> Iterator[ast.Attribute]:
    """The dotted names of classes in patterns, which syntax leaves as they are, or stand-ins."""
    if isinstance(node, ast.MatchClass):
        yield from (part for part in ast.walk(node.cls) if isinstance(part, ast.Attribute))


_OF_CLASSES = frozenset({"__name__", "__module__", "__qualname__", "__annotations__"})
"""What the compiler itself reads and binds at the beginning of the body of a class."""
_BARE = frozenset({"LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR", "LOAD_SUPER_METHOD"})
_NAMES = frozenset({"LOAD_NAME", "LOAD_GLOBAL", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_GLOBALS"})


def _check(code: CodeType, tested: set[str]) -> None:
    """Attributes are read by guards alone, and no name leads to what guards stand before.

    The exceptions are `value`, of a guard's own small objects; classes in patterns, whose names are
    public and not watched, and numbers of their stand-ins; variables named like a guarded builtin,
    which a guard asks first.
    """
    before = ""
    for instruction in dis.get_instructions(code):
        name = instruction.argval
        if instruction.opname in _BARE:
            assert name == "value" or name in tested or name.isdigit(), instruction
            assert not name.startswith("_"), instruction
            assert not is_watched(name), instruction
        elif instruction.opname == "IMPORT_NAME":
            assert name == "__future__", instruction
        elif instruction.opname in _NAMES:
            assert not vocabulary.is_dunder(name) or name in _OF_CLASSES | vocabulary.GLOBALS
            assert name not in {"eval", "exec", "compile", "globals", "locals", "__import__"}
            assert name not in vocabulary.GUARDED_BUILTINS or before == OWN_NAME, instruction
            before = name
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            _check(constant, tested)
