from __future__ import annotations

import pytest

from nbengine.runtime.assistance.spots import WINDOW, spot_at_end, window_start


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", ("name", "", "")),
        ("val", ("name", "val", "")),
        ("x = 1; val", ("name", "val", "")),
        ("df.co", ("attribute", "co", "df")),
        ("df .\\\n co", ("attribute", "co", "df")),
        ("df['a'][0].", ("attribute", "", "df [ 'a' ] [ 0 ]")),
        ("f(x)(y).z", ("attribute", "z", "f ( x ) ( y )")),
        ("a in [1].co", ("attribute", "co", "[ 1 ]")),
        ("'text'.up", ("attribute", "up", "'text'")),
        ("x +.co", ("nothing", "", "")),
        ('d["k', ("key", "k", "d")),
        ('d["a"]["', ("key", "", 'd [ "a" ]')),
        ('x[["a", "b', ("key", "b", "x")),
        ('x.loc[:, "b', ("key", "b", "x . loc")),
        ("d[", ("key", "", "d")),
        ('x["a" + "b', ("path", "b", "")),
        ("['a", ("path", "a", "")),
        ('open("fi', ("path", "fi", "")),
        ("b'fi", ("nothing", "", "")),
        ("import nu", ("import", "nu", "")),
        ("import a, os.pa", ("import", "os.pa", "")),
        ("from os.pa", ("import", "os.pa", "")),
        ("from os import pa", ("import", "pa", "os")),
        ("from os import (a,\n pa", ("import", "pa", "os")),
        ("from . import pa", ("import", "pa", ".")),
        ("import numpy as n", ("nothing", "", "")),
        ("f(a, wi", ("name", "wi", "f")),
        ("f(a + wi", ("name", "wi", "")),
        ("%ti", ("magic", "%ti", "")),
        ("%%ti", ("magic", "%%ti", "")),
        ("%timeit val", ("name", "val", "")),
        ("%%time\ndf.co", ("attribute", "co", "df")),
        ("%%bash\ncat fi", ("path", "fi", "")),
        ("!ls fi", ("path", "fi", "")),
        ("%cd fo", ("path", "fo", "")),
        ("?df.co", ("attribute", "co", "df")),
        ("# val", ("nothing", "", "")),
        ("'val'", ("nothing", "", "")),
        ("1.re", ("nothing", "", "")),
        ('f"{df.co', ("attribute", "co", "df")),
        ('f"{a} {{b} {val', ("name", "val", "")),
        ('f"{a} fi', ("path", "{a} fi", "")),
    ],
)
def test_what_is_typed_at_the_end(text: str, expected: tuple[str, str, str]) -> None:
    """The kind of thing, what is typed of it, and what it belongs to."""
    spot = spot_at_end(text)
    assert (spot.kind, spot.prefix, spot.of) == expected


def test_arguments_that_are_there_are_known() -> None:
    """A name that has its value already is told with the call."""
    assert spot_at_end("f(a=1, b=g(c=2), d").given == {"a", "b", "c"}


@pytest.mark.parametrize("text, expected", [("ti", True), ("x = 1\nti", True), ("x = ti", False)])
def test_where_a_line_begins_is_known(text: str, expected: bool) -> None:
    """There a magic may stand without its sign."""
    assert spot_at_end(text).begins_line is expected


def test_a_long_code_is_read_from_a_statement_on() -> None:
    """The window begins at the first line of a block near the cursor."""
    code = "def f():\n    x = 1\n" * WINDOW
    start = window_start(code, len(code))
    assert code[start:].startswith("def f")
    assert 0 < len(code) - start <= WINDOW
    assert window_start("x", 1) == 0
    assert window_start("x" * 3 * WINDOW, 3 * WINDOW) == 2 * WINDOW
