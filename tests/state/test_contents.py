"""What is told of a snapshot from its records."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from nbengine.models.snapshot import SnapshotInfo
from nbengine.state.contents import Contents, compared
from nbengine.state.records import BufferRecord, GroupRecord, Snapshot

INFO = SnapshotInfo(
    id=1,
    parent=None,
    cell_id="c",
    execution_count=1,
    time=datetime(2026, 1, 2, tzinfo=UTC),
    bytes_written=0,
)


def group(content: bytes, *names: str, buffer: bytes | None = None, size: int = 5) -> GroupRecord:
    """The record of some variables that share objects."""
    note = {
        "names": {name: place for place, name in enumerate(names)},
        "about": dict.fromkeys(names, "list of 1"),
        "bytes": size,
    }
    buffers = () if buffer is None else (BufferRecord(100, (buffer,)),)
    return GroupRecord(content, buffers, json.dumps(note))


def snapshot(
    number: int = 1, unsaved: dict[str, str] | None = None, **groups: GroupRecord
) -> Snapshot:
    """A snapshot of these groups, with all of their names."""
    bindings = {
        name: key for key, record in groups.items() for name in json.loads(record.note)["names"]
    }
    return Snapshot(INFO.model_copy(update={"id": number}), bindings, groups, {}, unsaved or {})


def test_each_variable_is_told_with_what_it_shares() -> None:
    """By name, with the bytes of its group, buffers included."""
    told = Contents(snapshot(g=group(b"1", "y", "x", buffer=b"2"), h=group(b"3", "a"))).told()
    assert [each.name for each in told.variables] == ["a", "x", "y"]
    alone, x, y = told.variables
    assert (alone.bytes, alone.shares_with) == (5, ())
    assert (x.bytes, x.shares_with, y.shares_with) == (105, ("y",), ("x",))
    assert (x.about, told.bytes) == ("list of 1", 110)


def test_what_nobody_can_change_is_shared_with_nobody() -> None:
    """Names of one small number, and of a list that holds it, have nothing in common."""
    record = group(b"1", "a", "b", "c", "d")
    record = replace(record, note=json.dumps({**json.loads(record.note), "fixed": ["a", "b"]}))
    told = Contents(snapshot(g=record)).told().variables
    assert [each.shares_with for each in told] == [(), (), ("d",), ("c",)]


def test_what_is_missing_is_told_apart() -> None:
    """A variable with a gap is there and says so; one that was not saved is listed by itself."""
    told = Contents(
        snapshot(unsaved={"x": "gap", "z": "lock", "b": "file"}, g=group(b"1", "x"))
    ).told()
    assert told.variables[0].incomplete == "gap"
    assert list(told.unsaved.items()) == [("b", "file"), ("z", "lock")]


def test_what_is_the_engines_own_is_not_told() -> None:
    """Names with a dot before them stand for no variable."""
    told = Contents(snapshot(unsaved={".p": "why"}, g=group(b"1", ".out.1", "x"))).told()
    assert [(each.name, each.shares_with) for each in told.variables] == [("x", ())]
    assert told.unsaved == {}


def test_variables_are_compared_by_their_content() -> None:
    """By the digests of pickle and buffers, and by which of several values it is."""
    before = snapshot(
        1, a=group(b"1", "gone"), b=group(b"2", "same"), c=group(b"3", "big", buffer=b"4"),
        d=group(b"5", "left", "right"),
    )  # fmt: skip
    after = snapshot(
        2, x=group(b"1", "new"), y=group(b"2", "same"), c=group(b"3", "big", buffer=b"9"),
        d=group(b"5", "right", "left"),
    )  # fmt: skip
    found = compared(before, after)
    assert (found.before, found.after) == (1, 2)
    assert found.names("added") == ["new"]
    assert found.names("removed") == ["gone"]
    assert found.names("changed") == ["big", "left", "right"]
    assert found.names("equal") == ["same"]
    assert [each.name for each in found.variables] == sorted(each.name for each in found.variables)


def test_both_sides_of_a_comparison_are_described() -> None:
    """Of what was added there is nothing before, of what was removed nothing after."""
    found = compared(snapshot(1, a=group(b"1", "gone")), snapshot(2, b=group(b"2", "new", size=9)))
    gone, new = found.variables
    assert gone.before is not None
    assert new.after is not None
    assert (gone.before.bytes, gone.after, new.before, new.after.bytes) == (5, None, None, 9)
