from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.api.byte_range import ByteRange, UnsatisfiableRange, asked_range


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes", "bytes=", "bytes=-", "items=0-1", "bytes=1-0", "bytes=0-1,3-4", "bytes=a-b",
     "bytes=٣-٤", "bytes=0-1 x", "bytes=" + "9" * 30 + "-"],
)  # fmt: skip
def test_what_is_no_single_range_is_passed_over(header: str | None) -> None:
    """The whole file is given then."""
    assert asked_range(header, 10) is None


@pytest.mark.parametrize("header, size", [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-", 0)])
def test_a_range_without_a_byte_is_told(header: str, size: int) -> None:
    """It cannot be satisfied."""
    with pytest.raises(UnsatisfiableRange):
        asked_range(header, size)


@given(data=st.binary(min_size=1, max_size=50), first=st.integers(0, 60), count=st.integers(1, 60))
def test_a_range_is_what_slicing_gives(data: bytes, first: int, count: int) -> None:
    """From a byte on, up to one, or the last ones."""

    def part(header: str) -> bytes:
        asked = asked_range(header, len(data))
        assert isinstance(asked, ByteRange)
        return data[asked.start : asked.stop]

    assert part(f"bytes=-{count}") == data[-count:]
    if first < len(data):
        assert part(f"bytes={first}-") == data[first:]
        assert part(f"bytes={first}-{first + count - 1}") == data[first : first + count]
