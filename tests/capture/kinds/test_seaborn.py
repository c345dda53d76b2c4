from __future__ import annotations

from pathlib import Path

import pytest

from tests.capture.kinds.cells import runner, shown


@pytest.mark.parametrize(
    "grid",
    ["sns.FacetGrid(data, col='b')", "sns.PairGrid(data)", "sns.jointplot(data, x='a', y='b')"],
)
def test_grids_of_seaborn_give_their_figure(tmp_path: Path, grid: str) -> None:
    """Seaborn's grids as the last value are shown as their figure, once."""
    with runner(tmp_path) as run:
        result = run(
            "import pandas as pd, seaborn as sns\n"
            f"data = pd.DataFrame({{'a': [1.0, 2.0, 3.0], 'b': [2.0, 1.0, 2.0]}})\n{grid}"
        )
    assert shown(result) == ["figure"]
