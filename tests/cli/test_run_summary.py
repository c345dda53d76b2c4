"""What the summary of a run says of a cell."""

from __future__ import annotations

import pytest

from nbengine.cli.run_summary import shown
from tests.conftest import Run


@pytest.mark.parametrize(
    "code, said",
    [
        ("print('a')", "1 line"),
        ("print('a\\nb', end='')", "2 lines"),
        ("print('a'); 1; display(2); 3", "1 line, 2 values"),
        ("1 / 0", "1 error"),
        ("", ""),
        ("import pandas as pd; pd.DataFrame()", "1 table"),
    ],
)
def test_what_a_cell_showed_is_counted_by_kind(code: str, said: str, run: Run) -> None:
    """Of text the lines, an unfinished one too; of the rest the outputs."""
    assert shown(run(code)) == said


def test_what_was_cut_is_said(run: Run) -> None:
    """Beside what is there."""
    assert shown(run("'x' * 10_000_000")) == "1 value, text cut"
