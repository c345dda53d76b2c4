"""One notebook, run by both sides and compared cell by cell."""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fidelity.engine_side import run_in_engine
from tests.fidelity.jupyter_side import run_in_jupyter
from tests.fidelity.normalising import Reader, Shown
from tests.fidelity.notebook_script import read_any
from tests.fidelity.surroundings import new_folder

Run = Callable[[Any, Path, Path], Any]
"""Runs a notebook, given its working folder and its home, and gives back the executed copy."""

MOST_LINES = 60
WIDEST_LINE = 200


@dataclass(frozen=True)
class Difference:
    """A cell that does not show the same in the engine as in Jupyter."""

    cell_id: str
    source: str
    jupyter: Shown
    engine: Shown

    def __str__(self) -> str:
        lines = [f"--- cell {self.cell_id}", *(f"    | {line}" for line in self.source.split("\n"))]
        lines += self._pictures() if self.jupyter.lines == self.engine.lines else self._text()
        return "\n".join(lines[:MOST_LINES])

    def _text(self) -> Iterator[str]:
        theirs, mine = (list(_broken(shown.lines)) for shown in (self.jupyter, self.engine))
        diff = difflib.unified_diff(theirs, mine, n=1, lineterm="")
        yield "    (- Jupyter, + engine)"
        yield from (f"    {line}" for line in list(diff)[2:])

    def _pictures(self) -> Iterator[str]:
        pairs = zip(self.jupyter.pictures, self.engine.pictures, strict=True)
        for number, (theirs, mine) in enumerate(pairs, start=1):
            if not mine.resembles(theirs):
                yield f"    picture {number} differs by {mine.distance(theirs):.1%}"


def _broken(lines: list[str]) -> Iterator[str]:
    """Lines in pieces that can be read, so that a difference within a long one is seen."""
    for line in lines:
        yield line[:WIDEST_LINE]
        for start in range(WIDEST_LINE, len(line), WIDEST_LINE):
            yield "  …" + line[start : start + WIDEST_LINE]


@dataclass(frozen=True)
class Comparison:
    """What came of one notebook."""

    name: str
    cell_ids: list[str]
    differences: list[Difference]

    @property
    def equal(self) -> int:
        """Cells that show the same."""
        return len(self.cell_ids) - len(self.differences)


def compare(path: Path, run: Run = run_in_engine) -> Comparison:
    """Run the notebook in Jupyter and in the engine, and compare what each cell shows.

    Args:
        run: what runs the second copy. Jupyter itself shows which cells are not the same twice.
    """
    notebook = read_any(path)
    with tempfile.TemporaryDirectory(prefix="fidelity-") as scratch:
        place = Path(scratch).resolve()
        theirs = _ran(run_in_jupyter, notebook, place / "jupyter")
        ours = _ran(run, notebook, place / "engine")
    found = [
        Difference(cell.id, cell.source, their_shown, our_shown)
        for (cell, their_shown), (_, our_shown) in zip(theirs, ours, strict=True)
    ]
    differing = [pair for pair in found if not pair.engine.equals(pair.jupyter)]
    return Comparison(path.stem, [pair.cell_id for pair in found], differing)


def _ran(run: Run, notebook: Any, place: Path) -> list[tuple[Any, Shown]]:
    """Each code cell with what it showed."""
    folder = new_folder(place / "work")
    executed = run(notebook, folder, place / "home")
    cells = [cell for cell in executed.cells if cell.cell_type == "code"]
    reader = Reader(str(folder), {cell.execution_count: cell.id for cell in cells})
    return [(cell, reader.read(cell)) for cell in cells]
