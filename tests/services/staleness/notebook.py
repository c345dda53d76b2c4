"""A notebook whose runs are told, not made."""

from __future__ import annotations

from typing import Any

from nbengine.models.notebook import Cell
from nbengine.models.staleness import CellRun, Reason, Restarted, Restored
from nbengine.services.staleness import Ledger, Staleness, reads_and_writes


class ToldNotebook:
    """Cells with the ids `1`, `2`, … after their first places."""

    def __init__(self, *sources: str) -> None:
        self.cells = [Cell(id=str(n), source=source) for n, source in enumerate(sources, start=1)]
        self.ledger = Ledger()
        self.events: list[CellRun | Restarted | Restored] = []
        self._known: set[str] = set()

    def run(self, *ids: str, **told: Any) -> None:
        """These cells ran well, one after the other, and bound what is written in them."""
        for id in ids:
            source = next(cell.source for cell in self.cells if cell.id == id)
            names = reads_and_writes(source)
            bound = names.binds - names.deletes
            run = {
                "status": "ok",
                "added": tuple(bound - self._known),
                "changed": tuple(bound & self._known),
                "removed": tuple(names.deletes),
                "compared": True,
                **told,
            }
            self._known = (self._known | bound) - names.deletes
            self.tell(CellRun(order=self.next_order, cell_id=id, source=source, **run))

    @property
    def next_order(self) -> int:
        return len(self.events) + 1

    def tell(self, event: CellRun | Restarted | Restored) -> None:
        """Something else happened."""
        self.events.append(event)
        self.ledger.add(event)

    def edit(self, id: str, source: str) -> None:
        self.cells = [
            cell.model_copy(update={"source": source}) if cell.id == id else cell
            for cell in self.cells
        ]

    def delete(self, id: str) -> None:
        self.cells = [cell for cell in self.cells if cell.id != id]

    @property
    def staleness(self) -> Staleness:
        return Staleness(self.cells, self.ledger)

    @property
    def reasons(self) -> dict[str, Reason]:
        return self.staleness.reasons

    def text(self, id: str) -> str:
        """Why a cell is stale, in words."""
        return self.reasons[id].text
