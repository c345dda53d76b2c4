"""The IPython shell of one notebook: real in all but the running of cells."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from io import StringIO
from types import ModuleType
from typing import Any

from IPython.core.builtin_trap import BuiltinTrap
from IPython.core.display_trap import DisplayTrap
from IPython.core.error import UsageError
from IPython.core.formatters import BaseFormatter
from IPython.core.history import HistoryManager
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell
from IPython.core.page import as_hook
from IPython.lib.pretty import RepresentationPrinter
from IPython.utils.text import LSString, SList
from traitlets.config import Config

from .. import child_process
from ..execution import running
from ..history import History
from ..tracebacks import describe
from .bridge import get_ipython
from .inline_backend import InlineBackend
from .magics import NotebookMagics
from .publishing import CellDisplayHook, CellPublisher

PLAIN = "text/plain"
_CONFIG = Config(
    InteractiveShell={"colors": "nocolor"},
    HistoryManager={"enabled": False, "hist_file": ":memory:"},
    IPKernelApp={"note": "libraries know by this section that they are in a notebook"},
)
_NOT_FOUND = {
    "line": "Line magic function `%{}` not found. Did you mean `%{}`?",
    "cell": "Cell magic `%%{}` not found. Did you mean `%%{}`?",
}
_CLEANUPS = len(TransformerManager().cleanup_transforms)
"""What IPython itself does to every cell: nothing that matters to Python."""
_OTHER = {"line": "cell", "cell": "line"}


class ZMQInteractiveShell(InteractiveShell):
    """`get_ipython()` of one notebook, over the notebook's own namespace and history.

    Named as Jupyter's, because that is how libraries tell a notebook from a terminal. It keeps
    nothing on disk, changes nothing process-wide, and has no `kernel`.
    """

    display_pub_class = CellPublisher
    displayhook_class = CellDisplayHook
    configurables: list[Any]
    display_formatter: Any
    history_manager: Any
    _db: Any

    def __init__(self, main: ModuleType, history: History) -> None:
        self.history = history
        self._cell: ExecutionResult | None = None
        super().__init__(user_module=main, config=_CONFIG)
        self.publisher = self.display_pub
        self.inline_backend = InlineBackend(parent=self)
        self.configurables.append(self.inline_backend)
        self.register_magics(NotebookMagics)

    # ------------------------------------------------ what IPython does when it has the process

    def init_ipython_dir(self, ipython_dir: Any) -> None:
        """None: nothing is kept on disk."""

    def init_profile_dir(self, profile_dir: Any) -> None:
        """None: nobody's settings are read."""
        self._db = {}

    def init_virtualenv(self) -> None:
        """The host has chosen its packages."""

    def init_sys_modules(self) -> None:
        """The notebook is `__main__` already."""

    def init_prompts(self) -> None:
        """The process may have prompts of its own."""

    def init_builtins(self) -> None:
        """The engine's are there already."""
        self.builtin_trap = _NoBuiltins(shell=self)

    def init_displayhook(self) -> None:
        """The process's display hook leads here already."""
        super().init_displayhook()
        self.display_trap = _NoHook(hook=self.displayhook)

    def init_hooks(self) -> None:
        """What a pager would show is shown in the cell, as JupyterLab does."""
        super().init_hooks()
        self.set_hook("show_in_pager", as_hook(_show_page), 99)

    def init_history(self) -> None:
        """The notebook's history is shown, the engine fills it."""
        self.history_manager = _HistoryView(shell=self, parent=self)
        self.configurables.append(self.history_manager)

    def init_user_ns(self) -> None:
        """The namespace is the notebook's: only what is missing is put there."""
        names = self.history.names()
        names["get_ipython"] = get_ipython
        for name, value in names.items():
            self.user_ns.setdefault(name, value)
        self.user_ns_hidden.update((name, self.user_ns[name]) for name in names)

    # ------------------------------------------------ what a cell does with it

    @property
    def rewrites(self) -> bool:
        """Whether somebody wants to change the text of cells that are Python."""
        return (
            bool(self.input_transformers_post) or len(self.input_transformers_cleanup) > _CLEANUPS
        )

    def before_cell(self, source: str, python: str, *, silent: bool, stores: bool) -> None:
        """A cell starts: those who registered for it hear of it."""
        execution = running()
        assert execution is not None
        self.execution_count = execution.execution_count + 1
        info = ExecutionInfo(
            source, stores, silent, True, execution.cell_id, transformed_cell=python
        )
        self.events.trigger("pre_execute")
        if not silent:
            self.events.trigger("pre_run_cell", info)
        self._cell = ExecutionResult(info)

    def after_cell(self, error: BaseException | None) -> None:
        """A cell has ended, with this error if any; it may have been the one that made this."""
        result = self._cell or ExecutionResult(ExecutionInfo("", False, False, True, None))
        result.execution_count = self.execution_count - 1
        result.error_in_exec = error
        self._cell = None
        self.last_execution_succeeded = result.success
        self.last_execution_result = result
        self.events.trigger("post_execute")
        if result.info is not None and not result.info.silent:
            self.events.trigger("post_run_cell", result)

    def retire(self) -> None:
        """Nobody needs it any more."""
        atexit.unregister(self.atexit_operations)

    # ------------------------------------------------ what was registered for classes of values

    def plain_text(self, value: Any) -> str:
        """The text of a value as the notebook's own settings and printers make it."""
        rules = self.display_formatter.formatters[PLAIN]
        if not rules.pprint:
            return repr(value)
        text = StringIO()
        printer = RepresentationPrinter(
            text,
            rules.verbose,
            rules.max_width,
            rules.newline,
            max_seq_length=rules.max_seq_length,
            singleton_pprinters=rules.singleton_printers,
            type_pprinters=rules.type_printers,
            deferred_pprinters=rules.deferred_printers,
        )
        printer.pretty(value)
        printer.flush()
        return text.getvalue()

    def registered(self, value: Any) -> Iterator[tuple[str, Any]]:
        """What printers answer that somebody registered for the value's class: MIME type, item.

        One that raises is told in an output, as in Jupyter.
        """
        formatter = self.display_formatter
        bundle = self._answer(formatter.mimebundle_formatter, value)
        if isinstance(bundle, tuple):
            bundle = bundle[0]
        if isinstance(bundle, dict):
            yield from bundle.items()
        for mime, one in formatter.formatters.items():
            answer = None if mime == PLAIN else self._answer(one, value)
            if answer is not None:
                yield mime, answer

    def shows_itself(self, value: Any) -> bool:
        """Whether a printer registered for the value's class has shown it."""
        formatter = self.display_formatter.ipython_display_formatter
        if _printer(formatter, value) is None:
            return False
        self._answer(formatter, value)
        return True

    def _answer(self, formatter: BaseFormatter, value: Any) -> Any:
        printer = _printer(formatter, value)
        if printer is None:
            return None
        try:
            return printer(value)
        except NotImplementedError:
            return None
        except Exception:
            self.showtraceback()
            return None

    # ------------------------------------------------ what magics do through it

    def system(self, cmd: str) -> None:
        """Run a command line; what it writes is the cell's, `_exit_code` its exit code."""
        self.user_ns["_exit_code"] = child_process.run(self.var_expand(cmd, depth=1))

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> SList | LSString:
        """What a command line writes."""
        text = child_process.output_of(self.var_expand(cmd, depth=depth + 1))
        return SList(text.splitlines()) if split else LSString(text)

    def enable_matplotlib(self, gui: str | None = None) -> tuple[str | None, str]:
        """Figures are shown as pictures whatever is chosen; a note says so where it matters."""
        return self.inline_backend.choose(gui)

    def enable_gui(self, gui: str | None = None) -> None:
        """There are no windows to attend to."""

    def ask_exit(self) -> None:
        """End the cell as a script ends."""
        raise SystemExit

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        """An error that a magic has caught is shown as an output of the cell."""
        execution = running()
        if execution is not None:
            execution.publish_error(describe(evalue, execution.filename)[1])

    def _find_with_lazy_load(self, type_: str, magic_name: str, /) -> Any:
        """The magic of this name.

        Raises:
            UsageError: there is none, but one that is called nearly so.
        """
        found = self.magics_manager.find(type_, magic_name)
        if found is None and not self.find_magic(magic_name, _OTHER[type_]):
            near = get_close_matches(magic_name, self.magics_manager.lsmagic()[type_], n=1)
            if near:
                raise UsageError(_NOT_FOUND[type_].format(magic_name, near[0]))
        return found


def _printer(formatter: BaseFormatter, value: Any) -> Callable[[Any], Any] | None:
    try:
        printer: Callable[[Any], Any] | None = formatter.lookup(value)
    except KeyError:
        return None
    return printer if formatter.enabled else None


def _show_page(text: Any, *_: Any, **__: Any) -> None:
    execution = running()
    if execution is not None and execution.display is not None:
        bundle = text if isinstance(text, dict) else {"text/plain": text}
        execution.display(bundle, raw=True)


class _NoBuiltins(BuiltinTrap):
    """Puts no builtins in place: the engine's are there for every cell."""

    def activate(self) -> None:
        """Without effect."""

    def deactivate(self) -> None:
        """Without effect."""


class _NoHook(DisplayTrap):
    """Puts no display hook in place: that of cells leads to the shell."""

    def set(self) -> None:
        """Without effect."""

    def unset(self) -> None:
        """Without effect."""


class _HistoryView(HistoryManager):
    """IPython's history commands over the engine's history."""

    def __init__(self, shell: ZMQInteractiveShell, **options: Any) -> None:
        super().__init__(shell, **options)
        self.input_hist_parsed = shell.history.inputs
        self.input_hist_raw = shell.history.sources
        self.dir_hist = shell.history.folders
        self.output_hist = shell.history.outputs  # type: ignore[assignment]

    def get_tail(
        self,
        n: int | None = 10,
        raw: bool = True,
        output: bool = False,
        include_latest: bool = False,
    ) -> Any:
        """The last `n` cells; without the one that asks unless it is wanted, too."""
        cells = list(self._get_range_session(1, None, raw, output))
        return (cells if include_latest else cells[:-1])[-(n or 10) :]
