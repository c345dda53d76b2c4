"""One cell that runs in a worker, seen from outside: its outputs as they come, and its end."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from functools import cached_property, partial
from threading import BoundedSemaphore, Lock, Thread
from time import perf_counter

from pydantic import ValidationError

from ..models.events import OutputEvent, OutputShown
from ..models.notebook import CellError, ExecutionResult, Status
from ..models.outputs import ErrorOutput
from ..runtime.execution import StdinHandler
from ..runtime.interrupt import can_be_signalled
from ..settings import Settings
from .asked import Asked
from .breach import INTERRUPTED, broken, processor_time
from .call import LineCall, Lost
from .ctrl_c import CtrlC
from .frames import Frame, FrameError, Kind
from .heard import Heard, event_of
from .ladder import Ladder
from .link import Link
from .processor_time import ProcessorTime
from .told_error import raised, told_error

_log = logging.getLogger("nbengine.output")
_QUESTIONS = 16
"""Lines that a cell may wait for at a time; each is asked for in a thread."""


class RemoteCell:
    """Follows a cell to its end, whatever that is.

    Args:
        asked: the request.
        link: leads to the worker.
        settings: limits.
    """

    def __init__(self, asked: Asked, link: Link, settings: Settings) -> None:
        self._asked = asked
        self._link = link
        self._number = link.cells
        """How many cells came before it."""
        self._heard = Heard(asked, settings)
        self._ladder = Ladder(settings.interrupt_grace, link.worker.signal)
        self._processor_limit = settings.cell_cpu_limit
        self._taken = ProcessorTime(link.worker.pid, settings.cell_cpu_limit)
        self._keeps = settings.snapshots
        self._began = perf_counter()
        self._started_at = datetime.now(UTC)
        self._call: LineCall | None = None
        self._ctrl_c = CtrlC(self._wake)
        self._is_interrupted = False
        self._breach: BaseException | None = None
        """What came out of the caller's thread or listener, and ends the cell."""
        self._is_dead = False
        self._ending: Frame | Lost | None = None
        """What came last."""
        self._running = Lock()
        self._running.acquire()
        self.size = 0
        """Bytes of its result, as the worker sent it."""

    def run(self) -> ExecutionResult:
        """Run it; the result, also if the worker dies.

        Raises:
            NbengineError: the worker refused the request.
        """
        try:
            with self._ctrl_c:
                call = self._call = self._link.run(self._asked.arguments)
                if self._is_interrupted:
                    self._interrupt(call)
                if self._asked.timeout is not None:
                    self._ladder.arm(self._asked.timeout, "timeout")
                return self._follow(call)
        finally:
            self._end()

    def wait_ended(self, timeout: float) -> bool:
        """Whether it ended within so many seconds."""
        has_ended = self._running.acquire(timeout=timeout)
        if has_ended:
            self._running.release()
        return has_ended

    def _end(self) -> None:
        """Of a worker that still runs it nobody would know which cell comes next."""
        call = self._call
        if not self._link.lost and (call is None or not call.is_answered):
            self._link.abandon()
        if call is not None:
            # What is remembered of a cell is whom to tell, not what it has shown.
            self._link.end(call, partial(_late, self._asked, self._link))
        self._link.cells += 1
        self._running.release()

    def interrupt(self) -> None:
        """Interrupt it: at the latest, its worker is killed."""
        self._ladder.arm(0, "interrupted")
        self._is_interrupted = True
        if self._call is not None:
            self._interrupt(self._call)

    def _interrupt(self, call: LineCall) -> None:
        """Ask its worker to; no other cell is meant."""
        asked = {"notebook_id": self._asked.notebook_id, "number": self._number}
        call.wake()  # first of all: a worker that does not read must not keep the ladder waiting
        self._link.end(self._link.call("interrupt", asked), None)

    def _wake(self) -> None:
        if self._call is not None:
            self._call.wake()

    def _follow(self, call: LineCall) -> ExecutionResult:
        while True:
            try:
                result = self._step(call)
            except FrameError as error:
                self._link.blame(error)
                result = self._dead()
            except Exception:
                raise
            except BaseException as error:  # Ctrl-C, or what a listener would have the cell end by
                self._breach = self._breach or error
                self.interrupt()
                continue
            if result is not None:
                return self._ended_by(result)

    def _ended_by(self, result: ExecutionResult) -> ExecutionResult:
        """With the reason why it was ended; the listener is told of what he did not hear."""
        breach = self._breach or self._timed_out(result)
        final = result if breach is None else broken(result, breach)
        try:
            if self._is_dead or final is result:
                self._heard.tell_held()
            if self._is_dead or final is not result:
                self._heard.tell_otherwise(final.outputs)
        except BaseException:  # too late to change anything
            _log.exception("on_output failed")
        return final

    def _timed_out(self, result: ExecutionResult) -> TimeoutError | None:
        """Why it was interrupted, if its worker knows only that it was.

        It began late, or its cell let nobody else come to run.
        """
        is_ours = self._ladder.reason == "timeout" and result.status == "interrupted"
        return TimeoutError(self._asked.timeout_message) if is_ours else None

    def _step(self, call: LineCall) -> ExecutionResult | None:
        """Await what comes next, and do what it asks for; the result, if it is that."""
        self._ctrl_c.check()
        message = self._ending or call.next(self._patience())
        if isinstance(message, Lost) or (isinstance(message, Frame) and message.is_answer):
            self._ending = message  # whatever interrupts us while we look at it
        if not call.is_answered:  # also while it has much to say
            self._limit_processor_time()
            self._ladder.climb()
        if message is None:
            return None
        if isinstance(message, Lost):
            return self._dead()
        return self._heed(call, message)

    def _patience(self) -> float | None:
        """Seconds until something is to be done if nothing comes."""
        waits = (self._ladder.wait(), None if self._breach else self._taken.left())
        return min((wait for wait in waits if wait is not None), default=None)

    def _limit_processor_time(self) -> None:
        if self._breach is None and self._taken.is_used_up:
            self._breach = processor_time(self._processor_limit or 0)
            self.interrupt()

    def _heed(self, call: LineCall, frame: Frame) -> ExecutionResult | None:
        """Do what a frame is for; the result, if it is that."""
        match frame.kind:
            case Kind.RESULT:
                return self._result(frame)
            case Kind.ERROR:
                self._heard.tell_held()
                raise raised(frame)
            case Kind.EVENT:
                self._hear(call, frame)
            case Kind.ASK:
                self._answer(call, frame)
            case _:
                raise FrameError("it sent what only goes to it")
        return None

    def _result(self, frame: Frame) -> ExecutionResult:
        """What the worker says, if that is about this cell.

        Raises:
            FrameError: it is not; the worker is not to be trusted any more.
        """
        self.size = frame.size
        try:
            result = ExecutionResult.model_validate_json(frame.body)
        except ValidationError:
            raise FrameError("it sent a result that is none") from None
        asked = self._asked
        ids = (asked.execution_id, asked.cell_id, asked.notebook_id)
        if (result.execution_id, result.cell_id, result.notebook_id) != ids:
            raise FrameError("it sent the result of another cell")
        return result

    def _hear(self, call: LineCall, frame: Frame) -> None:
        event = event_of(frame)
        self._heard.keep(event, frame.weight)
        if self._ladder.is_spent:
            return  # its time is over: a slow listener does not make it longer
        if self._asked.on_output is not None:
            call.read_ahead()  # the time that a listener takes is not the cell's
        if self._may_be_another_error(event):
            self._heard.tell_unless_last(event)
        else:
            self._heard.tell(event)

    def _may_be_another_error(self, event: OutputEvent) -> bool:
        """Whether it may tell of the interrupt by which a limit is kept."""
        failed = isinstance(event, OutputShown) and isinstance(event.output, ErrorOutput)
        is_over = self._ladder.reason == "timeout" or isinstance(self._breach, TimeoutError)
        return failed and is_over

    def _answer(self, call: LineCall, frame: Frame) -> None:
        """Let the caller answer; nobody waits for him when the cell's time is over.

        In the main thread he can be interrupted, and is asked there unless there is a timeout.
        """
        match frame.load():
            case {"prompt": str(prompt), "password": bool(password)} if self._asked.stdin:
                reply = partial(self._reply, call, self._asked.stdin, prompt, password)
            case _:
                raise FrameError("it asked for a line that nobody gives")
        if not self._asks.acquire(blocking=False):
            raise FrameError(f"it asked for more than {_QUESTIONS} lines at a time")
        if self._asked.timeout is None and can_be_signalled():
            call.read_ahead()
            with self._ctrl_c.free():
                reply()
        else:
            Thread(target=reply, name="nbengine-stdin", daemon=True).start()

    @cached_property
    def _asks(self) -> BoundedSemaphore:
        """Each question takes one until it is answered; the first makes it, most cells ask none."""
        return BoundedSemaphore(_QUESTIONS)

    def _reply(self, call: LineCall, stdin: StdinHandler, prompt: str, password: bool) -> None:
        try:
            line = self._line(stdin, prompt, password)
        except BaseException as error:
            self._link.answer(call, {"error": told_error(error)})
        else:
            self._link.answer(call, {"line": line})
        self._asks.release()

    def _line(self, stdin: StdinHandler, prompt: str, password: bool) -> str:
        line: object = stdin(prompt, password)
        if not isinstance(line, str):
            raise TypeError(f"The stdin handler must return a str, not {type(line).__name__}.")
        return line

    def _dead(self) -> ExecutionResult:
        self._is_dead = True
        ending = self._link.ending()
        status, name, message = self._verdict(ending.told)
        message += "; " + self._loss()
        told = f"{name}: {message}"
        error = ErrorOutput(ename=name, evalue=message, traceback=[told])
        outputs, cuts = self._heard.ended_by(error)
        return ExecutionResult(
            status=status,
            outputs=outputs,
            cuts=cuts,
            error=CellError(type=name, message=message, traceback=told + "\n"),
            execution_count=0,
            duration=perf_counter() - self._began,
            started_at=self._started_at,
            cell_id=self._asked.cell_id,
            notebook_id=self._asked.notebook_id,
            execution_id=self._asked.execution_id,
        )

    def _verdict(self, how: str) -> tuple[Status, str, str]:
        if self._ladder.reason is None:
            return "dead", "WorkerDied", f"The worker that ran this cell died: {how}"
        if self._ladder.reason == "timeout":
            return "timeout", "TimeoutError", self._asked.timeout_message + _UNHEEDED
        return "interrupted", "KeyboardInterrupt", INTERRUPTED + _UNHEEDED

    def _loss(self) -> str:
        if not self._keeps:
            return "the notebook goes on, its variables are lost (the setting `snapshots` is off)"
        lost = "this cell" if self._link.state.saved else "this cell and the failed ones before it"
        if self._link.state.problem is not None:
            lost = f"every cell since one could be saved ({self._link.state.problem})"
        loss = (
            f"what {lost} changed is lost, the notebook goes on with the variables that were saved "
            "before"
        )
        return loss if self._link.cells else loss + _AT_ONCE


_AT_ONCE = (
    "; it was the first cell of this worker: if the next one dies too, bringing these variables "
    "back may be what kills it, and `undo`, `restore_state` or `restart` leave them behind"
)
_UNHEEDED = ", and as the cell did not end by itself its worker was killed"


def _late(asked: Asked, link: Link, frame: Frame) -> None:
    """An event of a thread or task that outlived its cell."""
    try:
        asked.tell(event_of(frame))
    except FrameError as error:
        link.blame(error)
    except BaseException:
        _log.exception("on_output failed")
