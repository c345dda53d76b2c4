"""Events are numbered, kept within bounds, and read at any pace."""

from __future__ import annotations

from threading import Thread

from hypothesis import given
from hypothesis import strategies as st

from nbengine.models.events import TextWritten
from nbengine.services.notebooks.channel import COST, Channel


def text(words: str) -> TextWritten:
    return TextWritten(execution_id="e", name="stdout", text=words)


def words(channel: Channel, number: int | None) -> tuple[list[str], bool]:
    told, missed = channel.after(number)
    return [each.event.text for each in told if isinstance(each.event, TextWritten)], missed


def test_a_reader_goes_on_where_it_was() -> None:
    """By the number of the last event that it has."""
    channel = Channel(100, 10**6)
    for each in "abc":
        channel.tell(text(each))
    numbers = [told.number for told in channel.after(None)[0]]
    assert numbers == sorted(set(numbers))
    assert words(channel, numbers[0]) == (["b", "c"], False)
    assert words(channel, channel.last) == ([], False)


def test_who_comes_too_late_is_told_so() -> None:
    """It gets what there is, and knows that something is missing."""
    channel = Channel(2, 10**6)
    before = channel.last
    for each in "abcd":
        channel.tell(text(each))
    assert words(channel, before) == (["c", "d"], True)
    assert words(channel, before + 2) == (["c", "d"], False)


def test_a_number_of_nobody() -> None:
    """One that a future, or a forgotten, server gave: everything is sent, and it says so."""
    channel = Channel(10, 10**6)
    channel.tell(text("a"))
    assert words(channel, channel.last + 5) == (["a"], True)
    assert words(channel, 0) == (["a"], True)


def test_large_events_are_bounded_by_their_size() -> None:
    """The last one is kept however large it is."""
    channel = Channel(100, 2 * COST + 10)
    for each in ("aaaa", "bbbb", "cccc"):
        channel.tell(text(each))
    assert words(channel, None)[0] == ["bbbb", "cccc"]
    channel.tell(text("d" * 5 * COST))
    assert words(channel, None)[0] == ["d" * 5 * COST]


def test_numbers_grow_from_one_server_to_the_next() -> None:
    """So a reader who comes back is never taken for one who is up to date."""
    first = Channel(10, 10**6)
    first.tell(text("a"))
    second = Channel(10, 10**6)
    second.tell(text("b"))
    assert second.last > first.last
    assert words(second, first.last) == (["b"], True)


@given(st.lists(st.integers(0, 30), max_size=60), st.integers(1, 20), st.integers(1, 100_000))
def test_whoever_asks_in_time_misses_nothing(sizes: list[int], count: int, size: int) -> None:
    """Reading after each event gives every event once, whatever the bounds."""
    channel = Channel(count, size)
    at, seen = channel.last, 0
    for each in sizes:
        channel.tell(text("x" * each))
        told, missed = channel.after(at)
        assert not missed
        assert len(told) == 1
        at, seen = told[-1].number, seen + 1
    assert seen == len(sizes)


def test_readers_are_woken() -> None:
    """As long as they listen, in any thread."""
    channel = Channel(10, 10**6)
    woken: list[int] = []
    with channel.waking(lambda: woken.append(channel.last)):
        assert channel.has_readers
        channel.tell(text("a"))
    channel.tell(text("b"))
    assert not channel.has_readers
    assert woken == [channel.last - 1]


def test_waiting_for_news() -> None:
    """A thread waits until there is some."""
    channel = Channel(10, 10**6)
    before = channel.last
    assert not channel.wait(before, 0.01)
    teller = Thread(target=channel.tell, args=(text("a"),))
    teller.start()
    assert channel.wait(before, 10)
    teller.join()
