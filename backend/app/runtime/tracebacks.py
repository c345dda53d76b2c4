"""Exceptions of cells as text: user frames only, with their source lines and carets."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, TypeGuard

from ..models.notebook import CellError
from ..models.outputs import ErrorOutput
from .execution import speakable
from .folding import unstyled
from .text_window import TextWindow
from .wording import plural

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep  # noqa: PTH100, PTH120
"""As code objects have it: links not followed."""
_IPYTHON = f"{os.sep}IPython{os.sep}core{os.sep}"
_LONGEST = 200_000
"""Characters of one traceback or message; the middle is left out beyond."""
_HEADING = "Traceback (most recent call last):\n"
_BY_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_MEANWHILE = "\nDuring handling of the above exception, another exception occurred:\n\n"
_NAME: Any = type.__dict__["__name__"]
_TRACE: Any = BaseException.__dict__["__traceback__"]
_CAUSE: Any = BaseException.__dict__["__cause__"]
_CONTEXT: Any = BaseException.__dict__["__context__"]
_IS_ALONE: Any = BaseException.__dict__["__suppress_context__"]
_SYNTAX_PLACE: Any = [SyntaxError.__dict__[name] for name in ("filename", "lineno", "offset")]
"""Read past whatever the user's classes define under these names."""
_RED, _GREEN, _CYAN, _PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[36m", "\x1b[0m"


def cell_filename(cell_id: str, number: int | str) -> str:
    """The file name under which a run of a cell is compiled; `number` makes it unique."""
    return f"<cell {cell_id} #{number}>"


def cell_label(filename: str) -> str | None:
    """`Cell c3` for the file name of one of its runs, None for any other file."""
    if not is_cell(filename):
        return None
    return "Cell " + filename[len("<cell ") :].rpartition(" #")[0]


def is_cell(filename: str) -> bool:
    """Whether a file is a run of a cell."""
    return filename.startswith("<cell ") and filename.endswith(">")


def is_ours(filename: str) -> bool:
    """Whether a file is one of the engine's, which is no place to name to the user."""
    return filename.startswith(_PACKAGE)


def is_machinery(filename: str) -> bool:
    """Whether a file is the engine's, or the part of IPython that runs magics."""
    return is_ours(filename) or _IPYTHON in filename


def describe(error: BaseException, filename: str) -> tuple[CellError, ErrorOutput]:
    """The exception that ended the cell compiled as `filename`, for people and for Jupyter."""
    name, message = _class_name(error), _message(error)
    try:
        lines = _story(error)
    except BaseException:  # exceptions' attributes and the names in frames may raise anything
        lines = _plain_story(error)
    plain = _bounded(unstyled("".join(lines)))
    coloured = _bounded(_own_rendering(error) or "".join(map(_coloured, lines)))
    line, column = _place(error, filename)
    return (
        CellError(type=name, message=message, traceback=plain, line=line, column=column),
        ErrorOutput(ename=name, evalue=message, traceback=coloured.rstrip("\n").split("\n")),
    )


def _own_rendering(error: BaseException) -> str | None:
    """What an exception says that Jupyter should show of it; IPython's `_render_traceback_`."""
    try:
        render = getattr(error, "_render_traceback_", None)
        lines = None if render is None else render()
        return None if lines is None else "\n".join(map(str, lines))
    except BaseException:
        return None


class _Frames(traceback.StackSummary):
    """Frames of user code, a cell's under its label."""

    def format_frame_summary(self, frame_summary: Any, **options: Any) -> str:
        text = super().format_frame_summary(frame_summary, **options)
        return _labelled(text, frame_summary.filename)


class _CellException(traceback.TracebackException):
    """An exception whose syntax errors are placed in cells too."""

    def format_exception_only(self, **options: Any) -> Iterator[str]:  # type: ignore[override]
        for line in super().format_exception_only(**options):
            yield _labelled(line, getattr(self, "filename", None) or "")


def _story(error: BaseException) -> list[str]:
    """The exception with what led to it, as Python prints it."""
    story = traceback.TracebackException(type(error), error, from_cell(error), compact=True)
    _adopt(story, set())
    return list(story.format())


def _plain_story(error: BaseException) -> list[str]:
    """The same, without asking anything of the exceptions but their message."""
    parts: list[list[str]] = []
    now: BaseException | None = error
    link, seen = "", set[int]()
    while now is not None and id(now) not in seen:
        seen.add(id(now))
        parts.append([_HEADING, *_frames(now), f"{_class_name(now)}: {_message(now)}\n", link])
        now, link = _led_to(now)
    return [line for part in reversed(parts) for line in part]


def _led_to(error: BaseException) -> tuple[BaseException | None, str]:
    """The exception before this one, and how that led to it."""
    cause = _CAUSE.__get__(error)
    if cause is not None:
        return cause, _BY_CAUSE
    return None if _IS_ALONE.__get__(error) else _CONTEXT.__get__(error), _MEANWHILE


def _frames(error: BaseException) -> list[str]:
    """Where the exception came from, without asking it anything."""
    return _Frames(_users(traceback.extract_tb(from_cell(error)))).format()


def _users(frames: Iterable[traceback.FrameSummary]) -> list[traceback.FrameSummary]:
    return [frame for frame in frames if not is_machinery(frame.filename)]


def _adopt(story: traceback.TracebackException, seen: set[int]) -> None:
    """Give a whole chain of exceptions our frames, without those of the engine."""
    if id(story) in seen:
        return
    seen.add(id(story))
    story.__class__ = _CellException
    story.stack = _Frames(_users(story.stack))
    parts = (story.__cause__, story.__context__, *(getattr(story, "exceptions", None) or ()))
    for part in parts:
        if part is not None:
            _adopt(part, seen)


def _labelled(text: str, filename: str) -> str:
    label = cell_label(filename)
    return text.replace(f'File "{filename}"', label, 1) if label else text


def _coloured(line: str) -> str:
    """One entry of a formatted traceback in Jupyter's colours."""
    head, newline, rest = line.partition("\n")
    if head.startswith(("  Cell ", '  File "')):
        return f"{_GREEN}{head}{_PLAIN}{newline}{rest}"
    if head.startswith("Traceback (most recent call last)"):
        return f"{_CYAN}{head}{_PLAIN}{newline}{rest}"
    name, colon, message = head.partition(":")
    if name and not name[0].isspace() and "|" not in name and name.replace(".", "_").isidentifier():
        return f"{_RED}{name}{_PLAIN}{colon}{message}{newline}{rest}"
    return line


def from_cell(error: BaseException) -> TracebackType | None:
    """The traceback from the first frame of a cell; whole if no cell is in it."""
    trace: TracebackType | None = _TRACE.__get__(error)
    start = trace
    while start is not None and cell_label(start.tb_frame.f_code.co_filename) is None:
        start = start.tb_next
    return start or trace


def _class_name(error: BaseException) -> str:
    return speakable(_NAME.__get__(type(error)))


def _place(error: BaseException, filename: str) -> tuple[int | None, int | None]:
    if _is_syntax(error):
        named, line, column = (field.__get__(error) for field in _SYNTAX_PLACE)
        if named == filename and isinstance(line, int):
            return line, column if isinstance(column, int) else None
    line = None
    trace: TracebackType | None = _TRACE.__get__(error)
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == filename:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line, None


def _message(error: BaseException) -> str:
    try:
        text = _syntax_message(error) if _is_syntax(error) else str(error)
    except BaseException as failure:
        text = f"<{_class_name(error)}.__str__ raised {_class_name(failure)}>"
    return _bounded(text)


def _is_syntax(error: BaseException) -> TypeGuard[SyntaxError]:
    return issubclass(type(error), SyntaxError)


def _syntax_message(error: SyntaxError) -> str:
    label = cell_label(error.filename or "")
    return f"{error.msg} ({label}, line {error.lineno})" if label else str(error)


def _bounded(text: str) -> str:
    window = TextWindow(_LONGEST)
    head, left_out, tail = window.shown(speakable(text))
    return f"{head}\n… {plural(left_out, 'character')} left out …\n{tail}" if left_out else head
