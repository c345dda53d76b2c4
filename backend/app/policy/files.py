"""Which files a READ_ONLY cell may read, and its `open`."""

from __future__ import annotations

import io
import os
import site
import sys
import sysconfig
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from ..runtime.execution import running
from .refusal import refuse

_LIBRARY_DATA = """
    /usr/share/fonts /usr/local/share/fonts /usr/share/zoneinfo /usr/lib/zoneinfo /etc/localtime
    /etc/timezone /etc/fonts /etc/ssl/certs /usr/share/ca-certificates /etc/mime.types
    /usr/share/mime /proc/cpuinfo /proc/meminfo /proc/stat /proc/self/status
    /proc/self/cgroup /sys/devices/system /sys/fs/cgroup /dev/null /dev/urandom
    ~/.fonts ~/.local/share/fonts ~/.cache/matplotlib ~/.config/matplotlib ~/.matplotlib
    ~/Library/Fonts /Library/Fonts /System/Library/Fonts
""".split()
"""What libraries look up beside their own folders: fonts, time zones, certificates, processors."""


class ReadableFiles:
    """Folders and files below which everything may be read; links are followed first.

    Args:
        places: the notebook's own and what was declared besides, as far as they exist.
    """

    def __init__(self, places: Iterable[Path]) -> None:
        self._places = tuple(os.path.realpath(place) for place in places)

    def allows(self, path: Any) -> bool:
        """Whether a file, or what a folder holds, may be read."""
        try:
            real = os.path.realpath(os.fsdecode(plain(path)))
        except (TypeError, ValueError):
            return False
        return _is_below(real, self._places) or _is_below(real, installation())

    def check(self, path: Any) -> None:
        """Refuse to read elsewhere.

        Raises:
            ReadOnlyError: the path leads out of what may be read.
        """
        if not self.allows(path):
            raise outside(path)


class AllFiles(ReadableFiles):
    """Everything: for what a cell of another mode calls, whose affair it then is."""

    def __init__(self) -> None:
        super().__init__(())

    def allows(self, path: Any) -> bool:
        return True


NOWHERE, ANYWHERE = ReadableFiles(()), AllFiles()
"""For code that has slipped out of its execution, and for what cells of another mode call."""


def outside(path: Any) -> PermissionError:
    """The error for a path that may not be read."""
    return refuse(
        f"Reading {_text(path)!r}, which is neither in the notebook's data folder nor among the "
        "declared inputs (setting `input_folders`),"
    )


def plain(value: Any) -> Any:
    """A path, or other text, as the system will have it; what is none stays as it is.

    A subclass of text may say anything of itself. What is opened are its own characters.
    """
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, str):
        return str.__str__(value)
    return bytes.__getitem__(value, slice(None)) if isinstance(value, bytes) else value


@lru_cache(maxsize=4096)
def is_library(filename: str) -> bool:
    """Whether a source file belongs to the Python installation."""
    return _is_below(filename, installation()) or filename.startswith("<frozen ")


def open_to_read(
    file: Any,
    mode: str = "r",
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
) -> Any:
    """`open` for files that may be read."""
    file, mode = plain(file), plain(mode)
    if set(mode) - set("rbtU"):
        raise refuse(f"Opening {_text(file)!r} to write (mode {mode!r})")
    check_readable(file)
    return io.open(file, mode, buffering, encoding, errors, newline)  # noqa: UP020


def check_readable(path: Any) -> None:
    """Refuse a path that the running execution may not read.

    Raises:
        ReadOnlyError: it may not; or this is a descriptor.
    """
    if not isinstance(path, str | bytes | os.PathLike):
        raise refuse(f"Opening {_text(path)!r}")
    if (execution := running()) is None:
        NOWHERE.check(path)
    elif isinstance(files := getattr(execution.guard, "files", None), ReadableFiles):
        files.check(path)


@cache
def installation() -> tuple[str, ...]:
    """Folders of Python, of what is installed for it, and of what libraries look up."""
    paths = sysconfig.get_paths()
    folders = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    folders += [*site.getsitepackages(), site.getusersitepackages()]
    folders += [os.path.join(prefix, "lib") for prefix in (sys.prefix, sys.base_prefix)]  # noqa: PTH118
    folders += [os.path.join(sys.prefix, "share"), str(Path(__file__).parents[1])]  # noqa: PTH118
    folders += [os.path.expanduser(place) for place in _LIBRARY_DATA]  # noqa: PTH111
    matplotlib = os.environ.get("MPLCONFIGDIR")
    known = folders + ([matplotlib] if matplotlib else [])
    return tuple(dict.fromkeys(_both_forms(known)))


def _both_forms(folders: Iterable[str]) -> Iterable[str]:
    """As they are written, which code objects have, and with links followed."""
    for folder in folders:
        yield folder
        yield os.path.realpath(folder)


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder + os.sep) for folder in folders)


def _text(path: Any) -> str:
    describe: Callable[[Any], str] = os.fsdecode if isinstance(path, bytes) else str
    return describe(path)[:300]
