from __future__ import annotations

from collections.abc import Sequence

import pytest

from benchmarks.contenders.savers import save, write
from benchmarks.quantities import OURS
from benchmarks.rows.snapshots import SMALL, SavePeakRow, SaveRow, snapshot_rows
from benchmarks.stage import Stage

FEW = (OURS, "cloudpickle")


def row(cell: str, *, patience: float = 60, contenders: Sequence[str] = FEW) -> SaveRow:
    return SaveRow(
        "row",
        "a row",
        act=save,
        arguments=[cell],
        setup=SMALL,
        contenders=contenders,
        patience=patience,
    )


def test_a_row_is_measured_as_often_as_asked() -> None:
    """Every contender has a value for each repeat."""
    with Stage() as stage:
        samples = row("v7.append(1)").measure(stage, 3)
        stage.saver(OURS, SMALL).act(save, "assert v7[3:] == [1, 1, 1]")
    assert {name: len(sample.values) for name, sample in samples.items()} == dict.fromkeys(FEW, 3)


def test_a_contender_without_patience_is_measured_once() -> None:
    """However long it takes, there is one value."""
    with Stage() as stage:
        samples = row("None", patience=1e-9, contenders=[OURS]).measure(stage, 9)
    assert len(samples[OURS].values) == 1


def test_rows_share_a_notebook_that_begins_alike() -> None:
    """It is made and saved anew only for another beginning."""
    with Stage() as stage:
        first = stage.saver(OURS, "x = [1]")
        first.act(save, "x.append(2)")
        assert stage.saver(OURS, "x = [1]") is first
        first.act(save, "assert x == [1, 2]")
        stage.saver(OURS, "x = [3]").act(save, "assert x == [3]")


def test_a_cell_that_fails_is_not_measured() -> None:
    """Nobody is quick who saves nothing."""
    with Stage() as stage, pytest.raises(RuntimeError):
        row("1 / 0").measure(stage, 1)


def test_the_memory_of_saving_is_weighed_without_the_notebook() -> None:
    """What the variables take themselves is no part of it."""
    setup = "import numpy as np; data = np.ones(25_000_000)"
    with Stage() as stage:
        sample = SavePeakRow("peak", "a row", setup, goals=(), contenders=[OURS]).measure(stage)
    assert sample[OURS].median < 100e6


def test_the_notebook_is_as_large_as_the_scale() -> None:
    """A thousandth of it is an array of a megabyte and a frame of 144 kB."""
    setup = next(row.setup for row in snapshot_rows(0.001) if isinstance(row, SaveRow))
    with Stage() as stage:
        written = stage.saver("cloudpickle", setup).act(write, "None")
    assert 1_144_000 < written < 1_200_000
