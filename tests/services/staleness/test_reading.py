from __future__ import annotations

import pytest

from nbengine.services.staleness import reads_and_writes


def read(source: str) -> set[str]:
    """Names that a cell reads, without functions of Python."""
    return set(reads_and_writes(source).reads) - {"print", "open", "range", "Exception", "len"}


@pytest.mark.parametrize(
    "source, names",
    [
        ("y = x + 1", {"x"}),
        ("x = 1\nprint(x)", set()),
        ("print(x)\nx = 1", {"x"}),
        ("x += 1", {"x"}),
        ("if a:\n    b = 1\nprint(b)", {"a", "b"}),
        ("if a:\n    b = 1\nelse:\n    b = 2\nprint(b)", {"a"}),
        ("for i in xs:\n    t = i\nprint(t)", {"xs", "t"}),
        ("while a:\n    b = 1\nprint(b)", {"a", "b"}),
        ("try:\n    x = 1\nexcept Exception:\n    x = 2\nprint(x)", set()),
        ("try:\n    x = 1\nexcept Exception:\n    pass\nprint(x)", {"x"}),
        ("with open(p) as f:\n    x = f.read()\nprint(x)", {"p"}),
        ("with unknown():\n    x = 1\nprint(x)", {"unknown", "x"}),
        ("[i + k for i in xs if i]", {"k", "xs"}),
        ("{k: v for k, v in d.items()}", {"d"}),
        ("print(y := x, y)", {"x"}),
        ("def f(a, b=k):\n    return a + w", {"k"}),
        ("@deco\ndef f(): pass", {"deco"}),
        ("class A(B):\n    n = k\n    m = n", {"B", "k"}),
        ("h = lambda v=k: v + w", {"k"}),
        ("x[i].a = y", {"x", "i", "y"}),
        ("del x[i]", {"x", "i"}),
        ("match v:\n    case [a, *b]:\n        c = a", {"v"}),
        ("import a.b as c, d\nprint(c, d)", set()),
        ("async def f():\n    pass\nawait f()", set()),
        ("await g(x)", {"g", "x"}),
        ("f'{x!r:>{w}}'", {"x", "w"}),
        ("x: int = y", {"int", "y"}),
    ],
)
def test_names_are_read_that_the_cell_has_not_surely_bound(source: str, names: set[str]) -> None:
    """At its top level, in the order in which it runs."""
    assert read(source) == names


@pytest.mark.parametrize(
    "source, names",
    [
        ("x[0] = 1", {"x"}),
        ("x.a.b = 1", {"x"}),
        ("x += 1", {"x"}),
        ("x[0] += 1", {"x"}),
        ("del x[0], y.a", {"x", "y"}),
        ("x.append(1)", {"x"}),
        ("x['k'].append(1)", {"x"}),
        ("df.dropna(inplace=True)", {"df"}),
        ("df.dropna(inplace=False)", set()),
        ("next(it)", {"it"}),
        ("np.random.shuffle(x)", {"np", "x"}),
        ("x.upper(); len(x); x == 1", set()),
        ("def f(): x.append(1)", set()),
    ],
)
def test_what_is_written_to_change_in_place_is_known(source: str, names: set[str]) -> None:
    """By assignment, by methods that do, by functions that do."""
    assert reads_and_writes(source).mutates == names


def test_what_is_reached_through_a_local_variable_may_change() -> None:
    """In comprehensions and in functions."""
    assert reads_and_writes("[r.append(1) for r in rows]").doubts == {"rows"}
    code = reads_and_writes("def f():\n    for r in rows:\n        r.append(1)").definitions["f"]
    assert code.doubts == {"rows"}


def test_a_functions_code_is_told_apart_from_the_cell() -> None:
    """What it reads, binds, changes and calls; inner functions are a part of it."""
    source = """
def f(a):
    global t
    t = k
    def g(n):
        held.append(n)
        return h(n)
    return g
"""
    names = reads_and_writes(source)
    code = names.definitions["f"]
    assert names.reads == set()
    assert code.reads == {"k", "held", "h"}
    assert (code.binds, code.mutates) == (frozenset({"t"}), frozenset({"held"}))
    assert code.calls == {"held", "h"}


def test_functions_that_keep_something_are_known() -> None:
    """In a default value, or in a variable around them."""
    keeps = "def f(seen=[]):\n    seen.append(1)"
    around = "def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n    return g"
    plain = "def f(seen=()):\n    return seen"
    found = [reads_and_writes(each).definitions["f"].stateful for each in (keeps, around, plain)]
    assert found == [True, True, False]


def test_methods_belong_to_their_class() -> None:
    """Whoever uses the class may run them."""
    source = """
class A:
    def m(self):
        return k
    @property
    def p(self):
        return w
"""
    assert reads_and_writes(source).definitions["A"].reads == {"k", "w"}


def test_values_flow_from_name_to_name() -> None:
    """Step by step within the cell; not through what gives back nothing of its arguments."""
    names = reads_and_writes("a = b\nc = [a, len(d)]\ne = c == f")
    assert names.sources("c") == {"a", "b"}
    assert names.sources("e") == set()


@pytest.mark.parametrize(
    "source, reads, unknown",
    [
        ("%time y = f(x)", {"f", "x"}, set()),
        ("%timeit -n 10 f(x)", {"f", "x"}, set()),
        ("%%time\ny = f(x)", {"f", "x"}, set()),
        ("%%capture out\nprint(x)", {"x"}, set()),
        ("!ls $x {y}", {"x", "y"}, {"!"}),
        ("z = !ls", set(), {"!"}),
        ("%%bash\necho $x", set(), {"%%bash"}),
        ("%run script.py", set(), {"%run"}),
        ("%matplotlib inline\ny = x", {"x"}, set()),
        ("from m import *", set(), {"import *"}),
        ("x = (", set(), {"syntax"}),
        ("x = '\0'", set(), {"syntax"}),
    ],
)
def test_magics_are_read_as_far_as_they_are_python(
    source: str, reads: set[str], unknown: set[str]
) -> None:
    """What the source does not tell is noted."""
    names = reads_and_writes(source)
    assert (read(source), set(names.unknown)) == (reads, unknown)


@pytest.mark.parametrize("source", ["eval('x')", "globals()['x'] = 1", "vars()", "%run -i s.py"])
def test_what_may_read_anything_is_opaque(source: str) -> None:
    """It gets at variables that it does not name."""
    assert reads_and_writes(source).opaque
    assert not reads_and_writes("vars(x)").opaque


def test_deep_and_long_sources_have_an_end() -> None:
    """Whatever the parser makes of them."""
    for source in ("(" * 100_000, "x = " + "-" * 50_000 + "1", "x = 1\n" * 20_000, "a" * 2_000_000):
        reads_and_writes(source)
