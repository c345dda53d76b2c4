"""Patterns of classes: they match as ever, and take out what a guard would give."""

from __future__ import annotations

import pytest

from nbengine import ExecutionService
from tests.conftest import Run

CLASSES = """
from collections import namedtuple
from dataclasses import dataclass
import datetime
@dataclass
class Point:
    x: int = 0
    y: int = 0
    @property
    def size(self): return abs(self.x) + abs(self.y)
Pair = namedtuple('Pair', 'left right')
class Word(str): pass
class Stated:
    __match_args__ = ('b', 'a')
    a = 1
    b = 2
"""
MATCHES = {
    "case Point(1, b): b": ("Point(1, 2)", 2),
    "case Point(x=1, size=b): b": ("Point(1, 2)", 3),
    "case Point(1, y=b): b": ("Point(1, 2)", 2),
    "case Point(2, b) | Point(x=1, y=b): b": ("Point(1, 2)", 2),
    "case Point(nothing=b): b": ("Point(1, 2)", "no"),
    "case Stated(b, a): (b, a)": ("Stated()", (2, 1)),
    "case Pair(Point(b), _): b": ("Pair(Point(7), 1)", 7),
    "case [Pair(right=[b]), *_]: b": ("[Pair(1, [5])]", 5),
    "case {'k': Word(b)}: b + '!'": ("{'k': Word('w')}", "w!"),
    "case str(b) if b: b": ("'s'", "s"),
    "case datetime.date(year=b): b": ("datetime.date(2024, 1, 1)", 2024),
    "case [2, Undefined(x=b)]: b": ("[1, 2]", "no"),
    "case [1, Undefined(x=b)]: b": ("[1, 2]", "NameError"),
    "case Point(1, 2, b): b": ("Point(1, 2)", "TypeError"),
    "case len(x=b): b": ("1", "TypeError"),
}


@pytest.mark.parametrize("mode", ["write_enabled", "read_only"])
@pytest.mark.parametrize("case", MATCHES)
def test_a_pattern_means_what_it_means(run: Run, case: str, mode: str) -> None:
    """By position, by name, nested, and where its class is not there or is none."""
    subject, expected = MATCHES[case]
    pattern, _, value = case.rpartition(": ")
    code = f"found = 'no'\nmatch {subject}:\n    {pattern}:\n        found = {value}\nprint(found)"
    result = run(CLASSES + code, mode=mode)
    told = result.stdout.strip() if result.error is None else result.error.type
    assert told == str(expected)


def test_a_function_matches_classes_that_it_is_given(run: Run) -> None:
    """Each call those of its own, also while another is in the middle of a match."""
    code = """
def sort(value, kind, depth=1):
    match value:
        case kind(real=r) if depth and sort(value, str, depth - 1): return r
        case kind(real=r): return kind.__name__
    return kind.__name__ + '?'
print(sort(1, int), sort(1.0, int), sort(2.0, float))
"""
    for mode in ("write_enabled", "read_only"):
        assert run(code, mode=mode).stdout == "1 int? 2.0\n"


def test_what_is_not_given_away_otherwise_is_not_by_a_pattern(run: Run) -> None:
    """The error names the attribute; nothing is bound."""
    result = run("import math\nmatch math:\n    case object(pi=found): pass", mode="read_only")
    assert result.error is not None
    assert result.error.message.startswith("Taking 'pi' out of a module by a pattern")
    assert "found" not in result.state.added


def test_stand_ins_keep_no_class_alive(service: ExecutionService) -> None:
    """A class of the notebook that a pattern asked for goes when the notebook lets go of it."""
    for code in (
        "import gc, weakref\nclass A:\n    a = 1\nwatch = weakref.ref(A)",
        "match A():\n    case A(a=1): print('matched')",
        "del A\ngc = __import__('gc'); gc.collect(); print(watch() is None)",
    ):
        mode = "write_enabled" if "gc" in code else "read_only"
        result = service.execute_code(code, "c1", "n", mode=mode)
        assert result.error is None
    assert result.stdout == "True\n"
