"""In which order stale cells are run again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from heapq import heapify, heappop, heappush

from ...models.notebook import Cell
from .cell_names import NONE, CellNames, Names
from .ledger import Ledger, Past
from .reading import reads_and_writes


class Refresh:
    """Who makes what each cell reads.

    That is known of a cell that ran and was not edited: who made what it used. For another one it
    is the cells above it that bind the name last or change it after that, or the first one below.

    Args:
        cells: those with code, in their order.
        ledger: what has happened to them.
    """

    def __init__(self, cells: Sequence[Cell], ledger: Ledger) -> None:
        self._cells = cells
        self._places = {cell.id: place for place, cell in enumerate(cells)}
        self._ledger = ledger

    def order(self, wanted: Iterable[str]) -> list[str]:
        """These cells, makers first; those that are bound to no order by their places.

        In a circle the uppermost one comes first.
        """
        places = {self._places[cell] for cell in wanted}
        after: dict[int, list[int]] = {place: [] for place in places}
        waiting = dict.fromkeys(places, 0)
        for place in places:
            for maker in self._edges(place) & places:
                after[maker].append(place)
                waiting[place] += 1
        return [self._cells[place].id for place in _sorted(after, waiting)]

    def behind(self, cell: str) -> set[str]:
        """All cells that lead to what a cell reads, and itself."""
        if cell not in self._places:
            return set()
        found, todo = {self._places[cell]}, [self._places[cell]]
        while todo:
            more = self._makers[todo.pop()] - found
            found |= more
            todo += more
        return {self._cells[place].id for place in found}

    def _edges(self, place: int) -> set[int]:
        """Cells to be run before this one: makers, and readers above of what it binds anew."""
        readers = set[int]()
        for name in self._binds[place]:
            readers.update(r for r in self._readers.get(name, ()) if r < place)
        makers = self._makers[place]
        return makers | {r for r in readers if place not in self._makers[r]}

    # ------------------------------------------------ who makes what

    @cached_property
    def _pasts(self) -> list[Past | None]:
        """The last run of each cell, if the cell is still what ran."""
        pasts = (self._ledger.pasts.get(cell.id) for cell in self._cells)
        return [
            past if past and past.run.source == cell.source else None
            for past, cell in zip(pasts, self._cells, strict=True)
        ]

    @cached_property
    def _names(self) -> list[CellNames]:
        return [reads_and_writes(cell.source) for cell in self._cells]

    @cached_property
    def _binds(self) -> list[Names]:
        return [
            names.binds - names.reads | (frozenset(past.run.bound) - names.reads if past else NONE)
            for names, past in zip(self._names, self._pasts, strict=True)
        ]

    @cached_property
    def _reads(self) -> list[Names]:
        return [
            names.reads | (past.ways.keys() if past else self._behind_definitions(names))
            for names, past in zip(self._names, self._pasts, strict=True)
        ]

    def _behind_definitions(self, names: CellNames) -> Names:
        """What functions of any cell read that this one uses."""
        found, todo = set[str](), [name for name in names.uses if name in self._definitions]
        while todo:
            more = self._definitions.get(todo.pop(), NONE) - found
            found |= more
            todo += more
        return frozenset(found - names.binds)

    @cached_property
    def _definitions(self) -> dict[str, Names]:
        """Function or class -> what its code reads."""
        return {n: code.reads for names in self._names for n, code in names.definitions.items()}

    @cached_property
    def _readers(self) -> dict[str, list[int]]:
        return _by_name(self._reads)

    @cached_property
    def _writers(self) -> dict[str, list[int]]:
        """Name -> cells that bind or change it."""
        return _by_name(
            names.touched | (past.wrote if past else NONE)
            for names, past in zip(self._names, self._pasts, strict=True)
        )

    @cached_property
    def _makers(self) -> list[set[int]]:
        return [self._makers_of(place) for place in range(len(self._cells))]

    def _makers_of(self, place: int) -> set[int]:
        past, found = self._pasts[place], set[int]()
        for name in self._reads[place]:
            known = past.used[name].makers if past and name in past.used else ()
            used = {p for maker in known if (p := self._places.get(maker.cell_id)) is not None}
            found |= used or self._nearest(name, place)
        return found - {place}

    def _nearest(self, name: str, place: int) -> set[int]:
        """The cells that make the name for one at this place, by where they stand."""
        found = set[int]()
        writers = self._writers.get(name, [])
        for writer in reversed([w for w in writers if w < place]):
            found.add(writer)
            if name in self._binds[writer]:
                return found
        return found or set(writers[:1])


def _by_name(names_of_cells: Iterable[Iterable[str]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, names in enumerate(names_of_cells):
        for name in names:
            found.setdefault(name, []).append(place)
    return found


def _sorted(after: dict[int, list[int]], waiting: dict[int, int]) -> list[int]:
    """All places, each after those that it waits for as far as there is no circle."""
    ready = [place for place, count in waiting.items() if not count]
    heapify(ready)
    found: list[int] = []
    while waiting:
        place = heappop(ready) if ready else min(waiting)
        if waiting.pop(place, None) is None:
            continue
        found.append(place)
        for other in after[place]:
            if other in waiting:
                waiting[other] -= 1
                if not waiting[other]:
                    heappush(ready, other)
    return found
