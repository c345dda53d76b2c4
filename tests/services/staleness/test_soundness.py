"""Staleness beside doing everything again."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbengine.models.notebook import Cell
from nbengine.models.staleness import StaleKind
from tests.services.staleness.oracle import PlainNotebook
from tests.services.staleness.programs import ODD, ORDINARY, OTHER, act, build

EXAMPLES = int(os.environ.get("STALENESS_PROGRAMS", "0"))
"""How many random notebooks to try; without it they are few, and always the same."""

bounded = settings(
    max_examples=EXAMPLES or 60,
    derandomize=not EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def wrongly_fresh(notebook: PlainNotebook) -> list[str]:
    """Cells that are not marked, and would do something else now.

    But for those that changed what later cells have built upon.
    """
    reasons = notebook.reasons
    return [
        cell.source
        for cell in notebook.cells
        if cell.id not in reasons
        and not notebook.is_as_after_its_run(cell)
        and not notebook.was_built_upon(cell)
    ]


@pytest.mark.parametrize("snapshots", [True, False])
@pytest.mark.parametrize(
    "texts",
    [ORDINARY, ORDINARY + ODD, ORDINARY + ODD + OTHER],
    ids=["ordinary", "odd", "other"],
)
@bounded
@given(data=st.data())
def test_a_cell_that_is_not_stale_does_the_same_again(
    data: st.DataObject, snapshots: bool, texts: Sequence[str]
) -> None:
    """With and without snapshots: what is not marked shows and writes what it did before."""
    notebook = PlainNotebook(snapshots=snapshots)

    def choose(options: Sequence[str]) -> str:
        return data.draw(st.sampled_from(options))

    build(choose, notebook, texts)
    for _ in range(data.draw(st.integers(1, 12))):
        act(choose, notebook, texts)
        assert not wrongly_fresh(notebook)


def test_the_oracle_sees_what_changed_and_what_did_not() -> None:
    """What a cell would show, bind or change in place otherwise now is found out."""
    notebook = PlainNotebook(snapshots=True)
    sources = ("x, y, z = 1, [], 1", "print(x)", "w = x", "y.append(x)", "print(z)", "x = 2")
    notebook.cells = [Cell(id=source, source=source) for source in sources]
    for cell in notebook.cells:
        notebook.run(cell)
    same = [cell.id for cell in notebook.cells if notebook.is_as_after_its_run(cell)]
    assert same == ["x, y, z = 1, [], 1", "print(z)", "x = 2"]


def alarms(*, snapshots: bool) -> Counter[bool]:
    """Of the cells said to have used what was changed since: whether they would do other things.

    Over the same random notebooks of ordinary cells each time.
    """
    found: Counter[bool] = Counter()
    for seed in range(140):
        choose = random.Random(seed).choice
        notebook = PlainNotebook(snapshots=snapshots)
        build(choose, notebook, ORDINARY)
        for _ in range(12):
            act(choose, notebook, ORDINARY)
            reasons = notebook.reasons
            found.update(
                not notebook.is_as_after_its_run(cell)
                for cell in notebook.cells
                if cell.id in reasons and reasons[cell.id].kind is StaleKind.CHANGED
            )
    return found


@pytest.mark.parametrize("snapshots, at_most", [(True, 0.4), (False, 0.5)])
def test_few_alarms_are_false(snapshots: bool, at_most: float) -> None:
    """Most cells that are called stale for a changed variable would show or write other things.

    The others read what was changed, but what they make of it is the same: its length, say.
    """
    found = alarms(snapshots=snapshots)
    assert found.total() > 500
    assert found[False] <= at_most * found.total()
