"""`python -m benchmarks`: measure, print the tables, keep them when asked to."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from rich.console import Console

from .chapters import Chapter, chapters
from .machine import description, load
from .report import Line, Measured, markdown_page, markdown_table, rich_table
from .stage import Stage

RESULTS = Path(__file__).with_name("RESULTS.md")
WIDTH = 120
"""Characters of a line where there is no terminal."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks as the command line says; that a goal was missed is no failure."""
    options = _options(arguments)
    before, began = load(), monotonic()
    parts = _measured(_chosen(options.scale, options.row), options.repeats)
    facts = [
        *description(),
        ("load", f"{before} before, {load()} after"),
        ("duration", f"{monotonic() - began:.0f} s"),
    ]
    if options.markdown:
        print("\n\n".join(map(markdown_table, parts)))
    else:
        console = Console(width=None if sys.stdout.isatty() else WIDTH)
        for part in parts:
            console.print(rich_table(part))
        for name, text in facts:
            console.print(f"{name}: {text}", highlight=False)
    if options.save:
        options.save.write_text(markdown_page(parts, facts), encoding="utf-8")
    return 0


def _chosen(scale: float, names: Sequence[str] | None) -> list[Chapter]:
    """The chapters that have one of these rows, with no others; all if none is named."""
    if not names:
        return chapters(scale)
    return [part for part in (each.only(names) for each in chapters(scale)) if part.rows]


def _measured(chosen: Sequence[Chapter], repeats: int | None) -> list[Measured]:
    status = Console(stderr=True).status("")
    with Stage() as stage, status:
        parts = []
        for chapter in chosen:
            lines = []
            for row in chapter.rows:
                status.update(row.title)
                lines.append(Line(row, row.measure(stage, repeats)))
            parts.append(Measured(chapter, lines))
        return parts


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks", description="nbengine beside its peers.")
    names = [row.name for chapter in chapters() for row in chapter.rows]
    parser.add_argument("--row", action="append", choices=names, help="only this; may be repeated")
    parser.add_argument("--repeats", type=_positive, help="of each cell, not the row's own number")
    parser.add_argument("--scale", type=float, default=1.0, help="of lines, points, tables")
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
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is not a whole number from 1 upwards")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
