from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from benchmarks.contenders import savers
from benchmarks.contenders.saver import Saver
from benchmarks.contenders.savers import SAVERS
from benchmarks.quantities import OURS
from benchmarks.rows.snapshots import CHECK, SMALL
from benchmarks.stage import Performer

MEMORY = "data = bytearray(3_000_000)"


@pytest.fixture(params=SAVERS)
def saver(request: pytest.FixtureRequest) -> Iterator[Performer[Saver]]:
    """Each of them, in a process of its own."""
    with closing(Performer(SAVERS[request.param])) as performer:
        yield performer


def test_what_was_saved_last_is_brought_back(saver: Performer[Saver]) -> None:
    """Every contender really saves: what a cell did is there again, and nothing that is gone."""
    assert saver.act(savers.save_first, SMALL) > 0
    assert saver.act(savers.save, "v7.append('more'); del v8") > 0
    assert saver.act(savers.restore, f"{CHECK} and v7[-1] == 'more' and 'v8' not in globals()") > 0
    with pytest.raises(RuntimeError):
        saver.act(savers.save, "assert v7 == 'less'")


def test_a_notebook_that_begins_has_nothing_of_the_one_before(saver: Performer[Saver]) -> None:
    """Neither variables nor what was saved of them."""
    saver.act(savers.save_first, MEMORY)
    saver.act(savers.begin, SMALL)
    saver.act(savers.save, "assert 'data' not in globals()")
    assert saver.act(savers.grow, "v7.append(n)", 2) < 500_000


def test_the_first_save_writes_all(saver: Performer[Saver]) -> None:
    """The notebook begins unsaved, whatever its first cell did."""
    saver.act(savers.begin, MEMORY)
    assert saver.act(savers.write, "None") > 3_000_000


def test_a_call_is_longer_than_its_saving(saver: Performer[Saver]) -> None:
    """It has the cell in it."""
    assert saver.act(savers.call, "import time; time.sleep(0.05)") >= 0.05


def test_one_goes_back_by_one_cell() -> None:
    """Nothing of the cell that is undone is left."""
    with closing(Performer(SAVERS[OURS])) as saver:
        saver.act(savers.save_first, SMALL)
        assert saver.act(savers.undo, "v7.append('more')") > 0
        saver.act(savers.save, "assert 'more' not in v7")
