"""What code finds in a cell: values shown, names, sources, types, pickles, threads."""

from __future__ import annotations

import pytest

from nbengine import ExecutionResult
from nbengine.models.outputs import ExecuteResult
from tests.conftest import Run


def value(result: ExecutionResult) -> object:
    """The text of the shown value; None if none was shown."""
    assert result.error is None, result.error
    shown = [o for o in result.outputs if isinstance(o, ExecuteResult)]
    return shown[0].data["text/plain"] if shown else None


@pytest.mark.parametrize(
    "code, text",
    [
        ("1 + 1", "2"),
        ("x = 1", None),
        ("x = 1\nx", "1"),
        ("None", None),
        ("5;", None),
        ("5 ; # quiet", None),
        ("5 # a; b", "5"),
        ("'a;b'", "'a;b'"),
        ("5 \\\n;", None),
        ("for i in range(3): i", None),
        ("1,", "(1,)"),
        ("...", "Ellipsis"),
        ("(y := 7)", "7"),
        ("import asyncio\nawait asyncio.sleep(0, 'v')", "'v'"),
        ("async def g():\n  yield 1\n[i async for i in g()]", "[1]"),
    ],
)
def test_the_last_expression_is_shown(code: str, text: str | None, run: Run) -> None:
    """The value of a last expression is the result, unless it is None or `;` follows it."""
    assert value(run(code)) == text


def test_values_are_remembered_within_bounds(run: Run) -> None:
    """`_N`, `Out` and `In` hold the last hundred cells and never more."""
    for number in range(130):
        run(f"{number} * 2")
    assert value(run("len(Out), min(Out), _130, _, __, ___")) == "(100, 31, 258, 258, 256, 254)"
    assert (
        value(run("sum(map(bool, In)), In[-2]")) == "(100, 'len(Out), min(Out), _130, _, __, ___')"
    )
    assert value(run("'_5' in globals(), '_99' in globals()")) == "(False, True)"


def test_a_hidden_value_is_not_remembered(run: Run) -> None:
    """A value behind `;` is kept neither in `Out` nor in `_`."""
    assert run("7;").execution_count == 1
    assert value(run("list(Out), _")) == "([], '')"


def test_old_big_values_do_not_stay_in_memory(run: Run) -> None:
    """A value that falls out of the history is freed."""
    run("import weakref, gc\nclass Big: nbytes = 40_000_000\nseen = weakref.WeakSet()")
    for _ in range(6):
        run("b = Big(); seen.add(b); b")
    assert value(run("del b; gc.collect(); len(seen)")) == "3"


def test_silent_cells_and_cells_without_history(run: Run) -> None:
    """A silent cell shows no value and neither of the two counts or is remembered."""
    run("1")
    assert value(run("2", silent=True)) is None
    assert value(run("3", store_history=False)) == "3"
    result = run("In, list(Out)")
    assert result.execution_count == 2
    assert value(result) == "(['', '1', 'In, list(Out)'], [1])"


def test_future_imports_stick_to_the_notebook(run: Run) -> None:
    """`from __future__` holds in later cells of its notebook, in no other."""
    run("from __future__ import annotations")
    assert value(run("def f(a: Unknown): ...\nf.__annotations__")) == "{'a': 'Unknown'}"
    assert run("x = (", notebook_id="n").status == "error"
    assert value(run("def f(a: Unknown): ...\nf.__annotations__")) == "{'a': 'Unknown'}"
    other = run("def f(a: int): ...\nf.__annotations__", notebook_id="other")
    assert value(other) == "{'a': int}"


def test_a_cell_is_the_main_module(run: Run) -> None:
    """`__main__` is the notebook: its name, its globals, no file."""
    code = "import __main__, builtins\n__main__.k = 9\n"
    assert value(run(f"{code}(__name__, k, '__file__' in globals())")) == "('__main__', 9, False)"
    assert value(run("globals() is locals() is __main__.__dict__")) == "True"
    assert value(run("__builtins__ is builtins")) == "True"


SOURCES = [
    "def f(x):\n    return x + 1\n",
    "f = lambda x: x * 2\n",
    "async def f():\n    ...\n",
    "class f:\n    def method(self): ...\n",
    "class f:\n    attribute = 1\n",
    "class f: pass\n",
    "@dataclass\nclass f:\n    a: int = 0\n",
    "class f(enum.Enum):\n    A = 1\n",
    "class f(typing.NamedTuple):\n    a: int\n",
    "class f(typing.Protocol):\n    def method(self): ...\n",
]


@pytest.mark.parametrize("source", SOURCES)
def test_sources_of_functions_and_classes_are_found(source: str, run: Run) -> None:
    """`inspect.getsource` gives the source of what cells define, also of its newest version."""
    run("import enum, inspect, typing\nfrom dataclasses import dataclass")
    run(f"\n\n{source}", cell_id="old")
    run(source.replace("1", "2").replace("...", "pass"), cell_id="new")
    assert run("print(inspect.getsource(f), end='')").stdout == source.replace("1", "2").replace(
        "...", "pass"
    )


@pytest.mark.parametrize(
    "source, name, found",
    [
        ("class A:\n    class B:\n        c = 1\n", "A.B", "    class B:\n        c = 1\n"),
        ("if True:\n    class A:\n        c = 1\n", "A", "    class A:\n        c = 1\n"),
        (
            "def make():\n    class A:\n        c = 1\n    return A\nA = make()\n",
            "A",
            "    class A:\n        c = 1\n",
        ),
    ],
)
def test_sources_of_inner_classes_are_found(source: str, name: str, found: str, run: Run) -> None:
    """Classes in classes, in blocks and in functions have their source too."""
    run(f"import inspect\n{source}")
    assert run(f"print(inspect.getsource({name}), end='')").stdout == found


def test_types_and_pickles_of_a_notebook_s_own_classes(run: Run) -> None:
    """Type hints resolve in the notebook, and instances of its classes can be pickled."""
    run(
        "import pickle, typing\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass Point:\n    x: int\n    next: 'Point | None' = None\n"
    )
    hints = "typing.get_type_hints(Point)['x'], Point.__module__, Point(1)"
    assert value(run(hints)) == "(int, '__main__', Point(x=1, next=None))"
    again = "pickle.loads(pickle.dumps([Point(1), Point])) == [Point(1), Point]"
    assert value(run(again)) == "True"


def test_executors_work(run: Run) -> None:
    """Threads of `concurrent.futures` see the notebook's names and print into its cell."""
    code = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "def double(x):\n    print(x)\n    return 2 * x\n"
        "with ThreadPoolExecutor(4) as pool: doubled = list(pool.map(double, range(5)))\n"
        "doubled"
    )
    result = run(code)
    assert value(result) == "[0, 2, 4, 6, 8]"
    assert sorted(result.stdout.split()) == list("01234")


def test_a_syntax_error_runs_nothing(run: Run) -> None:
    """Nothing of a cell with a syntax error runs, it counts, and it says where it is wrong."""
    result = run("x = 1\nprint('ran')\ny = = 2", cell_id="c3")
    assert (result.status, result.execution_count) == ("error", 1)
    error = result.error
    assert error is not None
    assert (error.type, error.line, error.column) == ("SyntaxError", 3, 5)
    assert error.traceback.splitlines()[:3] == ["  Cell c3, line 3", "    y = = 2", "        ^"]
    assert result.stdout == ""
    assert result.state.added == []
    assert value(run("'x' in globals()")) == "False"


@pytest.mark.parametrize(
    "codes, counts",
    [
        (["1", "2"], [1, 2]),
        (["1 / 0", "x = (", "3"], [1, 2, 3]),
        (["1", "", "  \n\t", "2"], [1, 1, 1, 2]),
        (["# comment", "1"], [1, 2]),
        (["raise SystemExit", "1"], [1, 2]),
    ],
)
def test_what_counts(codes: list[str], counts: list[int], run: Run) -> None:
    """As in Jupyter every cell counts, also one that fails; only blank ones do not."""
    assert [run(code).execution_count for code in codes] == counts


def test_what_a_cell_did_to_its_names(run: Run) -> None:
    """Names added, bound anew and removed are listed; history and Python's own are not."""
    run("a = 1; b = 2; c = 3")
    state = run("b = 5; del c; d: int = 4\nd").state
    assert (state.added, state.changed, state.removed) == (["d"], ["b"], ["c"])
    assert run("a; 7").state.added == []
    failed = run("e = 1\n1 / 0\nf = 2").state
    assert failed.added == ["e"]


def test_an_array_can_be_resized_in_place(run: Run) -> None:
    """NumPy refuses to where anybody but the notebook holds the array: nobody does."""
    run("import numpy as np\na = np.arange(6)")
    result = run("a.resize(3)\nlen(a)")
    assert (result.error, result.state.changed) == (None, ["a"])
    assert value(result) == "3"
