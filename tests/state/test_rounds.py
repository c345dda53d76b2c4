from __future__ import annotations

import pytest

from nbengine.state import rounds
from nbengine.state.group import Group
from nbengine.state.rounds import Rounds


@pytest.fixture(autouse=True)
def budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a save has for it, in the unit of these tests."""
    monkeypatch.setattr(rounds, "BUDGET", 3.0)


def groups(*seconds: float) -> list[Group]:
    return [Group((number,), key=f"g{number}", seconds=each) for number, each in enumerate(seconds)]


def looked_at(turns: Rounds, among: list[Group]) -> list[str]:
    spared = turns.spared(among)
    return [group.key for group in among if group not in spared]


def test_few_are_all_looked_at() -> None:
    """As long as they cost no more than there is."""
    turns, among = Rounds(), groups(1, 1, 1)
    assert looked_at(turns, among) == looked_at(turns, among) == ["g0", "g1", "g2"]
    assert turns.spared([]) == []


def test_each_has_its_turn() -> None:
    """Those that were looked at longest ago come first."""
    turns, among = Rounds(), groups(2, 1, 3, 2, 0)
    assert [looked_at(turns, among) for _ in range(4)] == [
        ["g0", "g1"], ["g2"], ["g3", "g4"], ["g0", "g1"],
    ]  # fmt: skip


def test_one_that_costs_more_than_there_is() -> None:
    """It has its turn, alone."""
    turns, among = Rounds(), groups(1, 9, 1)
    assert [looked_at(turns, among) for _ in range(3)] == [["g0"], ["g1"], ["g0", "g2"]]


def test_one_that_is_new_comes_first() -> None:
    """Nobody has looked at it yet; what is gone is forgotten."""
    turns, among = Rounds(), groups(3, 3)
    assert looked_at(turns, among) == ["g0"]
    among = [*among[1:], Group((7,), key="new", seconds=0.0)]
    assert looked_at(turns, among) == ["g1", "new"]
    assert turns._looked.keys() == {"g1", "new"}
