"""What cells start beside Python, seen from outside."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event

import psutil

from nbengine.models.events import OutputEvent, TextWritten
from tests.conftest import until
from tests.descriptors import opened

MARK = "MARK_OF_THE_TEST"
"""Variable of the environment by which all that a test starts can be told, see `conftest`."""
STUBBORN = "trap '' INT TERM; echo $$; (trap '' INT TERM; sleep 1000) & while :; do sleep 1; done"
"""A script that only a kill ends."""


class Listener:
    """Knows when a cell has written its first line."""

    def __init__(self, react: Callable[[], object] = lambda: None) -> None:
        self.text = ""
        self.heard = Event()
        self._react = react

    def __call__(self, event: OutputEvent) -> None:
        if isinstance(event, TextWritten):
            self.text += event.text
            if "\n" in self.text and not self.heard.is_set():
                self.heard.set()
                self._react()


def started() -> set[psutil.Process]:
    """What the test has started and is still there, orphans and zombies too."""
    return {*psutil.Process().children(), *filter(_is_marked, psutil.process_iter())}


def _is_marked(process: psutil.Process) -> bool:
    try:
        return process.environ().get(MARK) == os.environ[MARK]
    except psutil.Error:
        return False


@contextmanager
def leaving_nothing() -> Iterator[None]:
    """After the block the process has the children and descriptors that it had before."""
    before, open_before = started(), opened()
    yield
    until(lambda: started() <= before)
    until(lambda: opened() <= open_before)
