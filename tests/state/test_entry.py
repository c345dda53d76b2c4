from __future__ import annotations

from datetime import UTC, datetime
from json import dumps, loads
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.errors import DamagedSnapshotError
from nbengine.models.snapshot import SnapshotInfo
from nbengine.state.entry import Entry, decode
from nbengine.state.records import BufferRecord, Change, GroupRecord, after

names = st.text(max_size=8)
digests = st.binary(min_size=32, max_size=32)
buffers = st.builds(
    BufferRecord,
    st.integers(0, 2**40),
    st.lists(digests, max_size=3).map(tuple),
    st.booleans(),
    st.booleans(),
)
groups = st.builds(GroupRecord, digests, st.lists(buffers, max_size=2).map(tuple), names)
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2),
)
changes = st.builds(
    Change,
    st.dictionaries(names, names, max_size=3),
    st.lists(names, max_size=2, unique=True).map(sorted),
    st.dictionaries(names, groups, max_size=3),
    st.lists(names, max_size=2, unique=True).map(sorted),
    st.none() | st.dictionaries(names, json, max_size=2),
    st.none() | st.dictionaries(names, names, max_size=2),
)


def info(id: int = 2) -> SnapshotInfo:
    return SnapshotInfo(
        id=id,
        parent=1,
        cell_id="c",
        execution_count=7,
        time=datetime(2026, 1, 2, 3, 4, 5, 678, UTC),
        bytes_written=9,
        added=("a",),
        changed=("b", "c"),
    )


@given(changes, st.none() | st.integers(1, 9))
def test_an_entry_is_read_as_it_was_written(change: Change, base: int | None) -> None:
    """Names in any script, numbers and digests come back, and give the same bytes again."""
    entry = Entry(info(), base, change)
    assert decode(entry.encode()) == entry
    assert decode(entry.encode()).encode() == entry.encode()


def test_the_order_in_which_things_are_named_makes_no_difference() -> None:
    """One content has one form, so that one signature fits it."""
    one = Change(bindings={"a": "x", "b": "y"}, unbound={"d", "e", "c"})
    other = Change(bindings={"b": "y", "a": "x"}, unbound=["e", "c", "d"])
    assert Entry(info(), None, one).encode() == Entry(info(), None, other).encode()


def test_extras_that_json_cannot_say_are_refused() -> None:
    """NaN and objects do not get into a snapshot."""
    for extra in (float("nan"), object()):
        with pytest.raises((ValueError, TypeError)):
            Entry(info(), None, Change(extras={"x": extra})).encode()  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"groups": 1}', b'{"groups": {"a": ["", "", []]}}', b"\xff"],
)
def test_other_bytes_are_no_entry(body: bytes) -> None:
    """They are refused with one kind of error."""
    with pytest.raises(DamagedSnapshotError):
        decode(body)


GROUP = ["AAAA", "", [[4, False, "AAAA"]]]


@pytest.mark.parametrize(
    "part, value",
    [
        ("base", []),
        ("base", 10**30),
        ("base", True),
        ("bindings", ["a"]),
        ("bindings", {"a": 1}),
        ("unbound", 7),
        ("dropped", [[]]),
        ("extras", 5),
        ("unsaved", {"a": {}}),
        ("groups", {"a": [*GROUP[:1], 5, GROUP[2]]}),
        ("groups", {"a": [*GROUP[:2], [["4", False, "AAAA"]]]}),
        ("groups", {"a": [*GROUP[:2], [[-4, False, "AAAA"]]]}),
        ("info", {"id": 10**30}),
    ],
)
def test_parts_of_another_type_are_no_entry(part: str, value: Any) -> None:
    """Nobody stumbles over them later, whoever signed them."""
    body = loads(Entry(info(), None, Change()).encode())
    body["groups"] = {"a": GROUP}
    assert decode(dumps(body).encode()).change.groups
    body[part] = {**body[part], **value} if part == "info" else value
    with pytest.raises(DamagedSnapshotError):
        decode(dumps(body).encode())


@given(changes, changes)
def test_a_whole_state_is_the_same_as_the_changes_that_led_to_it(
    first: Change, second: Change
) -> None:
    """A snapshot written whole and one written as changes are read alike."""
    chained = after(info(2), after(info(1), None, first), second)
    assert after(info(2), None, chained.whole()) == chained


def test_a_buffer_of_which_nothing_is_said_is_checked() -> None:
    """Snapshots of before know of none that may come back unread."""
    record = GroupRecord(b"d" * 32, (BufferRecord(9, (b"e" * 32,), plain=True),))
    body = Entry(info(), None, Change(groups={"g": record})).encode()
    assert decode(body).change.groups["g"].buffers[0].plain
    assert not decode(body.replace(b",true]", b"]")).change.groups["g"].buffers[0].plain
