"""The same questions to Jupyter's own kernel and to ours."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nbengine import ExecutionService

SETUP = '''
import math, os, sys
import numpy as np
import pandas as pd
data = {"alpha": 1, "beta": 2, "gam ma": 3, 5: 6}
nested = {"a": {"inner": 1}}
df = pd.DataFrame({"species": ["a"], "mass": [1.0], "two words": [1]})
class Thing:
    """A thing."""
    size = 1
    def grow(self, amount, *, speed=1):
        "Grow it."
    @property
    def weight(self):
        return 1
thing = Thing()
items = [thing]
def measure(length, width=2, *, unit="m"):
    "Measure."
text = "abc"
value_one = 1
value_two = 2
'''

COMPLETIONS = """
val|
value_|
pri|
os.pa|
os.path.jo|
thing.|
thing.gr|
thing .gr|
items[0].gr|
Thing().gr|
df.|
df.co|
df.spe|
df["|
df["s|
df['m|
df["two|
df.loc[:, "m|
df.mass.me|
df["mass"].me|
df[df.ma|
df.groupby("species").me|
data["|
data["al|
data['b|
data[|
data.ke|
data["alpha"].bit|
nested["a"]["|
import nump|
import os.pa|
from os.pa|
from os import pa|
from pandas import Dat|
measure(wi|
measure(value_one, wi|
thing.grow(am|
"file_|
open("file_|
open("fol|
"/et|
%ti|
%%ti|
ti|
x = %ti|
!ls file_|
%cd fo|
x = text.upp|
text.upper().low|
"abc".upp|
[].app|
(1).re|
1.re|
np.lin|
np.linalg.no|
np.ran|
pd.DataFr|
math.|
for value in va|
lambda x: val|
lam|
f"{val|
f"{df.sp|
measure.__na|
raise Val|
class A(Thi|
with op|
é = 1; val|
"😀"; val|
value_one; val|ue
value_one; valu|e_two.re
os.|path
a.b.c|
"""
"""A bar is the cursor."""

LINES = {
    "import and use": "import o\nos.pa|",
    "function": "def f():\n    val|",
    "local name": "def f(arg_one):\n    arg_o|",
    "timed": "%%time\nval|",
    "before more": "df.co|\nx = (1",
    "except": "try:\n    pass\nexc|",
}

KNOWN_LESS = {"a.b.c|", "1.re|"}
"""Where neither kernel has anything to say."""

INSPECTIONS = [
    ("thing", 3),
    ("np.linspace(", 12),
    ("measure(1, ", 11),
    ("measure(len(", 12),
    ("measure(len(text), ", 19),
    ("thing.grow", 8),
    ("len", 2),
    ("text", 2),
    ("text", 4),
    ("df.groupby", 5),
    ("value_one", 2),
    ("Thing", 2),
    ("thing.weight", 9),
    ("thing?", 4),
    ("nothing", 3),
    ("", 0),
    ("x = measure(unit=text", 20),
]

CELLS: list[str] = [
    "", "\n", "  ", "x = 1", "x = 1\n", "for i in range(3):", "for i in range(3):\n    i",
    "for i in range(3):\n    i\n",
    "for i in range(3):\n    i\n\n", "1 +", "a = 'abc", '"""',
    'x = """abc\n', 'x = """abc\n"""', "a = (1,", "a = (1,\n2)", "a)", "x = [1,\n  2", "x\\",
    "x = 1 + \\\n", "@dec", "@dec\n", "@dec\ndef f():", "@dec\ndef f(): pass",
    "def f():\n  return 1", "def f():\n  return 1\n", "def f():\n  if x:",
    "def f():\n  if x:\n    ", "%%time", "%%time\nx", "%%time\nx\n", "%%time\nx\n\n", "%time x",
    "!ls", "x = !ls", "x?", "?x", "%%bash\nls\n", "if True:\n    %time x",
    "if True:\n    %time x\n",
    "return 5", "break", "await f()", "async def f():", "x = await f()", "a = $", "a = 1 # c",
    "# c", "# c\n", "if x: # c", "class A:", "try:\n    x", "try:\n    x\n",
    "try:\n    x\nexcept E:", "try:\n    x\nexcept E:\n    y", "else:", "lambda:", "d = {",
    '{"a": 1', "0x", "x = 5;", "a b", "import", "from x import (", "from x import (a",
    "with a as b:", "while 1: pass", "if 1: pass\nelse: pass", "\tx", "  x = 1",
    "  x = 1\n  y = 2", ">>> x", ">>> for i in x:", "In [1]: x = 1", "if a:\n\tb", "'''a",
    "'a\\\nb", "'a\\", "def f():\n  x\n  ", "def f():\n  x\n#c", "def f():\n  x\n  #c\n",
    "match x:",
    "match x:\n  case 1:\n    pass", "x = (1\n\n", "if a:\n  b\nelse:", "if a:\n  b\nc",
    "%%", "%", "!", "x = %time y\n", "global x", "yield 1", "nonlocal x", "é = 1",
    "a = 1\n  b = 2", "def f(\n  a,\n", "def f(a,\n  b):", "print('a'", "a.b?", "a??",
    "x = (\n# c\n", "\\", "a = 1 if b else", "not", "x == ", "(1, 2", "]", "(]", "a = [1, 2)",
    "f(x for", "del", "raise", "pass\n    ", "if x:\n    pass\n    ", "obj.%magic", "5 % 3",
    "x = 5 %", "(5\n%3)", "%matplotlib inline\nfor x in y:", "!ls\nif x:\n  !ls", "a ? b",
    "x: int = ", "if x:\n    '''doc", "def f():\n    '''doc'''", "x = '''a\n  b", "# a\n# b",
    "if x:\n    # c", "if x:\n    # c\n", "class A:\n    return 1\n", "x := 1", "print 1",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where both kernels work."""
    folder = tmp_path_factory.mktemp("folder")
    (folder / "file_one.txt").touch()
    (folder / "folder").mkdir()
    return folder


@pytest.fixture(scope="module")
def jupyter(folder: Path) -> Iterator[Any]:
    """A client of Jupyter's own kernel, where the setup has run."""
    from jupyter_client.manager import start_new_kernel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        manager, client = start_new_kernel(cwd=str(folder))
        client.execute_interactive(SETUP)
        yield client
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def ours(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExecutionService]:
    """Our service, where the setup has run."""
    workspace = tmp_path_factory.mktemp("workspace")
    with ExecutionService(workspace_dir=workspace, assistance_timeout=60) as service:
        service.open_notebook("n", cwd=folder)
        assert service.execute_code(SETUP, "setup", "n").status == "ok"
        yield service


def reply(client: Any, message_id: str) -> dict[str, Any]:
    while True:
        message = client.get_shell_msg(timeout=60)
        if message["parent_header"].get("msg_id") == message_id:
            content: dict[str, Any] = message["content"]
            return content


@pytest.mark.parametrize(
    "marked", [*COMPLETIONS.strip().splitlines(), *LINES.values()], ids=lambda code: repr(code)
)
def test_a_completion_has_what_jupyters_has(
    marked: str, jupyter: Any, ours: ExecutionService
) -> None:
    """At least the same matches, in place of the same part of the code."""
    cursor, code = marked.index("|"), marked.replace("|", "", 1)
    theirs = reply(jupyter, jupyter.complete(code, cursor))
    mine = ours.complete(code, cursor, "n")
    assert set(theirs["matches"]) <= set(mine.matches)
    assert bool(theirs["matches"]) is (marked not in KNOWN_LESS)
    assert (mine.cursor_start, mine.cursor_end) == (theirs["cursor_start"], theirs["cursor_end"])
    types = mine.metadata["_jupyter_types_experimental"]
    assert [each["text"] for each in types] == mine.matches


def lines_of(text: str) -> dict[str, str]:
    """The short sections of an inspection, without colours, by their titles."""
    while "\x1b" in text:
        before, _, after = text.partition("\x1b")
        text = before + after.partition("m")[2]
    pairs = (line.partition(":") for line in text.splitlines())
    return {title: " ".join(rest.split()) for title, colon, rest in pairs if colon}


@pytest.mark.parametrize("code, cursor", INSPECTIONS, ids=lambda value: repr(value))
def test_an_inspection_tells_what_jupyters_tells(
    code: str, cursor: int, jupyter: Any, ours: ExecutionService
) -> None:
    """Of the same object, with the same type, signature and docstring."""
    theirs = reply(jupyter, jupyter.inspect(code, cursor))
    mine = ours.inspect(code, cursor, "n")
    assert mine.found is theirs["found"]
    assert mine.data.keys() <= {"text/plain"}
    if mine.found:
        expected = lines_of(theirs["data"]["text/plain"])
        told = lines_of(str(mine.data["text/plain"]))
        for title in ("Init signature", "Length", "Docstring"):
            assert told.get(title) == expected.get(title)
        if "np." not in code:  # Jupyter shows the wrapper's class, we the function that it wraps
            assert told["Type"] == expected["Type"]
        if expected.get("Signature"):
            assert told["Signature"] == expected["Signature"]


@pytest.mark.parametrize("code", CELLS, ids=lambda code: repr(code))
def test_completeness_is_judged_as_by_jupyter(
    code: str, jupyter: Any, ours: ExecutionService
) -> None:
    """Complete, incomplete with the same indentation, or invalid."""
    theirs = reply(jupyter, jupyter.is_complete(code))
    mine = ours.is_complete(code, "n")
    assert (mine.status, mine.indent) == (theirs["status"], theirs.get("indent", ""))
