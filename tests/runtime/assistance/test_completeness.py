from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.runtime.assistance.completeness import MOST, completeness


@pytest.mark.parametrize(
    "code, status, indent",
    [
        ("", "complete", ""),
        ("x = 1", "complete", ""),
        ("for i in x:", "incomplete", "    "),
        ("for i in x:\n  i", "incomplete", "  "),
        ("for i in x:\n  i\n", "complete", ""),
        ("1 +", "invalid", ""),
        ("a = 'abc", "invalid", ""),
        ('"""', "incomplete", ""),
        ("x = (1,", "incomplete", ""),
        ("x \\", "incomplete", ""),
        ("@dec", "incomplete", ""),
        ("%%time\nx", "incomplete", ""),
        ("%%time\nx\n\n", "complete", ""),
        ("if x:\n    !ls", "incomplete", "    "),
        ("await f()", "complete", ""),
        ("return 1", "invalid", ""),
        (">>> for i in x:\n...     i", "incomplete", "    "),
    ],
)
def test_what_enter_should_do(code: str, status: str, indent: str) -> None:
    """Run it, begin another line as far in, or neither."""
    answer = completeness(code)
    assert (answer.status, answer.indent) == (status, indent)


@pytest.mark.parametrize("code", [r'"\d"', r"b'\777'", r"f'\d{x}'"])
def test_the_compilers_warnings_reach_nobody(code: str) -> None:
    """A cell that runs has its own warning filters; here they would be errors."""
    assert completeness(code).status == "complete"


@pytest.mark.parametrize(
    "code", ["(" * 5_000, "-" * 50_000 + "1", "x = 1\n" * MOST, "\0", "\ud800"]
)
def test_monstrous_code_is_judged_or_left(code: str) -> None:
    """No answer is an exception."""
    assert completeness(code).status in ("incomplete", "invalid", "unknown")


@given(st.text(alphabet="ax1 \n\t:'\"\\#%!?=()[]{}"))
def test_any_text_is_judged(code: str) -> None:
    """Only what is incomplete has an indentation."""
    answer = completeness(code)
    assert answer.indent == "" or answer.status == "incomplete"
    assert not answer.indent.strip(" ")
