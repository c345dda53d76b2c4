"""Cells that find their worker's sockets and write on them what they like: it costs them alone."""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from nbengine.engines import outbox
from nbengine.engines.process import ProcessEngine
from nbengine.errors import NbengineError, WorkerLostError
from nbengine.models.assistance import Completion
from tests.conftest import PATIENCE, until
from tests.engines.conformance import Notebook
from tests.engines.processes import is_stopped

FIND = """
import gc, os, socket, struct, sys, time
def leads_to(fd):
    try: return os.readlink(f'/proc/self/fd/{fd}')
    except OSError: return ''
line, side = [fd for fd in range(256) if leads_to(fd).startswith('socket:')]
fd = line
wire = socket.socket(fileno=os.dup(fd))
def frame(kind, nonce, body=b'null', raw=b'', magic=b'nbe1'):
    return struct.pack('!4sB16sIQ', magic, kind, nonce, len(body), len(raw)) + body + raw
def own_nonce():
    at = sys._getframe()
    while at is not None:
        if 'nonce' in at.f_locals: return at.f_locals['nonce']
        at = at.f_back
RESULT, ERROR, EVENT, ASK = 4, 5, 6, 7
"""
"""Run in a cell: its sockets, and all that it takes to forge frames."""

ATTACKS = {
    "garbage": ("wire.sendall(b'x' * 10_000)", "what came is no frame"),
    "a huge length": (
        "wire.sendall(struct.pack('!4sB16sIQ', b'nbe1', RESULT, own_nonce(), 5, 2**63))",
        "bytes is larger than",
    ),
    "an answer that nobody asked for": (
        "wire.sendall(frame(RESULT, b'0' * 16))",
        "it answered what nobody had asked",
    ),
    "an event that nobody asked for": (
        "wire.sendall(frame(EVENT, bytes(16)))",
        "it answered what nobody had asked",
    ),
    "a result that is none": (
        "wire.sendall(frame(RESULT, own_nonce(), b'{}'))",
        "it sent a result that is none",
    ),
    "the result of another cell": (
        (
            'wire.sendall(frame(RESULT, own_nonce(), b\'{"status": "ok", "execution_count": 1, '
            '"duration": 0, "started_at": "2020-01-01T00:00:00Z", "cell_id": "c9", '
            '"notebook_id": "other", "execution_id": "e-1"}\'))'
        ),
        "it sent the result of another cell",
    ),
    "an event that is none": (
        "wire.sendall(frame(EVENT, own_nonce(), b'[1]'))",
        "it sent an output that is none",
    ),
    "an error that is none": (
        "wire.sendall(frame(ERROR, own_nonce(), b'[1]'))",
        "it sent an error that is none",
    ),
    "a body that is no JSON": (
        "wire.sendall(frame(ERROR, own_nonce(), b'[' * 100_000))",
        "a message is not JSON",
    ),
    "what only goes to a worker": (
        "wire.sendall(frame(3, own_nonce()))",
        "it sent what only goes to it",
    ),
    "a question to a caller who answers none": (
        'wire.sendall(frame(ASK, own_nonce(), b\'{"prompt": "?", "password": false}\'))',
        "it asked for a line that nobody gives",
    ),
    "half a frame, then nothing": (
        "wire.sendall(frame(RESULT, own_nonce(), b'x' * 1000)[:500])\nwire.shutdown(2)",
        "",
    ),
    "the end of the conversation": ("wire.shutdown(socket.SHUT_RDWR)", ""),
    "another file in its place": (
        "os.dup2(os.open('/dev/null', 2), fd)\nprint('x', flush=True)",
        "",
    ),
}
"""What a cell does, and what is told of it; empty where that depends on who notices first."""


@pytest.fixture
def notebook(shared_engine: ProcessEngine) -> Iterator[Notebook]:
    """A fresh notebook, whose worker ends with the test."""
    notebook = Notebook(shared_engine)
    yield notebook
    shared_engine.hibernate(notebook.id)


@pytest.fixture(autouse=True)
def other(shared_engine: ProcessEngine) -> Iterator[Notebook]:
    """Another one, whose worker lives on whatever happens to the first."""
    notebook = Notebook(shared_engine)
    notebook("x = 1")
    pid = shared_engine.workers[notebook.id]
    yield notebook
    assert notebook.value("x") == "1"
    assert shared_engine.workers[notebook.id] == pid
    shared_engine.hibernate(notebook.id)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack(notebook: Notebook, name: str) -> None:
    """The cell is dead, its worker too, and the result says why; its notebook goes on."""
    code, told = ATTACKS[name]
    notebook("x = 5")
    result = notebook(f"print('shown', flush=True)\n{FIND}\n{code}\ntime.sleep(1)", timeout=60)
    assert result.status == "dead"
    assert result.stdout.startswith("shown")
    assert result.error is not None
    assert told in result.error.message
    assert "nobody could see" not in result.error.message
    assert notebook.value("x") == "5"


@pytest.mark.parametrize(
    "name",
    [
        "garbage",
        "a huge length",
        "an answer that nobody asked for",
        "an event that nobody asked for",
        "the end of the conversation",
    ],
)
def test_an_attack_beside_the_line(notebook: Notebook, name: str) -> None:
    """Where no cell is talked of, the same is an offence."""
    code, told = ATTACKS[name]
    beside = "wire = socket.socket(fileno=os.dup(side))"
    result = notebook(f"{FIND}\n{beside}\n{code}\ntime.sleep(9)", timeout=60)
    assert result.status == "dead"
    assert result.error is not None
    assert told in result.error.message


@pytest.mark.parametrize(
    "said",
    [
        "b'x' * 1000",
        "frame(RESULT, bytes(16))",
        "frame(EVENT, own_nonce())[:30]",
        "frame(ERROR, following(own_nonce()), planted)",
        "frame(EVENT, own_nonce()) * 500_000",
    ],
)
def test_what_a_thread_says_between_cells(
    shared_engine: ProcessEngine, notebook: Notebook, said: str
) -> None:
    """Its worker is ended before the next cell, which never hears of it."""
    planted = (
        'planted = b\'{"type": "CapacityError", "message": "planted"}\'\n'
        "def following(nonce): return (int.from_bytes(nonce, 'big') + 1).to_bytes(16, 'big')\n"
    )
    notebook("x = 5")
    _speak_afterwards(shared_engine, notebook, planted, said)
    assert notebook.value("x") == "5"


def test_old_news_between_cells(shared_engine: ProcessEngine, notebook: Notebook) -> None:
    """What belongs to an earlier cell and is whole is no offence."""
    notebook("x = 5")
    _speak_afterwards(shared_engine, notebook, "", "frame(RESULT, own_nonce())")
    pid = shared_engine.workers[notebook.id]
    assert notebook.value("x") == "5"
    assert shared_engine.workers[notebook.id] == pid


def _speak_afterwards(engine: ProcessEngine, notebook: Notebook, before: str, said: str) -> None:
    """Run a cell whose thread says this on the line when the cell is over; it is there by now."""
    speak = (
        "over = os.path.abspath('over')\n"
        "def speak(said):\n    while not os.path.exists(over): time.sleep(0.01)\n"
        "    wire.sendall(said)\n"
        f"import threading; threading.Thread(target=speak, args=[{said}], daemon=True).start()"
    )
    assert notebook(f"{FIND}\n{before}{speak}").status == "ok"
    link = engine._workers.session(notebook.id).link
    assert link is not None
    (engine.settings.workspace_dir / notebook.id / "data" / "over").touch()
    assert select.select([link.worker.line], [], [], PATIENCE)[0]


@pytest.mark.parametrize("kind", ["RESULT", "ERROR", "ASK"])
def test_an_answer_beside_the_line(notebook: Notebook, kind: str) -> None:
    """Of a cell only what is late comes there: anything else is not heard."""
    beside = "wire = socket.socket(fileno=os.dup(side))"
    result = notebook(f"{FIND}\n{beside}\nwire.sendall(frame({kind}, own_nonce()))\nx = 5")
    assert result.status == "ok"
    assert notebook.value("x") == "5"


def test_a_worker_that_only_talks_of_cells(
    shared_engine: ProcessEngine, notebook: Notebook
) -> None:
    """The cell that made it so has its result; then it is ended, and another one comes."""
    notebook("x = 5")
    pid = shared_engine.workers[notebook.id]
    mute = f"{FIND}\nsocket.socket(fileno=os.dup(side)).shutdown(socket.SHUT_WR)"
    assert notebook(mute).status == "ok"
    until(lambda: notebook.id not in shared_engine.workers)
    assert notebook.value("x") == "5"
    assert shared_engine.workers[notebook.id] != pid


def test_a_result_before_the_end(notebook: Notebook) -> None:
    """A cell can say of itself what it likes, but its next one is another's affair no more."""
    body = (
        '{{"status": "ok", "execution_count": 7, "duration": 0, "started_at": '
        '"2020-01-01T00:00:00Z", "cell_id": "{0.cell_id}", "notebook_id": "{0.notebook_id}", '
        '"execution_id": "{0.execution_id}"}}'
    )
    found = "from nbengine.runtime.execution import running"
    code = f"{FIND}\n{found}\nme = running()\nwire.sendall(frame(RESULT, own_nonce(), "
    result = notebook(f"{code}{body!r}.format(me).encode()))\nprint('and on')")
    assert (result.status, result.execution_count) == ("ok", 7)
    assert notebook.value("1 + 1") == "2"


def test_a_flood_of_events(notebook: Notebook) -> None:
    """The worker has to wait until they are read; what is kept of them is bounded, as ever."""
    flood = (
        'body = b\'{"event": "text", "execution_id": "e", "name": "stdout", '
        "\"text\": \"' + b'x' * 100_000 + b'\"}'\n"
        "one = frame(EVENT, own_nonce(), body)\nfor _ in range(3_000): wire.sendall(one)"
    )
    result = notebook(f"{FIND}\n{flood}", timeout=60, on_output=lambda _: None)
    assert result.status == "ok"
    assert len(result.stdout) <= 1_000_000


def test_a_worker_that_reads_nothing(
    shared_engine: ProcessEngine,
    notebook: Notebook,
    callers: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who has sent it too much waits no longer: it is killed, and everybody hears of that."""
    monkeypatch.setattr(outbox, "MOST", 1_000_000)
    notebook("x = 5")
    waits = _stopped_amid_a_message(shared_engine, notebook, callers)
    for caller in (shared_engine.complete, lambda *_: waits.result(PATIENCE)):
        with pytest.raises(WorkerLostError, match=r"left more than .* unread"):
            caller("x", 1, notebook.id)
    assert notebook.value("x") == "5"


def test_a_worker_that_reads_late(
    shared_engine: ProcessEngine, notebook: Notebook, callers: ThreadPoolExecutor
) -> None:
    """It gets all that it was sent, in order, however long that took."""
    notebook("x = 5")
    waits = _stopped_amid_a_message(shared_engine, notebook, callers)
    short = callers.submit(shared_engine.is_complete, "x = (", notebook.id)
    os.kill(shared_engine.workers[notebook.id], signal.SIGCONT)
    assert short.result(PATIENCE).status == "incomplete"
    assert waits.result(PATIENCE).cursor_start == 0
    assert notebook.value("x") == "5"


def _stopped_amid_a_message(
    engine: ProcessEngine, notebook: Notebook, callers: ThreadPoolExecutor
) -> Future[Completion]:
    """What asks a worker for something that is longer than what its socket holds."""
    notebook("import os, threading\nthreading.Timer(0.1, os.kill, (os.getpid(), 19)).start()")
    until(lambda: is_stopped(engine.workers[notebook.id]))
    waits = callers.submit(engine.complete, "x" * 5_000_000, 1, notebook.id)
    until(lambda: "nbengine-outbox" in {thread.name for thread in threading.enumerate()})
    return waits


def test_answers_that_make_no_sense(shared_engine: ProcessEngine, notebook: Notebook) -> None:
    """Of a method other than a cell: they are an error of the engine's, and the worker is ended."""
    notebook(
        "from nbengine.services.execution_service import ExecutionService\n"
        "from nbengine.worker.hosted_service import HostedService\n"
        "import gc\n"
        "(host,) = [o for o in gc.get_objects() if type(o).__name__ == 'Host']\n"
        "host._methods['complete'] = lambda **_: {'odd': 1}"
    )
    with pytest.raises(NbengineError):
        shared_engine.complete("x", 1, notebook.id)
    assert notebook.value("1 + 1") == "2"
