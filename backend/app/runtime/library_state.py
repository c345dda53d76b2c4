"""Settings of libraries that live once in a process: what to keep of them for each notebook.

A part is looked at only when the running notebook changes, and only if its library is imported.
"""

from __future__ import annotations

import copy
import os
import sys
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter, eq
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
    lasts: bool = True
    """Whether the state means anything in another process."""
    exchanged: bool = False
    """Whether the host has its own back as soon as a cell has ended."""
    in_context: bool = False
    """Whether it belongs to the context that cells run in, so that each notebook has its own."""


class LibraryStates:
    """The parts, and what each looked like when its library was imported."""

    def __init__(self, imports: ImportWatch) -> None:
        self._modules: dict[str, ModuleType] = {}
        self._baselines: dict[str, Any] = {}
        self._as_imported: list[Part] = []
        """Parts that are, as far as we know, what no notebook has yet made its own."""
        self._hosts: dict[str, Any] = {}
        """What is the host's of the parts that are exchanged, while a cell runs."""
        self._notebooks: dict[str, Any] = {}
        """What is the notebook's of them, while none does."""
        self._parts = (*PARTS, _own_modules())
        self._at_each_cell = tuple(part for part in self._parts if part.exchanged)
        for part in self._parts:
            imports.when_imported(part.library, self._remember(part))

    def take(self) -> dict[str, Any]:
        """The state of every imported library, between two cells."""
        return {part.library: self._take(part) for part in self._known() if not part.in_context}

    def put(self, states: dict[str, Any]) -> None:
        """Bring back what was taken; libraries that were not imported then start afresh."""
        self._as_imported.clear()
        for part in self._known():
            if part.in_context:
                continue
            if part.library in states:
                self._put(part, states[part.library])
            else:
                self._put(part, self._fresh(part))
                self._as_imported.append(part)

    def lasting(self) -> dict[str, Any]:
        """The state, within a cell, of what can be brought back in another process."""
        return {p.library: p.take(sys.modules[p.library]) for p in self._known() if p.lasts}

    def bring_back(self, states: dict[str, Any]) -> None:
        """Within a cell, make libraries what they were; those not imported now are passed over."""
        for part in self._known():
            if part.lasts and part.library in states:
                part.put(sys.modules[part.library], states[part.library])

    def enter(self) -> None:
        """A cell begins: libraries are what its notebook expects of them."""
        for part in self._exchanged():
            module = sys.modules[part.library]
            self._hosts[part.library] = part.take(module)
            part.put(module, self._take(part))
        while self._as_imported:
            part = self._as_imported.pop()
            part.adjust(sys.modules[part.library])

    def leave(self) -> None:
        """A cell has ended or lends its turn: the host has its own back."""
        for part in self._exchanged():
            if part.library in self._hosts:
                module = sys.modules[part.library]
                self._notebooks[part.library] = part.take(module)
                part.put(module, self._hosts.pop(part.library))

    def _take(self, part: Part) -> Any:
        if part.exchanged:
            return self._notebooks.get(part.library, self._fresh(part))
        return part.take(sys.modules[part.library])

    def _put(self, part: Part, state: Any) -> None:
        if part.exchanged:
            self._notebooks[part.library] = state
        else:
            part.put(sys.modules[part.library], state)

    def _fresh(self, part: Part) -> Any:
        return part.fresh(sys.modules[part.library], self._baselines[part.library])

    def _exchanged(self) -> list[Part]:
        return self._imported(self._at_each_cell)

    def _known(self) -> list[Part]:
        return self._imported(self._parts)

    def _imported(self, parts: Iterable[Part]) -> list[Part]:
        return [part for part in parts if self._is_known(part)]

    def _is_known(self, part: Part) -> bool:
        module = sys.modules.get(part.library)
        if module is None or part.library not in self._modules:
            return False
        if self._modules[part.library] is not module:  # another has taken its place
            self._remember(part)(module)
        return part.library in self._baselines

    def _leave_alone(self, part: Part) -> None:
        for known in (self._baselines, self._hosts, self._notebooks):
            known.pop(part.library, None)
        self._as_imported = [other for other in self._as_imported if other is not part]

    def _remember(self, part: Part) -> Callable[[ModuleType], None]:
        def remember(module: ModuleType) -> None:
            self._modules[part.library] = module
            try:
                self._baselines[part.library] = part.take(module)
            except Exception:  # somebody's own module of that name, or a version unknown to us
                self._leave_alone(part)
                return
            if CURRENT.get() is not None:
                part.adjust(module)
                self._hosts[part.library] = self._baselines[part.library]
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


_INTERACTIVE = "interactive"
"""The one of Matplotlib's parameters that is a state, and the host's again after each cell."""


def _take_rc_params(matplotlib: ModuleType) -> dict[str, Any]:
    # Past the mapping's own methods: reading the backend would choose one. Figures hold on to
    # the lists that are in it, and would not be told from what is taken otherwise.
    items = dict.items(matplotlib.rcParams)
    return {name: _own_list(value) for name, value in items if name != _INTERACTIVE}


def _own_list(value: Any) -> Any:
    return value.copy() if type(value) is list else value


def _put_rc_params(matplotlib: ModuleType, state: dict[str, Any]) -> None:
    params = matplotlib.rcParams
    _put_dict(lambda _: params)(matplotlib, {**state, _INTERACTIVE: params[_INTERACTIVE]})


def _take_interactive(pyplot: ModuleType) -> bool:
    return bool(pyplot.rcParams[_INTERACTIVE])


def _put_interactive(pyplot: ModuleType, state: bool) -> None:
    pyplot.rcParams[_INTERACTIVE] = state


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


def _put_renderer(renderers: ModuleType, chosen: str) -> None:
    renderers.renderers.default = chosen


def _put_template(plotly_io: ModuleType, chosen: str) -> None:
    if plotly_io.templates.default != chosen:  # to choose one is to check all of it
        plotly_io.templates.default = chosen


def _jupyters_renderer(renderers: ModuleType) -> None:
    """Plotly looks for Jupyter's kernel when it loads its renderers, and else wants a browser."""
    if "PLOTLY_RENDERER" not in os.environ:
        renderers.renderers.default = "plotly_mimetype"


_SYMPYS_CHOICES = ("_repr_png_", "_repr_svg_", "_repr_latex_")
"""Methods of everything that SymPy prints which `init_printing` puts in place."""


def _take_printing(printer: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    printable = sys.modules["sympy.core._print_helpers"].Printable
    methods = {name: vars(printable)[name] for name in _SYMPYS_CHOICES}
    return methods, dict(printer.Printer._global_settings)


def _put_printing(printer: Any, state: tuple[dict[str, Any], dict[str, Any]]) -> None:
    methods, settings = state
    for name, method in methods.items():
        setattr(sys.modules["sympy.core._print_helpers"].Printable, name, method)
    printer.Printer._global_settings = dict(settings)


def _own_modules() -> Part:
    modules = OwnModules()
    return Part(
        "importlib",
        take=lambda _: modules.take(),
        put=lambda _, state: modules.put(state),
        fresh=lambda *_: {},
        lasts=False,
    )


def _take_interactivity(module: ModuleType) -> Any:
    """Which values of a cell are shown, as recipes for Jupyter choose it: for all shells."""
    return vars(module.InteractiveShell)["ast_node_interactivity"]


def _put_interactivity(module: ModuleType, chosen: Any) -> None:
    module.InteractiveShell.ast_node_interactivity = chosen


def _take_limits(sys: Any) -> tuple[int, float, int]:
    return sys.getrecursionlimit(), sys.getswitchinterval(), sys.get_int_max_str_digits()


def _put_limits(sys: Any, state: Sequence[Any]) -> None:
    depth, interval, *digits = state
    if depth != sys.getrecursionlimit():
        sys.setrecursionlimit(depth)
    sys.setswitchinterval(interval)
    for most in digits:
        sys.set_int_max_str_digits(most)


def _take_collector(gc: Any) -> tuple[bool, tuple[int, ...]]:
    return gc.isenabled(), gc.get_threshold()


def _put_collector(gc: Any, state: tuple[bool, tuple[int, ...]]) -> None:
    enabled, threshold = state
    gc.set_threshold(*threshold)
    (gc.enable if enabled else gc.disable)()


def _put_locale(locale: Any, state: str) -> None:
    if locale.setlocale(locale.LC_ALL) != state:
        locale.setlocale(locale.LC_ALL, state)


def _take_arithmetic(decimal: Any) -> Any:
    """The context of decimal numbers; None if it is as it comes."""
    now, plain = decimal.getcontext(), decimal.DefaultContext
    if now.traps == plain.traps and all(map(eq, _OF_ARITHMETIC(now), _OF_ARITHMETIC(plain))):
        return None
    taken = now.copy()
    taken.clear_flags()
    return taken


_OF_ARITHMETIC = attrgetter("prec", "rounding", "Emin", "Emax", "capitals", "clamp")


def _put_arithmetic(decimal: Any, taken: Any) -> None:
    if taken is not None:
        decimal.setcontext(taken.copy())


def _take_numpy(numpy: Any) -> tuple[dict[str, Any], dict[str, str], Any]:
    """How arrays are printed, and what is done about errors of arithmetic."""
    return numpy.get_printoptions(), numpy.geterr(), numpy.geterrcall()


def _put_numpy(numpy: Any, state: tuple[dict[str, Any], dict[str, str], Any]) -> None:
    printing, errors, call = state
    numpy.set_printoptions(**printing)
    numpy.seterr(**errors)
    numpy.seterrcall(call)


def _take_polars(config: Any) -> dict[str, Any]:
    """Options that do not stand in the environment, by the methods that set them."""
    known = getattr(config, "_POLARS_CFG_DIRECT_VARS", {})
    return {method: get() for method, get in known.items()}


def _put_polars(config: Any, state: dict[str, Any]) -> None:
    now = _take_polars(config)
    for method, value in state.items():
        if value != now.get(method, value):
            getattr(config.Config, method)(value)


def _put_console(rich: Any, console: Any) -> None:
    """The console that everything in rich uses: it knows where it was made, and what is live."""
    rich._console = console


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
    Part("decimal", take=_take_arithmetic, put=_put_arithmetic, in_context=True),
    Part("numpy", take=_take_numpy, put=_put_numpy, in_context=True),
    Part("polars.config", take=_take_polars, put=_put_polars),
    Part("matplotlib", take=_take_rc_params, put=_put_rc_params),
    Part("matplotlib.pyplot", take=_take_interactive, put=_put_interactive, exchanged=True),
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
    Part(
        "plotly.io._renderers",
        take=lambda renderers: renderers.renderers.default,
        put=_put_renderer,
        adjust=_jupyters_renderer,
        exchanged=True,
    ),
    Part(
        "plotly.io",  # which chooses one when it is loaded, after its module of templates
        take=lambda plotly_io: plotly_io.templates.default,
        put=_put_template,
        exchanged=True,
    ),
    Part(
        "IPython.core.interactiveshell",
        take=_take_interactivity,
        put=_put_interactivity,
        exchanged=True,
    ),
    Part("sympy.printing.printer", take=_take_printing, put=_put_printing),
    Part(
        "rich",
        take=lambda rich: rich._console,
        put=_put_console,
        fresh=lambda *_: None,
        lasts=False,
        exchanged=True,
    ),
)
