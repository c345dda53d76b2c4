"""What `on_output` is told while a cell runs."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import pytest

from nbengine import ExecutionService
from nbengine.errors import ReentryError
from nbengine.models.events import OutputEvent, OutputShown, TextWritten
from nbengine.models.outputs import ExecuteResult
from tests.conftest import Run


class Listener:
    """Keeps the events it is told."""

    def __init__(self) -> None:
        self.events: list[OutputEvent] = []
        self.told = threading.Event()

    def __call__(self, event: OutputEvent) -> None:
        self.events.append(event)
        self.told.set()

    def texts(self, name: str = "stdout") -> list[str]:
        return [e.text for e in self.events if isinstance(e, TextWritten) and e.name == name]

    @property
    def kinds(self) -> list[str]:
        return [event.event for event in self.events]


@pytest.fixture
def listener() -> Listener:
    """A listener that has heard nothing."""
    return Listener()


def test_events_come_in_order(run: Run, listener: Listener) -> None:
    """Text, displays, updates, clearing and the result are told as they happen."""
    code = (
        "print('a')\nh = display('one', display_id=True)\nprint('b')\nh.update('two')\n"
        "from sys import stderr\nprint('c', file=stderr)\n7"
    )
    result = run(code, on_output=listener)
    assert listener.kinds == ["text", "output", "text", "update", "text", "output"]
    assert listener.texts() == ["a\n", "b\n"]
    assert {event.execution_id for event in listener.events} == {result.execution_id}
    assert isinstance(last := listener.events[-1], OutputShown)
    assert last.output == result.outputs[-1]


def test_an_error_is_told(run: Run, listener: Listener) -> None:
    """The exception that ends a cell is the last event."""
    run("print('a')\n1 / 0", on_output=listener)
    assert listener.kinds == ["text", "output"]
    assert isinstance(last := listener.events[-1], OutputShown)
    assert last.output.output_type == "error"


def test_text_is_gathered(run: Run, listener: Listener) -> None:
    """There is one event at most for a hundredth of a second, beside those that must come now.

    Those are the first one, the one before a display, and the one at the end.
    """
    lines = "for i in range(20_000): print(i, flush=not i % 100)\n"
    result = run(f"{lines}display(1)\n{lines}", on_output=listener)
    texts = listener.texts()
    assert len(texts) <= result.duration / 0.01 + 3
    assert "".join(texts) == "".join(f"{number}\n" for number in range(20_000)) * 2


def test_a_large_text_after_which_nothing_comes_is_told(
    service: ExecutionService, run: Run, listener: Listener
) -> None:
    """Text that comes too soon after the last event is told without waiting for more."""
    service.open_notebook("n")
    big = threading.Event()
    service.notebook_globals["n"]["big"] = big

    def listen(event: OutputEvent) -> None:
        listener(event)
        if "x" in "".join(listener.texts()):
            big.set()

    result = run("print('a' * 20_000); print('x' * 20_000)\nbig.wait(20)", on_output=listen)
    assert isinstance(last := result.outputs[-1], ExecuteResult)
    assert last.data["text/plain"] == "True"


def test_the_text_told_is_the_text_of_the_result(run: Run, listener: Listener) -> None:
    """Nothing that is in the result was kept from the listener."""
    code = (
        "import sys, time\nfor i in range(200):\n"
        "    print(i, file=(sys.stdout, sys.stderr)[i % 2]); i % 50 or time.sleep(0.012)"
    )
    result = run(code, on_output=listener)
    assert "".join(listener.texts()) == result.stdout
    assert "".join(listener.texts("stderr")) == result.stderr


def test_text_is_told_while_the_cell_still_runs(
    service: ExecutionService, run: Run, listener: Listener
) -> None:
    """Text that is followed by silence is told soon, not at the end of the cell."""
    service.open_notebook("n")
    service.notebook_globals["n"]["told"] = listener.told
    result = run("print('tail', end='')\ntold.wait(20)", on_output=listener)
    assert isinstance(last := result.outputs[-1], ExecuteResult)
    assert last.data["text/plain"] == "True"


def test_threads_are_heard(run: Run, listener: Listener) -> None:
    """Text of a thread is told, also after the end of its cell."""
    code = (
        "import threading, time\ngo = threading.Event()\n"
        "def work():\n    go.wait(); print('late')\n"
        "thread = threading.Thread(target=work); thread.start()"
    )
    run(code, on_output=listener)
    assert listener.events == []
    run("go.set(); thread.join()")
    assert listener.told.wait(20)
    assert listener.texts() == ["late\n"]


@pytest.mark.parametrize("error", [ValueError("mine"), KeyError()])
def test_a_listener_that_raises_never_breaks_the_cell(
    error: Exception, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    """The cell goes on, the result is whole, and the log has the listener's traceback."""

    def raising(_event: OutputEvent) -> None:
        raise error

    with caplog.at_level(logging.ERROR, "nbengine.output"):
        result = run("print('a')\ndisplay(1)\n2", on_output=raising)
    assert result.status == "ok"
    assert [o.output_type for o in result.outputs] == ["stream", "display_data", "execute_result"]
    assert "on_output raised" in caplog.text


def test_a_listener_may_use_the_service(service: ExecutionService, run: Run) -> None:
    """From within `on_output` other notebooks can be asked, and what it prints is the host's."""
    answers: list[Any] = []

    def curious(_event: OutputEvent) -> None:
        print("said by the listener")
        answers.append(service.validate_code_syntax("1 +"))
        answers.append(sorted(service.notebook_globals))

    result = run("print('a')", on_output=curious)
    assert result.stdout == "a\n"
    assert answers[1] == ["n"]


@pytest.mark.parametrize("timeout", [None, 100.0], ids=["main thread", "home thread"])
def test_a_listener_may_run_a_cell_of_another_notebook(
    timeout: float | None, service: ExecutionService
) -> None:
    """It borrows the turn of the cell that it hears of; one of the same notebook is refused."""
    heard: list[str] = []

    def listen(_: OutputEvent) -> None:
        heard.append(service.execute_code("print('inner')", "c", "other").stdout)
        with pytest.raises(ReentryError):
            service.execute_code("1", "c", "n")
        heard.append("refused")

    result = service.execute_code("display(1)", "c", "n", on_output=listen, timeout=timeout)
    assert result.status == "ok"
    assert heard == ["inner\n", "refused"]


def test_a_slow_listener_loses_nothing(run: Run, listener: Listener) -> None:
    """Text written while the listener is busy is told at once afterwards."""

    def slow(event: OutputEvent) -> None:
        time.sleep(0.03)
        listener(event)

    result = run("import time\nfor i in range(30): print(i, flush=True); time.sleep(0.001)",
                 on_output=slow)  # fmt: skip
    assert "".join(listener.texts()) == result.stdout


@pytest.mark.parametrize("timeout", [None, 60])
def test_what_a_listener_prints_is_the_hosts(
    run: Run, capfd: pytest.CaptureFixture[str], timeout: float | None
) -> None:
    """It is no output of the cell, although the cell's thread may be the one that tells."""
    code = "from IPython.display import display\nprint(1)\ndisplay(2)\n3"
    result = run(code, timeout=timeout, on_output=lambda event: print(event.event))
    assert (result.status, result.stdout) == ("ok", "1\n")
    assert capfd.readouterr().out.split() == ["text", "output", "output"]
