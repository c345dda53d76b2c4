"""The IPython shell of one notebook: real in all but the running of cells."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from difflib import get_close_matches
from functools import wraps
from types import ModuleType
from typing import Any
from weakref import ReferenceType, finalize, ref

from IPython.core.compilerop import CachingCompiler
from IPython.core.error import InputRejected, UsageError
from IPython.core.formatters import BaseFormatter, PlainTextFormatter
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell
from IPython.core.page import as_hook
from IPython.lib.pretty import RepresentationPrinter
from IPython.utils.text import LSString, SList
from traitlets.config import Config

from .. import child_process
from ..compiling import source_lines
from ..execution import running
from ..history import RECENT, History
from ..text_window import BoundedText
from ..tracebacks import cell_filename, describe
from .bridge import get_ipython
from .choices import Choices
from .inline_backend import InlineBackend
from .magics import NotebookMagics
from .publishing import CellDisplayHook, CellPublisher
from .stand_ins import HistoryManager, NoBuiltins, NoHook, Shelf

PLAIN = "text/plain"
_BODIES = ("<timed exec>", "<magic-timeit-stmt>")
"""Names of bodies that `%%time` and `%%timeit` compile from a tree: errors in them have no text."""
_CONFIG = Config(
    InteractiveShell={"colors": "nocolor"},
    HistoryManager={"enabled": False, "hist_file": ":memory:"},
    IPKernelApp={"note": "libraries know by this section that they are in a notebook"},
)
_NOT_FOUND = {
    "line": "Line magic function `%{}` not found. Did you mean `%{}`?",
    "cell": "Cell magic `%%{}` not found. Did you mean `%%{}`?",
}
_SCRIPTS_OF_IPYTHON = "IPython.core.magics.script:ScriptMagics"
_SCRIPTS = f"{__package__}.scripts:ScriptMagics"
_CLEANUPS = len(TransformerManager().cleanup_transforms)
"""What IPython itself does to every cell: nothing that matters to Python."""
_OTHER = {"line": "cell", "cell": "line"}


class _Compiler(CachingCompiler):
    """Names code that is run as a cell by another one after that one, with its own lines."""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        name = super().get_code_name(raw_code, transformed_code, number)
        execution = running()
        return name if execution is None else cell_filename(execution.cell_id, name.strip("<>"))


class ZMQInteractiveShell(InteractiveShell):
    """`get_ipython()` of one notebook, over the notebook's own namespace and history.

    Named as Jupyter's, because that is how libraries tell a notebook from a terminal. It keeps
    nothing on disk, changes nothing process-wide, and has no `kernel`.
    """

    display_pub_class = CellPublisher
    displayhook_class = CellDisplayHook
    compiler_class = _Compiler
    configurables: list[Any]
    display_formatter: Any
    history_manager: Any
    _db: Any

    def __init__(self, main: ModuleType, history: History) -> None:
        self.history = history
        self._cell: ExecutionResult | None = None
        super().__init__(user_module=main, config=_CONFIG)
        atexit.unregister(self.atexit_operations)  # it would keep the notebook for ever
        self._at_exit = finalize(self, _leave, ref(self))
        self.publisher = self.display_pub
        self._cleanups = tuple(self.input_transformers_cleanup)
        self.inline_backend = InlineBackend(parent=self)
        self.configurables.append(self.inline_backend)
        self.register_magics(NotebookMagics)
        formatters = self.display_formatter.formatters.values()
        self.choices = Choices([*self.configurables, *formatters])
        self.last_execution_result = _result_of_nothing()

    # ------------------------------------------------ what IPython does when it has the process

    def init_ipython_dir(self, ipython_dir: Any) -> None:
        """None: nothing is kept on disk."""

    def init_profile_dir(self, profile_dir: Any) -> None:
        """None: nobody's settings are read."""
        self._db = Shelf()

    def init_virtualenv(self) -> None:
        """The host has chosen its packages."""

    def init_sys_modules(self) -> None:
        """The notebook is `__main__` already."""

    def init_prompts(self) -> None:
        """The process may have prompts of its own."""

    def init_builtins(self) -> None:
        """The engine's are there already."""
        self.builtin_trap = NoBuiltins(shell=self)

    def init_displayhook(self) -> None:
        """The process's display hook leads here already, and `_` is what was shown last."""
        recent = {name: self.user_ns[name] for name in RECENT if name in self.user_ns}
        super().init_displayhook()
        self.user_ns.update(recent)
        self.display_trap = NoHook(hook=self.displayhook)

    def init_hooks(self) -> None:
        """What a pager would show is shown in the cell, as JupyterLab does."""
        super().init_hooks()
        self.set_hook("show_in_pager", as_hook(_show_page), 99)

    def init_history(self) -> None:
        """The notebook's history is shown, the engine fills it."""
        self.history_manager = HistoryManager(shell=self, parent=self)
        self.configurables.append(self.history_manager)

    def init_magics(self) -> None:
        """Scripts end with their cell; all else that IPython brings is as it is there."""
        super().init_magics()
        manager = self.magics_manager
        manager.load_lazy = _loading_whole(manager.load_lazy)
        for kind, magics in manager.magics.items():
            for name, magic in list(magics.items()):
                if getattr(magic, "spec", None) == _SCRIPTS_OF_IPYTHON:
                    manager.register_lazy(name, _SCRIPTS, kind)

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
        self._tell("pre_execute")
        if not silent:
            self._tell("pre_run_cell", info)
        self._cell = ExecutionResult(info)

    def has_value(self, value: Any) -> None:
        """The cell has shown a value as its result: those who hear of its end find it there."""
        if self._cell is not None:
            self._cell.result = value

    def after_cell(self, error: BaseException | None) -> None:
        """A cell has ended, with this error if any; it may have been the one that made this."""
        result = self._cell or _result_of_nothing()
        result.execution_count = self.execution_count - 1
        result.error_in_exec = error
        self._cell = None
        self.last_execution_succeeded = result.success
        self.last_execution_result = result
        self._tell("post_execute")
        if result.info is not None and not result.info.silent:
            self._tell("post_run_cell", result)

    def _tell(self, event: str, *about: Any) -> None:
        """Those who registered for an event hear of it; what they raise is shown, no more."""
        try:
            self.events.trigger(event, *about)
        except BaseException as error:
            self._showtraceback(type(error), error, None)

    def forget_transformers(self, error: BaseException) -> None:
        """Cells are read as IPython reads them: what the notebook wanted besides has failed.

        As long as it is there no cell can be read, not even one that takes it out.
        """
        if isinstance(error, InputRejected) or not (self.rewrites or self.ast_transformers):
            return
        self.input_transformers_post = []
        self.input_transformers_cleanup[:] = self._cleanups
        self.ast_transformers = []
        execution = running()
        if execution is not None:
            execution.note("[a transformer of cells failed: the notebook's own are taken out]")

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
        """Run a magic; a syntax error in its body is one at that place of the cell."""
        try:
            return super().run_cell_magic(magic_name, line, cell)
        except SyntaxError as error:
            execution = running()
            if execution is not None and self._cell is not None and self._cell.info is not None:
                _place_in_cell(error, self._cell.info.raw_cell, execution.filename)
            raise

    def retire(self) -> None:
        """Nobody needs it any more: its scripts end, its files are closed."""
        self._at_exit.detach()
        if self.logger.logfile is not None:
            self.logger.logstop()
        scripts = self.magics_manager.registry.get("ScriptMagics")
        if scripts is not None:
            atexit.unregister(scripts.kill_bg_processes)
            scripts.retire()

    # ------------------------------------------------ what was registered for classes of values

    def plain_text(self, value: Any, *, limit: int | None = None) -> str:
        """The text of a value as the notebook's own settings and printers make it.

        Raises:
            TextTooLongError: it was given up after so many characters.
        """
        rules = self.display_formatter.formatters[PLAIN]
        if not isinstance(rules, PlainTextFormatter):
            return str(rules(value))
        if not rules.pprint:
            return repr(value)
        text = BoundedText(limit)
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
        bundle, about = _parts_of(self._answer(formatter.mimebundle_formatter, value))
        for mime, item in bundle.items():
            yield mime, (item, about[mime]) if mime in about else item
        for mime, one in formatter.formatters.items():
            answer = None if mime == PLAIN else self._answer(one, value)
            if answer is not None:
                yield mime, answer

    def switched_off(self) -> frozenset[str]:
        """MIME types in which the notebook wants nothing shown; plain text is never one."""
        formatters = self.display_formatter.formatters
        off = {mime for mime, one in formatters.items() if not one.enabled}
        return frozenset(off - {PLAIN})

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
        except Exception as error:
            self._showtraceback(type(error), error, None)
            return None

    # ------------------------------------------------ what magics do through it

    def system(self, cmd: str) -> None:
        """Run a command line; what it writes is the cell's, `_exit_code` its exit code."""
        _refuse_background(cmd)
        self.user_ns["_exit_code"] = child_process.run(self.var_expand(cmd, depth=1))

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> SList | LSString:
        """What a command line writes."""
        _refuse_background(cmd)
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


def _leave(shell: ReferenceType[ZMQInteractiveShell]) -> None:
    """The interpreter exits: what IPython does then, if the shell is still there."""
    found = shell()
    if found is not None:
        found.atexit_operations()


def _loading_whole(load: Callable[..., None]) -> Callable[..., None]:
    """An interrupt waits until magics are loaded: those that are half loaded would stay so."""

    @wraps(load)
    def load_whole(*args: Any, **kwargs: Any) -> None:
        execution = running()
        with nullcontext() if execution is None else execution.gate:
            load(*args, **kwargs)

    return load_whole


def _result_of_nothing() -> ExecutionResult:
    """What stands for a cell that had no shell yet."""
    return ExecutionResult(ExecutionInfo("", False, False, True, None))


def _refuse_background(cmd: str) -> None:
    """A command is over when its cell is; scripts (`%%bash --bg`) and `os.system` may run on."""
    if cmd.rstrip().endswith("&"):
        raise OSError("Background processes not supported.")


def _printer(formatter: BaseFormatter, value: Any) -> Callable[[Any], Any] | None:
    try:
        printer: Callable[[Any], Any] | None = formatter.lookup(value)
    except KeyError:
        return None
    return printer if formatter.enabled else None


def _place_in_cell(error: SyntaxError, cell: str, filename: str) -> None:
    """Let an error in the body of a cell magic name its line of the cell, where it is that line."""
    lines = source_lines(cell)
    head = next((at for at, line in enumerate(lines) if line.lstrip().startswith("%%")), 0)
    place = head + (error.lineno or 0)
    if place >= len(lines):
        return
    if error.text is None and error.filename in _BODIES:
        error.text = lines[place]
    if error.text is not None and error.text.strip() == lines[place].strip():
        if error.end_lineno is not None:
            error.end_lineno += place + 1 - (error.lineno or 0)
        error.filename, error.lineno = filename, place + 1


def _parts_of(answer: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The bundle that a printer answered and its metadata; a note if it is none."""
    bundle, about = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, {})
    if isinstance(bundle, dict):
        return bundle, about if isinstance(about, dict) else {}
    execution = running()
    if bundle is not None and execution is not None:
        execution.note(f"[the printer registered for bundles gave a {type(bundle).__name__}]")
    return {}, {}


def _show_page(text: Any, *_: Any, **__: Any) -> None:
    execution = running()
    if execution is not None and execution.display is not None:
        bundle = text if isinstance(text, dict) else {"text/plain": text}
        execution.display(bundle, raw=True)
