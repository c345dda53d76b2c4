from __future__ import annotations

import os
import random
from io import FileIO
from pathlib import Path

import pytest

from nbengine.state.chunk_packs import ALIGNMENT
from nbengine.state.mapped_memory import Run, gather, joined
from tests.descriptors import NEED_PROC, opened


class Packs:
    """Packs in a folder, and how often they were opened."""

    def __init__(self, folder: Path, *contents: bytes) -> None:
        self._folder = folder
        for number, content in enumerate(contents, 1):
            (folder / str(number)).write_bytes(content)

    def open(self, number: int) -> FileIO:
        return FileIO(self._folder / str(number))

    def remove(self) -> None:
        for path in self._folder.iterdir():
            path.unlink()


def expected(runs: list[Run], contents: dict[int, bytes]) -> bytes:
    return b"".join(
        contents[run.pack][run.place : run.place + run.length] if run.pack else run.content
        for run in runs
    )


@pytest.mark.parametrize("seed", range(20))
def test_any_runs_are_gathered_in_order(tmp_path: Path, seed: int) -> None:
    """Pieces of several packs, at aligned places or not, of whole pages or not, and small ones."""
    chance = random.Random(seed)
    contents = {number: chance.randbytes(20 * ALIGNMENT) for number in (1, 2)}
    packs = Packs(tmp_path, *contents.values())
    runs = []
    for _ in range(chance.randint(1, 12)):
        place = chance.choice([chance.randint(0, 9) * ALIGNMENT, chance.randint(0, 9999)])
        length = chance.choice([chance.randint(1, 3) * ALIGNMENT, chance.randint(1, 9999)])
        small = Run(length, content=chance.randbytes(length))
        runs.append(chance.choice([Run(length, 1, place), Run(length, 2, place), small]))
    runs.append(Run(ALIGNMENT, 1, 0))
    assert gather(joined(runs), packs.open) == expected(runs, contents)


def test_runs_that_lie_side_by_side_become_one() -> None:
    """A buffer that was written in one go is one mapping; what is elsewhere is another."""
    assert joined([Run(4, 1, 0), Run(4, 1, 4), Run(4, 2, 8), Run(4, 2, 16)]) == [
        Run(8, 1, 0),
        Run(4, 2, 8),
        Run(4, 2, 16),
    ]
    small = Run(1, content=b"x")
    assert joined([small, small]) == [small, small]
    assert joined([]) == []


def test_memory_is_private_and_outlives_its_file(tmp_path: Path) -> None:
    """What is written to it changes no pack; removing the pack does not change it."""
    content = os.urandom(8 * ALIGNMENT)
    packs = Packs(tmp_path, content)
    one, other = (gather([Run(len(content), 1, 0)], packs.open) for _ in range(2))
    one[:3] = b"new"
    assert (tmp_path / "1").read_bytes() == content
    packs.remove()
    assert other == content
    assert one == b"new" + content[3:]


@NEED_PROC
def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    """A thousand mapped buffers take up no thousand open files."""
    packs = Packs(tmp_path, os.urandom(4 * ALIGNMENT))
    open_before = opened()
    kept = [gather([Run(4 * ALIGNMENT, 1, 0)], packs.open) for _ in range(100)]
    assert opened() <= open_before
    assert len(kept) == 100


def test_a_pack_that_is_too_short_is_told_and_not_mapped(tmp_path: Path) -> None:
    """Touching a page that is not there any more would kill the process."""
    packs = Packs(tmp_path, os.urandom(4 * ALIGNMENT - 1))
    with pytest.raises(EOFError, match="pack 1 ends"):
        gather([Run(4 * ALIGNMENT, 1, 0)], packs.open)


def test_too_many_runs_are_read_instead(tmp_path: Path) -> None:
    """A process has only so many mappings; the content is the same."""
    content = os.urandom(2 * ALIGNMENT)
    packs = Packs(tmp_path, content)
    first = Run(ALIGNMENT, 1, 0)
    memory = gather([first] * 9000, packs.open)
    assert memory == content[:ALIGNMENT] * 9000
    (tmp_path / "1").write_bytes(bytes(len(content)))
    assert memory == content[:ALIGNMENT] * 9000


def test_a_copy_stays_whatever_becomes_of_the_file(tmp_path: Path) -> None:
    """What was compared is what there is."""
    content = os.urandom(4 * ALIGNMENT)
    packs = Packs(tmp_path, content)
    run = Run(4 * ALIGNMENT, 1, 0)
    mapped, copied = gather([run], packs.open), gather([run], packs.open, copied=True)
    (tmp_path / "1").write_bytes(bytes(len(content)))
    assert copied == content != mapped


def test_nothing_is_a_buffer_of_no_bytes(tmp_path: Path) -> None:
    """An empty array has a buffer, too."""
    assert gather([], Packs(tmp_path).open).nbytes == 0
