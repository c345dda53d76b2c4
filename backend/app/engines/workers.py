"""Which notebook has which worker: started when needed, ended when idle, told when lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from threading import Lock
from time import monotonic
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from ..errors import CapacityError, WorkerLostError, WorkerStartError
from ..models.session import ExecutionMode
from ..names import check_id
from ..settings import Settings
from .admission import Admission
from .courier import Courier
from .ctrl_c import CtrlC
from .frames import Frame, FrameError, Kind
from .ground import sweep
from .housekeeping import Housekeeping
from .link import Link
from .session import Session
from .spares import Spares
from .starter import Worker
from .starters import open_starter, start_method
from .starting import Starting
from .switchboard import Switchboard
from .told_error import raised
from .waiting import Waiting, begun

T = TypeVar("T")

_CLOSE_TIMEOUT = 10.0
"""Seconds that a worker may take to save and to end."""
_START_TIMEOUT = 60.0
"""Seconds that a worker may take to become somebody's."""
_QUEUE_TIMEOUT = 20.0
"""Seconds for which what is no cell waits for a worker while others have them all."""
_CALL_TIMEOUT = 60.0
"""Seconds that it may take to answer what is no cell."""
_AFTERWARDS = 0.1
"""Seconds after which a spare that was taken is replaced: its first cell comes before that."""
_AT_HAND = 0.05
"""Seconds for which a caller waits for a spare to be his, and cannot be called off."""
_WIDEST = ExecutionMode.WRITE_ENABLED


def _untold(_position: int) -> None:
    """Nobody is told of his place in the queue."""


def _unheeded() -> None:
    """Nobody looks around at once for Ctrl-C."""


class Workers:
    """The sessions of an engine and their workers. Thread-safe.

    Args:
        settings: limits and choices.
    """

    def __init__(self, settings: Settings) -> None:
        start_method(settings)  # one that is not to be had is refused at once
        self._settings = settings
        self._board = Switchboard()
        self._keeping = Housekeeping("nbengine-housekeeping")
        self._courier = Courier()
        self._rubbish = ThreadPoolExecutor(1, thread_name_prefix="nbengine-rubbish")
        self._spares = Spares(settings.spare_workers, partial(open_starter, settings, self._board))
        self._admission = Admission(settings.worker_count, settings.queue_length, self._make_room)
        self._sessions: dict[str, Session] = {}
        self.nobody = Session("_")
        """Whose worker answers what is asked of no notebook."""
        self._lock = Lock()
        self._keeping.soon(sweep)
        self._keeping.soon(self._spares.fill)

    def __iter__(self) -> Iterator[Session]:
        return iter([*self._sessions.values(), self.nobody])

    @property
    def queued(self) -> int:
        """Callers that wait for a place for their worker."""
        return self._admission.queued

    @property
    def pids(self) -> dict[str, int]:
        """The process of each notebook that has one."""
        return {s.notebook_id: link.worker.pid for s in self if (link := s.link) and not link.lost}

    def session(self, notebook_id: str) -> Session:
        """The session of a notebook, made if need be.

        Raises:
            InvalidIdError: the id cannot be one.
        """
        check_id("notebook", notebook_id)
        with self._lock:
            return self._sessions.setdefault(notebook_id, Session(notebook_id))

    def forget(self, session: Session) -> None:
        """The notebook is closed. To be called in its turn, without a worker."""
        with self._lock:
            if self._sessions.get(session.notebook_id) is session:
                del self._sessions[session.notebook_id]

    def awake(
        self,
        session: Session,
        mode: ExecutionMode | None = None,
        tell: Callable[[int], None] = _untold,
        waiting: Waiting | None = None,
    ) -> Link:
        """The way to the session's worker, which is started if need be; to be called in its turn.

        Args:
            session: whose.
            mode: what it is confined to; None is content with any that is there. One of another
                mode is saved and ended first: none is ever reused.
            tell: told of its place among those who wait for a worker.
            waiting: once it is given up, the queue is left; a worker that is on its way comes.

        Raises:
            CapacityError, WorkerStartError, IsolationUnavailableError: there is none to be had.
        """
        waiting = waiting or Waiting()
        if session.link is not None and session.link.lost:
            self.drop(session)
        if session.link is not None and mode is not None and session.mode is not mode:
            self.end(session)
        if session.link is None:
            self._know(session)
            self._admit(tell, waiting)
            with self._place():
                worker = self._spares.take()
                self._finish(session, self._begin(session, mode or _WIDEST, worker))
        assert session.link is not None
        return session.link

    def _know(self, session: Session) -> None:
        """Whoever waited for his turn while the notebook was closed opens it again.

        Raises:
            WorkerLostError: somebody else has, and there are not to be two.
        """
        if session is self.nobody:
            return
        with self._lock:
            if self._sessions.setdefault(session.notebook_id, session) is not session:
                raise WorkerLostError(
                    f"Notebook {session.notebook_id!r} was closed and opened again meanwhile."
                )

    def _admit(self, tell: Callable[[int], None], waiting: Waiting) -> None:
        def queued(position: int) -> None:
            waiting.is_queued = True
            tell(position)

        try:
            self._admission.enter(queued, lambda: waiting.is_over)
        finally:
            waiting.is_queued = False

    def awaited(
        self,
        session: Session,
        mode: ExecutionMode,
        waiting: Waiting,
        timeout: float | None,
        tell: Callable[[int], None],
    ) -> Link | None:
        """`awake` for a caller who may be called off; None if he was, also after so many seconds.

        What is under way then goes on, and the turn with it.
        """
        link = session.link
        if link is not None and session.mode is mode and link.check():
            return link
        try:
            self._begin_at_hand(session, mode)
            if session.start is None:
                session.start = begun(partial(self.awake, session, mode, tell, waiting))
            return waiting.for_(session.start, timeout)
        except BaseException:  # he himself was interrupted
            waiting.call_off("interrupted")
            raise
        finally:
            self._admission.look()

    def _begin_at_hand(self, session: Session, mode: ExecutionMode) -> None:
        """Give the session a spare, if there is one and a place for it, while its caller waits.

        That is sooner done than a thread begins; if it is not, a thread goes on.
        """
        with CtrlC(_unheeded):  # it must not come between taking something and noting that
            if session.link is not None:
                return
            self._know(session)
            if not self._admission.enter_at_once():
                return
            with self._place():
                worker = self._spares.at_hand()
                if worker is None:
                    self._admission.leave()
                    return
                starting = self._begin(session, mode, worker)
                finish = partial(self._finish_in_place, session, starting)
                try:
                    if not starting.comes_within(_AT_HAND):
                        session.start = begun(finish)
                        return
                except BaseException:  # no more threads, or Ctrl-C twice
                    starting.link.abandon()
                    self._part_with(starting.link)
                    raise
            done = Future[Link]()
            done.set_result(finish())
            session.start = done

    def consult(
        self,
        session: Session,
        answer: TypeAdapter[T],
        method: str,
        *,
        patience: float = _CALL_TIMEOUT,
        **asked: object,
    ) -> T:
        """Ask the session's worker, also while a cell runs."""
        return self.call(self.reach(session), answer, method, patience=patience, **asked)

    def reach(self, session: Session) -> Link:
        """The way to the session's worker, also while a cell runs in it.

        Raises:
            CapacityError: others have all the workers there may be.
            WorkerStartError, IsolationUnavailableError: there is none to be had.
        """
        link = session.link
        if link is not None and not link.lost:
            return link
        waiting = Waiting(_QUEUE_TIMEOUT)
        with suppress(TimeoutError), session.turn(_QUEUE_TIMEOUT):
            try:
                return self.awake(session, waiting=waiting)
            except WorkerStartError:
                if not waiting.is_over:
                    raise
        raise CapacityError(
            f"All {self._settings.worker_count} workers have been busy for {_QUEUE_TIMEOUT:g} s; "
            "try again later, or raise `worker_count`."
        )

    def call(
        self,
        link: Link,
        answer: TypeAdapter[T],
        method: str,
        *,
        patience: float = _CALL_TIMEOUT,
        **asked: object,
    ) -> T:
        """Call a method of the engine in a worker.

        Args:
            answer: what it is to give back.
            patience: seconds that it may take.

        Raises:
            NbengineError: what it raised.
            WorkerLostError: it cannot answer any more, or what it answers makes no sense.
        """
        call = link.call(method, asked)
        message = call.next(patience)
        link.end(call, None)
        if isinstance(message, Frame):
            try:
                return _understood(answer, message)
            except FrameError as error:
                link.blame(error)
        given_up = message is None
        how = "it does not answer" if given_up else link.ending().told
        raise WorkerLostError(f"The worker could not answer: {how}.")

    def interrupt(self, session: Session) -> bool:
        """Interrupt its cell, if one runs or waits for a worker; whether it has ended."""
        waiting = session.waiting
        if waiting is not None and waiting.call_off("interrupted"):
            return True
        cell = session.cell
        if cell is None:
            return True
        cell.interrupt()
        return cell.wait_ended(3 * self._settings.interrupt_grace + _CLOSE_TIMEOUT)

    def kill(self, session: Session) -> None:
        """End the worker as it is. To be called in its turn."""
        if session.link is not None:
            session.link.worker.kill()
        self.drop(session)

    def end(self, session: Session) -> None:
        """Let the worker save and end; after a while it is killed. To be called in its turn."""
        link = session.link
        if link is None:
            return
        link.dismiss()
        try:
            link.worker.ending.result(_CLOSE_TIMEOUT)
        except TimeoutError:
            link.worker.kill()
        self.drop(session)

    def drop(self, session: Session) -> None:
        """Its worker has ended, or ends: nothing is left of it. To be called in its turn."""
        link, session.link = session.link, None
        if link is not None:
            try:
                link.ending()
                self._part_with(link)
            finally:
                self._admission.leave()

    def _part_with(self, link: Link) -> None:
        """Nobody waits until what its cells have left in temporary folders is gone."""
        link.close()
        try:
            self._rubbish.submit(link.clear)
        except RuntimeError:  # this engine is closed
            link.clear()

    def rest(self) -> None:
        """A session is idle from now on; after a while its worker ends."""
        self._keeping.soon(self._hibernate_idle, self._settings.idle_timeout)

    def close(self) -> None:
        """End every worker, and all that serves them; what is saved stays."""
        for session in self:
            session.halts += 1
            if session.waiting is not None:
                session.waiting.call_off("interrupted")
        self._admission.close()
        for session in self:
            self.interrupt(session)
            with session.turn():
                self.end(session)
        self._spares.close()  # whose filling it may be waiting for
        self._keeping.close()
        self._rubbish.shutdown()
        self._board.close()
        self._courier.close()

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Whatever fails in it, the place that was taken is given back."""
        try:
            yield
        except BaseException:
            self._admission.leave()
            raise

    def _begin(self, session: Session, mode: ExecutionMode, worker: Worker) -> Starting:
        """Let a worker become the session's."""
        worker.foresee(mode)
        self._keeping.soon(self._spares.fill, _AFTERWARDS)
        return Starting(session, mode, worker, self._settings, self._board, self._courier.send)

    def _finish(self, session: Session, starting: Starting) -> Link:
        """Wait until it is."""
        try:
            starting.finish(_START_TIMEOUT)
        except BaseException:
            self._part_with(starting.link)
            raise
        session.isolation, session.mode = starting.isolation, starting.mode
        session.link = starting.link
        return starting.link

    def _finish_in_place(self, session: Session, starting: Starting) -> Link:
        with self._place():
            return self._finish(session, starting)

    def _hibernate_idle(self) -> None:
        """End the workers that nobody has used for a while."""
        patience = self._settings.idle_timeout
        next_due = patience
        for session in self:
            left = session.idle_since + patience - monotonic()
            if session.is_idle and left <= 0:
                self._end_if_idle(session)
            elif session.link is not None:
                next_due = min(next_due, max(left, 1.0))
        if self.pids:
            self._keeping.soon(self._hibernate_idle, next_due)

    def _make_room(self) -> bool:
        """Give up the worker that has been idle longest; whether there was one."""
        idle = sorted((s for s in self if s.is_idle), key=lambda session: session.idle_since)
        return any(self._end_if_idle(session) for session in idle)

    def _end_if_idle(self, session: Session) -> bool:
        """Save and end its worker; not one whose variables nobody keeps."""
        if not self._settings.snapshots:
            return False
        with session.turn_if_free() as free:
            if not free or session.link is None or session.link.state.problem is not None:
                return False
            self.end(session)
            return True


def _understood(answer: TypeAdapter[T], frame: Frame) -> T:
    """What a worker answers.

    Raises:
        NbengineError: what it raised.
        FrameError: it makes no sense.
    """
    if frame.kind is not Kind.RESULT:
        raise raised(frame)
    try:
        return answer.validate_json(frame.body)
    except ValidationError:
        raise FrameError("it gave back what the method does not") from None
