"""A worker that becomes somebody's."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import WorkerStartError
from ..models.session import ExecutionMode, Isolation
from ..policy.modes import isolation_of
from ..settings import Settings
from .frames import Frame, Kind
from .ground import Ground
from .link import LateEvent, Link
from .session import Session
from .starter import Worker
from .switchboard import Switchboard
from .told_error import raised

_FRAME_OVERHEAD = 64 * 2**20
"""Bytes that a result may have beside its displays."""


class Starting:
    """Tells a worker whose it is to be, and hears that it is.

    Args:
        session: whose.
        mode: what it confines itself to.
        worker: nobody's until now; it is ended if this fails.
        settings: limits and choices.
        board: as a link wants it.
        late: as a link wants it.

    Raises:
        StorageError: the notebook's folders cannot be made, or there is no key to be had.
    """

    def __init__(
        self,
        session: Session,
        mode: ExecutionMode,
        worker: Worker,
        settings: Settings,
        board: Switchboard,
        late: Callable[[LateEvent, Frame], None],
    ) -> None:
        self.mode = mode
        self.isolation: Isolation | None = None
        """What holds its cells, once it is ready."""
        try:
            ground = Ground(settings, session.notebook_id, mode, session.cwd, worker.group)
        except BaseException:
            worker.kill()
            worker.close()
            raise
        limit = 2 * settings.display_limit + _FRAME_OVERHEAD
        self.link = Link(worker, ground, board, limit, late)
        self._call = self.link.start(ground.assignment)

    def comes_within(self, seconds: float) -> bool:
        """Whether it says in that time that it is ready, or why not."""
        return self._call.comes_within(seconds)

    def finish(self, patience: float) -> None:
        """Wait until it is ready; else it has ended.

        Args:
            patience: seconds that it may take.

        Raises:
            NbengineError: it cannot be what it should; says why.
            WorkerStartError: it has died, or taken too long.
        """
        message = None
        try:
            message = self._call.next(patience)
            self.link.end(self._call, None)
            if isinstance(message, Frame) and message.kind is Kind.READY:
                isolation = Isolation.model_validate_json(message.body)
                self.isolation = isolation_of(self.mode, isolation)
                return
        finally:
            if self.isolation is None:
                self.link.worker.kill()
                how = self.link.ending().at_once
        if isinstance(message, Frame):
            raise raised(message)
        raise WorkerStartError(how)
