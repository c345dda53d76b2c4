"""What the system says of processes."""

from __future__ import annotations

from pathlib import Path


def parent_of(pid: int) -> int:
    """Its parent."""
    return int(_stat(pid)[1])


def is_stopped(pid: int) -> bool:
    """Whether it does nothing until it is told to go on."""
    return _stat(pid)[0] == "T"


def is_there(pid: int) -> bool:
    """Whether it lives; one that only waits for its burial does not."""
    try:
        return _stat(pid)[0] != "Z"
    except OSError:
        return False


def descendants(pid: int) -> set[int]:
    """Every process below this one, zombies too."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            children.setdefault(parent_of(int(folder.name)), []).append(int(folder.name))
        except OSError:
            continue
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found.update(below)
        waiting += below
    return found


def threads(pid: int) -> int:
    """How many it has."""
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def _stat(pid: int) -> list[str]:
    """Fields of its `stat` from the state on: the name before them may have anything in it."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _target(entry: Path) -> str | None:
    try:
        return str(entry.readlink())
    except OSError:
        return None
