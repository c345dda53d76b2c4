"""Settings of libraries that live once in a process: what to keep of them for each notebook.

A part is looked at only when the running notebook changes, and only if its library is imported.
"""

from __future__ import annotations

import copy
import sys
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from .execution import CURRENT
from .imports import ImportWatch
from .own_modules import OwnModules


@dataclass(frozen=True)
class Part:
    """One library's process-wide state."""

    library: str
    take: Callable[[ModuleType], Any]
    """A copy of the state as it is."""
    put: Callable[[ModuleType, Any], None]
    """Make the state what was taken."""
    fresh: Callable[[ModuleType, Any], Any] = lambda _module, baseline: baseline
    """What a new notebook starts with, given the state at the library's import."""
    adjust: Callable[[ModuleType], None] = lambda _module: None
    """What a notebook wants to be otherwise than in a plain interpreter, as Jupyter has it."""


class LibraryStates:
    """The parts, and what each looked like when its library was imported."""

    def __init__(self, imports: ImportWatch) -> None:
        self._baselines: dict[str, Any] = {}
        self._as_imported: list[Part] = []
        """Parts that are, as far as we know, what no notebook has yet made its own."""
        self._parts = (*PARTS, _own_modules())
        for part in self._parts:
            imports.when_imported(part.library, self._remember(part))

    def take(self) -> dict[str, Any]:
        """The state of every imported library."""
        return {part.library: part.take(sys.modules[part.library]) for part in self._known()}

    def put(self, states: dict[str, Any]) -> None:
        """Bring back what was taken; libraries that were not imported then start afresh."""
        self._as_imported.clear()
        for part in self._known():
            module = sys.modules[part.library]
            if part.library in states:
                part.put(module, states[part.library])
            else:
                part.put(module, part.fresh(module, self._baselines[part.library]))
                self._as_imported.append(part)

    def adjust(self) -> None:
        """Make libraries that are as they were imported what a notebook expects of them."""
        while self._as_imported:
            part = self._as_imported.pop()
            part.adjust(sys.modules[part.library])

    def _known(self) -> list[Part]:
        return [p for p in self._parts if p.library in self._baselines and p.library in sys.modules]

    def _remember(self, part: Part) -> Callable[[ModuleType], None]:
        def remember(module: ModuleType) -> None:
            self._baselines[part.library] = part.take(module)
            if CURRENT.get() is not None:
                part.adjust(module)
            else:
                self._as_imported.append(part)

        return remember


def _take_dict(holder: Callable[[ModuleType], dict[Any, Any]]) -> Callable[[ModuleType], Any]:
    return lambda module: dict(holder(module))


def _put_dict(holder: Callable[[ModuleType], Any]) -> Callable[[ModuleType, Any], None]:
    def put(module: ModuleType, state: dict[Any, Any]) -> None:
        # Past the mapping's own methods: these values were valid when they were taken.
        dict.clear(holder(module))
        dict.update(holder(module), state)

    return put


def _rc_params(matplotlib: ModuleType) -> Any:
    return matplotlib.rcParams


def _pandas_options(pandas: ModuleType) -> Any:
    return pandas._config.config._global_config


def _put_pandas_options(pandas: ModuleType, state: Any) -> None:
    _put_dict(_pandas_options)(pandas, copy.deepcopy(state))


def _show_columns_as_jupyter(pandas: ModuleType) -> None:
    """In Jupyter pandas shows 20 columns; anywhere else as many as a terminal is wide."""
    display = _pandas_options(pandas)["display"]
    display["max_columns"] = display["max_columns"] or 20


def _scikit_learn_options(config: ModuleType) -> Any:
    return config._get_threadlocal_config()


def _renderers(plotly_io: ModuleType) -> tuple[Any, Any]:
    return plotly_io.renderers.default, plotly_io.templates.default


def _put_renderers(plotly_io: ModuleType, state: tuple[Any, Any]) -> None:
    plotly_io.renderers.default, plotly_io.templates.default = state


def _own_modules() -> Part:
    modules = OwnModules()
    return Part(
        "importlib",
        take=lambda _: modules.take(),
        put=lambda _, state: modules.put(state),
        fresh=lambda *_: {},
    )


def _take_limits(sys: Any) -> tuple[int, float]:
    return sys.getrecursionlimit(), sys.getswitchinterval()


def _put_limits(sys: Any, state: tuple[int, float]) -> None:
    depth, interval = state
    if depth != sys.getrecursionlimit():
        sys.setrecursionlimit(depth)
    sys.setswitchinterval(interval)


def _take_collector(gc: Any) -> tuple[bool, tuple[int, ...]]:
    return gc.isenabled(), gc.get_threshold()


def _put_collector(gc: Any, state: tuple[bool, tuple[int, ...]]) -> None:
    enabled, threshold = state
    gc.set_threshold(*threshold)
    (gc.enable if enabled else gc.disable)()


def _put_locale(locale: Any, state: str) -> None:
    if locale.setlocale(locale.LC_ALL) != state:
        locale.setlocale(locale.LC_ALL, state)


def _packed(state: tuple[int, tuple[int, ...], float | None]) -> tuple[int, Any, float | None]:
    """A state of `random` in a tenth of the memory: many notebooks each have one."""
    version, numbers, gauss = state
    return version, array("I", numbers), gauss


PARTS = (
    Part("sys", take=_take_limits, put=_put_limits),
    Part("gc", take=_take_collector, put=_put_collector),
    Part("locale", take=lambda locale: locale.setlocale(locale.LC_ALL), put=_put_locale),
    Part(
        "random",
        take=lambda random: _packed(random.getstate()),
        put=lambda random, state: random.setstate((state[0], tuple(state[1]), state[2])),
        fresh=lambda random, _: _packed(random.Random().getstate()),
    ),
    Part(
        "numpy.random",
        take=lambda random: random.get_state(),
        put=lambda random, state: random.set_state(state),
        fresh=lambda random, _: random.RandomState().get_state(),
    ),
    Part("matplotlib", take=_take_dict(_rc_params), put=_put_dict(_rc_params)),
    Part(
        "pandas",
        take=lambda pandas: copy.deepcopy(_pandas_options(pandas)),
        put=_put_pandas_options,
        adjust=_show_columns_as_jupyter,
    ),
    Part(
        "sklearn._config",
        take=_take_dict(_scikit_learn_options),
        put=_put_dict(_scikit_learn_options),
    ),
    Part("plotly.io", take=_renderers, put=_put_renderers),
)
