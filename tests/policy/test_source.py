from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.policy.source import restrict
from nbengine.runtime.guard import PolicyError
from tests.conftest import Run

from .analyses import ANALYSES

REFUSALS = {
    "x = 1\neval('1')": (2, "The use of 'eval'"),
    "exec('')": (1, "The use of 'exec'"),
    "f = compile": (1, "The use of 'compile'"),
    "globals()['x']": (1, "The use of 'globals'"),
    "\n\nlocals()": (3, "The use of 'locals'"),
    "breakpoint()": (1, "The use of 'breakpoint'"),
    "__import__('os')": (1, "The use of '__import__'"),
    "__builtins__": (1, "The use of '__builtins__'"),
    "eval = 1": (1, "Giving the name 'eval' to something"),
    "def getattr(x, y): pass": (1, "Giving the name 'getattr' to something"),
    "__builtins__ = {}": (1, "Giving the name '__builtins__' to something"),
    "import math as __name__": (1, "Giving the name '__name__' to something"),
    "try:\n    1\nexcept E as __doc__:\n    2": (3, "Giving the name '__doc__' to something"),
    "def f(__x__): pass": (1, "Giving the name '__x__' to something"),
    "global __loader__": (1, "Giving the name '__loader__' to something"),
    "[0 for __spec__ in [1]]": (1, "Giving the name '__spec__' to something"),
    "(__spec__ := 1)": (1, "Giving the name '__spec__' to something"),
    "().__class__.__bases__": (1, "The attribute '__bases__'"),
    "f.__globals__": (1, "The attribute '__globals__'"),
    "f'{x.__code__}'": (1, "The attribute '__code__'"),
    "g.gi_frame": (1, "The attribute 'gi_frame'"),
    "e.__traceback__": (1, "The attribute '__traceback__'"),
    "x.__class__ = y": (1, "Setting the attribute '__class__'"),
    "x.__dict__ |= y": (1, "Setting the attribute '__dict__'"),
    "class A:\n    def __del__(self): pass": (2, "Giving the name '__del__' to something"),
    "class A:\n    def __reduce__(self): pass": (2, "Giving the name '__reduce__' to something"),
    "class A:\n    __reduce_ex__ = f": (2, "Giving the name '__reduce_ex__' to something"),
    "class A:\n    __match_args__ = names": None,
    "match x:\n    case A(to_csv=w): pass": (2, "Taking the attribute 'to_csv' out"),
    "match x:\n    case A(_x=w): pass": (2, "Taking the attribute '_x' out"),
    "match x:\n    case a._b(): pass": (2, "Taking the attribute '_b' out"),
    "match x:\n    case __name__: pass": (2, "Giving the name '__name__' to something"),
    "import subprocess": (1, "The import of 'subprocess'"),
    "import numpy, ctypes as c": (1, "The import of 'ctypes'"),
    "import numpy.ctypeslib": (1, "The import of 'numpy.ctypeslib'"),
    "from os import __file__": (1, "The import of '__file__'"),
    "from pickle import loads": (1, "The import of 'pickle'"),
    "from numpy import *": (1, "'from numpy import *'"),
    "from . import x": (1, "A relative import"),
    "def f(x: g()): pass": None,
    "def f(x: 'g()'): pass": (1, "An annotation that is more than a type"),
    "x: '().__class__'": (1, "An annotation that is more than a type"),
    "from __future__ import annotations\nx: g()": (2, "An annotation that is more than a type"),
    "!ls": (1, "The magic or shell command '!ls'"),
    "x = 1\n%time x": (2, "The magic or shell command '%time x'"),
    "%%timeit\n1": (1, "The magic or shell command '%%timeit'"),
    "files = !ls": (1, "The magic or shell command '!ls'"),
    "%run other.py": (1, "The magic or shell command '%run other.py'"),
    "%matplotlib qt": (1, "The magic or shell command '%matplotlib qt'"),
    "%%html {1}\n<b>": (1, "The magic or shell command '%%html {1}'"),
}  # fmt: skip


@pytest.mark.parametrize("code", REFUSALS)
def test_refusal_names_construct_line_and_mode_and_nothing_has_run(run: Run, code: str) -> None:
    """One error of the cell says what, where, and which mode allows it, before anything runs."""
    expected = REFUSALS[code]
    result = run(code, mode="read_only")
    if expected is None:
        assert result.error is None or result.error.type != "PolicyError"
        return
    line, what = expected
    assert result.error is not None
    assert (result.status, result.error.type) == ("error", "PolicyError")
    assert result.error.line == line
    assert result.error.column is not None
    assert result.error.message.startswith(what)
    assert "not allowed in READ_ONLY; WRITE_ENABLED allows it." in result.error.message
    assert f"Cell c1, line {line}" in result.error.traceback
    assert not result.state.added


def test_all_refusals_of_a_cell_are_told_at_once(run: Run) -> None:
    """The first is the error, the others are named with their lines."""
    result = run("eval('1')\nx = 1\nimport pickle\nexec('2')", mode="read_only")
    assert result.error is not None
    assert "And 2 more (line 3: the import of 'pickle', line 4: the use of 'exec')." in (
        result.error.message
    )


def test_excerpt_points_at_the_place(run: Run) -> None:
    """The traceback shows the line, with carets under what is refused."""
    result = run("y = 1\nx = (1).__class__.__mro__", mode="read_only")
    assert result.error is not None
    lines = result.error.traceback.splitlines()
    assert lines[1].strip() == "x = (1).__class__.__mro__"
    assert lines[2].strip() == "^" * len("(1).__class__.__mro__")


def test_columns_are_characters(run: Run) -> None:
    """Letters of more than one byte before the place do not shift it."""
    result = run("é = 'äöü'; eval('1')", mode="read_only")
    assert result.error is not None
    assert result.error.column == 12


def test_syntax_of_a_later_python_is_refused_until_it_is_known() -> None:
    """A node that has no rule is not passed through."""

    class NewStatement(ast.stmt):
        pass

    statement = NewStatement(lineno=1, col_offset=0)
    with pytest.raises(PolicyError, match="The syntax of NewStatement"):
        restrict(ast.Module([statement], []), "<cell>", ())


@pytest.mark.parametrize(
    "code", ["return 1", "x = '\0'", "(" * 300 + ")" * 300, "yield 1", "x =", "\ud800 = 1"]
)
def test_what_is_no_python_is_a_plain_syntax_error(run: Run, code: str) -> None:
    """Null bytes, deep nesting and a stray `return` are told as they are without a guard."""
    held, free = (run(code, notebook_id=mode, mode=mode) for mode in ("read_only", "write_enabled"))
    assert held.error == free.error
    assert held.error is not None
    assert held.error.type == "SyntaxError"


@pytest.mark.parametrize("signs", ["-", "not ", "x."], ids=["operators", "words", "attributes"])
def test_deep_nesting_ends_as_an_error_of_the_cell(run: Run, signs: str) -> None:
    """However deep an expression is, the notebook goes on."""
    run(signs * 20_000 + "1" if signs != "x." else "x" + ".real" * 20_000, mode="read_only")
    assert run("1 + 1", mode="read_only").status == "ok"


def test_tree_that_capture_looks_at_is_the_users(run: Run) -> None:
    """A table changed in place is found although the compiled code has guards in it."""
    run("import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})", mode="read_only")
    result = run("df.loc[0, 'a'] += 5", mode="read_only")
    assert result.state.changed == ["df"]
    assert [table.name for table in result.tables] == ["df"]


def test_traceback_has_the_lines_of_the_cell(run: Run) -> None:
    """An error below a guarded attribute shows user frames only, each with its own line."""
    code = "class A:\n    def f(self):\n        return self.missing\n\nA().f()"
    held, free = (run(code, notebook_id=mode, mode=mode) for mode in ("read_only", "write_enabled"))
    assert held.error == free.error
    assert held.error is not None
    assert held.error.line == 3


def test_private_names_mangle_as_ever(run: Run) -> None:
    """`self.__x` within a class is the attribute that the compiler would take."""
    code = """
class _Box:
    def __init__(self):
        self.__item = 1
        self.__item += 1
    def get(self):
        return self.__item, vars(self)
_Box().get()
"""
    result = run(code, mode="read_only")
    assert result.outputs[-1].model_dump()["data"]["text/plain"] == "(2, {'_Box__item': 2})"


def test_augmented_assignment_keeps_its_order(run: Run) -> None:
    """The attribute is read before the right side is evaluated, and its owner only once."""
    code = """
told = []
class A:
    n = 1
def owner():
    told.append('owner')
    return A
def change():
    A.n = 100
    return 1
owner().n += change()
told, A.n
"""
    result = run(code, mode="read_only")
    assert result.outputs[-1].model_dump()["data"]["text/plain"] == "(['owner'], 2)"


def test_harmless_magics_run(run: Run) -> None:
    """What only shows text, or draws figures into the cell, is allowed."""
    assert run("%matplotlib inline\n1", mode="read_only").status == "ok"
    shown = run("%%html\n<b>bold</b>", mode="read_only")
    assert shown.outputs[0].model_dump()["data"]["text/html"] == "<b>bold</b>\n"


FRAGMENTS = """
x
x.y
x.__y
x.to_csv(z)
x[0]
x.y = 1
x.y[0] += 2
x.y += x.z
import os.path
from os import path as p
class A(B.c, metaclass=m.M):
def f(a: b.c = d.e, *, g) -> h.i:
@x.y
    return x.y
    pass
lambda: x.y
[a.b for a.c in d.e if f.g]
with x.y as z.w:
match x.y:
    case A.B(b=c): pass
    case A.B | {'k': C.D}: pass
async def f():
    await x.y
for x.y in z.w:
del x.y
f'{x.y!r:{z.w}}'
try:
except* x.E as e:
print(*x.y, **z.w)
(x.y := 1)
x: 'y.z' = w.v
global x
x.y: int = z.w
x = y.z, *w.v
if x.y:
    x.y
eval
(
""".strip("\n").split("\n")


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=8))
def test_nothing_leads_out_but_through_a_guard(lines: list[str]) -> None:
    """Whatever the source, either it is refused or no attribute or import is left bare."""
    source = "\n".join(lines)
    try:
        compile(source, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        tree = restrict(ast.parse(source), "<cell>", ())
    except SyntaxError:
        return
    _check_guarded(tree)


@pytest.mark.parametrize("name", ANALYSES)
def test_analyses_are_wholly_guarded(name: str) -> None:
    """The same of real cells, which are not refused."""
    if not ANALYSES[name].startswith("%"):
        tree = ast.parse(ANALYSES[name])
        _check_guarded(restrict(tree, "<cell>", ()))


def _check_guarded(tree: ast.Module) -> None:
    compile(tree, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    patterns = [node.cls for node in ast.walk(tree) if isinstance(node, ast.MatchClass)]
    tested = {id(part) for cls in patterns for part in ast.walk(cls)}
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Import)
        if isinstance(node, ast.ImportFrom):
            assert node.module == "__future__"
        if isinstance(node, ast.Attribute) and id(node) not in tested:
            assert isinstance(node.value, ast.Call)
            assert not isinstance(node.ctx, ast.Load) or node.attr == "value"
            assert isinstance(node.value.func, ast.Name)
            assert node.value.func.id.startswith("guarded ")
