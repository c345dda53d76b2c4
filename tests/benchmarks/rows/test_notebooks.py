from __future__ import annotations

import subprocess
from collections.abc import Sequence

import pytest

from benchmarks.contenders.notebook_runner import RUNNERS
from benchmarks.quantities import FLOOR, OURS
from benchmarks.rows.notebooks import COMMANDS, CommandRow, LibraryRow
from benchmarks.stage import Stage

Kind = type[CommandRow] | type[LibraryRow]

both_kinds = pytest.mark.parametrize("kind", [CommandRow, LibraryRow])

FEW = (OURS, FLOOR)


def row(kind: Kind, *cells: str, contenders: Sequence[str] = FEW) -> CommandRow | LibraryRow:
    return kind("row", "a row", cells, contenders=contenders)


@both_kinds
def test_a_row_is_measured_as_often_as_asked(kind: Kind) -> None:
    """Every contender has a time for each repeat, and it is that of the whole notebook."""
    cells = ("import time; time.sleep(0.05)", "print(6 * 7)")
    with Stage() as stage:
        samples = row(kind, *cells).measure(stage, 2)
    assert set(samples) == set(FEW)
    for sample in samples.values():
        assert len(sample.values) == 2
        assert min(sample.values) >= 0.05


@both_kinds
def test_contenders_that_do_not_agree_are_not_measured(kind: Kind) -> None:
    """A notebook that prints another text in every process is no measure of the same work."""
    with Stage() as stage, pytest.raises(RuntimeError, match="do not agree on what the notebook"):
        row(kind, "import os; print(os.getpid())").measure(stage, 1)


@pytest.mark.parametrize("contender", FEW)
@both_kinds
def test_a_cell_that_fails_is_not_measured(kind: Kind, contender: str) -> None:
    """Who stops at the first cell is not fast."""
    failures = (RuntimeError, subprocess.CalledProcessError)
    with Stage() as stage, pytest.raises(failures):
        row(kind, "1/0", contenders=[contender]).measure(stage, 1)


@pytest.mark.slow
@pytest.mark.parametrize("peer", ["nbclient", "papermill"])
@both_kinds
def test_a_peer_does_the_same_work(kind: Kind, peer: str) -> None:
    """Each of them runs the notebook and prints what we print, and can fail as we can."""
    with Stage() as stage:
        samples = row(kind, "print(6 * 7)", contenders=[OURS, peer]).measure(stage, 1)
        assert set(samples) == {OURS, peer}
        with pytest.raises((RuntimeError, subprocess.CalledProcessError)):
            row(kind, "1/0", contenders=[peer]).measure(stage, 1)


def test_commands_and_calls_have_the_same_contenders() -> None:
    """The two kinds of rows stand in the same columns."""
    assert list(COMMANDS) == list(RUNNERS)
