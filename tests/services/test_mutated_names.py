"""Names that changed in place, as a result tells them."""

from __future__ import annotations

import pytest

from tests.services.conftest import Serve

SETUP = """
import numpy as np, pandas as pd
x = [1]; y = {"k": x}; z = [2]
a = np.zeros(10); v = a[2:]; big = np.zeros(1_000_000)
df = pd.DataFrame({"p": [1, 2], "q": [3, 4]})
def f(p=[]):
    p.append(1)
    return p
class Box:
    held = []
box = Box()
"""


def mutated(serve: Serve, *cells: str) -> list[list[str]]:
    """What each cell changed in place, after the set-up."""
    service = serve()
    service.execute_code(SETUP, "c0", "n")
    return [sorted(service.execute_code(cell, "c", "n").state.mutated) for cell in cells]


@pytest.mark.parametrize(
    "cell, names",
    [
        ("x.append(2)", ["x", "y"]),
        ("y['k'] = 3", ["y"]),
        ("w = x; w.append(3)", ["x", "y"]),
        ("v[0] = 3", ["a", "v"]),
        ("big[5] = 1", ["big"]),
        ("df['r'] = 1", ["df"]),
        ("df.iloc[0, 0] = 9", ["df"]),
        ("f()", ["f"]),
        ("box.t = 1", ["box"]),
        ("Box.held.append(1)", ["Box"]),
    ],
)
def test_what_changed_in_place_is_named(serve: Serve, cell: str, names: list[str]) -> None:
    """Under every name that leads to it, and under no other."""
    assert mutated(serve, cell) == [names]


@pytest.mark.parametrize(
    "cell",
    [
        "z2 = z",
        "w = [x, z]",
        "part = big[10:]",
        "x = [9]",
        "print(x, y, df, big.sum())",
        "sub = df[df.p > 1]",
        "df.groupby('p').sum(); df.describe(); df.merge(df, on='p'); None",
        "def g(): return df, x",
        "box2 = Box()",
    ],
)
def test_what_is_read_shared_or_bound_anew_did_not_change(serve: Serve, cell: str) -> None:
    """Also if it is saved together with other variables from then on."""
    assert mutated(serve, cell) == [[]]


def test_what_a_cell_that_failed_changed_is_told_by_the_next_one(serve: Serve) -> None:
    """Its own state was not saved; what it bound anew is not told as changed in place."""
    assert mutated(serve, "z.append(1); x = [5]; 1 / 0", "2", "3") == [[], ["z"], []]


def test_the_first_cell_after_a_restart_is_compared_with_what_came_back(serve: Serve) -> None:
    """And names only what it changed itself."""
    mutated(serve)
    service = serve()
    assert service.execute_code("z.append(1)", "c", "n").state.mutated == ["z"]


def test_without_snapshots_nothing_is_told(serve: Serve) -> None:
    """Nobody has looked into the values."""
    service = serve(snapshots=False)
    service.execute_code("x = []", "c", "n")
    assert service.execute_code("x.append(1)", "c", "n").state.mutated == []
