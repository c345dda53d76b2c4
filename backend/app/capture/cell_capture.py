"""What is captured around one cell besides its outputs: tables, figures left open, warnings."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib import import_module
from typing import Any, Literal, TypeVar
from weakref import WeakKeyDictionary

from ..models.notebook import CellWarning, Cut, StateChange
from ..models.tables import Table
from ..runtime.cell_names import mutated_names, touched_names
from ..runtime.compiling import CompiledCell
from ..runtime.execution import Execution
from ..runtime.kernel import Kernel
from ..runtime.python_warnings import Noted
from ..settings import Settings
from .display import Show
from .frame_watch import FrameWatch
from .registry import Registry
from .statistics.given_bounds import GivenBounds
from .statistics.recognise import REMEDIES, Trouble, trouble_of
from .statistics.scan import scan
from .tables import is_table, preview

T = TypeVar("T")

_log = logging.getLogger("nbengine.capture")


class CellCapture:
    """The capturing side of one service."""

    def __init__(self, registry: Registry, settings: Settings) -> None:
        self.settings = settings
        self.registry = registry
        self.show = Show(registry, settings)
        self._watches: WeakKeyDictionary[Kernel, FrameWatch] = WeakKeyDictionary()

    def leftovers(self, execution: Execution, *, interactive: bool) -> None:
        """Publish what libraries still hold open now that the cell's code is done."""
        for end in self.registry.end_cell(interactive=interactive):
            self._guarded(end, execution)

    def in_place(
        self, kernel: Kernel, compiled: CompiledCell | None, change: StateChange
    ) -> StateChange:
        """The change with the tables that the cell changed in place."""
        watch = self._watches.get(kernel)
        if watch is None:
            watch = self._watches[kernel] = FrameWatch()
        rebound = change.added + change.changed
        if compiled is None or not (watch.names or rebound):
            return change
        touched = touched_names(compiled.code, kernel.namespace) if watch.names else frozenset()
        stored = mutated_names(compiled.tree) if watch.names else frozenset()
        found = watch.changed(kernel.namespace, touched=touched, stored=stored, rebound=rebound)
        more = [name for name in found if name not in rebound]
        return change.model_copy(update={"changed": change.changed + more}) if more else change

    def tables(
        self, execution: Execution, namespace: Mapping[str, Any], names: list[str]
    ) -> list[Table]:
        """Previews of the tables that the cell showed, then of those it left in these variables.

        One that was shown twice, or has two names, is listed once; one both shown and made, twice.
        """
        found = _tables(execution.shown, namespace, names)
        listed = found[: self.settings.table_count]
        if len(listed) < len(found):
            execution.cuts += (Cut(what="tables", kept=len(listed), total=len(found)),)
        tables: list[Table] = []
        for value, name, source in listed:
            look = partial(self._table, value, name, source, execution, namespace)
            made = self._guarded(look, execution)
            if made is not None:
                tables.append(made)
        return tables

    def _table(
        self,
        value: Any,
        name: str | None,
        source: Literal["display", "variable"],
        execution: Execution,
        namespace: Mapping[str, Any],
    ) -> Table:
        shown = import_module(".views.shown", __package__)  # only cells with tables need it
        name_of = partial(_name_of, namespace=namespace)
        known = name or name_of(value)
        keep = partial(shown.shown_tables, execution.kept, self.settings)
        handle = shown.handle_of(value, known, name_of, keep)
        return preview(value, self.settings, name=known, source=source, handle=handle)

    def warnings(
        self,
        execution: Execution,
        compiled: CompiledCell | None,
        namespace: Mapping[str, Any],
        names: list[str],
    ) -> list[CellWarning]:
        """Python's warnings of the cell, then what a scan of its values found."""
        told = [(w, trouble_of(w.category, w.message, w.module)) for w in execution.warnings]
        if cut := execution.warnings.cut:
            execution.cuts += (cut,)
        found = [_warning(one, trouble) for one, trouble in told]
        made = {name: namespace[name] for name in names if name in namespace}
        shown = [(_name_of(value, namespace), value) for value in execution.shown]
        if compiled is None or not (made or shown):
            return found
        off = self.settings.statistical_rules_off
        if any(trouble == "convergence" for _, trouble in told):
            # The library said so itself: once is enough.
            off |= {"not-converged"}
        bounds = GivenBounds(compiled.tree, namespace)
        return found + scan(shown, made, off=off, bounds_of=bounds.of)

    @staticmethod
    def _guarded(step: Callable[[], T], execution: Execution) -> T | None:
        """One step of capturing; that it failed must not lose the others."""
        try:
            return step()
        except Exception as error:
            _log.debug("a step of capturing failed", exc_info=True)
            execution.note(f"[a part of the output could not be captured: {error!r}]")
            return None


def _tables(
    shown: Iterable[Any], namespace: Mapping[str, Any], names: Iterable[str]
) -> list[tuple[Any, str | None, Literal["display", "variable"]]]:
    displayed = {id(value): value for value in shown if is_table(value)}
    left: dict[int, tuple[Any, str]] = {}
    for name in names:
        value = namespace.get(name)
        if is_table(value) and not _is_series(value):
            left.setdefault(id(value), (value, name))
    return [
        *((value, None, "display") for value in displayed.values()),
        *((value, name, "variable") for value, name in left.values()),
    ]


def _warning(noted: Noted, trouble: Trouble | None) -> CellWarning:
    return CellWarning(
        kind="python" if trouble is None else "statistical",
        category=noted.category.__name__,
        message=noted.message,
        line=noted.line,
        count=noted.count,
        remedy=None if trouble is None else REMEDIES[trouble],
    )


def _name_of(value: Any, namespace: Mapping[str, Any]) -> str | None:
    """The first variable that holds this very value, history aside."""
    for name, held in namespace.items():
        if held is value and not name.startswith("_"):
            return name
    return None


def _is_series(value: Any) -> bool:
    return type(value).__name__ == "Series"
