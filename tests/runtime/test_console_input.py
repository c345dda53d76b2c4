"""`input()` and `getpass()` where nobody answers, and what stays the host's."""

from __future__ import annotations

import builtins
import getpass
import inspect
import pickle
import subprocess
import sys
from io import StringIO

import pytest

from nbengine.runtime.console_input import StdinNotImplementedError
from tests.conftest import Run

RAW_INPUT = "raw_input was called, but this frontend does not support input requests."
GETPASS = "getpass was called, but this frontend does not support input requests."


@pytest.mark.parametrize(
    "code, message",
    [
        ("input()", RAW_INPUT),
        ("input('Name? ')", RAW_INPUT),
        ("import builtins; builtins.input()", RAW_INPUT),
        ("import getpass; getpass.getpass()", GETPASS),
        ("from getpass import getpass; getpass('Key: ')", GETPASS),
    ],
)
def test_without_a_handler_nobody_is_asked(run: Run, code: str, message: str) -> None:
    """The cell fails at once, in Jupyter's words."""
    error = run(code).error
    assert error is not None
    assert (error.type, error.message) == ("StdinNotImplementedError", message)


def test_the_refusal_can_be_caught(run: Run) -> None:
    """As the built-in error that Jupyter's own class is one of."""
    code = "try: input()\nexcept NotImplementedError: print('nobody there')"
    assert run(code).stdout == "nobody there\n"


def test_the_refusal_is_ipythons_once_ipython_is_there(run: Run) -> None:
    """A cell that names the class catches it."""
    code = (
        "from IPython.core.error import StdinNotImplementedError\n"
        "try: input()\nexcept StdinNotImplementedError as e: print(type(e).__module__)"
    )
    assert run(code).stdout == "IPython.core.error\n"


def test_ipython_is_not_imported_for_a_refusal() -> None:
    """A notebook of plain Python does without it, and the class is ours."""
    code = (
        "import sys\nfrom nbengine import ExecutionService\nservice = ExecutionService()\n"
        "cell = 'try: input()\\nexcept NotImplementedError as e: print(type(e).__module__)'\n"
        "print(service.execute_code(cell, 'c', 'n').stdout, 'IPython' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"{StdinNotImplementedError.__module__}\n False\n"


def test_standard_input_has_ended(run: Run) -> None:
    """Who reads `sys.stdin` finds nothing, with a handler too."""
    code = "import sys\nprint([sys.stdin.readline(), list(sys.stdin), sys.stdin.read()])"
    assert run(code, stdin=lambda *_: "never").stdout == "['', [], '']\n"


def test_the_functions_stay_the_hosts(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside of cells `input` reads the process's own stdin, before, between and after cells."""
    run("import getpass")
    monkeypatch.setattr(sys, "stdin", StringIO("typed\nsecret\n"))
    assert input() == "typed"
    monkeypatch.setattr("os.open", _no_terminal)
    with pytest.warns(getpass.GetPassWarning):
        answer = getpass.getpass(stream=StringIO())
    assert answer == "secret"


def _no_terminal(*_: object) -> int:
    raise OSError("no terminal")


def test_the_functions_look_like_pythons_own(run: Run) -> None:
    """Name, signature and pickle are those of the original."""
    run("pass")
    assert (input.__name__, input.__module__) == ("input", "builtins")
    assert str(inspect.signature(input)) == "(prompt='', /)"
    assert pickle.loads(pickle.dumps(input)) is builtins.input
