"""`%config InlineBackend.…` and `%matplotlib …`: how one notebook wants its figures."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from traitlets import Bool, Dict, Set, Unicode, observe
from traitlets.config import Configurable

from ..execution import running

_KNOWN = {
    "jpg": "jpeg",
    "jpeg": "jpeg",
    "png": "png",
    "png2x": "retina",
    "retina": "retina",
    "svg": "svg",
}
"""Formats of figures by Jupyter's names; of several the last one here is taken."""
_PICTURES = frozenset({None, "auto", "inline", "agg"})
"""Backends that mean what is done here anyway: figures shown as pictures below the cell."""


class InlineBackend(Configurable):
    """Jupyter's options for figures below a cell, as far as they mean something here."""

    figure_formats = Set({"png"}, help="Formats of figures: png, retina, svg or jpeg.").tag(
        config=True
    )
    figure_format = Unicode(help="One format, instead of a set of them.").tag(config=True)
    print_figure_kwargs = Dict(
        {"bbox_inches": "tight"},
        help="Only `bbox_inches` means something: `tight` cuts figures to what is drawn.",
    ).tag(config=True)
    close_figures = Bool(True, help="Close all figures once they are shown.").tag(config=True)
    rc = Dict({}, help="Entries of Matplotlib's rcParams to set.").tag(config=True)

    def choose(self, backend: str | None) -> tuple[str | None, str]:
        """Turn interactive mode on; a backend with windows, or for the mouse, gets a remark."""
        execution = running()
        if backend not in _PICTURES and execution is not None:
            execution.note(
                f"[%matplotlib {backend}: there is no such display here; "
                "figures are shown as pictures below the cell]"
            )
        pyplot = import_module("matplotlib.pyplot")
        pyplot.draw_if_interactive()
        pyplot.ion()
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
                "png, retina, svg and jpeg are possible]"
            )
            return
        execution.bridge.choose(figure_format=_KNOWN[known[-1]])

    @observe("print_figure_kwargs")
    def _cut(self, change: Any) -> None:
        execution = running()
        if execution is not None and execution.bridge is not None:
            execution.bridge.choose(figure_cut=change["new"].get("bbox_inches") == "tight")

    @observe("rc")
    def _rc(self, change: Any) -> None:
        import_module("matplotlib").rcParams.update(change["new"])
