"""Whose turn it is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest

from nbengine.runtime.turns import Turns


def whose(turns: Turns) -> object:
    """Whose turn it is; a call, because the type checker remembers what a property was."""
    return turns.holder


def patiently(called: Lock) -> bool:
    """Wait for as long as it takes."""
    return called.acquire(timeout=20)


def test_a_free_turn_is_taken_at_once() -> None:
    """Nobody waits for a turn that nobody has."""
    turns = Turns()
    turns.take("a", patiently)
    assert whose(turns) == "a"
    turns.give_back("a")
    assert turns.holder is None


def test_turns_are_taken_in_the_order_of_asking() -> None:
    """Whoever asks first is called first."""
    turns, order = Turns(), list[str]()

    def hold(owner: str) -> None:
        turns.take(owner, patiently)
        order.append(owner)
        turns.give_back(owner)

    turns.take("first", patiently)
    with ThreadPoolExecutor() as pool:
        for owner in ("second", "third", "fourth"):
            waiting = len(turns.queued)
            pool.submit(hold, owner)
            while len(turns.queued) == waiting:
                pass
        turns.give_back("first")
    assert order == ["second", "third", "fourth"]


def test_a_lent_turn_comes_back_to_the_lender() -> None:
    """The borrower runs at once, and after it the lender has the turn again."""
    turns = Turns()
    turns.take("lender", patiently)
    turns.take("borrower", patiently, lender="lender")
    assert whose(turns) == "borrower"
    assert turns.are_chained("borrower", "lender")
    turns.give_back("borrower")
    assert whose(turns) == "lender"
    assert not turns.are_chained("borrower", "lender")


def test_a_lender_may_end_before_its_borrower() -> None:
    """The turn is free once both have given it back, in whichever order."""
    turns = Turns()
    turns.take("lender", patiently)
    turns.take("borrower", patiently, lender="lender")
    turns.give_back("lender")
    assert whose(turns) == "borrower"
    turns.give_back("borrower")
    assert turns.holder is None


def test_all_who_borrow_from_a_holder_come_before_those_from_elsewhere() -> None:
    """A holder who waits for several borrowers gets them all, though others asked earlier."""
    turns, order = Turns(), list[str]()

    def hold(owner: str, lender: str | None) -> None:
        turns.take(owner, patiently, lender=lender)
        order.append(owner)
        turns.give_back(owner)

    turns.take("lender", patiently)
    turns.take("one", patiently, lender="lender")
    with ThreadPoolExecutor() as pool:
        stranger = pool.submit(hold, "stranger", None)
        while not turns.queued:
            pass
        two = pool.submit(hold, "two", "lender")
        while len(turns.queued) < 2:
            pass
        turns.give_back("one")
        two.result()
        turns.give_back("lender")
        stranger.result()
    assert order == ["two", "stranger"]


def test_who_gives_up_waiting_is_forgotten() -> None:
    """Giving up raises KeyboardInterrupt and leaves no trace in the queue."""
    turns = Turns()
    turns.take("a", patiently)
    with pytest.raises(KeyboardInterrupt):
        turns.take("b", lambda _called: False)
    turns.give_back("a")
    assert turns.holder is None


def test_who_gives_up_as_he_is_called_passes_the_turn_on() -> None:
    """A turn that comes at the very moment of giving up goes to the next one."""
    turns = Turns()
    turns.take("a", patiently)

    def too_late(_: Lock) -> bool:
        turns.give_back("a")
        return False

    with pytest.raises(KeyboardInterrupt):
        turns.take("b", too_late)
    assert turns.holder is None


def test_a_turn_can_be_given_back_only_by_its_holder() -> None:
    """Giving back what one has not, or twice, is without effect."""
    turns = Turns()
    turns.take("a", patiently)
    turns.give_back("b")
    assert whose(turns) == "a"
    turns.give_back("a")
    turns.take("b", patiently)
    turns.give_back("a")
    assert whose(turns) == "b"
