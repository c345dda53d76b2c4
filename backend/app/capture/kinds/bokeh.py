"""Bokeh plots and layouts: live, each with all that it needs, so that they open offline.

A shown plot carries BokehJS (about 1.3 MB): outputs are isolated from one another, and a copy
shared between them would vanish with the cell that held it. Within cells `show()` shows in the
cell and opens no browser, whether or not `output_notebook()` was called; a file that
`output_file()` asked for is still written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ...models.notebook import OWN_METADATA
from ...models.outputs import MimeBundle
from ...runtime.binding import bind
from ...runtime.execution import running
from ...settings import Settings
from ..isolated_frame import isolated
from ..registry import Kind, Renderer
from ..render import with_plain_text

if TYPE_CHECKING:
    from bokeh.io.state import State
    from bokeh.models.ui import UIElement

DEFAULT_HEIGHT = 600
"""Pixels of a plot that does not say how high it is."""
MARGIN = 30


def render(model: UIElement | Sequence[UIElement], _settings: Settings) -> MimeBundle:
    """One plot or layout, or several below one another, as a document of their own."""
    from bokeh.embed import file_html
    from bokeh.io import curdoc
    from bokeh.resources import INLINE

    document = file_html(model, resources=INLINE, title="Bokeh", theme=curdoc().theme)
    html = isolated(_without_foreign(document, model), height=height_of(model))
    return MimeBundle(
        data={"text/html": html},
        metadata={OWN_METADATA: {"kind": "bokeh"}},
    )


def _without_foreign(document: str, model: Any) -> str:
    """The document without the scripts that models which are not in it would load.

    Bokeh has those of every library that was imported loaded by each plot.
    """
    from bokeh.resources import INLINE

    own = {url for part in _parts(model) for url in _scripts(type(part))}
    for url in set(INLINE.js_files) - own:
        document = document.replace(f'<script src="{url}"></script>', "")
    return document


def _parts(model: Any) -> set[Any]:
    if isinstance(model, Sequence):
        return set().union(*map(_parts, model))
    return set(model.references())


def _scripts(cls: type) -> list[str]:
    scripts = getattr(cls, "__javascript__", None) or []
    return [scripts] if isinstance(scripts, str) else list(scripts)


def height_of(model: Any) -> int:
    """Pixels of a frame that shows the model whole."""
    return _height(model) + MARGIN


def _height(model: Any) -> int:
    """Pixels, as far as the model and what it holds say."""
    if isinstance(model, Sequence):
        return sum(map(_height, model))
    own = getattr(model, "height", None)
    if isinstance(own, int):
        return own
    children = getattr(model, "children", None)
    if not children:
        return DEFAULT_HEIGHT
    if isinstance(children[0], tuple):
        return _grid_height(children)
    heights = [_height(child) for child in children]
    return sum(heights) if type(model).__name__ == "Column" else max(heights)


def _grid_height(cells: Iterable[tuple[Any, ...]]) -> int:
    rows: dict[int, int] = {}
    for child, row, *_ in cells:
        rows[row] = max(rows.get(row, 0), _height(child))
    return sum(rows.values())


def _show(model: Any, state: State, *_: Any, **__: Any) -> None:
    from bokeh.io import save

    execution = running()
    if execution is not None:
        bundle = render(model, execution.settings)
        execution.publish(with_plain_text(bundle, model, execution.settings, []))
    if state.file:
        save(model, state=state)


def _load_nothing(*_: Any, **__: Any) -> None:
    """What `output_notebook()` would load from a network: every plot brings it along."""


def _bind_show(showing: ModuleType) -> None:
    bind(showing, "_show_with_state", _show)


def _bind_load(output: ModuleType) -> None:
    bind(output, "run_notebook_hook", _load_nothing)


def _renderers(models: ModuleType) -> Mapping[type, Renderer]:
    return {models.UIElement: render}


KIND = Kind(
    library="bokeh.models",
    renderers=_renderers,
    when_imported={"bokeh.io.showing": _bind_show, "bokeh.io.output": _bind_load},
)
