from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from nbengine.models.notebook import CellError
from nbengine.models.outputs import ErrorOutput
from nbengine.runtime.compiling import remember_source
from nbengine.runtime.tracebacks import cell_filename, cell_label, describe

HERE = cell_filename("c1", 0)


def raised(source: str, **names: Any) -> tuple[CellError, ErrorOutput]:
    """What is told about the exception that ends this source."""
    remember_source(HERE, source)
    try:
        exec(compile(source, HERE, "exec"), {"__name__": "__main__", **names})
    except BaseException as error:
        return describe(error, HERE)
    raise AssertionError("nothing was raised")


def test_a_cell_s_lines_stand_under_its_label() -> None:
    """The traceback starts with the cell, shows its lines with carets, and nothing of ours."""
    error, _ = raised("def f(x):\n    return 1 / x\n\nf(0)")
    under_a_call = "    ~^^^\n" if sys.version_info >= (3, 13) else ""
    assert error.traceback == (
        "Traceback (most recent call last):\n"
        "  Cell c1, line 4, in <module>\n"
        "    f(0)\n"
        f"{under_a_call}"
        "  Cell c1, line 2, in f\n"
        "    return 1 / x\n"
        "           ~~^~~\n"
        "ZeroDivisionError: division by zero\n"
    )
    assert (error.type, error.message, error.line) == ("ZeroDivisionError", "division by zero", 2)


def test_frames_of_libraries_stay() -> None:
    """A library's own frames help to understand what went wrong."""
    error, _ = raised("import json\njson.loads('{')")
    assert "Cell c1, line 2" in error.traceback
    assert str(Path(json.__file__)) in error.traceback
    assert error.line == 2


@pytest.mark.parametrize("link", [" from e", "", " from None"])
def test_what_led_to_an_exception(link: str) -> None:
    """Cause and context are told as Python tells them, and `from None` leaves them out."""
    source = f"try:\n    1 / 0\nexcept Exception as e:\n    raise ValueError('b'){link}"
    text = raised(source)[0].traceback
    assert ("ZeroDivisionError" in text) is (link != " from None")
    assert ("direct cause" in text) is (link == " from e")
    assert ("During handling" in text) is (link == "")
    assert text.count("Cell c1, line ") == (1 if link == " from None" else 2)


@pytest.mark.parametrize("link", [" from e", "", " from None"])
def test_what_led_to_an_exception_in_a_frame_without_a_list_of_names(link: str) -> None:
    """It is told as well, although Python cannot look there for names that are like it."""
    source = (
        "class Names:\n    def __getitem__(self, name): raise KeyError(name)\n"
        "try:\n    eval('missing', {}, Names())\n"
        f"except NameError as e:\n    raise ValueError('b'){link}"
    )
    text = raised(source)[0].traceback
    assert ("NameError: name 'missing' is not defined" in text) is (link != " from None")
    assert ("direct cause" in text) is (link == " from e")
    assert text.endswith("ValueError: b\n")


def test_notes_stand_below_the_message() -> None:
    """Notes added to an exception are part of its text."""
    text = raised("e = ValueError('b'); e.add_note('one'); e.add_note('two\\nlines'); raise e")[0]
    assert text.traceback.endswith("ValueError: b\none\ntwo\nlines\n")


def test_groups_show_every_member() -> None:
    """Each exception of a group has its own traceback, its cell's frames under their label."""
    source = (
        "def f(): raise KeyError('k')\n"
        "try:\n    f()\nexcept KeyError as e: known = e\n"
        "raise ExceptionGroup('g', [known, ExceptionGroup('inner', [TypeError('t')])])"
    )
    error, output = raised(source)
    assert (error.type, error.message) == ("ExceptionGroup", "g (2 sub-exceptions)")
    assert "|   Cell c1, line 1, in f" in error.traceback
    assert "| TypeError: t" in error.traceback
    assert output.ename == "ExceptionGroup"


def test_an_exception_that_caused_itself() -> None:
    """A chain that runs in a circle ends."""
    assert raised("e = ValueError('x'); e.__cause__ = e; raise e")[0].message == "x"


LIARS = {
    "str raises": "def __str__(self): raise ValueError",
    "str exits": "def __str__(self): raise SystemExit",
    "str and repr raise": "def __str__(self): raise ValueError\n    __repr__ = __str__",
    "str is no str": "def __str__(self): return 5",
    "notes are no list": "__notes__ = 5",
    "notes raise": "__notes__ = property(lambda self: exit())",
    "cause raises": "__cause__ = property(lambda self: 1 / 0)",
    "traceback raises": "__traceback__ = property(lambda self: 1 / 0)",
    "traceback is none": "__traceback__ = 'no traceback'",
    "class lies": "__class__ = property(lambda self: SyntaxError)",
    "every attribute raises": "def __getattribute__(self, name): raise KeyboardInterrupt",
    "module is a number": "__module__ = 5",
    "eq and hash raise": "def __eq__(self, o): 1 / 0\n    __hash__ = None",
}


@pytest.mark.parametrize("body", LIARS.values(), ids=LIARS.keys())
@pytest.mark.parametrize("base", ["Exception", "BaseException", "SyntaxError"])
def test_an_exception_with_odd_methods_is_told_too(base: str, body: str) -> None:
    """Whatever an exception's own code does, its class and the cell's lines are told."""
    error, output = raised(f"class Odd({base}):\n    {body}\n\nraise Odd('message')")
    assert error.type == output.ename == "Odd"
    assert error.line == len(body.splitlines()) + 3
    assert f"Cell c1, line {error.line}, in <module>\n    raise Odd('message')" in error.traceback


def test_a_metaclass_that_refuses_to_answer() -> None:
    """The name of the class is known even if the class will not tell it."""
    source = (
        "class Meta(type):\n    def __getattribute__(cls, name): raise ValueError(name)\n"
        "class Odd(Exception, metaclass=Meta): pass\n"
        "raise Odd('message')"
    )
    error, _ = raised(source)
    assert (error.type, error.message, error.line) == ("Odd", "message", 4)


@pytest.mark.parametrize("message", ["日本 é", "\ud800 half", "nul \0", "\x1b[31mred\x1b[0m"])
def test_any_message_is_strict_json(message: str) -> None:
    """Lone surrogates become escapes, and no control sequence is left in the plain text."""
    error, output = raised("raise ValueError(message)", message=message)
    assert json.loads(error.model_dump_json())["type"] == "ValueError"
    assert output.model_dump_json()
    assert "\x1b" not in error.traceback


def test_a_huge_message_is_bounded() -> None:
    """Fifty million characters of message leave out their middle, visibly."""
    error, output = raised("raise ValueError('x' * 50_000_000)")
    assert len(error.message) < 300_000
    assert len(error.traceback) < 300_000
    assert sum(map(len, output.traceback)) < 300_000
    assert "characters left out" in error.message


def test_deep_recursion_is_folded() -> None:
    """A thousand equal frames are told once with their number."""
    error, _ = raised("def f(n):\n    if n: f(n - 1)\n    1 / 0\nf(899)")
    assert error.type == "ZeroDivisionError"
    assert "[Previous line repeated 896 more times]" in error.traceback
    assert len(error.traceback) < 2000


def test_endless_recursion_of_two_is_bounded() -> None:
    """Frames that alternate are bounded too."""
    error, output = raised("def a(): b()\ndef b(): a()\na()")
    assert error.type == "RecursionError"
    assert len(error.traceback) < 300_000
    assert len(output.traceback) < 20_000


@pytest.mark.parametrize("call", ["eval('1 +')", "exec('x = = 1')", "compile('(', '', 'exec')"])
def test_a_syntax_error_in_a_string_has_the_line_of_the_call(call: str) -> None:
    """Source that the cell compiles itself is told with the cell's own line."""
    error, _ = raised(f"\n{call}")
    assert (error.type, error.line, error.column) == ("SyntaxError", 2, None)
    assert f"Cell c1, line 2, in <module>\n    {call}" in error.traceback


def test_a_syntax_error_has_a_place_and_a_caret() -> None:
    """Line, column and an excerpt with a caret; no frame at all, nothing ran."""
    with pytest.raises(SyntaxError) as refusal:
        compile("x = 1\ny = = 2", HERE, "exec")
    error, output = describe(refusal.value.with_traceback(None), HERE)
    assert (error.type, error.line, error.column) == ("SyntaxError", 2, 5)
    assert error.message == output.evalue == "invalid syntax (Cell c1, line 2)"
    lines = ["  Cell c1, line 2", "    y = = 2", "        ^", "SyntaxError: invalid syntax"]
    assert error.traceback.splitlines() == lines


def test_colours_are_for_jupyter_only() -> None:
    """The output's traceback lines carry ANSI colours, the result's text none."""
    error, output = raised("1 / 0")
    assert "\x1b[31mZeroDivisionError\x1b[0m: division by zero" in output.traceback
    assert "\x1b" not in error.traceback


def test_labels_of_file_names() -> None:
    """Only the file name of a run of a cell has a label."""
    assert cell_label(cell_filename("a.b-c", 12)) == "Cell a.b-c"
    assert cell_label("<string>") is None
    assert cell_label("cell.py") is None
