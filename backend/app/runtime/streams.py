"""`sys.stdout` and `sys.stderr` of cells: what is written goes to the execution that wrote it."""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Iterable
from typing import Any, TextIO

from ..models.outputs import StreamName
from .execution import CURRENT, LARGE, PENDING, Execution


class RoutedStream(io.TextIOBase):
    """A text stream for the whole process; code that belongs to no cell reaches the original.

    The same object serves every cell, so a logging handler made in one cell writes to the next
    one when it is used there.
    """

    def __init__(self, name: StreamName) -> None:
        super().__init__()
        self._stream: StreamName = name
        self._is_stdout = name == "stdout"
        self._bytes = _BytesSide(self)
        self.original: TextIO | None = None
        """Where text goes that no cell wrote."""

    def write(self, text: str, /) -> int:
        """Write text; returns its length."""
        execution = CURRENT.get()
        if execution is None or execution.attentive or type(text) is not str:
            return self._write_other(execution, text)
        # `Execution.write` written out: a print calls this twice.
        pending = execution.pending
        pending.append(text if self._is_stdout else (self._stream, text))
        if len(pending) >= PENDING or len(text) >= LARGE:
            execution.read_pending()
        return len(text)

    def _write_other(self, execution: Execution | None, text: object) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if execution is None:
            return self._outside().write(text)
        execution.write(self._stream, str(text))
        return len(text)

    def writelines(self, lines: Iterable[str], /) -> None:  # type: ignore[override]
        """Write several texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Make what was written visible, as soon as the pace of announcements allows."""
        execution = CURRENT.get()
        if execution is None:
            self._outside().flush()
        elif execution.on_output is not None:
            execution.read_pending()

    @property
    def name(self) -> str:
        """`stdout` or `stderr`, as Jupyter's streams say."""
        return self._stream

    @property
    def mode(self) -> str:
        """Always `w`."""
        return "w"

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Always UTF-8."""
        return "UTF-8"

    @property
    def errors(self) -> str:  # type: ignore[override]
        """Lone surrogates come out as escapes."""
        return "backslashreplace"

    @property
    def buffer(self) -> io.RawIOBase:
        """Bytes written here are decoded as UTF-8 and written in order."""
        return self._bytes

    def writable(self) -> bool:
        """Always."""
        return True

    def isatty(self) -> bool:
        """Never: there is no terminal behind a cell."""
        return False

    def fileno(self) -> int:
        """The descriptor of the process's own stream, for child processes.

        Raises:
            io.UnsupportedOperation: the process has none.
        """
        standard = getattr(sys, f"__{self._stream}__")
        if standard is None:
            raise io.UnsupportedOperation("fileno")
        return int(standard.fileno())

    def close(self) -> None:
        """Without effect: later cells write here too."""

    def _outside(self) -> TextIO:
        if self.original is None or self.original.closed:
            return getattr(sys, f"__{self._stream}__") or io.StringIO()
        return self.original


class _BytesSide(io.RawIOBase):
    """The `buffer` of a routed stream."""

    def __init__(self, text: RoutedStream) -> None:
        super().__init__()
        self._text = text
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    def write(self, data: Any, /) -> int:
        view = memoryview(data).cast("B")
        text = self._decoder.decode(bytes(view))
        if text:
            self._text.write(text)
        return len(view)

    def writable(self) -> bool:
        return True

    def flush(self) -> None:
        self._text.flush()

    def fileno(self) -> int:
        return self._text.fileno()

    def close(self) -> None:
        """Without effect, as for the text side."""


class NoInput(io.TextIOBase):
    """`sys.stdin` of cells: nobody types here, so reading ends at once."""

    def readable(self) -> bool:
        """Always, so that what reads finds the end."""
        return True

    def read(self, size: int | None = -1, /) -> str:
        """Nothing."""
        return ""

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        """Nothing."""
        return ""

    def close(self) -> None:
        """Without effect: `exit()` closes the standard input."""
