"""Values whose representations go wrong: seen, bounded, and the next cell is fine."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nbengine import ExecutionResult, ExecutionService
from nbengine.models.notebook import Cut
from nbengine.models.outputs import MimeBundle
from tests.conftest import PATIENCE, Run, until

pytestmark = pytest.mark.usefixtures("next_cell")

METHODS = {
    "_repr_html_": "self",
    "_repr_png_": "self",
    "_repr_json_": "self",
    "_repr_mimebundle_": "self, include=None, exclude=None",
    "_ipython_display_": "self",
    "__repr__": "self",
}
SHOWN = ["A()", "display(A())", "display(A(), display_id='a')"]


def defined(method: str, body: str) -> str:
    """A class `A` with one method."""
    return f"class A:\n    def {method}({METHODS[method]}):\n        {body}\n"


def bundles(result: ExecutionResult) -> list[MimeBundle]:
    return [output for output in result.outputs if isinstance(output, MimeBundle)]


@pytest.mark.parametrize("shown", SHOWN)
@pytest.mark.parametrize("method", METHODS)
def test_a_method_that_raises(method: str, shown: str, run: Run) -> None:
    """The value keeps a plain text, a note says what was raised, the cell goes on."""
    result = run(f"{defined(method, 'raise ValueError(7)')}{shown}")
    name = "repr()" if method == "__repr__" else method
    assert (result.status, result.error) == ("ok", None)
    assert result.stderr == f"[{name} of A raised ValueError: 7]\n"
    (bundle,) = [bundle for bundle in bundles(result) if "A" in str(bundle.data["text/plain"])][:1]
    assert list(bundle.data) == ["text/plain"]


@pytest.mark.parametrize(
    "error, status",
    [
        ("SystemExit(3)", "error"),
        ("KeyboardInterrupt", "interrupted"),
        ("GeneratorExit", "error"),
        ("BaseException('x')", "error"),
    ],
)
@pytest.mark.parametrize("shown", ["A()", "display(A())\nprint('after')"])
@pytest.mark.parametrize("method", METHODS)
def test_a_method_that_wants_to_leave(
    method: str, shown: str, error: str, status: str, run: Run
) -> None:
    """What is no `Exception` ends the cell as its error, as if the cell had raised it."""
    result = run(f"print('before')\n{defined(method, f'raise {error}')}{shown}")
    assert (result.status, result.stdout) == (status, "before\n")
    assert result.error is not None
    assert result.error.type in error


@pytest.mark.parametrize("answer", ["object()", "7", "[1]", "{1: 2}", "float('nan')"])
@pytest.mark.parametrize("method", ["_repr_html_", "_repr_png_", "_repr_mimebundle_", "__repr__"])
def test_an_answer_of_a_wrong_type(method: str, answer: str, run: Run) -> None:
    """It is left out and told; the result is JSON."""
    result = run(f"{defined(method, f'return {answer}')}A()")
    assert result.status == "ok"
    assert result.stderr.startswith(f"[{'repr()' if method == '__repr__' else method} of A ") or (
        method == "_repr_mimebundle_" and result.stderr.startswith("[_repr_mimebundle_ of A gave")
    )
    assert [list(bundle.data) for bundle in bundles(result)] == [["text/plain"]]
    assert ExecutionResult.model_validate_json(result.model_dump_json()) == result


@pytest.mark.parametrize("method", METHODS)
def test_a_method_that_prints(method: str, run: Run) -> None:
    """Its text is the cell's, before the value."""
    result = run(f"{defined(method, 'print(1); return ' + repr('x'))}A()")
    assert (result.status, result.stdout) == ("ok", "1\n")
    assert result.outputs[0].output_type == "stream"


LOOPS = {
    "a loop": "while True: pass",
    "a sleep": "__import__('time').sleep(1000)",
    "a loop that holds on": (
        "\n            try:\n                while True: pass\n"
        "            except KeyboardInterrupt: pass\n            while True: pass"
    ),
    "a loop that prints": "while True: print('x' * 1000)",
}


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("method", METHODS)
def test_a_method_that_never_ends(method: str, loop: str) -> None:
    """The timeout of the cell ends it; what was printed before is kept, within its limit."""
    with ExecutionService(interrupt_grace=PATIENCE / 10) as service:
        code = f"print('before')\n{defined(method, LOOPS[loop])}A()"
        result = service.execute_code(code, "c1", "n", timeout=0.3)
        assert (result.status, result.stdout[:7]) == ("timeout", "before\n")
        assert len(result.stdout) < 1_100_000
        assert service.execute_code("1", "c2", "n").status == "ok"


@pytest.mark.parametrize("method", METHODS)
def test_an_interrupt_ends_a_method(
    method: str, service: ExecutionService, run: Run, callers: ThreadPoolExecutor
) -> None:
    """As it ends the cell's own code."""
    cell = callers.submit(
        run, f"begun = []\n{defined(method, 'begun.append(1)')}        while True: pass\nA()"
    )
    until(lambda: bool(service.notebook_globals.get("n", {}).get("begun")))
    assert service.interrupt("n")
    assert cell.result().status == "interrupted"


TEXT = Cut(what="text", kept=1_000_000, total=200_000_000)
LOST = Cut(what="representations", kept=1, total=2)
HUGE = "return 'x' * 200_000_000"


@pytest.mark.parametrize(
    "method, cut",
    [
        ("__repr__", TEXT),
        ("_repr_html_", LOST),
        ("_repr_png_", LOST),
        ("_repr_json_", LOST),
    ],
)
def test_a_representation_of_two_hundred_megabytes(method: str, cut: Cut, run: Run) -> None:
    """The limit cuts it or leaves it out, the result names that and is small."""
    result = run(f"{defined(method, HUGE)}A()")
    assert (result.status, result.cuts) == ("ok", [cut])
    assert len(result.model_dump_json()) < 1_100_000


MEMORY = """
from pathlib import Path
from nbengine import ExecutionService
service = ExecutionService(workspace_dir={folder!r})
service.execute_code({before!r}, "c0", "n")
for _ in range(5):
    assert service.execute_code("A()", "c1", "n").cuts
peak = next(line for line in Path("/proc/self/status").open() if line.startswith("VmHWM"))
print(peak.split()[1])
"""
PRINTER = (
    "class A: pass\n"
    "def pieces(value, printer, cycle):\n"
    "    for _ in range(1_000_000): printer.text('x' * 1_000)\n"
    "get_ipython().display_formatter.formatters['text/plain'].for_type(A, pieces)"
)


@pytest.mark.skipif(sys.platform != "linux", reason="kilobytes are counted otherwise elsewhere")
@pytest.mark.parametrize("before", [defined("__repr__", HUGE), PRINTER], ids=["repr", "printer"])
def test_huge_texts_do_not_add_up(before: str, tmp_path: Path) -> None:
    """One of 200 MB at most twice, one that comes in pieces not even once."""
    script = MEMORY.format(folder=str(tmp_path), before=before)
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert int(ended.stdout) < 600_000


CHANGES = {
    "deletes a variable": ("del globals()['x']; return 'y'", "'x' in globals()", "False"),
    "changes a variable": ("globals()['x'] = 2; return 'y'", "x", "2"),
    "deletes its class": ("globals().pop('A'); return 'y'", "'A' in globals()", "False"),
    "deletes everything": ("globals().clear(); return 'y'", "len([1])", "1"),
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("method", METHODS)
def test_a_method_that_changes_its_notebook(method: str, what: str, run: Run) -> None:
    """It may: it is the notebook's own code."""
    body, look, expected = CHANGES[what]
    assert run(f"x = 1\n{defined(method, body)}A()").status == "ok"
    assert bundles(run(look))[-1].data["text/plain"] == expected


@pytest.mark.parametrize(
    "call, told",
    [
        ("service.execute_code('1', 'c2', 'n')", "it has to end first"),
        ("service.restart('n')", "asked to restart its own notebook 'n'"),
        ("service.close()", "asked to close its own notebook 'n'"),
    ],
)
@pytest.mark.parametrize("method", METHODS)
def test_a_method_that_needs_its_notebook(
    method: str, call: str, told: str, service: ExecutionService, run: Run
) -> None:
    """It cannot run a cell there, nor close it: refused within the method, which is told."""
    run("")
    service.notebook_globals["n"]["service"] = service
    result = run(f"{defined(method, call)}A()")
    assert result.status == "ok"
    assert "raised ReentryError" in result.stderr
    assert told in result.stderr


def test_a_method_that_runs_a_cell_of_another_notebook(service: ExecutionService, run: Run) -> None:
    """Its output is in its own result, its value in the representation."""
    run("")
    service.notebook_globals["n"]["service"] = service
    body = "return service.execute_code('print(5)', 'c2', 'other').stdout"
    result = run(f"{defined('_repr_html_', body)}A()")
    assert result.stdout == ""
    assert bundles(result)[0].data["text/html"] == "5\n"


# ------------------------------------------------ printers that the user registered

REGISTER = """
class F: pass
def answer(value): {body}
formatter = get_ipython().display_formatter
kinds = formatter.formatters | {{
    'bundle': formatter.mimebundle_formatter, 'own': formatter.ipython_display_formatter
}}
kinds[{kind!r}].for_type(F, answer);
"""
KINDS = ["text/html", "image/png", "application/json", "bundle", "own"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_printer_that_raises(kind: str, run: Run) -> None:
    """Its error is shown with its place in the cell, and no frame of the engine."""
    run(REGISTER.format(body="1 / 0", kind=kind))
    result = run("F()\n1; F()")
    shown = [output for output in result.outputs if output.output_type == "error"]
    assert [output.ename for output in shown] == ["ZeroDivisionError"]
    assert "nbengine" not in "".join(shown[0].traceback)
    assert result.status == "ok"


@pytest.mark.parametrize(
    "error, status", [("SystemExit(3)", "error"), ("KeyboardInterrupt", "interrupted")]
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_printer_that_wants_to_leave(kind: str, error: str, status: str, run: Run) -> None:
    """What is no `Exception` ends the cell."""
    run(REGISTER.format(body=f"raise {error}", kind=kind))
    assert run("F()").status == status


@pytest.mark.parametrize("kind", ["text/html", "image/png", "application/json", "bundle"])
def test_a_printer_that_answers_a_wrong_type(kind: str, run: Run) -> None:
    """It is told, the plain text stays."""
    run(REGISTER.format(body="return object()", kind=kind))
    result = run("F()")
    assert "[the printer registered for" in result.stderr
    assert "gave a object" in result.stderr
    assert [list(bundle.data) for bundle in bundles(result)] == [["text/plain"]]


def test_a_printer_of_bundles_gives_metadata_too(run: Run) -> None:
    """As a pair, like `_repr_mimebundle_`."""
    answer = "return {'text/html': 'x', 'text/latex': 'y'}, {'text/html': {'isolated': True}}"
    run(REGISTER.format(body=answer, kind="bundle"))
    (bundle,) = bundles(run("F()"))
    assert bundle.data["text/html"] == "x"
    assert bundle.metadata == {"text/html": {"isolated": True}}


@pytest.mark.parametrize("kind", KINDS)
def test_a_printer_that_never_ends(kind: str, run: Run) -> None:
    """The timeout of the cell ends it."""
    run(REGISTER.format(body="\n    while True: pass", kind=kind))
    assert run("F()", timeout=0.3).status == "timeout"


RECURSION = """
from nbengine import ExecutionService
for code in {codes!r}:
    with ExecutionService(workspace_dir={folder!r}) as service:
        service.execute_code(code, "c0", "n")
        result = service.execute_code("A()", "c1", "n")
        told = result.stderr + str(result.outputs)
        assert result.status == "ok" and "RecursionError" in told, (code, told)
        assert "nbengine/" not in told and len(result.outputs) < 1_000, (code, told)
        assert service.execute_code("1", "c2", "n").status == "ok"
print("fine")
"""


def test_a_value_whose_look_shows_the_value(tmp_path: Path) -> None:
    """The recursion ends at Python's limit, in a process whose hooks are Python's own."""
    codes = [defined(method, "display(self); return 'x'") for method in METHODS]
    codes += [
        REGISTER.format(body="display(value); return 'x'", kind=kind).replace("F", "A")
        for kind in KINDS
    ]
    script = RECURSION.format(codes=codes, folder=str(tmp_path))
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (ended.stdout, ended.stderr) == ("fine\n", "")


@pytest.mark.parametrize("body", ["1 / 0", "printer.text(7)", "printer.nothing()"])
def test_a_printer_of_texts_that_raises(body: str, run: Run) -> None:
    """It is told as a `repr` that raises."""
    run("class F: pass")
    plain = "get_ipython().display_formatter.formatters['text/plain']"
    run(f"def show(value, printer, cycle): {body}\n{plain}.for_type(F, show);")
    result = run("F()")
    assert result.stderr.startswith("[repr() of F raised ")
    assert str(bundles(result)[0].data["text/plain"]).startswith("<F: its repr raised ")
