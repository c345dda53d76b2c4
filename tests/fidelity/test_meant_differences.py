"""The list of meant differences, and the dive-in that tells it."""

from __future__ import annotations

from tests.fidelity.meant_differences import meant_differences, table
from tests.fidelity.notebook_script import read_script
from tests.fidelity.surroundings import NOTEBOOKS, ROOT
from tests.fidelity.wording import RULES

DIVE_IN = ROOT / "docs" / "dive_ins" / "jupyter_fidelity.md"


def test_every_listed_difference_is_of_a_cell_and_has_a_reason() -> None:
    """The list names notebooks and cells that exist, and says why in one sentence."""
    for notebook, reasons in meant_differences().items():
        ids = {cell.id for cell in read_script(NOTEBOOKS / f"{notebook}.ipy").cells}
        assert reasons.keys() <= ids, notebook
        assert all(reason.endswith(".") for reason in reasons.values()), notebook


def test_the_dive_in_tells_every_difference() -> None:
    """Its table is the list, row by row: `python -m tests.fidelity --table` prints it."""
    assert table() in DIVE_IN.read_text(encoding="utf-8")


def test_the_dive_in_tells_what_is_not_compared() -> None:
    """Each rule of the comparison is named in it."""
    text = " ".join(DIVE_IN.read_text(encoding="utf-8").split())
    assert [rule.name for rule in RULES if rule.name not in text] == []
