"""The comparison of whole notebooks, on a notebook small enough to know the answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fidelity.__main__ import report
from tests.fidelity.comparison import Comparison, compare
from tests.fidelity.jupyter_side import run_in_jupyter
from tests.fidelity.meant_differences import judge

SCRIPT = "Two cells.\n\n# %% one\nprint('one')\n\n# %% two\n1 + 1\n"


def altered(notebook: Any, folder: Path, home: Path) -> Any:
    """Runs a notebook in Jupyter and changes what its last cell showed."""
    ran = run_in_jupyter(notebook, folder, home)
    ran.cells[-1].outputs[0].data["text/plain"] = "3"
    return ran


@pytest.fixture
def comparison(tmp_path: Path) -> Comparison:
    """A notebook compared with a copy of which the cell `two` is wrong."""
    path = tmp_path / "small.ipy"
    path.write_text(SCRIPT, encoding="utf-8")
    return compare(path, altered)


def test_only_the_cells_that_differ_are_told(
    comparison: Comparison, capsys: pytest.CaptureFixture[str]
) -> None:
    """One altered cell is one difference, printed with both sides and counted as a failure."""
    assert (comparison.equal, [d.cell_id for d in comparison.differences]) == (1, ["two"])
    assert not report(comparison, {}, quiet=False)
    told = capsys.readouterr().out
    assert "1 of 2 cells equal" in told
    assert "-  2" in told
    assert "+  3" in told
    assert report(comparison, {"two": "The answer is ours."}, quiet=False)
    assert "meant: The answer is ours." in capsys.readouterr().out


def test_the_list_of_differences_is_held_to() -> None:
    """A difference that is not listed is a bug, a listed one that does not differ is stale."""
    verdict = judge(["a", "b"], ["b", "c"])
    assert (verdict.unlisted, verdict.stale) == (["a"], ["c"])
