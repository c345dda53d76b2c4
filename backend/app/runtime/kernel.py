"""The live side of one notebook: its namespace and everything that lasts from cell to cell."""

from __future__ import annotations

import builtins
import itertools
from collections import deque
from collections.abc import Mapping
from contextvars import Context
from dataclasses import replace
from pathlib import Path
from time import time_ns
from types import MappingProxyType, ModuleType
from typing import Any
from weakref import WeakSet, WeakValueDictionary

from ..settings import Settings
from .compiling import (
    CompiledCell,
    Restrict,
    Rules,
    compile_cell,
    forget_source,
    may_be_command,
    remember_source,
)
from .descriptors import Descriptors, pipe_reader
from .event_loop import CellLoop
from .execution import Execution
from .guard import PolicyError
from .history import History
from .home_thread import HomeThread
from .ipython.bridge import Bridge
from .own_account import on_own_account
from .surroundings import Surroundings
from .tracebacks import cell_filename

_numbers = itertools.count(time_ns() // 1000)
"""Runs of cells: makes their file names unique, also among those of earlier processes."""


class Kernel:
    """One notebook in this process.

    The namespace is the `__dict__` of a `__main__` module of its own. Cells run in one context,
    so that a context variable (a decimal precision, `numpy.errstate`) set in one holds in the next.
    """

    closed = False
    """Whether it takes no more cells, those that wait for their turn included."""
    runs = 0
    """Cells that have begun, counted or not."""
    lost: Mapping[str, str] = MappingProxyType({})
    """Names that could not be brought back from an earlier process -> reason."""

    def __init__(self, notebook_id: str, cwd: Path, settings: Settings) -> None:
        self.notebook_id = notebook_id
        self.settings = settings
        """The service's, with what the notebook has chosen for itself."""
        self.folder = cwd
        self.main = ModuleType("__main__")
        self.main.__dict__.pop("__file__", None)
        self.namespace: dict[str, Any] = self.main.__dict__
        self.namespace.update(__builtin__=builtins, __builtins__=builtins)
        self.surroundings = Surroundings(self.main, cwd)
        self.history = History(
            self.namespace,
            length=settings.history_length,
            size=settings.history_bytes,
            folder=cwd,
        )
        self.bridge = Bridge(self.main, self.history, self.choose)
        self.context = Context()
        self.loop = CellLoop()
        self.descriptors = Descriptors(pipe_reader()) if settings.own_descriptors else None
        self.displays: WeakValueDictionary[str, WeakSet[Execution]] = WeakValueDictionary()
        """Which executions show a display of a name, while there are records of them."""
        self.kept: dict[str, Any] = {}
        """What output kinds remember from cell to cell."""
        self.futures = 0
        self.execution_count = 0
        self.halts = 0
        """How often an error has ended the cells that waited."""
        self.running: Execution | None = None
        self.stuck: Execution | None = None
        """The execution that could not be stopped, while it goes on."""
        self.libraries: dict[str, Any] = {}
        """Process-wide state of libraries, while another notebook runs."""
        self._home: HomeThread | None = None
        self._sources: deque[str] = deque()
        self._most_sources = max(settings.history_length, 100) * 10

    @property
    def has_home(self) -> bool:
        """Whether its cells run in a thread of its own."""
        return self._home is not None

    @property
    def home(self) -> HomeThread:
        """The thread of its own, started on first use, and again in a forked process."""
        if self._home is None or self._home.is_gone:
            self._home = HomeThread(self.notebook_id)
        return self._home

    def name_source(self, execution: Execution, source: str) -> None:
        """Give this run of a cell a file name under which its lines are found."""
        self.runs += 1
        execution.filename = cell_filename(execution.cell_id, next(_numbers))
        execution.sources = self._sources
        remember_source(execution.filename, source)
        self._sources.append(execution.filename)
        if len(self._sources) > self._most_sources:
            forget_source(self._sources.popleft())

    def choose(self, **settings: Any) -> None:
        """The notebook wants these settings otherwise, from now on."""
        self.settings = self.settings.model_copy(update=settings)
        if self.running is not None:
            self.running.settings = self.settings

    def compile(self, source: str, filename: str, restrict: Restrict | None = None) -> CompiledCell:
        """The cell as code: read as Python, or else as IPython would read it.

        Args:
            restrict: what the cell's mode makes of its tree.

        Raises:
            SyntaxError: it is neither; as Python reports it. PolicyError: its mode forbids it.
        """
        try:
            return self._read(source, filename, restrict)
        except SyntaxError:
            raise
        except BaseException as error:
            self.bridge.forget_transformers(error)
            raise

    def _read(self, source: str, filename: str, restrict: Restrict | None) -> CompiledCell:
        rules, refusal = self._rules(restrict), None
        try:
            compiled = compile_cell(source, filename, self.futures, rules)
            if not (rules.rewrites or may_be_command(compiled.tree, self.namespace)):
                return compiled
        except PolicyError:
            raise
        except SyntaxError as error:
            refusal = error
        python = on_own_account(lambda: self.bridge.transformed(source))
        if python is not None:
            remember_source(filename, python)
            return compile_cell(python, filename, self.futures, self._rules(restrict))
        if refusal is not None:
            raise refusal
        return compiled

    def _rules(self, restrict: Restrict | None) -> Rules:
        rules = self.bridge.rules
        return rules if restrict is None else replace(rules, restrict=restrict)

    def count(self, source: str) -> int:
        """The next execution count; the cell goes into the history."""
        self.execution_count += 1
        self.history.add_input(self.execution_count, source)
        return self.execution_count

    def close(self) -> None:
        """Give threads, descriptors and source lines back; a cell that runs goes on alone."""
        self.closed = True
        self.bridge.close()
        self.kept.clear()
        if self.running is None and self.stuck is None:
            self.loop.close()
        if self._home is not None:
            self._home.end()
            self._home = None
        if self.descriptors is not None:
            self.descriptors.close()
        for filename in self._sources:
            forget_source(filename)
        self._sources.clear()
