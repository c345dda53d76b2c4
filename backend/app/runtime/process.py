"""The one thing that every notebook of a process shares: the process."""

from __future__ import annotations

import sys
from threading import Lock
from typing import Any
from weakref import ReferenceType, ref

from . import hooks
from .execution import Execution, asking
from .hooks import WRITERS
from .imports import ImportWatch
from .ipython.bridge import bind_singleton, install_builtins, release_main
from .kernel import Kernel
from .library_state import LibraryStates
from .streams import RoutedStream
from .turns import Turns, Wait


class _Layer:
    """One cell's share of the process, and the host's streams to come back to."""

    __slots__ = ("before", "execution", "kernel")

    def __init__(self, execution: Execution, kernel: Kernel) -> None:
        self.execution = execution
        self.kernel = kernel
        self.before: tuple[Any, Any] = (sys.stdout, sys.stderr)


class Process:
    """Whose turn it is, and whose settings are in force.

    A singleton, because what it looks after is one: `sys.stdout`, the cwd, `__main__`. Settings of
    libraries and a notebook's own modules stay in force until another notebook runs or this one
    is closed; all else is the host's again when the cell has ended.
    """

    def __init__(self) -> None:
        self.turns = Turns()
        self.imports = ImportWatch()
        self.streams = (RoutedStream("stdout"), RoutedStream("stderr"))
        self._libraries: LibraryStates | None = None
        self._occupant: ReferenceType[Kernel] | None = None
        """Whose settings of libraries are in force; it may be gone without having been closed."""
        self._has_room = False
        """Whether nobody's settings are in force: libraries are what a new notebook expects."""
        self._host_libraries: dict[str, object] = {}
        self.handovers = 0
        """How often another notebook than before has begun to run."""
        self._layers: list[_Layer] = []
        """Cells that have a turn; only the last one's is in force, the others have lent theirs."""
        self._changing = Lock()

    def install(self) -> None:
        """Put the process-wide hooks in place, the first time."""
        if self._libraries is None:
            hooks.install(self.imports)
            self.imports.when_imported("IPython.core.interactiveshell", bind_singleton)
            self.imports.when_imported("IPython.core.completer", release_main)
            self._libraries = LibraryStates(self.imports)

    def make_room(self) -> None:
        """Put the host's settings of libraries aside before it is known who runs first.

        To be called when no notebook has run yet or all are closed; once is enough.
        """
        if self._libraries is not None and not self._has_room:
            self._host_libraries = self._libraries.take()
            self._libraries.put({})
            self._has_room = True

    def enter(self, execution: Execution, kernel: Kernel, wait: Wait) -> None:
        """Wait for the turn of this cell and put its notebook's surroundings in place.

        A cell that runs a cell of another notebook lends it its turn.

        Raises:
            KeyboardInterrupt: the wait was given up.
        """
        self.turns.take(execution, wait, lender=asking())
        with self._changing:
            if self._layers:
                self._suspend(self._layers[-1])
            layer = _Layer(execution, kernel)
            for routed, stream in zip(self.streams, layer.before, strict=True):
                if stream is not routed:
                    routed.original = stream
            self._layers.append(layer)
            self._resume(layer)

    def leave(self, execution: Execution) -> None:
        """Put back what was there before and call the next; without effect the second time."""
        with self._changing:
            layers = self._layers
            try:
                if layers and layers[-1].execution is execution:
                    self._suspend(layers.pop())
                    if layers:
                        self._resume(layers[-1])
                else:
                    layers[:] = [layer for layer in layers if layer.execution is not execution]
            finally:
                self.turns.give_back(execution)

    def library_states(self) -> dict[str, Any]:
        """What the notebook that runs has made of its libraries' settings, as far as it lasts."""
        return {} if self._libraries is None else self._libraries.lasting()

    def put_library_states(self, states: dict[str, Any]) -> None:
        """Give the notebook that runs what it had made of them in another process."""
        if self._libraries is not None:
            self._libraries.bring_back(states)

    def forget(self, kernel: Kernel) -> None:
        """The notebook is closed: what of it is still in force makes room for the host's."""
        with self._changing:
            if self._is_occupied_by(kernel) and self._libraries is not None:
                self._libraries.put(self._host_libraries)
                self._occupant = None
            if not self._layers and not WRITERS.alive:
                self._unroute()

    def _resume(self, layer: _Layer) -> None:
        kernel = layer.kernel
        install_builtins()  # a host that starts an IPython of its own puts others in their place
        self._occupy(kernel)
        kernel.surroundings.enter(self.streams)
        if kernel.surroundings.complaint:
            layer.execution.note(f"[{kernel.surroundings.complaint}]")
        if kernel.descriptors is not None:
            layer.execution.listen_to(kernel.descriptors)
            kernel.descriptors.enter(layer.execution)

    def _suspend(self, layer: _Layer) -> None:
        kernel = layer.kernel
        try:
            if kernel.descriptors is not None:
                kernel.descriptors.leave()
        finally:  # the host has its folder and settings back, whatever became of the pipes
            kernel.surroundings.leave(self.streams)
            if self._libraries is not None:
                self._libraries.leave()
            # Threads of cells may go on printing: then the streams stay routed.
            sys.stdout, sys.stderr = layer.before if not WRITERS.alive else self.streams

    def _unroute(self) -> None:
        stdout, stderr = self.streams
        if sys.stdout is stdout and stdout.original is not None:
            sys.stdout = stdout.original
        if sys.stderr is stderr and stderr.original is not None:
            sys.stderr = stderr.original

    def _occupy(self, kernel: Kernel) -> None:
        if self._libraries is None:
            return
        if not self._is_occupied_by(kernel):
            self._hand_over(self._libraries, kernel)
            self.handovers += 1
        self._libraries.enter()

    def _hand_over(self, libraries: LibraryStates, kernel: Kernel) -> None:
        if not self._has_room:
            states = libraries.take()
            if self._occupant is None:
                self._host_libraries = states
            elif (occupant := self._occupant()) is not None:
                occupant.libraries = states
        if kernel.libraries or not self._has_room:
            libraries.put(kernel.libraries)
        self._occupant, self._has_room = ref(kernel), False

    def _is_occupied_by(self, kernel: Kernel) -> bool:
        return self._occupant is not None and self._occupant() is kernel


PROCESS = Process()
