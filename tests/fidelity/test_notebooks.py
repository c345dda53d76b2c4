"""Every notebook of the suite, cell by cell against Jupyter."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fidelity.comparison import compare
from tests.fidelity.meant_differences import judge, meant_differences
from tests.fidelity.notebook_script import read_script
from tests.fidelity.surroundings import NOTEBOOKS

ALL = sorted(NOTEBOOKS.glob("*.ipy"))


@pytest.mark.slow
@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_notebook_shows_what_it_shows_in_jupyter(path: Path) -> None:
    """Every cell shows the same as in Jupyter, or differs and is on the list of those that may."""
    comparison = compare(path)
    differing = [difference.cell_id for difference in comparison.differences]
    verdict = judge(differing, meant_differences().get(path.stem, {}))
    unlisted = [str(d) for d in comparison.differences if d.cell_id in verdict.unlisted]
    assert not unlisted, "\n".join(["these cells differ:", *unlisted])
    assert not verdict.stale, "these cells are on the list of differences but do not differ"


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_notebook_of_the_suite_can_be_read_at_once(path: Path) -> None:
    """It has 8 to 25 cells with ids of their own, and says first what it is about."""
    ids = [cell.id for cell in read_script(path).cells]
    assert 8 <= len(ids) <= 25
    assert len(set(ids)) == len(ids)
    assert path.read_text(encoding="utf-8").partition("\n")[0].endswith(".")
