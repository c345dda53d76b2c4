"""What a cell that runs has shown so far, for who comes late and for the next server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from time import perf_counter

from ...models.events import OutputCleared, OutputEvent, OutputShown, OutputUpdated, TextWritten
from ...models.notebook import Cut
from ...models.outputs import Output
from ...runtime.output_log import OutputLog
from ...settings import Settings
from .channel import Channel

_SAVE_AFTER = 0.2
"""Seconds after which what was shown is kept."""
_SHARE = 0.05
"""Of the time that keeping it may take."""

Keep = Callable[[list[Output], list[Cut]], None]


class ShownSoFar:
    """The outputs of one execution, within the limits of a result. Thread-safe.

    Args:
        settings: limits.
        channel: where readers are told of each.
    """

    def __init__(self, settings: Settings, channel: Channel) -> None:
        self._channel = channel
        self._log = OutputLog(settings, _no_file)
        self._lock = Lock()
        self._last = 0
        self._kept = 0
        self.delay = _SAVE_AFTER
        """Seconds until it is to be kept again: the longer, the longer that took."""

    def tell(self, event: OutputEvent) -> None:
        """Tell the readers of an output, and remember it."""
        with self._lock:
            self._last = self._channel.tell(event)
            match event:
                case TextWritten():
                    self._log.write(event.name, event.text)
                case OutputShown():
                    self._log.show(event.output, event.display_id)
                case OutputUpdated():
                    self._log.update(event.display_id, event.output)
                case OutputCleared():
                    self._log.clear(wait=event.wait)

    def now(self) -> tuple[list[Output], int]:
        """The outputs, and the number of the last event that they contain."""
        with self._lock:
            return self._log.outputs()[0], self._last

    def save(self, keep: Keep) -> None:
        """Keep what has been shown, if something was since the last time."""
        began = perf_counter()
        with self._lock:
            if self._kept == self._last:
                return
            (outputs, cuts), self._kept = self._log.outputs(), self._last
        keep(outputs, cuts)
        self.delay = max(_SAVE_AFTER, (perf_counter() - began) / _SHARE)


def _no_file(name: str) -> Path:
    """The engine keeps the whole of a stream that is cut."""
    raise OSError(name)
