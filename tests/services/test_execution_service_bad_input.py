"""Input that makes no sense: one clear sentence each, nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nbengine import ExecutionService
from nbengine.engines.requests import MAX_TIMEOUT
from nbengine.errors import (
    InvalidCodeError,
    InvalidIdError,
    InvalidInputError,
    NbengineError,
    StorageError,
    UnknownExecutionError,
)
from tests.conftest import Run


@pytest.mark.parametrize("code", ["", " ", "\n\n", "\t \n", "\f", "# only a comment", "#\n\n  # x"])
def test_nothing_to_run(code: str, run: Run) -> None:
    """Empty code and comments are fine and show nothing."""
    result = run(code)
    assert (result.status, result.outputs, result.error) == ("ok", [], None)


@pytest.mark.parametrize(
    "code, kind, message",
    [
        ("x = 1\0", "SyntaxError", "source cannot contain null bytes"),
        ("x = '\ud800'", "SyntaxError", "a lone surrogate cannot be source"),
        ("if True:\n\tx=1\n        y=2", "TabError", "inconsistent use of tabs and spaces"),
        ("x = 1\n  y = 2", "IndentationError", "unexpected indent"),
        ("if True:\n", "IndentationError", "expected an indented block"),
        ("(", "SyntaxError", "'(' was never closed"),
        ("'abc", "SyntaxError", "unterminated string literal"),
    ],
)
def test_code_that_cannot_be_compiled(code: str, kind: str, message: str, run: Run) -> None:
    """It is a syntax error with a line, and the notebook goes on."""
    result = run(code)
    assert result.error is not None
    assert (result.status, result.error.type) == ("error", kind)
    assert message in result.error.message
    assert result.error.line is not None
    assert run("1").status == "ok"


def test_five_megabytes_of_source(run: Run) -> None:
    """A very long cell runs."""
    result = run("x = 0\n" + "x = x + 1  # and so on\n" * 220_000 + "x")
    assert result.error is None
    assert "220000" in str(result.outputs[-1])


@pytest.mark.parametrize("code", [None, 5, b"1 + 1", ["1"], object()])
def test_code_that_is_no_text(code: Any, run: Run) -> None:
    """Only a `str` can be code."""
    with pytest.raises(InvalidCodeError, match="must be a str, not"):
        run(code)


IDS = ["a/b", "../x", "..", "a.", "two words", "🐧", "x" * 300, "", 7, None]


@pytest.mark.parametrize("bad", IDS)
def test_ids_that_could_be_paths(
    bad: Any, service: ExecutionService, run: Run, own_settings: Path
) -> None:
    """A notebook or cell id that is no plain name is refused before anything happens."""
    with pytest.raises(InvalidIdError, match="cannot be a notebook id"):
        run("1", notebook_id=bad)
    with pytest.raises(InvalidIdError, match="cannot be a cell id"):
        run("1", cell_id=bad)
    with pytest.raises(InvalidIdError):
        service.interrupt(bad)
    with pytest.raises(InvalidIdError):
        service.artifacts_dir(bad)
    assert dict(service.notebook_globals) == {}
    assert not own_settings.exists()


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), "5", [1], 1j])
def test_a_timeout_that_is_none(timeout: Any, run: Run) -> None:
    """A timeout is a positive number of seconds."""
    with pytest.raises(InvalidInputError, match="The timeout must be a positive number"):
        run("1", timeout=timeout)


def test_the_longest_timeout(run: Run) -> None:
    """The limit itself is allowed, one second more is not."""
    assert run("1", timeout=MAX_TIMEOUT).status == "ok"
    with pytest.raises(InvalidInputError, match="at most"):
        run("1", timeout=MAX_TIMEOUT + 1)


def test_an_execution_that_never_was(service: ExecutionService) -> None:
    """There is no record of it, and the sentence says how many are kept."""
    with pytest.raises(UnknownExecutionError, match="no record of an execution 'nope'"):
        service.result("nope")


def test_a_workspace_that_cannot_be_one(tmp_path: Path) -> None:
    """A file where the workspace should be is told with the way out."""
    (tmp_path / "file").write_text("in the way")
    service = ExecutionService(workspace_dir=tmp_path / "file")
    with service, pytest.raises(StorageError, match="NBENGINE_WORKSPACE_DIR"):
        service.execute_code("1", "c1", "n")


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="root may write anywhere")
def test_a_workspace_without_permission(tmp_path: Path) -> None:
    """A read-only workspace is told with the way out."""
    tmp_path.chmod(0o500)
    service = ExecutionService(workspace_dir=tmp_path / "workspace")
    with service, pytest.raises(NbengineError, match="Permission denied"):
        service.execute_code("1", "c1", "n")


DEEP = {
    "parentheses": "'(' * n + ')' * n",
    "lists": "'[' * n + ']' * n",
    "dicts": "'{1:' * n + '1' + '}' * n",
    "minus": "'-' * n + '1'",
    "not": "'not ' * n + '1'",
    "attributes": "'a' + '.b' * n",
    "items": "'a' + '[0]' * n",
    "calls": "'f(' * n + ')' * n",
    "chained calls": "'f' + '()' * n",
    "sums": "'1' + '+1' * n",
    "powers": "'a' + '**a' * n",
    "comparisons": "'1' + '<1' * n",
    "lambdas": "'lambda: ' * n + '1'",
    "conditions": "'1 if 1 else ' * n + '1'",
    "ifs": "''.join(' ' * i + 'if 1:\\n' for i in range(n // 10))",
    "elifs": "'if 1: pass\\n' + 'elif 1: pass\\n' * n",
    "awaits": "'await ' * n + 'x'",
    "assignments": "'a = ' * n + '1'",
    "decorators": "'@f\\n' * n + 'def g(): pass'",
    "formatted strings": "'f\\'{' * n",
    "literals side by side": "'\"a\" ' * n",
}
PROGRAM = """
import sys
from nbengine import ExecutionService
shapes = {shapes!r}
expected = (None, "NameError", "SyntaxError", "IndentationError")
with ExecutionService() as service:
    for name, shape in shapes.items():
        for n in (90, 990, 10_000, 100_000):
            for timeout in (None, 60):
                code = eval(shape, {{"n": n}})
                result = service.execute_code(code, "c1", "n", timeout=timeout)
                assert result.status in ("ok", "error"), (name, n, result.status)
                error = result.error and result.error.type
                assert error in expected, (name, error)
                assert service.execute_code("1", "c1", "n").status == "ok", (name, n)
print("survived")
"""


def test_deep_nesting_never_ends_the_process() -> None:
    """Ten thousand levels of anything are an error of the cell, in any thread."""
    program = PROGRAM.format(shapes=DEEP)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=170, check=False
    )
    assert (done.returncode, done.stdout.strip(), done.stderr[-2000:]) == (0, "survived", "")
