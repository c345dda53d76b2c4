"""Rich's live displays, such as its progress bars: one output that is brought up to date.

In Jupyter they live in a widget, which only a front end of Jupyter draws.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

from ...runtime.binding import bind
from ...runtime.ipython.bridge import display_in_cell
from ..registry import Kind

Step = Callable[[Any], None]
"""A method of `rich.live.Live` that takes nothing and gives nothing."""


class Place:
    """Stands for the widget that rich shows a live display in."""

    def __init__(self, bundle: dict[str, Any]) -> None:
        self._handle = display_in_cell(bundle, raw=True, display_id=True)

    def show(self, bundle: dict[str, Any]) -> None:
        """Show this instead."""
        self._handle.update(bundle, raw=True)

    def close(self) -> None:
        """Show nothing any more."""
        self.show({})


def _bind(live: ModuleType) -> None:
    cls = live.Live
    bind(cls, "refresh", partial(_refresh, cls.refresh))
    bind(cls, "stop", partial(_stop, cls.stop))


def _refresh(original: Step, live: Any) -> None:
    if not _is_ours(live):
        original(live)
        return
    with live._lock:
        bundle = _bundle(live.renderable)
        if isinstance(live.ipy_widget, Place):
            live.ipy_widget.show(bundle)
        else:
            live.ipy_widget = Place(bundle)


def _stop(original: Step, live: Any) -> None:
    """The end of a live display, which shows it as it ends up unless it is to go away."""
    if live.is_started and not live.transient and _is_ours(live):
        live.refresh()
    original(live)


def _is_ours(live: Any) -> bool:
    return bool(live.console.is_jupyter) and not live._nested


def _bundle(renderable: Any) -> dict[str, Any]:
    from rich.constrain import Constrain

    whole: Any = Constrain(renderable, width=None)
    bundle: dict[str, Any] = whole._repr_mimebundle_(include=(), exclude=())
    return bundle


KIND = Kind(library="rich.live", when_imported={"rich.live": _bind})
