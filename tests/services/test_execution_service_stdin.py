"""Cells that ask whoever runs them."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread, current_thread
from typing import Any

import pytest

from nbengine import ExecutionService
from nbengine.models.events import OutputEvent, TextWritten
from nbengine.runtime.execution import running
from tests.conftest import PATIENCE, Run


class Asked:
    """A handler that remembers what it was asked and answers line by line."""

    def __init__(self, *answers: str) -> None:
        self.questions: list[tuple[str, bool]] = []
        self._answers = list(answers)

    def __call__(self, prompt: str, password: bool) -> str:
        self.questions.append((prompt, password))
        return self._answers.pop(0)


def test_input_returns_the_answer(run: Run) -> None:
    """The handler sees the prompt as text; prompt and answer are no output."""
    asked = Asked("Ada", "", " 36 ")
    result = run("a = input('Name? '), input(), input(7)\nprint(a)", stdin=asked)
    assert result.stdout == "('Ada', '', ' 36 ')\n"
    assert asked.questions == [("Name? ", False), ("", False), ("7", False)]


def test_getpass_asks_for_a_password(run: Run) -> None:
    """With its prompt, which is empty by itself as in Jupyter."""
    asked = Asked("s3cret", "s4cret")
    code = "from getpass import getpass\nassert (getpass(), getpass('Key: ')) == {!r}"
    assert run(code.format(("s3cret", "s4cret")), stdin=asked).status == "ok"
    assert asked.questions == [("", True), ("Key: ", True)]


@pytest.mark.parametrize("parameter", ["stream", "echo_char"])
def test_what_getpass_cannot_heed_is_told(run: Run, parameter: str) -> None:
    """As a warning of the line that calls it; the answer is given all the same."""
    code = f"import getpass, sys\nx = 1\nanswer = getpass.getpass('Key: ', {parameter}='*')"
    result = run(code + "\nprint(answer)", stdin=Asked("s3cret"))
    assert result.stdout == "s3cret\n"
    (warning,) = result.warnings
    assert (warning.category, warning.line) == ("UserWarning", 3)
    assert f"`{parameter}`" in warning.message


@pytest.mark.parametrize("error", [EOFError("closed"), KeyboardInterrupt(), OSError("gone")])
def test_what_the_handler_raises_comes_out_of_input(run: Run, error: BaseException) -> None:
    """The cell can catch it where it asked."""

    def refuse(_prompt: str, _password: bool) -> str:
        raise error

    name = type(error).__name__
    code = f"try: input()\nexcept {name} as e: caught = e\nprint(type(caught).__name__, caught)"
    assert run(code, stdin=refuse).stdout == f"{name} {error}\n"
    failed = run("input()", stdin=refuse).error
    assert failed is not None
    assert failed.type == name


@pytest.mark.parametrize("answer", [None, 7, b"bytes"])
def test_an_answer_must_be_text(run: Run, answer: Any) -> None:
    """Anything else is one clear error in the cell."""
    error = run("input()", stdin=lambda *_: answer).error
    assert error is not None
    assert error.type == "TypeError"
    assert error.message == f"The stdin handler must return a str, not {type(answer).__name__}."


def test_the_question_comes_after_what_was_written(run: Run) -> None:
    """Whoever is asked has seen all output before, on both streams."""
    heard: list[str] = []
    seen: list[str] = []

    def listen(event: OutputEvent) -> None:
        if isinstance(event, TextWritten):
            heard.append(event.text)

    def answer(_prompt: str, _password: bool) -> str:
        seen.append("".join(heard))
        return "x"

    code = (
        "import sys\nprint('a')\nprint('b', end='', file=sys.stderr)\ninput()\n"
        "print('c', end='')\ninput()"
    )
    run(code, on_output=listen, stdin=answer)
    assert seen == ["a\nb", "a\nbc"]


def test_output_of_c_code_comes_before_the_question() -> None:
    """What went to the descriptors is announced too."""
    heard: list[str] = []

    def listen(event: OutputEvent) -> None:
        if isinstance(event, TextWritten):
            heard.append(event.text)

    def answer(_prompt: str, _password: bool) -> str:
        return "".join(heard)

    with ExecutionService(own_descriptors=True) as service:
        code = "import os\nos.write(1, b'written')\nx = input()"
        service.execute_code(code, "c", "n", on_output=listen, stdin=answer)
        assert service.notebook_globals["n"]["x"] == "written"


def test_the_handler_is_no_part_of_the_cell(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """What it prints is the host's; the cell goes on as itself."""

    def answer(_prompt: str, _password: bool) -> str:
        assert running() is None
        print("to the host")
        return current_thread().name

    result = run("import threading\ninput() == threading.current_thread().name", stdin=answer)
    assert "True" in str(result.outputs)
    assert result.stdout == ""
    assert capsys.readouterr().out == "to the host\n"


def test_a_thread_of_the_cell_may_ask(run: Run) -> None:
    """The handler of the cell that started it is called."""
    asked = Asked("from afar")
    code = (
        "import threading\nt = threading.Thread(target=lambda: print(input('who? ')))\n"
        "t.start(); t.join()"
    )
    assert run(code, stdin=asked).stdout == "from afar\n"
    assert asked.questions == [("who? ", False)]


def test_a_handler_serves_its_cell_alone(service: ExecutionService) -> None:
    """The next cell, and a cell of another notebook that this one runs, have their own or none."""
    asked = Asked("mine")
    service.execute_code("", "c", "other")
    service.execute_code("", "c", "n")
    service.notebook_globals["n"]["other"] = lambda: service.execute_code("input()", "c", "other")
    result = service.execute_code("print(other().error.type, input())", "c", "n", stdin=asked)
    assert result.stdout == "StdinNotImplementedError mine\n"
    error = service.execute_code("input()", "c", "n").error
    assert error is not None
    assert error.type == "StdinNotImplementedError"


def test_an_awaiting_cell_may_ask(run: Run) -> None:
    """Coroutines and tasks of the cell are the cell."""
    code = (
        "import asyncio\nasync def ask(): return input('in a task')\n"
        "print(await asyncio.create_task(ask()))"
    )
    assert run(code, stdin=Asked("awaited")).stdout == "awaited\n"


@pytest.mark.parametrize("wait", ["sleep", "event"])
@pytest.mark.parametrize("timeout", [None, 1000.0], ids=["main thread", "home thread"])
def test_an_interrupt_ends_the_wait_for_an_answer(wait: str, timeout: float | None) -> None:
    """The handler is interrupted as the cell's own code would be."""
    asked = Event()

    def answer(_prompt: str, _password: bool) -> str:
        asked.set()
        if wait == "sleep":
            time.sleep(1000)
        Event().wait()
        return "never"

    with ExecutionService(interrupt_grace=PATIENCE) as service, ThreadPoolExecutor() as pool:
        service.execute_code("", "c", "n")
        stopped = pool.submit(lambda: asked.wait(PATIENCE) and service.interrupt("n"))
        result = service.execute_code("input()", "c", "n", timeout=timeout, stdin=answer)
        assert stopped.result()
        assert result.status == "interrupted"
        assert service.execute_code("1", "c", "n").status == "ok"


def test_a_timeout_ends_the_wait_for_an_answer(service: ExecutionService) -> None:
    """Nobody answering is the cell not ending."""

    def answer(_prompt: str, _password: bool) -> str:
        time.sleep(1000)
        return "never"

    result = service.execute_code("input()", "c", "n", timeout=0.2, stdin=answer)
    assert result.status == "timeout"


@pytest.mark.parametrize("handler", [7, "text", lambda: "too few"])
def test_a_handler_that_is_none(handler: Any, run: Run) -> None:
    """It fails where the cell asks, as a call of it does."""
    error = run("x = 1\ninput()", stdin=handler).error
    assert error is not None
    assert (error.type, error.line) == ("TypeError", 2)
    assert run("input()", stdin=lambda *_: "fine").status == "ok"


@pytest.mark.parametrize("answer", ["a\nb", "\ud800", "x" * 1_000_000, "\0"])
def test_an_answer_is_given_as_it_is(answer: str, service: ExecutionService, run: Run) -> None:
    """Whatever text it is; the result is JSON all the same."""
    result = run("answer = input()\nprint(answer)", stdin=lambda *_: answer)
    assert service.notebook_globals["n"]["answer"] == answer
    assert result.model_dump_json()


def test_a_prompt_that_has_no_text(run: Run) -> None:
    """What its `__str__` raises comes out of `input`; nobody is asked."""
    asked = Asked("never")
    code = "class Prompt:\n    def __str__(self): 1 / 0\ninput(Prompt())"
    error = run(code, stdin=asked).error
    assert error is not None
    assert (error.type, asked.questions) == ("ZeroDivisionError", [])


def test_a_password_is_in_no_output(service: ExecutionService) -> None:
    """Neither in results, events, history nor artifacts, unless the cell itself shows it."""
    secret, heard = "s3cret-answer", list[OutputEvent]()
    code = "from getpass import getpass\nkey = getpass('Key: ')\nprint(len(key))\nkey, len(key);"
    result = service.execute_code(
        code,
        "c",
        "n",
        stdin=Asked(secret),
        on_output=heard.append,
        user_expressions={"a": "len(key)"},
    )
    failed = service.execute_code("getpass('Key: ')\n1 / 0", "c", "n", stdin=Asked(secret))
    told = [*map(str, heard), result.model_dump_json(), failed.model_dump_json()]
    told.append(str(service.notebook_globals["n"]["In"]))
    assert "13" in told[0]
    assert [text for text in told if secret in text] == []
    assert not service.artifacts_dir("n").exists()


def test_threads_and_tasks_ask_at_once(run: Run) -> None:
    """Each gets the answer to its own question."""

    def answer(prompt: str, _password: bool) -> str:
        return f"to {prompt}"

    code = (
        "import asyncio, threading\ngot = {}\ndef ask(name): got[name] = input(name)\n"
        "threads = [threading.Thread(target=ask, args=(f't{n}',)) for n in range(5)]\n"
        "[thread.start() for thread in threads]; [thread.join() for thread in threads]\n"
        "async def task(name): ask(name)\n"
        "await asyncio.gather(*map(task, ['a', 'b']), asyncio.to_thread(ask, 'c'))\n"
        "print(all(answer == f'to {name}' for name, answer in got.items()), len(got))"
    )
    assert run(code, stdin=answer).stdout == "True 8\n"


@pytest.mark.parametrize("timeout", [None, 100.0], ids=["main thread", "home thread"])
def test_a_handler_may_run_a_cell_of_another_notebook(
    timeout: float | None, service: ExecutionService
) -> None:
    """It borrows the turn of the cell that asks, and may itself ask."""

    def answer(prompt: str, _password: bool) -> str:
        inner = service.execute_code("print(input('inner'))", "c", "other", stdin=Asked("x"))
        return f"{prompt} {inner.stdout.strip()}"

    code = "print(input('outer'))"
    result = service.execute_code(code, "c", "n", stdin=answer, timeout=timeout)
    assert (result.status, result.stdout) == ("ok", "outer x\n")


def test_a_handler_may_not_run_a_cell_of_the_notebook_that_asks(
    service: ExecutionService, run: Run
) -> None:
    """It is refused rather than waiting for ever, and that comes out of `input`."""

    def answer(_prompt: str, _password: bool) -> str:
        return service.execute_code("1", "c2", "n").stdout

    error = run("input()", stdin=answer).error
    assert error is not None
    assert error.type == "ReentryError"
    assert run("1").status == "ok"


def test_a_handler_may_interrupt_the_cell(service: ExecutionService, run: Run) -> None:
    """As whoever is asked may not want to go on."""

    def answer(_prompt: str, _password: bool) -> str:
        service.interrupt("n")
        return "never"

    result = run("input()\nprint('on')", stdin=answer)
    assert (result.status, result.stdout) == ("interrupted", "")


@pytest.mark.parametrize("shown", ["A()", "display(A())"])
def test_a_representation_may_ask(shown: str, run: Run) -> None:
    """It is code of the cell."""
    asked = Asked("the answer")
    result = run(f"class A:\n    def __repr__(self): return input('look? ')\n{shown}", stdin=asked)
    assert "the answer" in str(result.outputs)
    assert asked.questions == [("look? ", False)]


def test_an_expression_may_ask(run: Run) -> None:
    """So are the user expressions of the request."""
    result = run("", stdin=Asked("me"), user_expressions={"who": "input()"})
    assert result.user_expressions["who"]["data"] == {"text/plain": "'me'"}


def test_a_thread_may_ask_after_its_cell(service: ExecutionService) -> None:
    """As it may still write then."""
    go, asked = Event(), Asked("late")
    service.execute_code("", "c", "n")
    service.notebook_globals["n"]["go"] = go
    code = (
        "import threading\nt = threading.Thread(target=lambda: [go.wait(), print(input())])\n"
        "t.start()"
    )
    result = service.execute_code(code, "c", "n", stdin=asked)
    go.set()
    thread = service.notebook_globals["n"]["t"]
    assert isinstance(thread, Thread)
    thread.join(PATIENCE)
    assert service.result(result.execution_id).stdout == "late\n"
