"""Which cells are out of date, and why."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from ...models.notebook import Cell
from ...models.staleness import CellRun, Event, Reason, StaleKind
from .finding import Finding
from .ledger import ABSENT, Ledger, Past, Variable
from .refresh import Refresh
from .wording import Wording

_ENDINGS = {
    "error": StaleKind.FAILED,
    "timeout": StaleKind.INTERRUPTED,
    "interrupted": StaleKind.INTERRUPTED,
    "dead": StaleKind.FAILED,
    "aborted": StaleKind.ABORTED,
}
_HOLD = (StaleKind.RESTARTED, StaleKind.UNDONE)
"""Of cells whose doings are not in the variables: nobody has used what they made."""


class Staleness:
    """What is out of date in a notebook, and what to run again.

    Cells of Markdown, raw cells and cells without code never are. A cell's own doings do not make
    it stale, nor do those of cells that went on with what it made: after `x += 1` in one cell and
    another one it is still in `x`. It is stale once that is lost, because `x` was made anew.

    Args:
        cells: in their order.
        runs: what has happened, or a ledger of that; with a ledger only the verdict is worked
            out, which takes microseconds a cell.
    """

    def __init__(self, cells: Sequence[Cell], runs: Ledger | Iterable[Event]) -> None:
        self._ledger = runs if isinstance(runs, Ledger) else Ledger(runs)
        self._cells = {cell.id: cell for cell in cells if _has_code(cell)}
        self._places = {cell.id: place for place, cell in enumerate(cells, start=1)}
        self._findings = self._found()
        words = Wording(self._places)
        self.reasons: dict[str, Reason] = {
            cell: self._reason(self._findings[cell], words)
            for cell in self._cells
            if cell in self._findings
        }
        """Stale cell id -> why, in the order of the cells."""

    def order_to_refresh(self, stale: Iterable[str] | None = None) -> list[str]:
        """The cells to run, each after those that make what it reads; else by their places.

        Args:
            stale: ids; all that are stale if it is None.
        """
        wanted = self.reasons if stale is None else stale
        return self._refresh.order(cell for cell in wanted if cell in self._cells)

    def ancestors(self, cell: str) -> list[str]:
        """The stale cells to be run before this one, in their order; without itself."""
        behind = self._refresh.behind(cell)
        return self._refresh.order(each for each in self.reasons if each in behind - {cell})

    @property
    def _refresh(self) -> Refresh:
        return Refresh(list(self._cells.values()), self._ledger)

    # ------------------------------------------------ verdicts

    def _found(self) -> dict[str, Finding]:
        """One finding for each stale cell: its own, or that of a cell before it."""
        found: dict[str, Finding] = {}
        second: dict[str, Finding] = {}
        for cell in self._cells.values():
            for finding in self._own(cell):
                (second if _is_second(finding) else found).setdefault(cell.id, finding)
        users = self._users()
        self._spread(found, users, certain=True)
        found = second | found
        self._spread(found, users, certain=True)
        self._spread(found, users, certain=False)
        return found

    def _own(self, cell: Cell) -> Iterator[Finding]:
        """Why a cell is stale by itself, the most telling first."""
        past = self._ledger.pasts.get(cell.id)
        if past is None:
            yield Finding(StaleKind.NEVER_RAN, cell.id)
            return
        if not _same_code(past.run.source, cell.source):
            yield Finding(StaleKind.EDITED, cell.id, cell.id)
        if past.run.status in _ENDINGS:
            yield Finding(_ENDINGS[past.run.status], cell.id, cell.id)
        yield from sorted(self._changes(past), key=_weight)
        yield from self._losses(past)
        if past.void is not None and (past.wrote or past.names.uses):
            yield Finding(past.void, cell.id)

    def _changes(self, past: Past) -> Iterator[Finding]:
        """What the cell used and others changed since."""
        for name, seen in past.seen.items():
            now = self._ledger.variables.get(name, ABSENT)
            if now is seen or past.is_in(name, now):
                continue
            run = now.change if now.change is not seen.change else now.doubt
            if run is not None and run is not seen.doubt:
                yield _changed(past, name, now, run)
        if past.is_opaque:
            yield from self._anything(past)

    def _anything(self, past: Past) -> Iterator[Finding]:
        """What others changed since, for a cell that may have used anything."""
        for name, now in self._ledger.variables.items():
            run = max(filter(None, (now.change, now.doubt)), key=_order, default=None)
            if run is not None and run.order > past.run.order:
                cell = past.run.cell_id
                yield Finding(StaleKind.CHANGED, cell, run.cell_id, name, name, certain=False)

    def _losses(self, past: Past) -> Iterator[Finding]:
        """What the cell used that no cell makes any more."""
        for name, variable in past.used.items():
            for maker in variable.makers:
                kind = self._loss(name, maker)
                if kind is not None:
                    way = past.ways[name]
                    yield Finding(kind, past.run.cell_id, maker.cell_id, name, way)

    def _loss(self, name: str, maker: CellRun) -> StaleKind | None:
        """What became of the part that a run had in a variable."""
        if maker.cell_id not in self._cells:
            return StaleKind.SOURCE_DELETED
        past = self._ledger.pasts[maker.cell_id]
        if past.run is maker or past.run.source == maker.source:
            return None
        makes = past.names.opaque or name in past.wrote or name in past.names.touched
        return None if makes else StaleKind.SOURCE_EDITED

    # ------------------------------------------------ from cell to cell

    def _users(self) -> dict[str, list[tuple[str, str]]]:
        """Cell id -> the cells that used what it made, with the name."""
        users: dict[str, list[tuple[str, str]]] = {}
        for cell in self._cells:
            past = self._ledger.pasts.get(cell)
            if past is not None:
                for name, variable in past.used.items():
                    for maker in variable.makers:
                        if maker.cell_id != cell:
                            users.setdefault(maker.cell_id, []).append((cell, name))
        return users

    def _spread(
        self,
        found: dict[str, Finding],
        users: dict[str, list[tuple[str, str]]],
        *,
        certain: bool,
    ) -> None:
        """Whoever used what a stale cell made is stale."""
        todo = deque(f for f in found.values() if f.certain is certain)
        while todo:
            finding = todo.popleft()
            if finding.kind in _HOLD:
                continue
            for cell, name in users.get(finding.cell, ()):
                if cell not in found or (certain and not found[cell].certain):
                    found[cell] = _upstream(cell, name, finding)
                    todo.append(found[cell])

    def _reason(self, finding: Finding, words: Wording) -> Reason:
        past = self._ledger.pasts.get(finding.cell)
        return Reason(
            kind=finding.kind,
            text=words.sentence(finding),
            cause=finding.cause,
            name=finding.name,
            through=finding.through,
            certain=finding.certain,
            display_only=past is not None and not past.wrote,
        )


def _has_code(cell: Cell) -> bool:
    return cell.cell_type == "code" and bool(cell.source.strip())


def _same_code(ran: str, now: str) -> bool:
    """Whether nothing but line ends and empty lines at the end differ."""
    return ran == now or _plain(ran) == _plain(now)


def _plain(source: str) -> str:
    return source.replace("\r\n", "\n").rstrip()


def _changed(past: Past, name: str, now: Variable, run: CellRun) -> Finding:
    certain = run is now.change
    removed = certain and now.removed
    return Finding(
        StaleKind.REMOVED if removed else StaleKind.CHANGED,
        past.run.cell_id,
        run.cell_id,
        name,
        past.ways[name],
        certain,
    )


def _upstream(cell: str, name: str, finding: Finding) -> Finding:
    root = finding.root or finding
    return Finding(
        StaleKind.UPSTREAM,
        cell,
        root.cause or root.cell,
        name,
        name,
        finding.certain,
        through=finding.cell,
        root=root,
    )


def _is_second(finding: Finding) -> bool:
    """Whether a cell before it, if that is stale, tells more than this."""
    return finding.way != finding.name or not finding.certain


def _weight(finding: Finding) -> tuple[bool, bool]:
    return not finding.certain, finding.way != finding.name


def _order(run: CellRun) -> int:
    return run.order
