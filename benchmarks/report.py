"""The tables of one run, for a terminal or as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.table import Table

from .chapters import Chapter
from .goals import ratio, verdict
from .quantities import OURS, Samples
from .rows import Row


@dataclass(frozen=True)
class Line:
    """A row and what was measured of it."""

    row: Row
    samples: Samples

    def cells(self, peers: Iterable[str]) -> list[str]:
        """Texts under the headings, of one or more lines."""
        goals = "\n".join(verdict(goal, self.samples) for goal in self.row.goals)
        return [self.row.title, self._own(), goals, *map(self._peer, peers)]

    def _own(self) -> str:
        sample, unit = self.samples[OURS], self.row.unit
        tail = f"\np99 {unit(sample.p99)}" if len(sample.values) >= 1000 else ""
        return unit(sample.median) + tail

    def _peer(self, name: str) -> str:
        sample = self.samples.get(name)
        if sample is None:
            return ""
        return f"{self.row.unit(sample.median)}\n{ratio(self.samples, name)}"


@dataclass(frozen=True)
class Measured:
    """A chapter and what was measured of it."""

    chapter: Chapter
    lines: Sequence[Line]

    @property
    def headings(self) -> list[str]:
        """Of the table's columns."""
        return ["work", OURS, "goal", *self.chapter.peers]

    @property
    def cells(self) -> list[list[str]]:
        """Line by line."""
        return [line.cells(self.chapter.peers) for line in self.lines]


def rich_table(measured: Measured) -> Table:
    """For a terminal."""
    chapter = measured.chapter
    table = Table(title=chapter.title, caption=chapter.legend, show_lines=True, pad_edge=False)
    for heading in measured.headings:
        table.add_column(heading)
    for cells in measured.cells:
        table.add_row(*cells)
    return table


def markdown_table(measured: Measured) -> str:
    """For a document."""
    rule = ["---"] * len(measured.headings)
    return "\n".join(map(_markdown_row, [measured.headings, rule, *measured.cells]))


def markdown_page(parts: Iterable[Measured], facts: Iterable[tuple[str, str]]) -> str:
    """The results file."""
    return "\n".join(
        [
            "# Results of one run\n",
            "Written by `python -m benchmarks --save`; `__init__.py` says how it is measured.\n",
            *(f"- {name}: {text}" for name, text in facts),
            "",
            *map(_markdown_chapter, parts),
        ]
    )


def _markdown_chapter(measured: Measured) -> str:
    chapter = measured.chapter
    return f"## {chapter.title}\n\n{markdown_table(measured)}\n\n{chapter.legend}\n"


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("\n", " · ")
