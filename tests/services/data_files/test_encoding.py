from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.services.data_files.encoding import encoding_of

LETTERS = st.characters(min_codepoint=32, exclude_categories=["Cc", "Cs", "Cn", "Co"])


@given(st.text(LETTERS, min_size=1), st.integers(0, 7))
def test_utf_8_is_proved_wherever_it_is_cut(text: str, start: int) -> None:
    """Parts that begin or end within a character are still UTF-8, and nothing is guessed."""
    data = (text * 5).encode()
    found = encoding_of([data[: len(data) - 1], data[start:], data[start : len(data) - 2]])
    assert found is not None
    assert (found.name, found.guessed, found.faulty) == ("utf-8", False, False)


@given(st.text(LETTERS, min_size=1))
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_is_believed(encoding: str, text: str) -> None:
    """What it names decodes the whole file, and a part without the mark."""
    data = text.encode(encoding)
    found = encoding_of([data])
    assert found is not None
    assert data.decode(found.name) == text
    assert found.decode(data[found.mark :]) == text


@pytest.mark.parametrize("data", [bytes(range(256)), b"\0" * 100, b"\x80\x81\x01\x02\x03" * 9])
def test_bytes_that_are_no_text_have_no_encoding(data: bytes) -> None:
    """Control characters beyond a few are none of a text."""
    assert encoding_of([data]) is None


def test_a_few_wrong_bytes_do_not_make_it_another_encoding() -> None:
    """A long UTF-8 text with one damaged byte is UTF-8, and said to be faulty."""
    found = encoding_of(["Köln und Zürich. ".encode() * 50 + b"\xff"])
    assert found is not None
    assert (found.name, found.faulty) == ("utf-8", True)
