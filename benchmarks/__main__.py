"""`python -m benchmarks`: measure, print the table, keep it when asked to."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from rich.console import Console

from .machine import description, load
from .report import Line, markdown_page, markdown_table, rich_table
from .rows import Row, rows
from .stage import Stage

RESULTS = Path(__file__).with_name("RESULTS.md")
WIDTH = 120
"""Characters of a line where there is no terminal."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks as the command line says; that a goal was missed is no failure."""
    options = _options(arguments)
    chosen = [row for row in rows(options.scale) if not options.row or row.name in options.row]
    before, began = load(), monotonic()
    lines = _measured(chosen, options.repeats)
    facts = [
        *description(),
        ("load", f"{before} before, {load()} after"),
        ("duration", f"{monotonic() - began:.0f} s"),
    ]
    if options.markdown:
        print(markdown_table(lines))
    else:
        console = Console(width=None if sys.stdout.isatty() else WIDTH)
        console.print(rich_table(lines))
        for name, text in facts:
            console.print(f"{name}: {text}", highlight=False)
    if options.save:
        options.save.write_text(markdown_page(lines, facts), encoding="utf-8")
    return 0


def _measured(chosen: Sequence[Row], repeats: int | None) -> list[Line]:
    status = Console(stderr=True).status("")
    with Stage() as stage, status:
        lines = []
        for row in chosen:
            status.update(row.title)
            lines.append(Line(row, row.measure(stage, repeats)))
        return lines


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks", description="nbengine beside its peers.")
    names = [row.name for row in rows()]
    parser.add_argument("--row", action="append", choices=names, help="only this; may be repeated")
    parser.add_argument("--repeats", type=_positive, help="of each cell, not the row's own number")
    parser.add_argument("--scale", type=float, default=1.0, help="of lines, points, table rows")
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    parser.add_argument(
        "--save",
        type=Path,
        nargs="?",
        const=RESULTS,
        help="write the results file, benchmarks/RESULTS.md by default",
    )
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


if __name__ == "__main__":
    sys.exit(main())
