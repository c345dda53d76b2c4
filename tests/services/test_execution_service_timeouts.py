"""Timeouts and interrupts: what ends a cell, what does not, and what they leave behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from threading import Event

import pytest

from nbengine import ExecutionService
from nbengine.errors import NotebookStuckError
from nbengine.models.events import OutputEvent
from nbengine.models.notebook import ExecutionResult
from nbengine.runtime.process import PROCESS
from tests.conftest import PATIENCE, until
from tests.descriptors import NEED_PROC, opened

ENDLESS = {
    "a loop": "started()\nwhile True: pass",
    "a sleep": "import time\nstarted()\ntime.sleep(1000)",
    "a long row of short sleeps": "import time\nstarted()\nwhile True: time.sleep(0.001)",
    "nested functions": "def f():\n    def g():\n        while True: started()\n    g()\nf()",
    "a generator": "def g():\n    while True: yield started()\nfor _ in g(): pass",
    "a comprehension": "import itertools\n[n for n in itertools.count() if started()]",
    "printing": "while True:\n    print('line')\n    started()",
    "a loop that swallows what it can": "while True:\n    try:\n        started()\n"
    "        1 / 0\n    except Exception: pass",
    "an await": "import asyncio\nstarted()\nawait asyncio.sleep(1000)",
    "several awaits": "import asyncio\nstarted()\n"
    "await asyncio.gather(asyncio.sleep(1000), asyncio.sleep(1000))",
    "an async for": "import asyncio\nasync def g():\n    while True:\n        yield started()\n"
    "        await asyncio.sleep(0)\nasync for _ in g(): pass",
    "a busy coroutine": "async def f():\n    started()\n    while True: pass\nawait f()",
    "asyncio.run": "import asyncio\nasync def f():\n    started()\n"
    "    await asyncio.sleep(1000)\nasyncio.run(f())",
    "an event": "import threading\nstarted()\nthreading.Event().wait()",
    "a queue": "import queue\nstarted()\nqueue.Queue().get()",
    "a future": "from concurrent.futures import Future\nstarted()\nFuture().result()",
    "a thread's end": "import threading\nt = threading.Thread("
    "target=ended.wait)\nt.start()\nstarted()\nt.join()",
    "a child process": "import subprocess\nwith subprocess.Popen(['sleep', '1000']) as child:\n"
    "    started()\n    try: child.wait()\n    finally: child.kill(); child.wait()",
    "a child's output": "import subprocess\nwith subprocess.Popen(['sleep', '1000'], "
    "stdout=-1, stderr=-1) as child:\n    started()\n    try: child.communicate()\n"
    "    finally: child.kill(); child.wait()",
}
"""Cells that only an interrupt ends."""

Caller = Callable[[ExecutionService, str], tuple[ExecutionResult, str]]


@pytest.fixture
def service() -> Iterator[ExecutionService]:
    """A service that is patient with slow machines."""
    with ExecutionService(interrupt_grace=PATIENCE) as service:
        yield service
        for names in service.notebook_globals.values():
            if "t" in names:
                names["ended"].set()
                names["t"].join()


@pytest.fixture
def hasty() -> Iterator[ExecutionService]:
    """A service that soon gives up on a cell."""
    with ExecutionService(interrupt_grace=0.1) as service:
        yield service


def give(service: ExecutionService, notebook_id: str, name: str, value: object) -> None:
    """Put a value into a notebook's namespace."""
    service.execute_code("", "c0", notebook_id)
    service.notebook_globals[notebook_id][name] = value


def starting(service: ExecutionService) -> Event:
    """What a cell of notebook `n` sets by `started()`."""
    event = Event()
    give(service, "n", "started", event.set)
    give(service, "n", "ended", Event())
    return event


def time_out_in_main_thread(service: ExecutionService, code: str) -> tuple[ExecutionResult, str]:
    """The caller is the main thread."""
    starting(service)
    return service.execute_code(code, "c1", "n", timeout=0.2), "timeout"


def time_out_elsewhere(service: ExecutionService, code: str) -> tuple[ExecutionResult, str]:
    """The caller is another thread."""
    starting(service)
    with ThreadPoolExecutor() as pool:
        call = pool.submit(service.execute_code, code, "c1", "n", timeout=0.2)
        return call.result(), "timeout"


def interrupt_soon(service: ExecutionService, started: Event) -> bool:
    """Interrupt the cell that says when it has started."""
    assert started.wait(PATIENCE)
    return service.interrupt("n")


def interrupt_in_main_thread(service: ExecutionService, code: str) -> tuple[ExecutionResult, str]:
    """The cell runs in the main thread, which is why a signal must reach it."""
    started = starting(service)
    with ThreadPoolExecutor() as pool:
        stopped = pool.submit(interrupt_soon, service, started)
        result = service.execute_code(code, "c1", "n")
        assert stopped.result()
    return result, "interrupted"


def interrupt_elsewhere(service: ExecutionService, code: str) -> tuple[ExecutionResult, str]:
    """The cell runs in a thread of its notebook."""
    started = starting(service)
    with ThreadPoolExecutor() as pool:
        call = pool.submit(service.execute_code, code, "c1", "n")
        assert interrupt_soon(service, started)
        return call.result(), "interrupted"


WAYS = [
    time_out_in_main_thread,
    time_out_elsewhere,
    interrupt_in_main_thread,
    interrupt_elsewhere,
]


@pytest.mark.parametrize("stop", WAYS)
@pytest.mark.parametrize("what", ENDLESS)
def test_python_code_is_ended(service: ExecutionService, what: str, stop: Caller) -> None:
    """The result says why the cell ended, and keeps what was printed; the next cell is whole."""
    result, why = stop(service, "print('before')\n" + ENDLESS[what])
    assert result.status == why
    assert result.stdout.startswith("before\n")
    assert result.error is not None
    assert result.error.type == ("TimeoutError" if why == "timeout" else "KeyboardInterrupt")
    assert result.duration < PATIENCE
    after = service.execute_code("1 + 1", "c2", "n")
    assert (after.status, after.outputs[0].data) == ("ok", {"text/plain": "2"})  # type: ignore[union-attr]


@pytest.mark.parametrize("stop", WAYS)
def test_cleaning_up_is_left_to_finish(service: ExecutionService, stop: Caller) -> None:
    """A `finally:` block runs to its end, sleeps and prints included."""
    result, why = stop(
        service,
        "import time\ntry:\n    x = 1\n    while True: started()\nfinally:\n"
        "    time.sleep(0.1)\n    print('clean')",
    )
    assert (result.status, result.stdout) == (why, "clean\n")


@pytest.mark.parametrize("stop", WAYS)
def test_cleaning_up_may_await(service: ExecutionService, stop: Caller) -> None:
    """A cancelled coroutine's `finally:` block runs to its end too."""
    result, why = stop(
        service,
        "import asyncio\ntry:\n    started()\n    await asyncio.sleep(1000)\nfinally:\n"
        "    await asyncio.sleep(0.1)\n    print('clean')",
    )
    assert (result.status, result.stdout) == (why, "clean\n")


@pytest.mark.parametrize("stop", WAYS)
def test_the_traceback_shows_where_the_cell_was(service: ExecutionService, stop: Caller) -> None:
    """The line of the cell, and no line of the engine."""
    result, _ = stop(service, "import time\nstarted()\ntime.sleep(1000)")
    assert result.error is not None
    assert "time.sleep(1000)" in result.error.traceback
    assert "nbengine" not in result.error.traceback


def test_a_timeout_says_how_long_it_was(service: ExecutionService) -> None:
    """The message names the seconds."""
    result = service.execute_code("while True: pass", "c1", "n", timeout=0.05)
    assert result.error is not None
    assert result.error.message == "Execution timed out after 0.05 seconds"
    assert result.error.line == 1


def test_a_cell_that_ends_in_time_knows_nothing_of_its_timeout(service: ExecutionService) -> None:
    """A timeout that is not reached changes nothing."""
    result = service.execute_code("1 + 1", "c1", "n", timeout=PATIENCE)
    assert (result.status, result.error) == ("ok", None)


def test_state_made_before_the_timeout_is_kept(service: ExecutionService) -> None:
    """Variables that the cell had set are there, and in the result's account."""
    result = service.execute_code("x = 41\nwhile True: pass", "c1", "n", timeout=0.05)
    assert result.state.added == ["x"]
    after = service.execute_code("x + 1", "c2", "n")
    assert after.outputs[0].data == {"text/plain": "42"}  # type: ignore[union-attr]


def test_a_timeout_counts_from_the_start_of_the_cell(
    service: ExecutionService, callers: ThreadPoolExecutor
) -> None:
    """Waiting for its turn costs a cell none of its time."""
    give(service, "slow", "go_on", go_on := Event())
    slow = callers.submit(service.execute_code, "go_on.wait(20);", "c1", "slow")
    until(lambda: service._kernels.get("slow").running is not None)
    queued = callers.submit(service.execute_code, "1", "c1", "n", timeout=0.05)
    time.sleep(0.2)
    go_on.set()
    assert (slow.result().status, queued.result().status) == ("ok", "ok")


def test_an_interrupt_does_not_reach_a_cell_that_waits_for_its_turn(
    service: ExecutionService, callers: ThreadPoolExecutor
) -> None:
    """Only the cell that runs is hit; the queued one runs after it."""
    give(service, "n", "started", started := Event())
    running = callers.submit(service.execute_code, "started.set()\nwhile True: pass", "c1", "n")
    assert started.wait(PATIENCE)
    queued = callers.submit(service.execute_code, "print('mine')", "c2", "n")
    assert service.interrupt("n")
    assert running.result().status == "interrupted"
    assert (queued.result().status, queued.result().stdout) == ("ok", "mine\n")


def test_interrupting_a_notebook_that_does_nothing_is_fine(service: ExecutionService) -> None:
    """It neither fails nor hits the next cell."""
    service.execute_code("1", "c1", "n")
    assert service.interrupt("n")
    assert service.interrupt("never-seen")
    assert service.execute_code("1", "c2", "n").status == "ok"


def test_a_cell_may_interrupt_itself(service: ExecutionService) -> None:
    """It ends at once, in the line that asked for it."""
    give(service, "n", "stop", lambda: service.interrupt("n"))
    result = service.execute_code("print('a')\nstop()\nprint('b')", "c1", "n")
    assert (result.status, result.stdout) == ("interrupted", "a\n")


def test_a_listener_may_interrupt_the_cell_it_listens_to(service: ExecutionService) -> None:
    """Asked from `on_output` in the cell's own thread, the interrupt comes right after it."""

    def stop(_: OutputEvent) -> None:
        service.interrupt("n")

    result = service.execute_code("display('shown')\nwhile True: pass", "c1", "n", on_output=stop)
    assert result.status == "interrupted"


# An interrupt that strikes while the collector has a weak reference's callback run is lost to
# Python, which says so; what was waiting to be collected may be of any earlier test.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("code", ["for n in range(30): print('line', n)", "display(1)\ndisplay(2)"])
@pytest.mark.parametrize("inline", [True, False])
def test_interrupts_at_any_moment_leave_everything_whole(
    service: ExecutionService, code: str, inline: bool
) -> None:
    """Output is a beginning of what it would have been, and each following cell is unharmed."""
    whole = service.execute_code(code, "c0", "n")
    asked, done = SimpleQueue[int | None](), SimpleQueue[None]()

    def interrupt() -> None:
        while (moment := asked.get()) is not None:
            time.sleep(moment * 1e-5)
            service.interrupt("n")
            done.put(None)

    def cells() -> None:
        for moment in range(300):
            asked.put(moment % 40)
            result = service.execute_code(code, "c1", "n")
            assert result.status in ("ok", "interrupted")
            assert whole.stdout.startswith(result.stdout)
            shown = [o for o in result.outputs if o.output_type == "display_data"]
            assert shown == whole.outputs[: len(shown)] or not shown
            done.get(timeout=PATIENCE)
            assert service.result(result.execution_id) == result
            after = service.execute_code("1 + 1", "c2", "n")
            assert (after.status, len(after.outputs)) == ("ok", 1)

    with ThreadPoolExecutor() as pool:
        interrupter = pool.submit(interrupt)
        try:
            cells() if inline else pool.submit(cells).result()
        finally:
            asked.put(None)
        interrupter.result()


class Blocked:
    """A cell inside a C call, which goes on until it is let go."""

    code = "import os\nos.read(source, 1)\nprint('late')"

    def __init__(self, service: ExecutionService, notebook_id: str = "n") -> None:
        self.source, self._sink = os.pipe()
        give(service, notebook_id, "source", self.source)

    def let_go(self) -> None:
        """Let the call return."""
        os.write(self._sink, b".")

    def close(self) -> None:
        """Give the pipe back."""
        os.close(self._sink)
        os.close(self.source)


@pytest.fixture
def blocked(hasty: ExecutionService) -> Iterator[Blocked]:
    """What notebook `n` blocks on."""
    blocked = Blocked(hasty)
    yield blocked
    blocked.let_go()
    until(lambda: all(kernel.running is None for kernel in hasty._kernels))
    blocked.close()


def test_a_c_call_that_goes_on_is_reported(hasty: ExecutionService, blocked: Blocked) -> None:
    """After the grace period the call returns, with a message that the cell still runs."""
    result = hasty.execute_code("print('before')\n" + blocked.code, "c1", "n", timeout=0.05)
    assert (result.status, result.stdout) == ("timeout", "before\n")
    assert result.error is not None
    assert result.error.message == (
        "Execution timed out after 0.05 seconds, but the cell did not end within 0.1 s "
        "and still runs"
    )


def test_an_interrupted_c_call_is_reported_to_both_sides(
    hasty: ExecutionService, blocked: Blocked, callers: ThreadPoolExecutor
) -> None:
    """`interrupt` says False, and who asked for the cell is not kept waiting."""
    give(hasty, "n", "started", started := Event())
    call = callers.submit(hasty.execute_code, "started.set()\n" + blocked.code, "c1", "n")
    assert started.wait(PATIENCE)
    assert not hasty.interrupt("n")
    result = call.result()
    assert result.status == "interrupted"
    assert result.error is not None
    assert "still runs" in result.error.message


def test_a_stuck_notebook_refuses_further_cells(hasty: ExecutionService, blocked: Blocked) -> None:
    """They are told which cell is the cause and what can be done; it opens again by itself."""
    hasty.execute_code(blocked.code, "c1", "n", timeout=0.05)
    with pytest.raises(NotebookStuckError, match=r"'n' is stuck: cell 'c1'.*restart"):
        hasty.execute_code("1", "c2", "n")
    blocked.let_go()
    until(lambda: hasty._kernels.get("n").stuck is None)
    assert hasty.execute_code("1", "c3", "n").status == "ok"


def test_other_notebooks_go_on_beside_a_stuck_one(
    hasty: ExecutionService, blocked: Blocked, callers: ThreadPoolExecutor
) -> None:
    """From the main thread and from others."""
    hasty.execute_code(blocked.code, "c1", "n", timeout=0.05)
    assert hasty.execute_code("print(1)", "c1", "other").stdout == "1\n"
    elsewhere = callers.submit(hasty.execute_code, "print(2)", "c2", "other")
    assert elsewhere.result().stdout == "2\n"


def test_a_cell_queued_behind_a_stuck_one_is_refused(
    hasty: ExecutionService, blocked: Blocked, callers: ThreadPoolExecutor
) -> None:
    """It does not wait for what may never end."""
    running = callers.submit(hasty.execute_code, blocked.code, "c1", "n", timeout=0.3)
    until(lambda: hasty._kernels.get("n").running is not None)
    queued = callers.submit(hasty.execute_code, "1", "c2", "n")
    assert running.result().status == "timeout"
    with pytest.raises(NotebookStuckError):
        queued.result()


def test_a_stuck_notebook_restarts_at_once(hasty: ExecutionService, blocked: Blocked) -> None:
    """The namespace is fresh, and what the old cell does in the end harms nobody."""
    hasty.execute_code("x = 1", "c0", "n")
    stuck = hasty.execute_code(blocked.code, "c1", "n", timeout=0.05)
    old = hasty._kernels.get("n")
    hasty.restart("n")
    assert hasty.execute_code("'x' in globals()", "c2", "n").outputs[0].data == {  # type: ignore[union-attr]
        "text/plain": "False"
    }
    blocked.let_go()
    until(lambda: old.running is None)
    assert "late" not in hasty.result(stuck.execution_id).stdout
    assert hasty.execute_code("1", "c3", "n").status == "ok"


@pytest.mark.skipif(sys.platform != "linux", reason="the lock of the C library of Linux")
def test_a_c_call_stuck_in_the_main_thread_leaves_other_notebooks_running(
    hasty: ExecutionService, callers: ThreadPoolExecutor
) -> None:
    """`interrupt` says False, others go on, and the cell's end opens the notebook again."""
    libc, lock = ctypes.CDLL(None), ctypes.create_string_buffer(64)
    libc.pthread_mutex_lock(lock)
    give(hasty, "n", "started", started := Event())
    give(hasty, "n", "block", lambda: libc.pthread_mutex_lock(lock))

    def others() -> ExecutionResult:
        assert started.wait(PATIENCE)
        assert not hasty.interrupt("n")
        with pytest.raises(NotebookStuckError):
            hasty.execute_code("1", "c2", "n")
        try:
            return hasty.execute_code("print('on')", "c1", "other")
        finally:
            libc.pthread_mutex_unlock(lock)

    call: Future[ExecutionResult] = callers.submit(others)
    result = hasty.execute_code("started.set()\nblock()\nx = 1", "c1", "n")
    assert call.result().stdout == "on\n"
    assert result.status == "interrupted"
    assert hasty.execute_code("1", "c3", "n").status == "ok"


def test_a_loop_that_swallows_every_interrupt_is_reported(hasty: ExecutionService) -> None:
    """It goes on alone, its notebook is closed until it ends."""
    give(hasty, "n", "end", end := Event())
    code = "while not end.is_set():\n    try:\n        end.wait(20)\n    except BaseException: pass"
    assert hasty.execute_code(code, "c1", "n", timeout=0.05).status == "timeout"
    stuck = hasty._kernels.get("n").stuck is not None
    end.set()
    until(lambda: hasty._kernels.get("n").running is None)
    assert stuck
    assert hasty.execute_code("1", "c2", "n").status == "ok"


def test_what_a_stuck_cell_leaves_behind_is_not_looked_at(hasty: ExecutionService) -> None:
    """Its record stays as its caller saw it: others have had their turns since."""
    give(hasty, "n", "end", end := Event())
    hasty.execute_code("import pandas, matplotlib.pyplot as plt", "c0", "n")
    code = (
        "while not end.is_set():\n    try:\n        end.wait(20)\n    except BaseException: pass\n"
        "frame = pandas.DataFrame({'x': [1]})\nplt.figure();"
    )
    result = hasty.execute_code(code, "c1", "n", timeout=0.05)
    end.set()
    until(lambda: hasty._kernels.get("n").running is None)
    later = hasty.result(result.execution_id)
    assert (later.tables, later.outputs) == ([], result.outputs)


@pytest.mark.parametrize("timeout", [0.2, None])
def test_a_cell_that_swallows_the_interrupt_and_ends_was_stopped_all_the_same(
    callers: ThreadPoolExecutor, timeout: float | None
) -> None:
    """The result says why; what ran after the interrupt has run."""
    stopped = None
    code = "try:\n    started()\n    while True: pass\nexcept KeyboardInterrupt: print('after')"
    with ExecutionService(interrupt_grace=PATIENCE) as service:
        started = starting(service)
        if timeout is None:
            stopped = callers.submit(lambda: started.wait(PATIENCE) and service.interrupt("n"))
        result = service.execute_code(code, "c1", "n", timeout=timeout)
        assert stopped is None or stopped.result()
    assert (result.status, result.stdout) == ("interrupted" if stopped else "timeout", "after\n")
    kind = None if result.error is None else result.error.type
    assert kind == (None if stopped else "TimeoutError")


def test_closing_drops_the_cells_that_wait(
    service: ExecutionService, callers: ThreadPoolExecutor
) -> None:
    """As restarting does: a queued one is `aborted` and never runs."""
    started = starting(service)
    running = callers.submit(service.execute_code, ENDLESS["a loop"], "c1", "n")
    assert started.wait(PATIENCE)
    queued = callers.submit(service.execute_code, "print('no')", "c2", "n")
    until(lambda: bool(PROCESS.turns.queued))
    service.close()
    assert running.result().status == "interrupted"
    assert (queued.result().status, queued.result().outputs) == ("aborted", [])


def test_restarting_drops_the_cells_that_wait(
    service: ExecutionService, callers: ThreadPoolExecutor
) -> None:
    """The running one is interrupted, a queued one is `aborted` and never runs."""
    started = starting(service)
    running = callers.submit(service.execute_code, ENDLESS["a loop"], "c1", "n")
    assert started.wait(PATIENCE)
    queued = callers.submit(service.execute_code, "print('no')", "c2", "n")
    until(lambda: bool(PROCESS.turns.queued))
    service.restart("n")
    assert running.result().status == "interrupted"
    assert (queued.result().status, queued.result().outputs) == ("aborted", [])
    assert service.execute_code("print('yes')", "c3", "n").stdout == "yes\n"


SCRIPT = """
import signal, sys, tempfile
from nbengine import ExecutionService
def mine(number, frame):
    raise KeyboardInterrupt("mine")
signal.signal(signal.SIGINT, mine)
service = ExecutionService(workspace_dir=tempfile.mkdtemp())
service.execute_code("import sys, time", "c0", "n")
code = "print('before'); sys.__stdout__.write('running\\\\n'); sys.__stdout__.flush()\\n"
result = service.execute_code(code + "{body}", "c1", "n", timeout={timeout})
print(result.status, result.stdout.strip(), signal.getsignal(signal.SIGINT) is mine)
print(service.execute_code("1 + 1", "c2", "n").status)
sys.stdout.flush()
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt as error:
    print("host", error)
"""


@pytest.mark.skipif(os.name == "nt", reason="another process cannot be sent SIGINT")
@pytest.mark.parametrize("timeout", [None, 1000])
@pytest.mark.parametrize("body", ["while True: pass", "time.sleep(1000)"])
def test_ctrl_c_interrupts_the_cell_and_not_the_host(body: str, timeout: float | None) -> None:
    """The program gets a result and goes on, with its own handler for the next Ctrl-C."""
    script = SCRIPT.format(body=body, timeout=timeout)
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "running\n"
        program.send_signal(signal.SIGINT)
        out, _ = program.communicate(timeout=60)
    assert out == "interrupted before True\nok\nhost mine\n"


def test_a_handler_that_a_cell_installs_for_ctrl_c_goes_with_it(service: ExecutionService) -> None:
    """The host has its own back, and so has the next cell the interrupt."""
    before = signal.getsignal(signal.SIGINT)
    code = "import signal\nsignal.signal(signal.SIGINT, lambda *_: print('mine'))\n"
    assert service.execute_code(code + "signal.raise_signal(2)", "c1", "n").stdout == "mine\n"
    assert signal.getsignal(signal.SIGINT) is before
    assert service.execute_code("signal.raise_signal(2)", "c2", "n").status == "interrupted"


def test_ctrl_c_while_waiting_for_a_turn_is_the_hosts(
    service: ExecutionService, callers: ThreadPoolExecutor
) -> None:
    """The main thread leaves the queue with KeyboardInterrupt; the cell never runs."""
    give(service, "slow", "started", started := Event())
    slow = callers.submit(service.execute_code, "started.set()\nwhile True: pass", "c1", "slow")
    assert started.wait(PATIENCE)

    def press() -> None:
        until(lambda: signal.getsignal(signal.SIGINT) is not before)
        signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    pressed = callers.submit(press)
    with pytest.raises(KeyboardInterrupt):
        service.execute_code("x = 1", "c1", "n")
    pressed.result()
    assert signal.getsignal(signal.SIGINT) is before
    assert service.interrupt("slow")
    assert slow.result().status == "interrupted"
    assert "x" not in service.notebook_globals["n"]


@NEED_PROC
def test_a_cancelled_await_leaves_no_descriptor(service: ExecutionService) -> None:
    """The event loop of a notebook goes with it."""
    service.execute_code("import asyncio\nawait asyncio.sleep(0)", "c0", "other")
    service.execute_code("1", "c0", "n")
    before = opened()
    starting(service)
    service.execute_code(ENDLESS["an await"], "c1", "n", timeout=0.2)
    service.restart("n")
    assert opened() <= before
