"""What Jupyter's `execute_request` calls options: the same for the same request."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from jupyter_client.manager import start_new_kernel

from nbengine import ExecutionResult, ExecutionService
from nbengine.errors import InvalidInputError
from nbengine.models.notebook import Cut
from nbengine.runtime.process import PROCESS
from tests.conftest import PATIENCE, Run, until
from tests.runtime.ipython.cells import value

QUIET = {"silent": True}
UNSTORED = {"store_history": False}
REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "a value": ("1 + 1", {}),
    "a silent value": ("x = 5\nx", QUIET),
    "after a silent value": ("_, len(In), list(Out), x", {}),
    "silent text": ("import sys\nprint('a')\nprint('b', file=sys.stderr)", QUIET),
    "a silent display": ("display(3)", QUIET),
    "a silent error": ("1 / 0", QUIET),
    "a silent syntax error": ("1 +* 2", QUIET),
    "a silent wrong magic": ("%nosuch", QUIET),
    "a silent display hook": ("sys.displayhook(7)", QUIET),
    "a silent semicolon": ("5;", QUIET),
    "a silent stored value": ("'s'", QUIET | {"store_history": True}),
    "after silent cells": ("_, __, _i, len(In)", {}),
    "an unstored value": ("'unstored'", UNSTORED),
    "after an unstored value": ("_, __, _i, In[-1], list(Out)", {}),
    "an unstored error": ("1 / 0", UNSTORED),
    "an unstored magic": ("%who_ls str", UNSTORED),
    "no code": ("", {"user_expressions": {"a": "1"}}),
    "expressions": (
        "y = 1",
        {
            "user_expressions": {
                "a value": "y + 1",
                "a name that is none": "nope",
                "no expression": "y = 2",
                "unfinished": "1 +",
                "empty": "",
                "indented": "  y",
                "with a comment": "y  # why",
                "a magic": "%time 1",
                "awaiting": "await y",
                "printing": "print('by an expression')",
                "displaying": "display(y)",
                "raising": "{}['k']",
                "binding": "(w := 5)",
                "": "'named by nothing'",
            }
        },
    ),
    "what an expression bound": ("w", {}),
    "an expression that exits": (
        "1",
        {"user_expressions": {"a": "sys.exit(3)", "b": "next(iter([]))", "c": "y"}},
    ),
    "an expression that raises an interrupt": (
        "def stop(): raise KeyboardInterrupt('mine')",
        {"user_expressions": {"a": "stop()", "b": "y"}},
    ),
    "expressions after an error": ("1 / 0", {"user_expressions": {"a": "y"}}),
    "expressions after a wrong magic": ("%nosuch", {"user_expressions": {"a": "y"}}),
    "expressions of a silent cell": ("2", QUIET | {"user_expressions": {"a": "len(In)"}}),
    "expressions of an unstored cell": ("'u'", UNSTORED | {"user_expressions": {"a": "_"}}),
    "no expressions": ("1", {"user_expressions": None}),
    "a rich expression": (
        (
            "class Rich:\n    def __repr__(self): return 'plain'\n"
            "    def _repr_html_(self): return '<b>', {'key': 1}"
        ),
        {"user_expressions": {"a": "Rich()"}},
    ),
    "the end": ("len(In), list(Out)[-1]", {}),
}
Gist = tuple[str, int, list[tuple[Any, ...]], dict[str, Any]]


def output_gist(kind: str, output: Any) -> tuple[Any, ...]:
    """What is compared of an output; syntax errors name different files."""
    if kind == "stream":
        return output["name"], output["text"]
    if kind == "error":
        return kind, output["ename"], output["evalue"].partition(" (")[0]
    return kind, output["data"], output["metadata"], output.get("execution_count")


def whole(outputs: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Text of a stream as one: a kernel that is slow sends it as it comes."""
    joined: list[tuple[Any, ...]] = []
    for output in outputs:
        if joined and len(output) == 2 and joined[-1][0] == output[0]:  # streams have a name, text
            joined[-1] = output[0], joined[-1][1] + output[1]
        else:
            joined.append(output)
    return joined


def expressions_gist(expressions: dict[str, Any]) -> dict[str, Any]:
    """All but the layout of tracebacks."""
    return {
        name: {key: part for key, part in answer.items() if key != "traceback"}
        for name, answer in expressions.items()
    }


def gist(result: ExecutionResult) -> Gist:
    outputs = [output_gist(o.output_type, o.model_dump()) for o in result.outputs]
    expressions = expressions_gist(result.user_expressions)
    return result.status, result.execution_count, outputs, expressions


@pytest.fixture(scope="module")
def jupyter() -> Iterator[dict[str, Gist]]:
    """Each request as Jupyter's kernel answered it, one after another."""
    manager, client = start_new_kernel(kernel_name="python3")
    answers = {}
    try:
        for name, (code, options) in REQUESTS.items():
            outputs: list[tuple[Any, ...]] = []

            def listen(message: Any, outputs: list[tuple[Any, ...]] = outputs) -> None:
                kind = message["header"]["msg_type"]
                if kind in ("stream", "error", "display_data", "execute_result"):
                    outputs.append(output_gist(kind, message["content"]))

            reply = client.execute_interactive(
                code, output_hook=listen, allow_stdin=False, timeout=60, **options
            )["content"]
            expressions = expressions_gist(reply["user_expressions"])
            answers[name] = reply["status"], reply["execution_count"], whole(outputs), expressions
        yield answers
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Gist]:
    """Each request as we answered it."""
    with ExecutionService(workspace_dir=tmp_path_factory.mktemp("workspace")) as service:
        return {
            name: gist(service.execute_code(code, "c1", "n", **options))
            for name, (code, options) in REQUESTS.items()
        }


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_answered_as_by_jupyter(
    name: str, jupyter: dict[str, Gist], ours: dict[str, Gist]
) -> None:
    """Status, count, outputs and expressions are those of Jupyter's own kernel."""
    assert ours[name] == jupyter[name]


# ------------------------------------------------ expressions that make no sense


@pytest.mark.parametrize(
    "expressions",
    [[], "a", 7, False, {"a": None}, {"a": b"1"}, {1: "1"}, {"a": {"b": "1"}}, [("a", "1")]],
)
def test_expressions_that_are_none(expressions: Any, service: ExecutionService) -> None:
    """Only a mapping from text to text will do; nothing runs, and no notebook is opened."""
    with pytest.raises(InvalidInputError, match="must be a mapping from names to code"):
        service.execute_code("x = 1", "c1", "n", user_expressions=expressions)
    assert not service.notebook_globals


@pytest.mark.parametrize("code", ["1\0", "'\ud800'", "(" * 100_000, "-" * 100_000 + "1"])
def test_an_expression_that_cannot_be_compiled(code: str, run: Run) -> None:
    """It is its own error, the others are answered; the cell has not failed."""
    result = run("x = 1", user_expressions={"bad": code, "good": "x"})
    assert (result.status, result.outputs) == ("ok", [])
    assert result.user_expressions["bad"]["status"] == "error"
    assert result.user_expressions["good"]["data"] == {"text/plain": "1"}
    assert ExecutionResult.model_validate_json(result.model_dump_json()) == result


@pytest.mark.parametrize("endless", ["forever()", "Endless()"])
def test_an_expression_that_never_ends(endless: str, run: Run) -> None:
    """The timeout of the cell is that of its expressions and of their looks, too."""
    run(
        "def forever():\n    while True: pass\nclass Endless:\n    def _repr_html_(self): forever()"
    )
    result = run("print('done')", timeout=0.3, user_expressions={"a": endless, "b": "1"})
    assert (result.status, result.stdout, result.user_expressions) == ("timeout", "done\n", {})
    assert run("1").status == "ok"


def test_an_interrupt_ends_an_expression(
    service: ExecutionService, run: Run, callers: ThreadPoolExecutor
) -> None:
    """It is not taken for what the expression raises."""
    run("begun = []\ndef forever():\n    begun.append(1)\n    while True: pass")
    cell = callers.submit(run, "1", user_expressions={"a": "forever()", "b": "begun.clear()"})
    until(lambda: bool(service.notebook_globals["n"]["begun"]))
    assert service.interrupt("n")
    assert cell.result().status == "interrupted"
    assert value(run("begun")) == "[1]"


def test_what_expressions_show_is_bounded() -> None:
    """By the limits of texts and of displays, and the result says so."""
    with ExecutionService(display_limit=5_000, text_limit=1_000) as service:
        service.execute_code(
            "class Large:\n    def __repr__(self): return 'plain'\n"
            "    def _repr_html_(self): return 'h' * 4_000",
            "c1",
            "n",
        )
        expressions = {"text": "'x' * 9_998", "one": "Large()", "two": "Large()"}
        result = service.execute_code("", "c2", "n", user_expressions=expressions)
    shown = result.user_expressions
    assert [list(shown[name]["data"]) for name in ("text", "one", "two")] == [  # type: ignore[arg-type]
        ["text/plain"],
        ["text/plain"],
        ["text/plain"],
    ]
    assert result.cuts == [
        Cut(what="text", kept=1_000, total=10_000),
        Cut(what="representations", kept=2, total=4),
    ]


# ------------------------------------------------ errors that stop others


def waiting_behind(
    service: ExecutionService, callers: ThreadPoolExecutor, code: str, **options: Any
) -> tuple[ExecutionResult, list[ExecutionResult]]:
    """A cell that ends with `code`, and three that were asked for while it ran."""
    service.execute_code("import threading\ngo = threading.Event(); begun = []", "c0", "n")
    names = service.notebook_globals["n"]
    cell = f"begun.append(1)\ngo.wait({PATIENCE})\n{code}"
    first = callers.submit(service.execute_code, cell, "c1", "n", **options)
    until(lambda: bool(names["begun"]))
    others = [
        callers.submit(service.execute_code, "begun.append(2)", "c2", "n", silent=silent)
        for silent in (False, True)
    ]
    others.append(callers.submit(service.execute_code, "'elsewhere'", "c3", "other"))
    until(lambda: len(PROCESS.turns.queued) == len(others))
    names["go"].set()
    return first.result(), [other.result() for other in others]


@pytest.mark.parametrize("code", ["1 / 0", "%nosuch", "raise SystemExit", "eval('1 +')"])
def test_an_error_ends_the_cells_that_wait(
    service: ExecutionService, callers: ThreadPoolExecutor, code: str
) -> None:
    """With `stop_on_error` those of its notebook come back aborted, silent ones too."""
    first, others = waiting_behind(service, callers, code, stop_on_error=True)
    assert first.status == "error"
    assert [other.status for other in others] == ["aborted", "aborted", "ok"]
    assert service.notebook_globals["n"]["begun"] == [1]
    later = service.execute_code("'later'", "c4", "n")
    assert (later.status, value(later)) == ("ok", "'later'")


@pytest.mark.parametrize(
    "code, options",
    [
        ("1 / 0", {}),
        ("1 / 0", {"stop_on_error": True, "silent": True}),
        ("1", {"stop_on_error": True}),
        ("1", {"stop_on_error": True, "user_expressions": {"a": "1 / 0"}}),
    ],
)
def test_what_ends_no_other_cell(
    service: ExecutionService, callers: ThreadPoolExecutor, code: str, options: dict[str, Any]
) -> None:
    """Errors that nobody asked to stop at, those of silent cells and of expressions."""
    _, others = waiting_behind(service, callers, code, **options)
    assert [other.status for other in others] == ["ok"] * 3
    assert service.notebook_globals["n"]["begun"] == [1, 2, 2]
