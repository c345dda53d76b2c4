from __future__ import annotations

import collections
import linecache
import math
from types import FunctionType, ModuleType

from nbengine.runtime.assistance.declarations import MOST, declarations


def test_live_names_are_written_as_source() -> None:
    """Modules and classes as imports, others with the class that they are of."""
    names = {
        "m": math,
        "Deque": collections.deque,
        "counts": collections.Counter(),
        "text": "x",
        "nothing": None,
        "unasked": 1,
    }
    assert declarations(["m", "Deque", "counts", "text", "nothing", "missing"], names) == (
        "import math as m\n"
        "from collections import deque as Deque\n"
        "from collections import Counter as _type_of_counts\n"
        "counts: _type_of_counts\n"
        "text: str\n"
        "nothing = None\n"
    )


def test_what_cannot_be_imported_is_left_out() -> None:
    """A module of nobody's, a class that a function made."""

    class Local: ...

    assert declarations(["lonely", "Local", "local"], {
        "lonely": ModuleType("lonely"), "Local": Local, "local": Local(),
    }) == ""  # fmt: skip


def test_a_function_of_a_cell_is_there_with_its_source() -> None:
    """As the cell wrote it."""
    source = "def f(x):\n    return [x]\n"
    linecache.cache["<cell d #1>"] = (len(source), None, source.splitlines(True), "<cell d #1>")
    names: dict[str, object] = {"__name__": "__main__"}
    exec(compile(source, "<cell d #1>", "exec", dont_inherit=True), names)
    assert isinstance(names["f"], FunctionType)
    assert declarations(["f"], names) == source
    del linecache.cache["<cell d #1>"]


def test_a_question_has_not_too_many_names() -> None:
    """However many the cell has."""
    names: dict[str, object] = {f"n{number}": number for number in range(10 * MOST)}
    assert declarations(names, names).count("\n") == MOST
