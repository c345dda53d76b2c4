from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nbengine.policy.audit import judge
from nbengine.policy.files import ReadableFiles
from nbengine.policy.refusal import ReadOnlyError


@pytest.fixture
def files(tmp_path: Path) -> ReadableFiles:
    """A data folder with one file, and a link that leads out of it."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "in.txt").write_text("x")
    (tmp_path / "out.txt").write_text("x")
    (data / "link.txt").symlink_to(tmp_path / "out.txt")
    return ReadableFiles([data])


class _Liar(str):
    """Says that it is another path, and mode, than it is."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash(os.devnull)

    def __getitem__(self, place: Any) -> str:
        return os.__file__[place]

    def __iter__(self) -> Iterator[str]:
        return iter("r")


def _events(folder: Path) -> dict[str, tuple[str, tuple[Any, ...]]]:
    inside, outside = folder / "data" / "in.txt", folder / "out.txt"
    return {
        "write by mode": ("open", (str(inside), "w", os.O_WRONLY | os.O_CREAT)),
        "append by mode alone": ("open", (str(inside), "a", 0)),
        "update": ("open", (str(inside), "r+", os.O_RDWR)),
        "write by flags alone": ("open", (str(inside), None, os.O_WRONLY)),
        "create by flags alone": ("open", (str(inside), None, os.O_CREAT)),
        "truncate by flags alone": ("open", (str(inside), None, os.O_TRUNC)),
        "write by a path that lies": ("open", (_Liar(inside), "w", os.O_WRONLY)),
        "write by a mode that lies": ("open", (str(inside), _Liar("w"), 0)),
        "read outside by a path that lies": ("open", (_Liar(outside), "r", 0)),
        "list outside by a path that lies": ("os.listdir", (_Liar(folder),)),
        "a descriptor": ("open", (1, "r", 0)),
        "read outside": ("open", (str(outside), "r", 0)),
        "read outside as bytes": ("open", (bytes(outside), "rb", 0)),
        "read by a link": ("open", (str(folder / "data" / "link.txt"), "r", 0)),
        "read by climbing": ("open", (f"{folder}/data/../out.txt", "r", 0)),
        "a path that is none": ("open", (None, "r", 0)),
        "a path with a null byte": ("open", ("a\0b", "r", 0)),
        "a folder that begins alike": ("os.listdir", (f"{folder}/data2",)),
        "list outside": ("os.listdir", (str(folder),)),
        "glob outside": ("glob.glob", (f"{folder}/*", False)),
        "mkdir": ("os.mkdir", (str(folder / "data" / "new"), 0o777, -1)),
        "remove": ("os.remove", (str(inside), -1)),
        "TCP socket": ("socket.__new__", (None, 2, 1, 0)),
        "connect": ("socket.connect", (None, ("127.0.0.1", 1))),
        "program": ("subprocess.Popen", ("ls", ["ls"], None, None)),
        "ctypes": ("ctypes.dlopen", ("libc.so.6",)),
        "unpickle": ("pickle.find_class", ("os", "system")),
        "an event of a later Python": ("os.something_new", (1, 2)),
    }


@pytest.mark.parametrize("name", _events(Path("/x")))
def test_event_that_is_not_known_to_be_harmless_is_refused(
    files: ReadableFiles, tmp_path: Path, name: str
) -> None:
    """Modes and flags of `open` are both decoded; what is on no list is refused."""
    event, args = _events(tmp_path)[name]
    with pytest.raises(ReadOnlyError, match="READ_ONLY; WRITE_ENABLED allows it"):
        judge(event, args, files)


def test_harmless_events_pass(files: ReadableFiles, tmp_path: Path) -> None:
    """Reading and listing what is the notebook's, Python's or the libraries'; waking a loop."""
    data = tmp_path / "data"
    for event, args in [
        ("open", (str(data / "in.txt"), "r", os.O_CLOEXEC)),
        ("open", (bytes(data / "in.txt"), None, os.O_RDONLY)),
        ("open", (os.__file__, "rb", 0)),
        ("open", (pytest.__file__, "rb", 0)),
        ("open", (os.devnull, "w", os.O_WRONLY)),
        ("os.listdir", (str(data),)),
        ("os.scandir", (None,)) if Path.cwd() == data else ("os.listdir", (bytes(data),)),
        ("glob.glob", (f"{data}/*.txt", False)),
        ("pathlib.Path.glob", (data, "*.txt")),
        ("os.mkdir", (str(data), 0o777, -1)),
        ("socket.__new__", (None, 1, 1, 0)),
        ("time.sleep", (0.1,)),
    ]:
        judge(event, args, files)


@pytest.mark.parametrize(
    "event, kind",
    [
        ("os.posix_spawn", "Starting another program"),
        ("socket.sendto", "Using the network"),
        ("ctypes.call_function", "Calling native code"),
        ("sqlite3.connect", "Opening a database"),
        ("os.truncate", "Changing files or the process"),
        ("sys.settrace", "Looking into or changing the interpreter"),
        ("os.kill", "Sending a signal"),
        ("exec", "Making code from text"),
        ("marshal.loads", "Making code from text"),
    ],
)
def test_refusal_says_what_kind_of_thing_it_is(files: ReadableFiles, event: str, kind: str) -> None:
    """The sentence begins with what the cell was about to do and names the event."""
    with pytest.raises(ReadOnlyError, match=rf"^{kind} \({event}"):
        judge(event, (1, 2), files)
