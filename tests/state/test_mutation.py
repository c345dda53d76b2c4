from __future__ import annotations

import pytest

from nbengine.state.mutation import is_mutated
from nbengine.state.records import BufferRecord, GroupRecord


def record(pickle: bytes, *chunks: bytes) -> GroupRecord:
    buffers = (BufferRecord(len(chunks), chunks),) if chunks else ()
    return GroupRecord(pickle, buffers)


@pytest.mark.parametrize(
    "before, now, is_alike, is_changed",
    [
        (record(b"p"), record(b"p"), False, False),
        (record(b"p"), record(b"q"), False, True),
        (record(b"p", b"1"), record(b"p", b"2"), False, True),
        (record(b"p"), record(b"joint"), True, False),
        (record(b"p", b"1"), record(b"joint", b"1", b"2"), True, False),
        (record(b"p", b"1"), record(b"joint", b"3", b"2"), True, True),
    ],
)
def test_a_variable_changed_if_its_pickle_or_its_memory_did(
    before: GroupRecord, now: GroupRecord, is_alike: bool, is_changed: bool
) -> None:
    """Not because it is stored together with others from now on."""
    assert is_mutated(before, now, is_alike=is_alike) is is_changed
