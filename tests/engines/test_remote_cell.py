"""A cell in a worker that may say anything: what it says is a result, or the worker is dead."""

from __future__ import annotations

import json
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbengine import ExecutionResult
from nbengine.engines.asked import Asked
from nbengine.engines.frames import Frame, Kind, dump
from nbengine.engines.remote_cell import RemoteCell
from nbengine.engines.told_error import remade
from nbengine.errors import CapacityError, NbengineError
from nbengine.models.events import OutputEvent, OutputShown, TextWritten
from nbengine.models.notebook import CellError, Status
from nbengine.models.outputs import ErrorOutput, StreamOutput
from nbengine.runtime.execution import OnOutput, StdinHandler
from nbengine.settings import Settings
from tests.conftest import PATIENCE, until
from tests.engines.scripted_worker import Say, ScriptedWorker

Script = Callable[[Frame, Say], None]
Play = Callable[..., ExecutionResult]

RESULT = ExecutionResult(
    status="ok",
    execution_count=1,
    duration=0.5,
    started_at=datetime(2020, 1, 1, tzinfo=UTC),
    cell_id="c",
    notebook_id="n",
    execution_id="e-1",
)
TEXT = {"event": "text", "execution_id": "e-1", "name": "stdout", "text": "a\n"}


@pytest.fixture
def workers() -> Iterator[list[ScriptedWorker]]:
    """Those that a test has started, closed in the end."""
    started: list[ScriptedWorker] = []
    yield started
    for worker in started:
        worker.close()


@pytest.fixture
def play(workers: list[ScriptedWorker], tmp_path: Path) -> Play:
    """Runs a cell in a worker with this script."""

    def play(script: Script, **options: Any) -> ExecutionResult:
        workers.append(ScriptedWorker(script, tmp_path))
        return cell(workers[-1], **options).run()

    return play


def cell(
    worker: ScriptedWorker,
    timeout: float | None = None,
    on_output: OnOutput | None = None,
    stdin: StdinHandler | None = None,
    grace: float = 0.01,
    output_count_limit: int = 1_000,
) -> RemoteCell:
    """A cell of that worker."""
    asked = Asked("e-1", "c", "n", timeout, on_output, stdin, {"code": "1"})
    limits = Settings(interrupt_grace=grace, output_count_limit=output_count_limit)
    return RemoteCell(asked, worker.link, limits)


def saying(*said: tuple[Kind, object]) -> Script:
    """A script: these frames as the answer to a cell, and nothing else."""

    def script(frame: Frame, say: Say) -> None:
        if frame.kind is Kind.REQUEST and frame.load()["method"] == "execute_code":
            for kind, body in said:
                data = body if isinstance(body, bytes) else dump(body)
                say(Frame(kind, frame.nonce, data))

    return script


def changed(name: str, value: object) -> tuple[Kind, bytes]:
    """That result with something else in it."""
    return Kind.RESULT, json.dumps(RESULT.model_dump(mode="json") | {name: value}).encode()


GOOD = (Kind.RESULT, RESULT.model_dump_json().encode())


def test_a_result(play: Play) -> None:
    """It is handed on as it is."""
    assert play(saying((Kind.EVENT, TEXT), GOOD)) == RESULT


def test_an_error_of_ours(play: Play) -> None:
    """It is raised by its name."""
    with pytest.raises(CapacityError, match="full"):
        play(saying((Kind.ERROR, {"type": "CapacityError", "message": "full"})))


@pytest.mark.parametrize("name", ["ValueError", "SystemExit", "NoSuchError", "__name__", "PREFIX"])
def test_any_other_error(play: Play, name: str) -> None:
    """It is a fault of the engine, and no name is looked up among anything but our errors."""
    with pytest.raises(NbengineError, match=f"failed in its worker: {name}: m"):
        play(saying((Kind.ERROR, {"type": name, "message": "m"})))


@pytest.mark.parametrize(
    "said, told",
    [
        ((Kind.RESULT, b"null"), "a result that is none"),
        ((Kind.RESULT, b"\xff"), "a result that is none"),
        ((Kind.RESULT, RESULT.model_dump_json(exclude={"status"}).encode()), "that is none"),
        (changed("duration", float("nan")), "that is none"),
        (changed("duration", 1e300), "that is none"),
        (changed("duration", -1), "that is none"),
        (changed("started_at", "9999-12-31T23:59:59-23:59"), "that is none"),
        (changed("started_at", "0001-01-01T00:00:00+23:59"), "that is none"),
        (changed("started_at", "2020-01-01T00:00:00"), "that is none"),
        (changed("state", {"seconds": float("inf")}), "that is none"),
        (
            (Kind.RESULT, RESULT.model_copy(update={"cell_id": "d"}).model_dump_json().encode()),
            "the result of another cell",
        ),
        ((Kind.EVENT, {"event": "odd"}), "an output that is none"),
        ((Kind.EVENT, b""), "an output that is none"),
        ((Kind.ERROR, "m"), "an error that is none"),
        ((Kind.ERROR, b"{"), "not JSON"),
        ((Kind.ASK, {"prompt": "?", "password": False}), "a line that nobody gives"),
        ((Kind.FORK, {}), "what only goes to it"),
        ((Kind.READY, {}), "what only goes to it"),
    ],
)
def test_what_makes_no_sense(
    play: Play, workers: list[ScriptedWorker], said: tuple[Kind, object], told: str
) -> None:
    """The worker is killed, the reason told, and what the cell had shown is kept."""
    result = play(saying((Kind.EVENT, TEXT), said))
    assert (result.status, result.stdout) == ("dead", "a\n")
    assert result.error is not None
    assert told in result.error.message
    assert workers[0].signals[0] == signal.SIGKILL


def test_outputs_of_a_cell_that_died(play: Play, workers: list[ScriptedWorker]) -> None:
    """Text, displays, updates and clearing are what they would have been."""

    def script(frame: Frame, say: Say) -> None:
        shown = {"output_type": "display_data", "data": {"text/plain": "new"}, "metadata": {}}
        update = {"event": "update", "execution_id": "e-1", "display_id": "d", "output": shown}
        saying(
            (Kind.EVENT, TEXT),
            (Kind.EVENT, {"event": "clear", "execution_id": "e-1", "wait": False}),
            (Kind.EVENT, TEXT | {"text": "x" * 1_500_000}),
            (Kind.EVENT, {"event": "output", "execution_id": "e-1", "output": shown}),
            (Kind.EVENT, update),
        )(frame, say)
        workers[0].leave(3)

    result = play(script)
    assert result.status == "dead"
    assert [output.output_type for output in result.outputs] == ["stream", "display_data", "error"]
    (cut,) = result.cuts
    assert (cut.kept, cut.total, cut.artifact) == (1_000_000, 1_500_000, None)
    assert result.error is not None
    assert "exit code 3" in result.error.message


def test_nothing_is_written_where_cells_can_write(play: Play, tmp_path: Path) -> None:
    """Output beyond the limit is kept by the worker; a link that it leaves is not followed."""
    artifacts = tmp_path / "workspace" / "n" / "artifacts"
    secret = tmp_path / "secret"
    secret.write_text("untouched")
    artifacts.mkdir(parents=True, exist_ok=True)
    (artifacts / "e-1-stdout.txt").symlink_to(secret)
    play(saying((Kind.EVENT, TEXT | {"text": "x" * 1_500_000}), (Kind.RESULT, b"no")))
    assert secret.read_text() == "untouched"


def test_a_cell_that_says_nothing(play: Play, workers: list[ScriptedWorker]) -> None:
    """It is over with its time."""
    result = play(saying(), timeout=0.01)
    assert result.status == "timeout"
    assert workers[0].signals[0] == signal.SIGINT


NOTE = StreamOutput(name="stderr", text="4 more outputs left out\n")
INTERRUPT = ErrorOutput(ename="KeyboardInterrupt", evalue="", traceback=["KeyboardInterrupt: "])
OWN = ErrorOutput(ename="ValueError", evalue="mine", traceback=["ValueError: mine"])


def failed(status: Status, *outputs: ErrorOutput | StreamOutput) -> ExecutionResult:
    """A result whose error is the last of these."""
    *_, last = (output for output in outputs if isinstance(output, ErrorOutput))
    name, message = last.ename, last.evalue
    error = CellError(type=name, message=message, traceback=f"{name}: {message}\n")
    return RESULT.model_copy(update={"status": status, "outputs": list(outputs), "error": error})


def shown(output: ErrorOutput | StreamOutput) -> tuple[Kind, bytes]:
    """It is told."""
    event: OutputEvent = TextWritten(execution_id="e-1", name="stdout", text="a\n")
    if isinstance(output, ErrorOutput):
        event = OutputShown(execution_id="e-1", output=output)
    return Kind.EVENT, event.model_dump_json().encode()


def errors_of(events: list[OutputEvent]) -> list[object]:
    """Those that were told."""
    return [event.output for event in events if isinstance(event, OutputShown)]


@pytest.fixture
def saying_late(workers: list[ScriptedWorker], tmp_path: Path) -> Callable[..., ScriptedWorker]:
    """A worker that says this when it is sent SIGINT, and nothing before."""

    def worker(*said: tuple[Kind, bytes]) -> ScriptedWorker:
        begun: list[tuple[bytes, Say]] = []

        def end() -> None:
            until(lambda: bool(begun))
            nonce, say = begun[0]
            for kind, body in said:
                say(Frame(kind, nonce, body))

        new = ScriptedWorker(lambda frame, say: begun.append((frame.nonce, say)), tmp_path)
        workers.append(new)
        new.heed_interrupts(end)
        return new

    return worker


@pytest.mark.parametrize("last", [(Kind.RESULT, b"no"), (Kind.ASK, b"no")])
def test_a_death_after_an_error(
    saying_late: Callable[..., ScriptedWorker], last: tuple[Kind, bytes]
) -> None:
    """Both are in the result, and both are told; text in between, too."""
    events: list[OutputEvent] = []
    worker = saying_late(shown(OWN), shown(NOTE), shown(INTERRUPT), last)
    result = cell(worker, timeout=0.01, on_output=events.append).run()
    assert result.status == "timeout"
    errors = [each for each in result.outputs if isinstance(each, ErrorOutput)]
    assert [each.ename for each in errors] == ["ValueError", "KeyboardInterrupt", "TimeoutError"]
    assert errors_of(events) == errors
    assert [type(event).__name__ for event in events][1] == "TextWritten"


def test_a_refusal_after_an_error(saying_late: Callable[..., ScriptedWorker]) -> None:
    """What was shown before is told."""
    events: list[OutputEvent] = []
    refusal = dump({"type": "CapacityError", "message": "full"})
    worker = saying_late(shown(OWN), (Kind.ERROR, refusal))
    with pytest.raises(CapacityError, match="full"):
        cell(worker, timeout=0.01, on_output=events.append).run()
    assert errors_of(events) == [OWN]


def test_a_listener_that_ends_the_cell_hears_the_rest(
    saying_late: Callable[..., ScriptedWorker],
) -> None:
    """What he raises when he hears of an error, late, keeps nothing from him."""
    events: list[OutputEvent] = []

    def listen(event: OutputEvent) -> None:
        events.append(event)
        if isinstance(event, OutputShown):
            raise SystemExit

    outputs: list[ErrorOutput | StreamOutput] = [INTERRUPT, NOTE, OWN]
    rest = (Kind.RESULT, failed("timeout", *outputs).model_dump_json().encode())
    worker = saying_late(*map(shown, outputs), rest)
    result = cell(worker, timeout=0.01, on_output=listen).run()
    assert [type(event).__name__ for event in events] == [
        "OutputShown",
        "TextWritten",
        "OutputShown",
    ]
    assert errors_of(events)[0] == INTERRUPT
    assert isinstance(result.outputs[-1], ErrorOutput)
    assert errors_of(events)[1] == result.outputs[-1]


def test_a_death_is_told_whatever_comes_after_it(play: Play, workers: list[ScriptedWorker]) -> None:
    """That more was shown than the limits let is the last thing in its result."""
    events: list[OutputEvent] = []
    display = {"output_type": "display_data", "data": {"text/plain": "d"}, "metadata": {}}
    event = {"event": "output", "execution_id": "e-1", "output": display}

    def script(frame: Frame, say: Say) -> None:
        saying(*[(Kind.EVENT, event)] * 12)(frame, say)
        workers[0].leave(3)

    result = play(script, on_output=events.append, output_count_limit=10)
    assert result.status == "dead"
    assert "left out" in result.outputs[-1].model_dump_json()
    assert isinstance(events[-1], OutputShown)
    assert isinstance(events[-1].output, ErrorOutput)
    assert events[-1].output in result.outputs


@pytest.mark.parametrize(
    "said, told",
    [
        (failed("interrupted", INTERRUPT), [("TimeoutError", "Execution timed out after 0.01 s")]),
        (failed("interrupted", OWN), [("TimeoutError", "Execution timed out after 0.01 s")]),
        (failed("timeout", OWN), [("ValueError", "mine")]),
        (failed("error", OWN), [("ValueError", "mine")]),
        (failed("timeout", INTERRUPT, OWN), [("KeyboardInterrupt", ""), ("ValueError", "mine")]),
        (failed("timeout", OWN, NOTE), [("ValueError", "mine")]),
        (
            failed("interrupted", INTERRUPT, NOTE),
            [("TimeoutError", "Execution timed out after 0.01 s")],
        ),
        (
            failed("interrupted", OWN, INTERRUPT),
            [("ValueError", "mine"), ("TimeoutError", "Execution timed out after 0.01 s")],
        ),
    ],
)
def test_what_a_cell_says_after_its_time(
    saying_late: Callable[..., ScriptedWorker],
    said: ExecutionResult,
    told: list[tuple[str, str]],
) -> None:
    """Its worker may not know why it was interrupted; result and listener agree on that."""
    events: list[OutputEvent] = []
    heard = [each for each in said.outputs if isinstance(each, ErrorOutput)]  # notes come last
    worker = saying_late(*map(shown, heard), (Kind.RESULT, said.model_dump_json().encode()))
    result = cell(worker, timeout=0.01, on_output=events.append).run()
    assert worker.signals == [signal.SIGINT]
    errors = [each for each in result.outputs if isinstance(each, ErrorOutput)]
    assert errors_of(events) == errors
    assert result.error is not None
    assert (result.error.type, result.error.message) == (errors[-1].ename, errors[-1].evalue)
    assert [(each.ename, each.evalue.replace("seconds", "s")) for each in errors] == told
    assert result.status == ("timeout" if said.status == "interrupted" else said.status)


def test_a_question(play: Play) -> None:
    """It is answered from the handler, with its line or what it raised."""
    answers: list[Any] = []
    ways: list[Say] = []

    def script(frame: Frame, say: Say) -> None:
        if frame.kind is Kind.ANSWER:
            answers.append(frame.load())
            (say,) = ways
        else:
            ways.append(say)
        if len(answers) < 2:
            say(Frame(Kind.ASK, frame.nonce, dump({"prompt": "Who?", "password": False})))
        else:
            say(Frame(Kind.RESULT, frame.nonce, RESULT.model_dump_json().encode()))

    lines = iter(["Ada"])
    play(script, stdin=lambda _prompt, _password: next(lines))
    line, raised = answers
    assert line == {"line": "Ada"}
    assert isinstance(remade(raised["error"]), StopIteration)


def test_late_events_find_their_way(play: Play, workers: list[ScriptedWorker]) -> None:
    """Those that overtake the result, and those that come after it: in order, behind the others."""
    events: list[OutputEvent] = []

    def text(frame: Frame, number: int) -> Frame:
        return Frame(Kind.EVENT, frame.nonce, dump(TEXT | {"text": str(number)}))

    def script(frame: Frame, say: Say) -> None:
        for number in range(10, 30):
            workers[0].say_beside(text(frame, number))
        time.sleep(0.1)
        for number in range(10):
            say(text(frame, number))
        say(Frame(GOOD[0], frame.nonce, GOOD[1]))
        for number in range(30, 50):
            workers[0].say_beside(text(frame, number))

    assert play(script, on_output=events.append) == RESULT
    until(lambda: len(events) == 50)
    assert [getattr(event, "text", None) for event in events] == [str(n) for n in range(50)]


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_listener_that_raises_late(play: Play, workers: list[ScriptedWorker]) -> None:
    """Whatever it is, he hears of the next output all the same."""
    heard: list[OutputEvent] = []

    def listen(event: OutputEvent) -> None:
        heard.append(event)
        raise (SystemExit, ValueError)[len(heard) % 2]

    def script(frame: Frame, say: Say) -> None:
        say(Frame(GOOD[0], frame.nonce, GOOD[1]))
        for _ in range(3):
            workers[0].say_beside(Frame(Kind.EVENT, frame.nonce, dump(TEXT)))

    assert play(script, on_output=listen) == RESULT
    until(lambda: len(heard) == 3)


def test_a_late_answer_is_no_offence(workers: list[ScriptedWorker], tmp_path: Path) -> None:
    """That to an interrupt, whose caller does not wait for it, comes when it likes."""
    begun = threading.Event()
    asked: list[tuple[bytes, Say]] = []

    def script(frame: Frame, say: Say) -> None:
        if frame.load()["method"] == "interrupt":
            say(Frame(Kind.RESULT, frame.nonce, b"true"))
            nonce, answer = asked[0]
            answer(Frame(Kind.RESULT, nonce, RESULT.model_dump_json().encode()))
        else:
            asked.append((frame.nonce, say))
            begun.set()

    workers.append(worker := ScriptedWorker(script, tmp_path))
    running = cell(worker, grace=PATIENCE)

    def interrupt() -> None:
        begun.wait()
        running.interrupt()

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    assert running.run() == RESULT
    interrupter.join()
    assert worker.signals == []


def test_an_interrupt_of_a_cell_that_is_over(workers: list[ScriptedWorker], tmp_path: Path) -> None:
    """It says of which cell it is, so that the worker does not take it for one of the next."""
    meant: list[object] = []

    def script(frame: Frame, say: Say) -> None:
        asked = frame.load()
        if asked["method"] == "interrupt":
            meant.append(asked["arguments"]["number"])
        else:
            say(Frame(GOOD[0], frame.nonce, GOOD[1]))

    workers.append(worker := ScriptedWorker(script, tmp_path))
    for _ in range(2):
        running = cell(worker)
        running.run()
        running.interrupt()
    until(lambda: len(meant) == 2)
    assert meant == [0, 1]


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([kind for kind in Kind if kind is not Kind.ANSWER]),
            st.one_of(
                st.binary(max_size=40),
                st.just(GOOD[1]),
                st.recursive(
                    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                    lambda inner: (
                        st.lists(inner, max_size=3)
                        | st.dictionaries(
                            st.sampled_from(["event", "type", "message", "text", "name", "prompt"]),
                            inner,
                            max_size=4,
                        )
                    ),
                    max_leaves=8,
                ).map(dump),
            ),
        ),
        max_size=6,
    )
)
def test_whatever_a_worker_says(said: list[tuple[Kind, bytes]]) -> None:
    """The cell ends, as a result, as dead or with an error of ours, and nothing else is raised."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        script = saying(*said, (Kind.RESULT, b"the end"))
        worker = stack.enter_context(closing(ScriptedWorker(script, folder)))
        try:
            result = cell(worker).run()
        except NbengineError:
            return
        assert result == RESULT or result.status == "dead"
