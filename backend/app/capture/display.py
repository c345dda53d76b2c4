"""`display()`: values of a cell shown in order, and handles to change what they look like."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any
from uuid import uuid4

from ..models.outputs import MimeBundle
from ..runtime.bundles import merged, only
from ..runtime.execution import Execution, running, speakable
from ..settings import Settings
from .figure_lists import figures_in
from .registry import Registry
from .render import as_mime_value, class_name, render, said, strict_json, with_registered


class Show:
    """Renders values for one service and publishes them to the execution that shows them."""

    def __init__(self, registry: Registry, settings: Settings) -> None:
        self.registry = registry
        self.settings = settings

    def value(self, value: Any, execution: Execution, *, as_result: bool = False) -> None:
        """Show a value as the user sees it; objects that display themselves do."""
        if self.shows_itself(value, execution):
            return
        bundle = self.bundle(value, execution)
        execution.shown.append(value)
        if as_result:
            execution.publish_result(bundle)
        else:
            execution.publish(bundle)

    def bundle(self, value: Any, execution: Execution) -> MimeBundle:
        """Every representation of a value; what went wrong is told in the cell's stderr."""
        shell = None if execution.bridge is None else execution.bridge.made
        plain = None if shell is None else shell.plain_text
        bundle, notes = render(value, self.registry, execution.settings, plain)
        if shell is not None:
            off = shell.switched_off()
            if not off.isdisjoint(bundle.data):
                bundle = only(bundle, [mime for mime in bundle.data if mime not in off])
            bundle = with_registered(bundle, shell.registered(value), notes)
        for note in notes:
            execution.note(f"[{note}]")
        return bundle

    def shows_itself(self, value: Any, execution: Execution) -> bool:
        """Let a value with `_ipython_display_`, or the figures in a list, show up; whether so."""
        if figures := figures_in(value):
            for figure in figures:
                self.value(figure, execution)
            return True
        shell = None if execution.bridge is None else execution.bridge.made
        if shell is not None and shell.shows_itself(value):
            return True
        return self._has_own_way(type(value)) and _displays_itself(value, execution)

    def _has_own_way(self, cls: type) -> bool:
        """Whether `_ipython_display_` comes before any kind in the classes of a value."""
        for base in cls.__mro__:
            if self.registry.renderer(base) is not None:
                return False
            if "_ipython_display_" in base.__dict__:
                return True
        return False


def _displays_itself(value: Any, execution: Execution) -> bool:
    try:
        value._ipython_display_()
    except NotImplementedError:
        return False
    except Exception as error:
        execution.note(f"[_ipython_display_ of {class_name(value)} raised {said(error)}]")
        return False
    return True


class DisplayHandle:
    """What `display(…, display_id=True)` returns: shows again in the same place."""

    def __init__(self, display: Callable[..., Any], display_id: str, notebook_id: str) -> None:
        self._display = display
        self._notebook_id = notebook_id
        self.display_id = display_id

    def display(self, value: Any, **options: Any) -> None:
        """Show a value under this id, as one more output."""
        self._display(value, display_id=self.display_id, **options)

    def update(self, value: Any, **options: Any) -> None:
        """Give every output with this id a new look; only in the notebook that it is of."""
        execution = running()
        if execution is not None and execution.notebook_id != self._notebook_id:
            _tell_foreign(self.display_id, execution)
            return
        self._display(value, display_id=self.display_id, update=True, **options)

    def __repr__(self) -> str:
        return f"<DisplayHandle display_id={self.display_id}>"


class Display:
    """The function `display` that cells find among the builtins.

    Signature and meaning as IPython's; outside of cells it prints.

    Args:
        show: renders and publishes.
        is_known: whether any notebook of the service has a display with this id.
    """

    def __init__(self, show: Show, is_known: Callable[[str], bool]) -> None:
        self._show = show
        self._is_known = is_known

    def __reduce__(self) -> tuple[Callable[[], object], tuple[()]]:
        return _found_later, ()  # a snapshot holds nothing of the engine

    def __call__(
        self,
        *values: Any,
        include: Container[str] | None = None,
        exclude: Container[str] | None = None,
        metadata: dict[str, Any] | None = None,
        transient: dict[str, Any] | None = None,
        display_id: str | bool | None = None,
        raw: bool = False,
        clear: bool = False,
        update: bool = False,
        **_: Any,
    ) -> DisplayHandle | None:
        """Show values, each as an output of its own.

        Args:
            include: MIME types to show only.
            exclude: MIME types to leave out.
            metadata: goes with every output.
            transient: accepted for the protocol; only its `display_id` means something.
            display_id: name by which the outputs can be updated; True makes one up.
            raw: the values are MIME bundles already (`dict`).
            clear: take earlier outputs of the cell away first.
            update: change the outputs that have `display_id` instead of adding one.
            **_: accepted, because callers of the protocol give more, and without meaning.
        """
        execution = running()
        name = _display_id(display_id, transient)
        if update and name is None:
            raise TypeError("display_id required for update_display")
        if execution is None:
            for value in values:
                print(value)  # noqa: T201
            return None
        if clear:
            execution.clear(wait=True)
        if name is not None and not values:
            values, raw = ({},), True
        for value in values:
            bundle = _raw_bundle(value) if raw else self._bundle(value, execution, include, exclude)
            if bundle is not None:
                self._publish(bundle, execution, name, strict_json(metadata or {}), update=update)
        return DisplayHandle(self, name, execution.notebook_id) if name else None

    def _bundle(
        self,
        value: Any,
        execution: Execution,
        include: Container[str] | None,
        exclude: Container[str] | None,
    ) -> MimeBundle | None:
        """The wanted representations of a value; None if it showed itself or none is left."""
        if self._show.shows_itself(value, execution):
            return None
        bundle = self._show.bundle(value, execution)
        execution.shown.append(value)
        return _chosen(bundle, include, exclude) if include or exclude else bundle

    def _publish(
        self,
        bundle: MimeBundle,
        execution: Execution,
        display_id: str | None,
        metadata: dict[str, Any],
        *,
        update: bool,
    ) -> None:
        if metadata:
            bundle = MimeBundle(data=bundle.data, metadata=merged(bundle.metadata, metadata))
        if not update:
            execution.publish(bundle, display_id=display_id)
        elif (
            display_id is not None
            and not execution.update(display_id, bundle)
            and self._is_known(display_id)
        ):
            _tell_foreign(display_id, execution)


def display_of_running(*values: Any, **options: Any) -> Any:
    """What `display` is after a restart: that of whichever cell calls it."""
    execution = running()
    if execution is not None and execution.display is not None:
        return execution.display(*values, **options)
    for value in values:
        print(value)  # noqa: T201
    return None


def _found_later() -> Callable[..., Any]:
    return display_of_running


def _tell_foreign(display_id: str, execution: Execution) -> None:
    execution.note(f"[the display {display_id[:100]} is another notebook's: not updated]")


def _display_id(given: object, transient: dict[str, Any] | None) -> str | None:
    if given is True:
        return uuid4().hex
    name = given or (transient or {}).get("display_id")
    return speakable(str(name)) if name else None


def _raw_bundle(value: Any) -> MimeBundle:
    """A bundle that user code made itself.

    Raises:
        TypeError: it is no dict, or an entry is of no type that its MIME type can have.
    """
    if not isinstance(value, dict):
        raise TypeError(f"display(raw=True) takes a dict of MIME types, not {type(value).__name__}")
    named = {str(mime): item for mime, item in value.items()}
    return MimeBundle(data={mime: as_mime_value(mime, item) for mime, item in named.items()})


def _chosen(
    bundle: MimeBundle, include: Container[str] | None, exclude: Container[str] | None
) -> MimeBundle | None:
    mimes = [
        mime
        for mime in bundle.data
        if (not include or mime in include) and mime not in (exclude or ())
    ]
    return only(bundle, mimes) if mimes else None
