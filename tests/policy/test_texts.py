"""Text that libraries compile: what computes passes, what leads elsewhere does not."""

from __future__ import annotations

import ast
import sys

import pytest

from nbengine import ExecutionService
from nbengine.policy.refusal import ReadOnlyError
from nbengine.policy.texts import check_text


@pytest.mark.parametrize(
    "text",
    [
        "a + b * 2 > (c & ~d)",
        "np.log(a) + C(b)",
        "name.str.contains('x') & (day.dt.year == 2020)",
        "lambda _cls, x, y: _tuple_new(_cls, (x, y))",
        "def f(self, x):\n    return self._argcheck(x, out=x.real)",
        "from tests.policy import test_texts",
        b"1 + 1",
        ast.parse("x"),
        "what is no Python",
        "a\0b",
        None,
    ],
)
def test_what_computes_passes(text: object) -> None:
    """Formulas, queries, and methods that call what they are given; the rest is no code."""
    check_text(text, sys._getframe())


@pytest.mark.parametrize(
    "text, shown",
    [
        ("().__class__.__base__", "().__class__.__base__"),
        ("f.__globals__", "f.__globals__"),
        ("eval('1')", "eval"),
        ("open(x)", "open"),
        ("__import__('os')", "__import__"),
        ("getattr(x, y)", "getattr"),
        ("box.append(1)", "box.append"),
        ("pd.io.common.os.environ", "pd.io.common.os.environ"),
        ("def f(self): return pd.io", "pd.io"),
        ("import subprocess", "import subprocess"),
        ("from os import system", "from os import system"),
        ("x[0](1)", "x[0](1)"),
        ("(q := pd).io", "(q := pd).io"),
        ("[q.io for q in [pd]]", "q.io"),
        ("map(lambda q: q.io, [pd])", "q.io"),
        ("(lambda q: q)(pd)", "(lambda q: q)(pd)"),
        (ast.parse("x.gi_frame"), "x.gi_frame"),
    ],
)
def test_what_leads_elsewhere_is_refused(text: object, shown: str) -> None:
    """The error shows what it was that the text would have used."""
    with pytest.raises(ReadOnlyError) as caught:
        check_text(text, sys._getframe())
    assert str(caught.value).startswith(f"{shown!r} in text that 'tests' evaluates")


def test_a_traceback_may_be_read(service: ExecutionService) -> None:
    """Python takes the lines that it marks a place in apart, whatever is called there."""
    code = (
        "import traceback, threading\n"
        "def f(of): return of.current_thread().nothing\n"
        "try:\n    f(threading)\nexcept AttributeError:\n    print(traceback.format_exc())"
    )
    result = service.execute_code(code, "c1", "n", mode="read_only")
    assert result.error is None
    assert "return of.current_thread().nothing" in result.stdout
