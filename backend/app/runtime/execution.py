"""One run of one cell: where its output goes, whoever writes it and however late."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, MutableMapping, MutableSequence, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import attrgetter, itemgetter
from threading import RLock, local
from time import monotonic
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from ..models.events import OutputCleared, OutputEvent, OutputShown, OutputUpdated, TextWritten
from ..models.notebook import Cut
from ..models.outputs import DisplayData, ErrorOutput, ExecuteResult, MimeBundle, Output, StreamName
from ..models.session import IN_PROCESS
from ..settings import Settings
from .descriptors import Descriptors
from .guard import Guard
from .interrupt import Gate
from .output_log import OutputLog, Shown
from .own_account import on_own_account
from .python_warnings import WarningLog
from .stream_file import ArtifactPath
from .ticker import TICKER

if TYPE_CHECKING:
    from .ipython.bridge import Bridge

OnOutput = Callable[[OutputEvent], None]
StdinHandler = Callable[[str, bool], str]
"""Asked by `input()` with the prompt and whether the line is a password; returns the line."""

_log = logging.getLogger("nbengine.output")
PENDING = 8192
"""Pieces of text that may wait to be looked at."""
LARGE = 2_048
"""Characters of one piece above which it is looked at straight away."""


def running() -> Execution | None:
    """The execution that the calling code belongs to; None outside of cells."""
    return CURRENT.get()


class Execution:
    """The record of one run, alive for as long as something may still write to it.

    Any thread may write or publish at any time. Text is only queued (`deque.append` is atomic and
    fast); it is folded, merged and announced under the lock, shielded from the cell's interrupt.
    """

    display: Callable[..., Any] | None = None
    """The function `display` of the cell, for libraries that bring one of their own."""
    stdin: StdinHandler | None = None
    """Who answers `input()`; nobody unless the caller of the cell can."""
    show_result: Callable[[Any], None] | None = None
    """Shows a value as the cell's result and remembers it, while the cell runs."""
    bridge: Bridge | None = None
    """What the notebook has of IPython."""
    guard: Guard | None = None
    """What holds the cell to its mode, where that allows less than Python does."""
    isolation = IN_PROCESS
    """What is true of the cell's isolation."""
    filename = ""
    """File name under which the cell's source is compiled and found by `linecache`."""
    cuts: tuple[Cut, ...] = ()
    """Limits that cut what is listed beside the outputs."""
    _announced_at = 0.0
    _expected = False
    """Whether the clock will come by: cleared before, and set after, looking at `pending`."""

    def __init__(
        self,
        *,
        execution_id: str,
        cell_id: str,
        notebook_id: str,
        settings: Settings,
        artifact_path: ArtifactPath,
        on_output: OnOutput | None,
        started_at: datetime,
    ) -> None:
        self.execution_id = execution_id
        self.cell_id = cell_id
        self.notebook_id = notebook_id
        self.settings = settings
        self.started_at = started_at
        self.sources: Sequence[str] = ()
        """Such names of the notebook's cells, oldest first."""
        self.execution_count = 0
        self.gate = Gate()
        self._warnings: WarningLog | None = None
        self.shown: MutableSequence[Any] = []
        """Values the cell displayed, for those who look at them at its end; then emptied."""
        self._scratch: dict[str, Any] = {}
        self._late_scratch: local | None = None
        self.kept: dict[str, Any] = {}
        """What output kinds remember from cell to cell of the notebook."""
        self.displays: MutableMapping[str, WeakSet[Execution]] = {}
        """Which executions of the notebook show a display of a name."""
        self._named: dict[str, WeakSet[Execution]] = {}
        """Those of them that this is one of; kept as long as this is."""
        self.on_output = on_output
        self.attentive = on_output is not None
        """Whether text needs more than being appended to `pending`."""
        self._descriptors: Descriptors | None = None
        self.pending: deque[str | tuple[StreamName, str]] = deque()
        """Text that nobody has looked at yet: of stdout as it is, of stderr with its name."""
        self._unannounced: list[tuple[StreamName, str]] = []
        self._lock = RLock()
        self._artifact_path = artifact_path
        self._log: OutputLog | None = None

    @property
    def scratch(self) -> dict[str, Any]:
        """What output kinds remember from the beginning to the end of the cell.

        A thread that goes on after it has its own from then on, for as long as it lives.
        """
        return self._scratch if self._late_scratch is None else vars(self._late_scratch)

    @property
    def is_over(self) -> bool:
        """Whether the cell has ended, and what writes comes late."""
        return self._late_scratch is not None

    def end(self) -> None:
        """Forget the cell's values: what comes late is shown, but not looked at nor kept."""
        self.shown = deque(maxlen=0)
        self.show_result = None
        self._late_scratch = local()
        self._scratch.clear()

    @property
    def warnings(self) -> WarningLog:
        """Python's warnings of this cell."""
        if self._warnings is None:
            self._warnings = WarningLog(self.settings.warning_limit)
        return self._warnings

    @property
    def has_warnings(self) -> bool:
        """Whether there was a warning."""
        return self._warnings is not None

    @property
    def size(self) -> int:
        """About how many bytes its outputs hold."""
        return self._log.size if self._log is not None else 0

    @property
    def log(self) -> OutputLog:
        """The outputs; to be used under the lock."""
        if self._log is None:
            self._log = OutputLog(self.settings, self._artifact_path)
        return self._log

    def listen_to(self, descriptors: Descriptors) -> None:
        """What C code and child processes write comes through these pipes."""
        self._descriptors = descriptors
        self.attentive = True

    def write(self, name: StreamName, text: str) -> None:
        """Append text to a stream of this cell."""
        self._read_descriptors()
        self.receive(name, text)

    def receive(self, name: StreamName, text: str) -> None:
        """Append text that came through a descriptor, or whose turn it is."""
        self.pending.append(text if name == "stdout" else (name, text))
        if len(self.pending) >= PENDING or len(text) >= LARGE:
            self.read_pending()
        elif self.on_output is not None and not self._expected:
            # An interrupt in the middle would leave the clock believing that it runs.
            with self.gate:
                self._expect()

    def note(self, text: str) -> None:
        """Tell the user something in one line of the cell's stderr."""
        self.write("stderr", text + "\n")

    def flush(self) -> None:
        """After this all text written so far is in `outputs` and announced."""
        self._read_descriptors()
        with self.gate, self._lock:
            self._drain()
            self._announce_text()

    def publish(self, bundle: MimeBundle, *, display_id: str | None = None) -> None:
        """Show a bundle as `display_data`, unless the cell's code keeps displays for itself.

        Displays that have this id already get the new look, too.
        """
        if self._is_diverted(bundle, display_id, update=False):
            return
        if display_id is not None:
            self._update_all(display_id, bundle)
        self._show(DisplayData(data=bundle.data, metadata=bundle.metadata), display_id)

    def publish_result(self, bundle: MimeBundle) -> None:
        """Show a bundle as the value of the cell's last expression."""
        count = self.execution_count
        self._show(ExecuteResult(execution_count=count, data=bundle.data, metadata=bundle.metadata))

    def publish_error(self, error: ErrorOutput) -> None:
        """Show an exception: the one that ended the cell, or one that a magic has caught."""
        self._show(error)

    def update(self, display_id: str, bundle: MimeBundle) -> bool:
        """Give the displays with this id a new look; False if no cell of the notebook has any."""
        return self._is_diverted(bundle, display_id, update=True) or self._update_all(
            display_id, bundle
        )

    def _update_all(self, display_id: str, bundle: MimeBundle) -> bool:
        """Update the displays of all cells; whether there are any."""
        owners = sorted(self.displays.get(display_id, ()), key=attrgetter("started_at"))
        updated = [self._update_in(owner, display_id, bundle) for owner in owners]
        return any(updated)

    def _update_in(self, owner: Execution, display_id: str, bundle: MimeBundle) -> bool:
        """Update the displays of one cell; whether it still shows any."""
        look = owner._relook(display_id, bundle)
        if look is None:
            return False
        output = DisplayData(data=look.data, metadata=look.metadata)
        event = OutputUpdated(execution_id=owner.execution_id, display_id=display_id, output=output)
        with self.gate, self._lock:
            self._announce(event)
        return True

    def _relook(self, display_id: str, bundle: MimeBundle) -> MimeBundle | None:
        with self.gate, self._lock:
            self._drain()
            self._announce_text()
            return self.log.update(display_id, bundle)

    def clear(self, *, wait: bool = False) -> None:
        """Take away what was shown, now or once the next output comes."""
        self._read_descriptors()
        with self.gate, self._lock:
            self._drain()
            self._announce_text()
            self.log.clear(wait=wait)
            self._announce(OutputCleared(execution_id=self.execution_id, wait=bool(wait)))

    def outputs(self) -> tuple[list[Output], list[Cut]]:
        """Everything shown so far, late output included, and which limits cut it."""
        if self._log is None and not self.pending:
            return [], []
        with self.gate, self._lock:
            self._drain()
            return self.log.outputs()

    def _is_diverted(self, bundle: MimeBundle, display_id: str | None, *, update: bool) -> bool:
        divert = None if self.bridge is None else self.bridge.diversion
        if divert is None:
            return False
        transient = {} if display_id is None else {"display_id": display_id}
        divert(
            data=dict(bundle.data),
            metadata=dict(bundle.metadata),
            transient=transient,
            update=update,
        )
        return True

    def _show(self, output: Shown, display_id: str | None = None) -> None:
        self._read_descriptors()
        with self.gate, self._lock:
            self._drain()
            self._announce_text()
            kept = self.log.show(output, display_id)
            if kept is not None:
                if display_id is not None:
                    self._named[display_id] = self.displays.setdefault(display_id, WeakSet())
                    self._named[display_id].add(self)
                self._announce(
                    OutputShown(execution_id=self.execution_id, output=kept, display_id=display_id)
                )

    def read_pending(self) -> None:
        """Look at the text that waits, and announce it once the last time is long enough ago."""
        with self.gate, self._lock:
            self._expected = False
            self._drain()
            if not self._unannounced:
                return
            if monotonic() - self._announced_at >= self.settings.output_interval:
                self._announce_text()
            else:
                self._expect()

    def _expect(self) -> None:
        """Be called again soon, whether or not more is written."""
        self._expected = True
        TICKER.wake(self, self.settings.output_interval)

    def _read_descriptors(self) -> None:
        if self._descriptors is not None and self._descriptors.hold_text():
            with self.gate:
                self._descriptors.drain()

    def _drain(self) -> None:
        """Move the text that waits now into the log, each stretch of one stream at once."""
        take = self.pending.popleft
        waiting = [take() for _ in range(len(self.pending))]
        try:
            stretches: list[tuple[StreamName, str]] = [("stdout", "".join(waiting))]  # type: ignore[arg-type]
        except TypeError:
            stretches = list(_stretches(waiting))
        for name, text in stretches:
            if text:
                text = speakable(text)  # noqa: PLW2901
                self.log.write(name, text)
                if self.on_output is not None:
                    self._unannounced.append((name, text))

    def _announce_text(self) -> None:
        if self._unannounced:
            texts, self._unannounced = self._unannounced, []
            self._announced_at = monotonic()
            for name, text in _stretches(texts):
                self._announce(TextWritten(execution_id=self.execution_id, name=name, text=text))

    def _announce(self, event: OutputEvent) -> None:
        """Tell the caller, outside of the cell's context; what it raises is its own affair."""
        if self.on_output is None:
            return
        try:
            with self.as_host():
                on_own_account(partial(self.on_output, event))
        except Exception:
            _log.exception("on_output raised; the cell goes on")

    @contextmanager
    def as_host(self) -> Iterator[None]:
        """The host is called back from this cell: what it does belongs to no cell.

        But a cell of another notebook that it runs borrows this one's turn.
        """
        token, waiting = CURRENT.set(None), _WAITING.set(self)
        try:
            yield
        finally:
            CURRENT.reset(token)
            _WAITING.reset(waiting)


CURRENT: ContextVar[Execution | None] = ContextVar("nbengine_execution", default=None)
"""The execution that the calling code belongs to; threads and tasks inherit it."""
_WAITING: ContextVar[Execution | None] = ContextVar("nbengine_waiting", default=None)
"""The execution that waits for the calling code, which is the host's."""


def asking() -> Execution | None:
    """The execution that waits for the calling code, as a part of it or because it called back."""
    return CURRENT.get() or _WAITING.get()


def _stretches(
    written: Iterable[str | tuple[StreamName, str]],
) -> Iterator[tuple[StreamName, str]]:
    """Adjacent text of one stream as one text."""
    named: Iterator[tuple[StreamName, str]] = (
        ("stdout", entry) if isinstance(entry, str) else entry for entry in written
    )
    for name, stretch in groupby(named, key=itemgetter(0)):
        yield name, "".join(text for _, text in stretch)


def speakable(text: str) -> str:
    """`text` with lone surrogates as escapes, so that it can be UTF-8 and JSON."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return text
