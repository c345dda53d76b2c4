"""The one thing that every notebook of a process shares: the process."""

from __future__ import annotations

import sys
from threading import Lock
from typing import TextIO

from . import hooks
from .execution import CURRENT, Execution
from .hooks import WRITERS
from .imports import ImportWatch
from .kernel import Kernel
from .library_state import LibraryStates
from .streams import RoutedStream
from .turns import Turns


class Process:
    """Whose turn it is, and whose settings are in force.

    A singleton, because what it looks after is one: `sys.stdout`, the cwd, `__main__`.
    """

    def __init__(self) -> None:
        self.turns = Turns()
        self.imports = ImportWatch()
        self.streams = (RoutedStream("stdout"), RoutedStream("stderr"))
        self._libraries: LibraryStates | None = None
        self._occupant: Kernel | None = None
        self._host_libraries: dict[str, object] = {}
        self._entered: dict[int, tuple[Kernel, tuple[TextIO, TextIO]]] = {}
        self._leaving = Lock()

    def install(self) -> None:
        """Put the process-wide hooks in place, the first time."""
        if self._libraries is None:
            hooks.install(self.imports)
            self._libraries = LibraryStates(self.imports)

    def enter(self, execution: Execution, kernel: Kernel) -> None:
        """Wait for the turn of this cell and put its notebook's surroundings in place.

        A cell that runs a cell of another notebook lends it its turn.
        """
        caller = CURRENT.get()
        self.turns.take(execution, lender=caller)
        self._occupy(kernel)
        before = (sys.stdout, sys.stderr)
        for routed, stream in zip(self.streams, before, strict=True):
            if caller is None and stream is not routed:
                routed.original = stream
        self._entered[id(execution)] = (kernel, before)
        kernel.surroundings.enter(self.streams)

    def leave(self, execution: Execution) -> None:
        """Put back what was there before and call the next; without effect the second time."""
        with self._leaving:
            kernel, before = self._entered.pop(id(execution), (None, None))
            if kernel is None or before is None:
                return
            kernel.surroundings.leave(self.streams)
            # Threads of cells may go on printing: then the streams stay routed.
            sys.stdout, sys.stderr = before if not WRITERS.alive else self.streams
            self.turns.give_back(execution)

    def forget(self, kernel: Kernel) -> None:
        """The notebook is closed: the host's library settings come back if its were in force."""
        if self._occupant is kernel and self._libraries is not None:
            self._libraries.put(self._host_libraries)
            self._occupant = None

    def _occupy(self, kernel: Kernel) -> None:
        if self._occupant is kernel or self._libraries is None:
            return
        states = self._libraries.take()
        if self._occupant is None:
            self._host_libraries = states
        else:
            self._occupant.libraries = states
        self._libraries.put(kernel.libraries)
        self._occupant = kernel


PROCESS = Process()
