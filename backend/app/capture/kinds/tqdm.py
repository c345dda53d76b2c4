"""tqdm's bars in notebooks: the automatic choice as in Jupyter, and a text that follows the bar.

A bar is a widget, which only front ends of Jupyter draw. The text beside it is what everybody
else sees, so it is brought up to date as often as the bar is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ...runtime.binding import bind
from ...runtime.execution import running
from ...runtime.ipython.bridge import display_in_cell
from ..registry import Kind


def _choose(autonotebook: Any) -> None:
    """`tqdm.auto` in a cell takes the notebook's bar, if there are widgets to draw it with."""
    if running() is None:
        return
    from tqdm import notebook

    if notebook.IProgress is not None:
        autonotebook.tqdm, autonotebook.trange = notebook.tqdm, notebook.trange


def _follow(notebook: Any) -> None:
    if notebook.IProgress is not None:
        bar = notebook.tqdm_notebook
        if not isinstance(notebook.display, partial):
            notebook.display = partial(_display, notebook.display)
        bind(bar, "display", partial(_change, bar.display))


def _display(outside: Callable[[Any], None], container: Any) -> None:
    """The first display of a bar, in a cell under a name."""
    if running() is None:
        outside(container)
    else:
        display_in_cell(_bundle(container), raw=True, display_id=container.model_id)


def _change(
    original: Callable[..., None], bar: Any, *args: Any, close: bool = False, **options: Any
) -> None:
    """A change of a bar, after which its text says the same; one that is put away has none."""
    name = bar.container.model_id
    original(bar, *args, close=close, **options)
    if bar.displayed:
        bundle = {} if close else _bundle(bar.container)
        display_in_cell(bundle, raw=True, display_id=name, update=True)


def _bundle(container: Any) -> dict[str, Any]:
    return {**container._repr_mimebundle_(), "text/plain": container.__repr__(pretty=True)}


KIND = Kind(
    library="tqdm.notebook",
    when_imported={"tqdm.notebook": _follow, "tqdm.autonotebook": _choose},
)
