"""How the saved state of a notebook looks in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich import box
from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from ..models.snapshot import (
    Collected,
    ComparedVariable,
    Comparison,
    Damage,
    SavedNotebook,
    SavedVariable,
    SnapshotContents,
    SnapshotDiff,
    SnapshotInfo,
)

_STYLES: dict[Comparison, str] = {"added": "green", "removed": "red", "changed": "yellow"}
_MOST = 60
"""Characters of what a cell did."""


def notebooks(found: Sequence[SavedNotebook]) -> RenderableType:
    """A line a notebook."""
    if not found:
        return Text("No notebook has a state here.")
    table = _table("notebook", "size", "written")
    for each in found:
        table.add_row(Text(each.notebook_id), decimal(each.bytes), _time(each.time))
    return table


def history(snapshots: Sequence[SnapshotInfo], head: SnapshotInfo | None) -> RenderableType:
    """A line a snapshot, the one that the notebook goes on from marked."""
    if not snapshots:
        return Text("There is no snapshot to go back to.")
    table = _table("", "snapshot", "after", "cell", "taken", "did", "wrote")
    for info in snapshots:
        table.add_row(
            ">" if head is not None and info.id == head.id else "",
            str(info.id),
            "–" if info.parent is None else str(info.parent),
            Text(cell(info)),
            _time(info.time),
            Text(_deeds(info)),
            decimal(info.bytes_written),
        )
    return table


def contents(of: SnapshotContents) -> RenderableType:
    """The variables of a snapshot, then what is missing from it."""
    table = _table("name", "what", "size", "shares with")
    for each in of.variables:
        shared = ", ".join(each.shares_with)
        table.add_row(Text(each.name), Text(each.about), decimal(each.bytes), Text(shared))
    title = f"Snapshot {of.info.id}, after {cell(of.info)}, {_time(of.info.time)}"
    return Group(Text(f"{title}: {decimal(of.bytes)}"), table, *_missing(of))


def diff(of: SnapshotDiff) -> RenderableType:
    """The variables that differ, and how many do not."""
    table = _table("name", "", f"snapshot {of.before}", f"snapshot {of.after}")
    for each in of.variables:
        if each.comparison != "equal":
            table.add_row(*_compared(each))
    equal = Text(f"{len(of.names('equal'))} equal.")
    return Group(table, equal) if table.row_count else equal


def verified(snapshots: Sequence[SnapshotInfo], damages: Sequence[Damage]) -> RenderableType:
    """What is damaged, and the newest snapshot that is not."""
    if not damages:
        return Text(f"Every byte of {_count(len(snapshots), 'snapshot')} is as it was written.")
    table = _table("snapshot", "variables", "damage")
    for damage in damages:
        number = "" if damage.snapshot is None else str(damage.snapshot)
        table.add_row(number, Text(", ".join(damage.names)), Text(damage.what))
    damaged = {damage.snapshot for damage in damages}
    whole = [info.id for info in snapshots if info.id not in damaged]
    newest = f"Snapshot {whole[-1]} is the newest" if whole else "There is none"
    return Group(table, Text(f"{newest} that is whole."))


def collected(of: Collected) -> RenderableType:
    """What a collection gave back."""
    return Text(f"{_count(of.snapshots, 'snapshot')} and {decimal(of.bytes)} let go of.")


def cell(info: SnapshotInfo) -> str:
    """The cell and its count."""
    return f"{info.cell_id} [{info.execution_count}]"


def _missing(of: SnapshotContents) -> Iterator[Text]:
    for each in of.variables:
        if each.incomplete is not None:
            yield Text(f"{each.name}: {each.incomplete}", style="yellow")
    for name, reason in of.unsaved.items():
        yield Text(f"{name} is not there: {reason}", style="red")


def _compared(each: ComparedVariable) -> tuple[Text, Text, Text, Text]:
    status = Text(each.comparison, style=_STYLES[each.comparison])
    return Text(each.name), status, _about(each.before), _about(each.after)


def _about(variable: SavedVariable | None) -> Text:
    return Text("–") if variable is None else Text(f"{variable.about}, {decimal(variable.bytes)}")


def _deeds(info: SnapshotInfo) -> str:
    signs = ("+", info.added), ("~", info.changed), ("-", info.removed)
    deeds = " ".join(f"{sign}{name}" for sign, names in signs for name in names)
    return deeds if len(deeds) <= _MOST else f"{deeds[:_MOST]}…"


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for column in columns:
        is_number = column in {"size", "wrote", "after"}
        table.add_column(column, justify="right" if is_number else "left", overflow="fold")
    return table


def _time(time: datetime) -> str:
    """In the reader's own time zone."""
    return f"{time.astimezone():%Y-%m-%d %H:%M:%S}"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
