"""Magics and commands that were called in a wrong way: told, and nothing is half done."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbengine import ExecutionService
from nbengine.errors import InvalidIdError
from tests.conftest import Run
from tests.runtime.ipython.cells import value

pytestmark = pytest.mark.usefixtures("next_cell")

TOLD = {
    "%nosuch": "UsageError: Line magic function `%nosuch` not found.",
    "%tiem 1": "Did you mean `%time`?",
    "%%nosuch\nx": "UsageError: Cell magic `%%nosuch` not found.",
    "%%tiem\nx": "Did you mean `%%time`?",
    "x = %nosuch": "UsageError: Line magic function `%nosuch` not found.",
    "%": "UsageError: Line magic function `%` not found.",
    "%%": "UsageError: Cell magic `%%` not found.",
    "%timeit --wrong 1": "UsageError: option --wrong not recognized",
    "%timeit -z 1": "UsageError: option -z not recognized",
    "%matplotlib --wrong": "UsageError: unrecognized arguments: --wrong",
    "%matplotlib inline more": "UsageError: unrecognized arguments: more",
    "%matplotlib nosuch": "[%matplotlib nosuch: there is no such display here",
    "%config Nothing": "UsageError: Invalid config statement",
    "%config InlineBackend.nosuch = 1": "Config option `nosuch` not recognized",
    "%config InlineBackend.figure_format = 'gif'": "[figures cannot be shown as gif here",
    "%pip --wrong": "no such option: --wrong",
    "%pip nosuch": 'unknown command "nosuch"',
    "%conda --wrong": "[%conda is not available here",
    "%cd nowhere": "[Errno 2] No such file or directory: 'nowhere'",
    "%cd -": "UsageError: %cd -: No previous directory to change to.",
    "%cd -7": "The requested directory does not exist in history.",
    "%cd -b nowhere": "UsageError: Bookmark 'nowhere' not found.",
    "%env NO_SUCH_NAME": "UsageError: Environment does not have key: NO_SUCH_NAME",
    "%set_env": "UsageError: usage is 'set_env var=val'",
    "%set_env A B=c": "UsageError: refusing to set env var with whitespace",
    "%who nosuch": "No variables match your requested type.",
    "%whos nosuch": "No variables match your requested type.",
    "%reset --wrong": "UsageError: option --wrong not recognized",
    "%reset -f nosuch": "Don't know how to reset  nosuch",
    "%run": "Exception: you must provide at least a filename.",
    "%run --wrong a.py": "UsageError: option --wrong not recognized",
    "%run 'a.py": "ValueError: No closing quotation",
    "%run nosuch.py": "Exception: File `'nosuch.py'` not found.",
    "%run -m nosuch_module": "Exception: 'nosuch_module' is not a valid modulename",
    "%load_ext": "UsageError: Missing module name.",
    "%load_ext nosuch_extension": "ModuleNotFoundError: No module named 'nosuch_extension'",
    "%load_ext json": "The json module is not an IPython extension.",
    "%unload_ext nosuch": "The nosuch extension is not loaded.",
    "%load_ext autoreload\n%autoreload 7": 'ValueError: Unrecognized autoreload mode "7".',
    "%store --wrong": "[%store is not needed here",
    "%precision many": "ValueError: Precision must be int or format string, not 'many'",
    "%precision -1": "ValueError: int precision must be non-negative, not -1",
    "%history --wrong": "UsageError: unrecognized arguments: --wrong",
    "%history -l many": "UsageError: argument -l: invalid int value: 'many'",
    "%debug --wrong": "[%debug needs somebody at a terminal",
    "%prun --wrong 1": "UsageError: option --wrong not recognized",
    "%%time": "UsageError: %%time is a cell magic, but the cell body is empty.",
    "%%time --wrong\n1": "UsageError: Can't use statement directly after '%%time'!",
    "%%timeit --wrong\n1": "UsageError: option --wrong not recognized",
    "%%capture --wrong\n1": "UsageError: unrecognized arguments: --wrong",
    "%%writefile\n1": "UsageError: the following arguments are required: filename",
    "%%writefile a b\n1": "UsageError: unrecognized arguments: b",
    "%%writefile no/folder/x\n1": "FileNotFoundError: [Errno 2] No such file or directory",
    "%%bash": "UsageError: %%bash is a cell magic, but the cell body is empty.",
    "%%bash --out\necho 1": "UsageError: argument --out: expected one argument",
    "%%bash\nexit 3": "CalledProcessError: Command 'b'exit 3\\n'' returned non-zero exit status 3.",
    "%%sh\nnosuch_command": "nosuch_command: not found",
    "%%html": "UsageError: %%html is a cell magic, but the cell body is empty.",
    "%%html --wrong\n1": "UsageError: unrecognized arguments: --wrong",
    "%%javascript": "UsageError: %%javascript is a cell magic, but the cell body is empty.",
    "%%latex": "UsageError: %%latex is a cell magic, but the cell body is empty.",
    "%%script nosuch_program\nx": "Couldn't find program: 'nosuch_program'",
    "!nosuch_command": "not found",
    "!echo a{chr(0)}b": "ValueError: A shell command cannot contain a NUL character.",
}
"""Code, and what of the one line about it."""

SCRIPTS = {
    "broken.py": "ran = 1\nx = = 2\n",
    "raising.py": "ran = 1\n1 / 0\n",
    "leaving.py": "ran = 1\nraise SystemExit(3)\n",
    "endless.py": "print('begun')\nwhile True: pass\n",
    "extension_raising.py": "def load_ipython_extension(shell): 1 / 0\n",
    "extension_broken.py": "x = = 2\n",
    "extension_leaving.py": "raise SystemExit(2)\n",
    "extension_without_argument.py": "def load_ipython_extension(): pass\n",
    "extension_endless.py": "def load_ipython_extension(shell):\n    while True: pass\n",
}


@pytest.fixture
def folder(service: ExecutionService, tmp_path: Path) -> Path:
    """The notebook's working folder, with some scripts."""
    for name, source in SCRIPTS.items():
        (tmp_path / name).write_text(source)
    service.open_notebook("n", cwd=tmp_path)
    return tmp_path


def told(run: Run, code: str) -> str:
    """Everything that a cell said, its error included."""
    result = run(code)
    error = f"{result.error.type}: {result.error.message}\n" if result.error else ""
    return result.stdout + result.stderr + error


LOOK = """
import os
print([name for name in globals() if name[0] != "_"], os.getcwd(), sorted(os.environ.items()))
"""


@pytest.mark.parametrize("code", TOLD)
def test_a_wrong_call_is_told_and_nothing_is_half_done(code: str, folder: Path, run: Run) -> None:
    """In a few lines that name what was wrong; names, folder, files and environment stay."""
    run("%who")
    before, files = run(LOOK).stdout, sorted(folder.iterdir())
    said = told(run, code)
    assert TOLD[code] in said
    assert len(said.splitlines()) < 8
    assert (run(LOOK).stdout, sorted(folder.iterdir())) == (before, files)


@pytest.mark.parametrize(
    "head",
    ["%%time", "%%timeit", "%%prun", "%%capture", "\n\n%%time", "%%time \t", "%%time\r"],
)
def test_a_syntax_error_under_a_cell_magic(head: str, run: Run) -> None:
    """It names its line of the cell, and nothing of it ran."""
    result = run(f"{head}\nran = 1\ny = = 2\nprint('ran')")
    shown = [output for output in result.outputs if output.output_type == "error"]
    assert [(output.ename, result.stdout) for output in shown] == [("SyntaxError", "")]
    if "%%capture" not in head:
        assert result.error is not None
        assert result.error.line == head.count("\n") + 3
        assert f"Cell c1, line {head.count(chr(10)) + 3}\n    y = = 2" in result.error.traceback
    assert value(run("'ran' in globals()")) == "False"


def test_a_syntax_error_in_code_that_a_cell_magic_runs(run: Run) -> None:
    """One of other code, though under a cell magic, is at no line of the cell."""
    error = run("%%time\nx = 1\nexec('y = = 2')").error
    assert error is not None
    assert error.message == "invalid syntax (<string>, line 1)"


def test_the_exit_code_of_a_missing_command(run: Run) -> None:
    """The cell goes on and finds it, as the shell says it."""
    result = run("!nosuch_command\nprint('on', _exit_code)")
    assert (result.status, result.error) == ("ok", None)
    assert result.stdout.endswith("on 127\n")
    assert "nosuch_command: " in result.stdout
    assert "not found" in result.stdout
    assert value(run("x = !nosuch_command\nlen(x), 'not found' in x[0]")) == "(1, True)"
    assert run("!exit 3\nprint(_exit_code)").stdout == "3\n"


@pytest.mark.parametrize(
    "code",
    ["%time '\ud800'", "!echo '\ud800'", "x = !echo \ud800", "%%writefile f\n\ud800", "%\ud800"],
)
def test_a_lone_surrogate_is_no_source(code: str, folder: Path, run: Run) -> None:
    """Not of a magic either: nothing runs, no file is begun."""
    error = run(code).error
    assert error is not None
    assert (error.type, error.line) == ("SyntaxError", 1 + code.count("\n"))
    assert "a lone surrogate cannot be source" in error.message
    assert not (folder / "f").exists()


@pytest.mark.parametrize(
    "code, text",
    [
        ("%precision 3\r\nprint(2)\r\n", "2\n"),
        ("%%capture\r\nprint(1)\r\n", ""),
        ("!echo a\r\n!echo b\r", "a\nb\n"),
        ("%%bash\r\necho hi\r\n", "hi\n"),
        ("\t!echo tab", "tab\n"),
        (" !echo space\n print(2)", "space\n2\n"),
        ("\n\f\n!echo feed", "feed\n"),
        ("!echo 'é🐧'", "é🐧\n"),
    ],
)
def test_a_magic_in_a_cell_of_any_layout(code: str, text: str, run: Run) -> None:
    """Ends of lines, tabs and what is not ASCII are as in Python."""
    result = run(code)
    assert (result.status, result.stdout) == ("ok", text)


def test_a_magic_behind_a_byte_order_mark(run: Run) -> None:
    """It is refused as Python refuses it, with the line."""
    error = run("\ufeff%time 1").error
    assert error is not None
    assert (error.type, error.line) == ("SyntaxError", 1)
    assert "U+FEFF" in error.message


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "name, error",
    [("broken", "SyntaxError"), ("raising", "ZeroDivisionError"), ("leaving", "SystemExit")],
)
def test_a_script_that_fails(name: str, error: str, run: Run) -> None:
    """`%run` shows what it raised; the cell goes on, as in Jupyter."""
    result = run(f"%run {name}.py\nprint('on')")
    assert [o.ename for o in result.outputs if o.output_type == "error"] == [error]
    assert result.stdout == "on\n"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "name, error",
    [
        ("raising", "ZeroDivisionError"),
        ("broken", "SyntaxError"),
        ("leaving", "SystemExit"),
        ("without_argument", "TypeError"),
    ],
)
def test_an_extension_that_fails(name: str, error: str, run: Run) -> None:
    """What it raises is the cell's error, the second time too: it is not loaded."""
    for _ in range(2):
        failed = run(f"%load_ext extension_{name}").error
        assert failed is not None
        assert failed.type == error
    assert "is not loaded" in run(f"%unload_ext extension_{name}").stdout


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "code",
    [
        "%run endless.py",
        "%load_ext extension_endless",
        "%%time\nwhile True: pass",
        "%prun exec('while True: pass')",
        "%%capture\nwhile True: pass",
        "!sleep 1000",
        "x = !sleep 1000",
        "%%bash\nsleep 1000",
    ],
)
def test_what_never_ends_is_ended(code: str, run: Run) -> None:
    """By the timeout of the cell; what follows in it does not run."""
    result = run(code, timeout=0.5)
    assert result.status == "timeout"
    assert result.error is not None
    assert result.error.type == "TimeoutError"


MINE = """
from IPython.core.error import UsageError
from IPython.core.magic import register_cell_magic, register_line_magic
@register_line_magic
def mine(line): {body}
@register_cell_magic('mine')
def mine_of_cells(line, cell): {body}
"""


@pytest.mark.parametrize(
    "body, error",
    [
        ("1 / 0", "ZeroDivisionError"),
        ("raise SystemExit(2)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise UsageError('so not')", "UsageError"),
        ("get_ipython().run_line_magic('mine', line)", "RecursionError"),
    ],
)
@pytest.mark.parametrize("call", ["print('a')\n%mine x\nprint('b')", "%%mine x\nprint('b')"])
def test_a_users_magic_that_raises(call: str, body: str, error: str, run: Run) -> None:
    """Its error is the cell's, and ends it where it is called."""
    run(MINE.format(body=body))
    failed = run(call)
    assert failed.error is not None
    assert (failed.error.type, failed.error.line) == (error, 2 if "%%" not in call else 1)
    assert "b" not in failed.stdout


def test_a_magic_that_takes_no_line(run: Run) -> None:
    """It is told as any wrong call."""
    run(MINE.format(body="pass") + "@register_line_magic\ndef none(): pass")
    error = run("%none").error
    assert error is not None
    assert error.message == "none() takes 0 positional arguments but 1 was given"


def test_magics_after_every_variable_was_deleted(run: Run) -> None:
    """A notebook without a name left still has its shell, made before or after."""
    for _ in range(2):
        run("globals().clear()")
        assert run("x = 1\n%who_ls int\n!echo still").stdout == "still\n"


def test_what_was_shown_before_the_first_magic(run: Run) -> None:
    """`_` and its kin go on counting when the shell is made."""
    run("1")
    run("2")
    assert value(run("%precision 3\n_, __")) == "(2, 1)"
    assert value(run("_, __")) == "((2, 1), 2)"


def test_an_id_that_cannot_be_one_makes_no_shell(service: ExecutionService, run: Run) -> None:
    """It is refused before the magic is looked at."""
    with pytest.raises(InvalidIdError):
        run("%time 1", notebook_id="../n")
    assert not service.notebook_globals
