"""`%config InlineBackend.…` and `%matplotlib …`: how one notebook wants its figures."""

from __future__ import annotations

import sys
from typing import Any

from traitlets import Bool, Dict, Set, Unicode, observe
from traitlets.config import Configurable

from ..execution import running

_KNOWN = ("png", "retina", "png2x", "svg")
_PICTURES = frozenset({None, "auto", "inline", "agg"})
"""Backends that mean what is done here anyway: figures shown as pictures below the cell."""


class InlineBackend(Configurable):
    """Jupyter's options for figures below a cell, as far as they mean something here."""

    figure_formats = Set({"png"}, help="Formats of figures: png, retina or svg.").tag(config=True)
    figure_format = Unicode(help="One format, instead of a set of them.").tag(config=True)
    print_figure_kwargs = Dict(
        {"bbox_inches": "tight"}, help="Without effect: figures are always cut to what is drawn."
    ).tag(config=True)
    close_figures = Bool(True, help="Without effect: figures are closed with their cell.").tag(
        config=True
    )
    rc = Dict({}, help="Entries of Matplotlib's rcParams to set.").tag(config=True)

    def choose(self, backend: str | None) -> tuple[str | None, str]:
        """Take note of a backend; one that opens windows or answers to the mouse gets a remark."""
        execution = running()
        if backend not in _PICTURES and execution is not None:
            execution.note(
                f"[%matplotlib {backend}: there is no such display here; "
                "figures are shown as pictures below the cell]"
            )
        return None, "inline"

    @observe("figure_format")
    def _one_format(self, change: Any) -> None:
        if change["new"]:
            self.figure_formats = {change["new"]}

    @observe("figure_formats")
    def _formats(self, change: Any) -> None:
        execution = running()
        if execution is None or execution.bridge is None:
            return
        known = [name for name in _KNOWN if name in change["new"]]
        if not known:
            execution.note(
                f"[figures cannot be shown as {', '.join(sorted(change['new']))} here; "
                "png, retina and svg are possible]"
            )
            return
        chosen = "retina" if known[-1] == "png2x" else known[-1]
        execution.bridge.choose(figure_format=chosen)

    @observe("rc")
    def _rc(self, change: Any) -> None:
        matplotlib = sys.modules.get("matplotlib")
        if matplotlib is not None:
            matplotlib.rcParams.update(change["new"])
