"""IPython's syntax in cells: where magics and commands may stand, and what is not one."""

from __future__ import annotations

import pytest

from tests.conftest import Run
from tests.runtime.ipython.cells import refusal, value


@pytest.mark.parametrize(
    "code, printed",
    [
        ("if True:\n    !echo yes\nelse:\n    !echo no", "yes\n"),
        ("for n in range(2):\n    !echo {n}", "0\n1\n"),
        ("def f(x):\n    answer = !echo {x}\n    return answer\nprint(f('a'))", "['a']\n"),
        ("try:\n    %run nothing.py\nexcept Exception as e:\n    print(e)", "File `'nothing.py'`"),
        ("with open('a', 'w') as f:\n    %env A=1", "env: A=1\n"),
        ("class C:\n    here = %who_ls\nprint(C.here)", "[]\n"),
        ("while True:\n    !echo once\n    break", "once\n"),
        ("async def f():\n    !echo awaited\nawait f()", "awaited\n"),
        ("print('first')\n%env A=1\nprint('last')", "first\nenv: A=1\nlast\n"),
        ("!echo one && \\\n echo two", "one\ntwo\n"),
        ("a = !printf 'x\\ny'\nprint(a.n, a.l)", "x\ny ['x', 'y']\n"),
        ("a = !echo out; echo err >&2\nprint(a)", "['out', 'err']\n"),
        ("!echo $HOME_OF_NOBODY{1 + 1} {{3}} $$ | tr 0-9 x", ""),
    ],
)
def test_magics_stand_where_statements_do(code: str, printed: str, run: Run) -> None:
    """In control flow, functions and coroutines, between other lines, over several lines."""
    result = run(code)
    assert result.error is None, result.error.traceback
    assert result.stdout.startswith(printed)


def test_names_of_a_function_reach_its_commands(run: Run) -> None:
    """Local variables in braces and after a dollar."""
    run("def f(word):\n    !echo {word.upper()} $word\nf('a')")
    assert run("f('b')").stdout == "B b\n"


def test_output_of_a_command_is_a_list_of_lines(run: Run) -> None:
    """As `x = !…`, `!!…`, `%sx` and `%%sx` give it."""
    for code in ("x = !echo a; echo b\nx", "!!echo a; echo b", "%sx echo a; echo b"):
        assert value(run(code)) == "['a', 'b']"
    assert value(run("%%sx\necho a\necho b")) == "['a', 'b']"
    assert value(run("x.s, x.n, x.grep('b')")) == "('a b', 'a\\nb', ['b'])"


def test_the_exit_code_of_a_command_is_known(run: Run) -> None:
    """A missing command is told by the shell, its code is 127."""
    assert value(run("!exit 3\n_exit_code")) == "3"
    result = run("!surely-no-such-command\n_exit_code")
    assert "not found" in result.stdout
    assert value(result) == "127"


@pytest.mark.parametrize("code", ["!sleep 1000 &", "x = !sleep 1000 & ", "%sx sleep 1000 &"])
def test_a_command_in_the_background_is_refused(code: str, run: Run) -> None:
    """With Jupyter's words; within a command there may be some, which end with it."""
    assert refusal(run(code)) == "OSError: Background processes not supported."
    assert value(run("x = !sleep 1000 & echo first\nx")) == "['first']"


@pytest.mark.parametrize(
    "code, says",
    [
        ("%tiem 1", "Line magic function `%tiem` not found. Did you mean `%time`?"),
        ("%%bahs\n1", "Cell magic `%%bahs` not found. Did you mean `%%bash`?"),
        ("%zzzqqqxxx", "Line magic function `%zzzqqqxxx` not found."),
        ("if True:\n    %preciison 3", "Did you mean `%precision`?"),
        ("%bash", "Line magic function `%bash` not found (But cell magic `%%bash` exists"),
        ("%latex", "Line magic function `%latex` not found (But cell magic `%%latex` exists"),
        ("%%pfile\n1", "Cell magic `%%pfile` not found (But line magic `%pfile` exists"),
    ],
)
def test_an_unknown_magic_names_the_nearest(code: str, says: str, run: Run) -> None:
    """If one is near; the next cell is fine."""
    assert says in refusal(run(code))
    assert value(run("1 + 1")) == "2"


@pytest.mark.parametrize(
    "code, says",
    [
        ("%timeit -z 3 pass", "UsageError: option -z not recognized"),
        ("%%time 1\n2", "UsageError: Can't use statement directly after '%%time'!"),
        ("%%html", "UsageError: %%html is a cell magic, but the cell body is empty."),
        ("%%writefile\nx", "UsageError: the following arguments are required: filename"),
        ("%precision wide", "ValueError: Precision must be int"),
        ("%history -z", "UsageError: unrecognized arguments: -z"),
        ("%config Nothing", "UsageError: Invalid config statement: 'Nothing'"),
        ("%run", "Exception: you must provide at least a filename."),
        ("%autoreload 2", "UsageError: "),
    ],
)
def test_broken_arguments_are_told(code: str, says: str, run: Run) -> None:
    """In an error of the cell; the next cell is fine."""
    assert refusal(run(code)).startswith(says)
    assert value(run("1 + 1")) == "2"


def test_a_usage_error_is_one_line(run: Run) -> None:
    """Nobody needs a traceback into IPython."""
    result = run("%timeit -z 3 pass")
    assert "Traceback" not in result.stderr
    assert result.stderr.count("\n") == 1
