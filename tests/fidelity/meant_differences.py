"""The differences that are meant, each with its reason, from the list beside the notebooks."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.fidelity.surroundings import NOTEBOOKS

LIST = NOTEBOOKS / "meant_differences.toml"


def meant_differences() -> Mapping[str, Mapping[str, str]]:
    """By notebook and cell id, why the cell is not to show what Jupyter shows."""
    found: Mapping[str, Mapping[str, str]] = tomllib.loads(LIST.read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True)
class Verdict:
    """The cells of a notebook that contradict the list."""

    unlisted: list[str]
    """Differing cells without a reason: bugs."""
    stale: list[str]
    """Cells on the list that do not differ, or are not there."""


def judge(differing: Iterable[str], listed: Iterable[str]) -> Verdict:
    """Hold the cells that differ against those that may."""
    differing, listed = list(differing), list(listed)
    return Verdict(
        unlisted=[cell for cell in differing if cell not in listed],
        stale=[cell for cell in listed if cell not in differing],
    )


def table() -> str:
    """The list as the dive-in shows it: one row a reason, with the cells that it explains."""
    cells: dict[str, list[str]] = {}
    for notebook, reasons in meant_differences().items():
        for cell, reason in reasons.items():
            cells.setdefault(reason, []).append(f"`{notebook}`: {cell.replace('-', ' ')}")
    rows = [f"| {reason} | {'; '.join(where)} |" for reason, where in cells.items()]
    return "\n".join(["| why | where |", "| --- | --- |", *rows])
