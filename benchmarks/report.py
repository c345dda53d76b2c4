"""The table of one run, for a terminal or as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.table import Table

from .contenders import CONTENDERS
from .contenders.notebook_runner import RUNNERS
from .goals import ratio, verdict
from .quantities import OURS, Samples
from .rows import Row

PEERS = [name for name in dict.fromkeys([*CONTENDERS, *RUNNERS]) if name != OURS]
HEADINGS = ("work", OURS, "goal", *PEERS)
LEGEND = (
    "Medians; × is how many times what nbengine needs. The floor is the least that plain Python "
    "must do for the same."
)


@dataclass(frozen=True)
class Line:
    """A row and what was measured of it."""

    row: Row
    samples: Samples

    @property
    def cells(self) -> list[str]:
        """Texts under the headings, of one or more lines."""
        goals = "\n".join(verdict(goal, self.samples) for goal in self.row.goals)
        peers = [self._peer(name) for name in PEERS]
        return [self.row.title, self._own(), goals, *peers]

    def _own(self) -> str:
        sample, unit = self.samples[OURS], self.row.unit
        tail = f"\np99 {unit(sample.p99)}" if len(sample.values) >= 1000 else ""
        return unit(sample.median) + tail

    def _peer(self, name: str) -> str:
        sample = self.samples.get(name)
        if sample is None:
            return ""
        return f"{self.row.unit(sample.median)}\n{ratio(self.samples, name)}"


def rich_table(lines: Iterable[Line]) -> Table:
    """For a terminal."""
    table = Table("work", caption=LEGEND, show_lines=True, pad_edge=False)
    for heading in HEADINGS[1:]:
        table.add_column(heading)
    for line in lines:
        table.add_row(*line.cells)
    return table


def markdown_table(lines: Iterable[Line]) -> str:
    """For a document."""
    rule = ["---"] * len(HEADINGS)
    return "\n".join(map(_markdown_row, [HEADINGS, rule, *(line.cells for line in lines)]))


def markdown_page(lines: Iterable[Line], facts: Iterable[tuple[str, str]]) -> str:
    """The results file."""
    return "\n".join(
        [
            "# Results of one run\n",
            "Written by `python -m benchmarks --save`; `__init__.py` says how it is measured.\n",
            *(f"- {name}: {text}" for name, text in facts),
            "",
            markdown_table(lines),
            "",
            LEGEND,
            "",
        ]
    )


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("\n", " · ")
