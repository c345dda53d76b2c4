"""What the runs of a notebook have made of its variables, up to now."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ...models.staleness import CellRun, Event, Restarted, StaleKind
from .cell_names import NO_CODE, NONE, NOTHING, CellNames, Code, Names
from .closure import Closure
from .reading import reads_and_writes


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """A name as the runs have left it."""

    change: CellRun | None = None
    """The last run that changed it, for certain."""
    doubt: CellRun | None = None
    """The last that may have changed it in place since then."""
    removed: bool = False
    makers: tuple[CellRun, ...] = ()
    """The run that bound it, and those that changed that value since."""
    code: Code = NO_CODE
    """What functions do that its value may lead to."""
    parts: int = 0
    """Bits of the names whose objects its value may share."""
    is_module: bool = False


ABSENT = Variable()


@dataclass(slots=True, eq=False)
class Past:
    """The last run of a cell, and what it used."""

    run: CellRun
    names: CellNames = NOTHING
    used: dict[str, Variable] = field(default_factory=dict)
    """What it read, also through functions, as it was before the run."""
    seen: dict[str, Variable] = field(default_factory=dict)
    """The same as it was right after the run."""
    ways: Mapping[str, str] = field(default_factory=dict)
    """Name that it read -> name in the cell that leads to it; itself if it stands there."""
    is_opaque: bool = False
    """Whether it may have read anything."""
    made: Names = NONE
    """What it bound, removed or changed in place for certain."""
    wrote: Names = NONE
    """The same with what it may have changed."""
    void: StaleKind | None = None
    """Why the doings of the cell's very last run are not in the variables, if they are not. Then
    this is the last run whose doings are, if there is any."""

    def is_in(self, name: str, variable: Variable) -> bool:
        """Whether what the run made of a variable is still there, with what others added to it."""
        return name in self.made and any(maker is self.run for maker in variable.makers)


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """A run, and the ones before it in the history of the present variables."""

    run: CellRun
    before: _Line | None


class Ledger:
    """The variables of one notebook, kept up to date event by event.

    Args:
        events: what has happened so far, in their order.
    """

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.variables: dict[str, Variable] = {}
        self.pasts: dict[str, Past] = {}
        """Cell id -> its last run."""
        self._line: _Line | None = None
        self._lines: dict[int, _Line] = {}
        """Every run, by its order."""
        self._breaks: list[tuple[int, StaleKind]] = []
        self._latest: dict[str, CellRun] = {}
        self._bits: dict[str, int] = {}
        for event in events:
            self._note(event)
        self._replay()

    def add(self, event: Event) -> None:
        """One more has happened; its order is above that of all others.

        A run of the same order as the last one takes its place: its save is known by now.
        """
        if isinstance(event, CellRun) and event.order not in self._lines:
            self._note(event)
            self._apply(event)
        else:
            self._note(event)
            self._replay()

    # ------------------------------------------------ history

    def _note(self, event: Event) -> None:
        if isinstance(event, CellRun):
            known = self._lines.get(event.order)
            before = self._line if known is None else known.before
            self._line = self._lines[event.order] = _Line(event, before)
            self._latest[event.cell_id] = event
        elif isinstance(event, Restarted):
            self._line = None
            self._breaks.append((event.order, StaleKind.RESTARTED))
        else:
            self._line = None if event.after is None else self._lines.get(event.after)
            self._breaks.append((event.order, StaleKind.UNDONE))

    def _replay(self) -> None:
        """Begin anew with the runs that led to the present variables."""
        self.variables, self.pasts = {}, {}
        runs, line = [], self._line
        while line is not None:
            runs.append(line.run)
            line = line.before
        for run in reversed(runs):
            self._apply(run)
        for cell, run in self._latest.items():
            past = self.pasts.get(cell)
            if past is not None and past.run is not run:
                past.void = self._break_after(run)
            elif past is None:
                wrote = frozenset(run.bound + run.removed + run.mutated)
                names, void = reads_and_writes(run.source), self._break_after(run)
                self.pasts[cell] = Past(run, names, made=wrote, wrote=wrote, void=void)

    def _break_after(self, run: CellRun) -> StaleKind:
        return next((kind for order, kind in self._breaks if order > run.order), StaleKind.UNDONE)

    # ------------------------------------------------ one run

    def _apply(self, run: CellRun) -> None:
        if run.status == "aborted":
            self.pasts[run.cell_id] = Past(run)
            return
        names = reads_and_writes(run.source)
        closure = Closure(names, self._code_of)
        past = Past(run, names, ways=closure.ways(), is_opaque=closure.is_opaque)
        past.used = {name: self.variables.get(name, ABSENT) for name in past.ways}
        past.made, doubted = self._change(run, names, closure)
        past.wrote = past.made | doubted
        past.seen = {name: self.variables.get(name, ABSENT) for name in past.ways}
        self.pasts[run.cell_id] = past

    def _code_of(self, name: str) -> Code:
        return self._variable(name).code

    def _change(self, run: CellRun, names: CellNames, closure: Closure) -> tuple[Names, Names]:
        """Note what the run did; the names that it wrote for certain, and perhaps."""
        bound, removed = _bindings(run, names, closure)
        certain, doubted = self._mutations(run, names, closure, bound | removed)
        news = {name: self._bound_anew(name, run, names, closure) for name in bound}
        for name in removed:
            news[name] = Variable(change=run, removed=True)
        for name in certain:
            old = self._variable(name)
            news[name] = replace(old, change=run, doubt=None, makers=_with(old.makers, run))
        for name in doubted:
            news[name] = replace(self._variable(name), doubt=run)
        for name in (names.binds & self.variables.keys()) - news.keys():
            old = self.variables[name]  # bound to the very same value, or not bound
            news[name] = replace(old, makers=_with(old.makers, run))
        mixed = certain | (doubted & self._given(names, closure))
        code, parts = self._put_into(mixed, names, closure)
        self.variables.update(news)
        self._mix(mixed, code, parts)
        return bound | removed | certain, doubted

    def _mutations(
        self, run: CellRun, names: CellNames, closure: Closure, bound: Names
    ) -> tuple[Names, Names]:
        """Names whose values the run changed in place, and those that it may have."""
        if run.compared and not run.unseen:
            return frozenset(run.mutated) - bound, NONE
        certain, doubted = self._guessed(names, closure)
        if run.compared:
            unseen = frozenset(run.unseen)
            doubted = (doubted | names.iterates) & unseen
            certain = (certain & unseen).union(run.mutated)
        certain = frozenset(n for n in certain - bound if not self._variable(n).is_module)
        return certain, doubted - bound - certain

    def _guessed(self, names: CellNames, closure: Closure) -> tuple[Names, Names]:
        """The same, as the source has it: surely, and perhaps."""
        called = closure.called
        certain = names.mutates | called.mutates
        if closure.is_opaque:
            return certain, frozenset(self.variables)
        doubted = self._given(names, closure) | closure.stateful
        return certain, doubted | self._sharing(certain | doubted)

    def _given(self, names: CellNames, closure: Closure) -> Names:
        """Names whose values go to functions of the notebook, or are reached by other names."""
        passes = names.passes | closure.called.passes
        given = frozenset(name for name, callee in passes if self._runs(callee, names))
        return names.doubts | closure.called.doubts | given

    def _runs(self, callee: str, names: CellNames) -> bool:
        """Whether a call may run functions of the notebook, or nobody knows what."""
        if callee in names.definitions:
            return True
        if callee in names.imports or hasattr(builtins, callee):
            return False
        variable = self.variables.get(callee)
        if variable is None:
            return callee not in names.binds
        return variable.code is not NO_CODE

    def _sharing(self, changed: Iterable[str]) -> Names:
        """Names whose values may share objects with these."""
        parts = 0
        for name in changed:
            parts |= self._variable(name).parts
        if not parts:
            return NONE
        return frozenset(n for n, variable in self.variables.items() if variable.parts & parts)

    def _bound_anew(self, name: str, run: CellRun, names: CellNames, closure: Closure) -> Variable:
        if name in names.imports:
            return Variable(change=run, makers=(run,), is_module=True)
        sources = names.sources(name) if name in names.binds else closure.everything
        code = closure.of_value(name, sources)
        goes_on = name in sources  # `x = x + 1` adds to what others have made of it
        makers = _with(self._variable(name).makers, run) if goes_on else (run,)
        return Variable(run, makers=makers, code=code, parts=self._parts(name, sources, closure))

    def _parts(self, name: str, sources: Iterable[str], closure: Closure) -> int:
        """Bits of the names whose objects a value may share that is made of these."""
        parts = self._bit(name)
        for each in closure.reached(sources):
            parts |= self._bit(each) if each in closure.names.binds else 0
            parts |= self._variable(each).parts
        return parts

    def _put_into(self, changed: Names, names: CellNames, closure: Closure) -> tuple[Code, int]:
        """What names may hold now that were changed in place: their code, and their parts."""
        code, parts = NO_CODE, 0
        for name in changed:
            sources = names.sources(name) if name in names.flows else closure.everything
            if sources:
                code |= closure.of_value(name, sources)
                parts |= self._parts(name, sources, closure)
        return code, parts

    def _mix(self, changed: Names, code: Code, parts: int) -> None:
        """Let these, and what shares objects with them, hold that, too."""
        if code is NO_CODE and not parts:
            return
        for name in (self._sharing(changed) | changed) & self.variables.keys():
            old = self.variables[name]
            both, all_parts = old.code | code, old.parts | parts
            if both is not old.code or all_parts != old.parts:
                self.variables[name] = replace(old, code=both, parts=all_parts)

    def _variable(self, name: str) -> Variable:
        return self.variables.get(name, ABSENT)

    def _bit(self, name: str) -> int:
        return 1 << self._bits.setdefault(name, len(self._bits))


def _bindings(run: CellRun, names: CellNames, closure: Closure) -> tuple[Names, Names]:
    """Names that the run bound anew, and removed."""
    binds = names.binds | closure.called.binds
    if not run.observed:
        return binds - names.deletes, names.deletes
    in_place = (names.mutates | closure.called.mutates) - binds  # tables count as changed, too
    return frozenset(run.bound) - in_place.union(run.mutated), frozenset(run.removed)


def _with(makers: tuple[CellRun, ...], run: CellRun) -> tuple[CellRun, ...]:
    """Makers with the latest run of each cell alone."""
    return (*(maker for maker in makers if maker.cell_id != run.cell_id), run)
