"""`python -m tests.fidelity [NOTEBOOK...]`: the share of equal cells and every difference."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.fidelity.comparison import Comparison, compare
from tests.fidelity.engine_side import run_in_engine
from tests.fidelity.jupyter_side import run_in_jupyter
from tests.fidelity.meant_differences import judge, meant_differences, table
from tests.fidelity.surroundings import NOTEBOOKS


def main(arguments: list[str]) -> int:
    """Compare the notebooks; 1 if anything contradicts the list of meant differences."""
    parser = argparse.ArgumentParser(prog="python -m tests.fidelity", description=__doc__)
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: those of the suite")
    parser.add_argument("--quiet", action="store_true", help="only the shares")
    parser.add_argument(
        "--control", action="store_true", help="Jupyter against itself: which cells are unsteady"
    )
    parser.add_argument(
        "--table", action="store_true", help="print the list of meant differences as a table"
    )
    chosen = parser.parse_args(arguments)
    if chosen.table:
        print(table())
        return 0
    meant = {} if chosen.control else meant_differences()
    run = run_in_jupyter if chosen.control else run_in_engine
    good, equal, listed, total = True, 0, 0, 0
    for path in chosen.notebooks or sorted(NOTEBOOKS.glob("*.ipy")):
        comparison = compare(path, run)
        reasons = meant.get(comparison.name, {})
        good = report(comparison, reasons, quiet=chosen.quiet) and good
        equal += comparison.equal
        listed += sum(difference.cell_id in reasons for difference in comparison.differences)
        total += len(comparison.cell_ids)
    share = (equal + listed) / total if total else 1
    print(f"\n{share:.1%} of {total} cells: {equal} equal, {listed} meant to differ.")
    return 0 if good else 1


def report(comparison: Comparison, reasons: Mapping[str, str], *, quiet: bool) -> bool:
    """Print what came of one notebook; whether it agrees with the list."""
    verdict = judge((d.cell_id for d in comparison.differences), reasons)
    print(f"\n=== {comparison.name}: {comparison.equal} of {len(comparison.cell_ids)} cells equal")
    for difference in () if quiet else comparison.differences:
        print(difference)
        if difference.cell_id in reasons:
            print(f"    meant: {reasons[difference.cell_id]}")
    for cell in verdict.stale:
        print(f"--- cell {cell} is on the list of differences but does not differ")
    sys.stdout.flush()
    return not (verdict.unlisted or verdict.stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
