from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from nbengine.runtime.text_window import TextWindow

PIECES = st.lists(st.text("abcdefghij", max_size=12), max_size=30)


@given(PIECES, st.text("xyz", max_size=12), st.integers(1, 40))
def test_beginning_and_end_of_any_text(pieces: list[str], rest: str, room: int) -> None:
    """What is kept are the text's own first and last characters, and the rest is counted."""
    window = TextWindow(room)
    for piece in pieces:
        window.add(piece)
    text = "".join(pieces) + rest
    head, left_out, tail = window.shown(rest)
    assert len(head) + left_out + len(tail) == len(text)
    assert text.startswith(head)
    assert text.endswith(tail)
    assert left_out == max(0, len(text) - room)


def test_looking_changes_nothing() -> None:
    """The same question twice has the same answer."""
    window = TextWindow(10)
    window.add("a" * 100)
    assert window.shown("b") == window.shown("b") == ("aaaaa", 91, "aaaab")


def test_memory_stays_within_the_room() -> None:
    """A thousand times the room goes through without being kept."""
    peaks = []
    for _ in range(5):  # other threads take memory, too
        window = TextWindow(10_000)
        tracemalloc.start()
        try:
            for _ in range(1000):
                window.add("x" * 10_000)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert min(peaks) < 200_000
