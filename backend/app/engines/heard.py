"""What a worker says that its cell shows: told to the caller, and kept in case the worker dies."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ..models.events import (
    OutputCleared,
    OutputEvent,
    OutputShown,
    OutputUpdated,
    TextWritten,
)
from ..models.notebook import Cut
from ..models.outputs import ErrorOutput, Output
from ..runtime.output_log import OutputLog
from ..settings import Settings
from .asked import Asked
from .frames import Frame, FrameError

_HEAVY = 4
"""How many times the limit of displays what is kept of them may weigh."""
_EVENT: TypeAdapter[OutputEvent] = TypeAdapter(OutputEvent)


class Heard:
    """What has been heard of one cell so far.

    Args:
        asked: whose outputs they are, and who wants them.
        settings: limits.
    """

    def __init__(self, asked: Asked, settings: Settings) -> None:
        self._asked = asked
        self._log = OutputLog(settings, _no_file)
        self._room = settings.display_limit
        self._weight = 0
        self._held: OutputEvent | None = None
        """An error that the caller hears of only if the result ends with it."""

    def keep(self, event: OutputEvent, weight: int) -> None:
        """Keep what it shows, within limits: it is all that is left if the worker dies.

        Args:
            event: what is shown.
            weight: bytes of memory that it took when it came.
        """
        match event:
            case TextWritten():
                self._log.write(event.name, event.text)
            case OutputShown() if self._takes(weight):
                self._log.show(event.output, event.display_id)
            case OutputUpdated() if self._takes(weight):
                self._log.update(event.display_id, event.output)
            case OutputCleared():
                self._log.clear(wait=event.wait)
                self._weight = 0

    def tell(self, event: OutputEvent) -> None:
        """Tell the caller; what he raises keeps nothing from him."""
        try:
            self.tell_held()
        finally:
            self._asked.tell(event)

    def tell_unless_last(self, event: OutputEvent) -> None:
        """Tell the caller once more comes: an error may be told otherwise in the end."""
        try:
            self.tell_held()
        finally:
            self._held = event

    def tell_held(self) -> None:
        """Tell the caller of the error that he was not told."""
        held, self._held = self._held, None
        if held is not None:
            self._asked.tell(held)

    def tell_otherwise(self, outputs: list[Output]) -> None:
        """Tell the caller of the last error of these, in place of the one that he was not told."""
        self._held = None
        for output in reversed(outputs):
            if isinstance(output, ErrorOutput):
                self.tell(OutputShown(execution_id=self._asked.execution_id, output=output))
                return

    def ended_by(self, error: ErrorOutput) -> tuple[list[Output], list[Cut]]:
        """All that was kept, which this ends, and which limits cut it."""
        self._log.show(error)
        return self._log.outputs()

    def _takes(self, weight: int) -> bool:
        """Whether there is room for so much more; what the log itself counts is only a guess."""
        self._weight += weight
        return self._weight <= _HEAVY * self._room


def event_of(frame: Frame) -> OutputEvent:
    """What it tells.

    Raises:
        FrameError: nothing.
    """
    try:
        return _EVENT.validate_json(frame.body)
    except ValidationError:
        raise FrameError("it sent an output that is none") from None


def _no_file(name: str) -> Path:
    """Output that is cut is kept whole by the worker; what its cells can reach is not touched."""
    raise OSError(name)
