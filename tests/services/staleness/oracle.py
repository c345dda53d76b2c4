"""A notebook in plain Python that can say what a cell would do now, by doing everything again."""

from __future__ import annotations

import builtins
import io
import re
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from nbengine.models.notebook import Cell
from nbengine.models.staleness import CellRun, Reason, Restarted, Restored
from nbengine.services.staleness import Ledger, Staleness


@dataclass(frozen=True)
class Doing:
    """What came of running a cell: how it ended, what it showed, and what it wrote."""

    error: str | None
    shown: str
    bound: Mapping[str, str]
    """Names that it bound, with their values after it."""
    changed: Mapping[str, str]
    """Other names whose values it changed in place, with what they are after it."""

    def is_like(self, other: Doing) -> bool:
        """Whether the other, later one did the same.

        Something that was changed in place may have other names by then, and more around it.
        """
        common = self.changed.items() & other.changed.items()
        return (self.error, self.shown, self.bound) == (other.error, other.shown, other.bound) and (
            bool(common) or not self.changed
        )


class PlainNotebook:
    """Runs cells with `exec`, and tells the ledger of them what an engine would.

    Args:
        snapshots: whether it sees what changed in place, as a snapshot does.
    """

    def __init__(self, *, snapshots: bool) -> None:
        self.cells: list[Cell] = []
        self.ledger = Ledger()
        self._snapshots = snapshots
        self._variables: dict[str, Any] = {}
        self._events = 0
        self._ran: list[str] = []
        """What led to the present variables."""
        self._until: dict[str, list[str]] = {}
        """Cell id -> what led to the variables after its last run."""
        self._after: dict[int, list[str]] = {}
        """Order of a run -> the same."""

    @property
    def reasons(self) -> dict[str, Reason]:
        return Staleness(self.cells, self.ledger).reasons

    def run(self, cell: Cell) -> None:
        """Run a cell, whatever comes of it."""
        self._variables.setdefault("__builtins__", builtins)
        before, forms = dict(self._variables), _forms(self._variables)
        error, _ = _execute(cell.source, self._variables)
        self._ran = [*self._ran, cell.source]
        self._events += 1
        self._until[cell.id] = self._after[self._events] = self._ran
        after = self._variables
        same = [n for n in forms if n in after and after[n] is before[n]]
        changed = [n for n in after if n in before and after[n] is not before[n]]
        compared = self._snapshots and error is None
        self.ledger.add(
            CellRun(
                order=self._events,
                cell_id=cell.id,
                source=cell.source,
                status="ok" if error is None else "error",
                added=tuple(n for n in after if n not in before),
                changed=tuple(changed),
                removed=tuple(n for n in before if n not in after),
                mutated=tuple(n for n in same if compared and form(after[n]) != forms[n]),
                compared=compared,
            )
        )

    @property
    def moments(self) -> list[int]:
        """Orders of the runs that can be gone back to."""
        return list(self._after)

    def restart(self) -> None:
        """Lose the variables."""
        self._events += 1
        self._ran, self._variables = [], {}
        self.ledger.add(Restarted(order=self._events))

    def go_back(self, moment: int) -> None:
        """Have the variables as they were after a run, also one that was gone back before."""
        self._events += 1
        self._ran, self._variables = self._after[moment], {}
        for source in self._ran:
            _execute(source, self._variables)
        self.ledger.add(Restored(order=self._events, after=moment))

    def was_built_upon(self, cell: Cell) -> bool:
        """Whether what the cell both read and wrote was changed since: it would do that twice."""
        past = self.ledger.pasts[cell.id]
        then = self._variables_after(self._until[cell.id])
        now = _forms(self._variables)
        return any(then.get(name) != now.get(name) for name in past.made & past.ways.keys())

    def _variables_after(self, sources: list[str]) -> dict[str, str]:
        variables: dict[str, Any] = {}
        for each in sources:
            _execute(each, variables)
        return _forms(variables)

    def is_as_after_its_run(self, cell: Cell) -> bool:
        """Whether running the cell now does what running it again at once would have done."""
        then = self._done_after(self._until[cell.id], cell.source)
        return then.is_like(self._done_after(self._ran, cell.source))

    def _done_after(self, sources: list[str], source: str) -> Doing:
        variables = _Recording()
        for each in sources:
            _execute(each, variables)
        before = _forms(variables)
        variables.bound.clear()
        error, shown = _execute(source, variables)
        after = _forms(variables)
        names = variables.bound - {"__builtins__"}
        bound = {n: after.get(n, "gone") for n in names}
        changed = {n: f for n, f in after.items() if n not in names and before.get(n) != f}
        return Doing(error, shown, bound, changed)


class _Recording(dict[str, Any]):
    """Variables that know which of them a cell has bound."""

    def __init__(self) -> None:
        super().__init__()
        self.bound: set[str] = set()

    def __setitem__(self, name: str, value: Any) -> None:
        self.bound.add(name)
        super().__setitem__(name, value)


def _execute(source: str, variables: dict[str, Any]) -> tuple[str | None, str]:
    shown = io.StringIO()
    try:
        with redirect_stdout(shown):
            exec(source, variables)
    except Exception as error:
        return type(error).__name__, _without_addresses(shown.getvalue())
    return None, _without_addresses(shown.getvalue())


def _without_addresses(text: str) -> str:
    return re.sub("0x[0-9a-f]+", "0x", text)


def _forms(variables: Mapping[str, Any]) -> dict[str, str]:
    return {n: form(value) for n, value in variables.items() if n != "__builtins__"}


def form(value: Any, above: tuple[int, ...] = ()) -> str:
    """A value as text that is the same for equal values, functions by their code."""
    if id(value) in above:
        return f"<{len(above) - above.index(id(value))} above>"

    def inner(part: Any) -> str:
        return form(part, (*above, id(value)))

    if isinstance(value, FunctionType | type) or hasattr(value, "__dict__"):
        return _form_of_code(value, inner)
    if isinstance(value, list | tuple):
        return f"{type(value).__name__}({', '.join(map(inner, value))})"
    if isinstance(value, dict):
        return f"dict({', '.join(f'{key!r}: {inner(part)}' for key, part in value.items())})"
    return _without_addresses(repr(value))


def _form_of_code(value: Any, inner: Callable[[Any], str]) -> str:
    if isinstance(value, FunctionType):
        code = value.__code__
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        parts = (code.co_names, code.co_varnames, [c for c in code.co_consts if _is_plain(c)])
        return f"function({code.co_code.hex()}, {parts!r}, {inner([value.__defaults__, cells])})"
    if isinstance(value, type):
        own = {n: part for n, part in vars(value).items() if not n.startswith("__")}
        return f"class({value.__name__}, {inner(own)})"
    return f"{inner(type(value))}({inner(vars(value))})"


def _is_plain(constant: object) -> bool:
    return isinstance(constant, int | str | tuple | None)
