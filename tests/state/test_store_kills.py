from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from nbengine.state.pieces import LARGE
from nbengine.state.records import Snapshot
from tests.state.stored import CHUNK, load, open_store

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")

KILLS = 12
"""At each of five stores."""

WRITER = """
import os, sys
from pathlib import Path
from nbengine.state.collection import Retention
from tests.state.stored import Buffer, open_store, save
from tests.state.test_store_kills import expected

def say(what):  # In one write, which a kill cannot cut in two.
    os.write(1, f"{what}\\n".encode())

def write_on(folder):
    say(os.getpid())
    with open_store(folder) as store:
        head = store.head()
        number = head.id if head else 0
        while True:
            number += 1
            values = expected(number)
            big = Buffer(values.pop("big"))
            gone = () if "sometimes" in values else ["sometimes"]
            assert save(store, "c", gone, big=big, **values).id == number
            say(number)
            if number % 7 == 0:
                store.collect(Retention(count=3))

for line in sys.stdin:
    child = os.fork()
    if not child:
        write_on(Path(sys.argv[1]))
    os.waitpid(child, 0)
    say("gone")
"""


def expected(number: int) -> dict[str, bytes]:
    """What the snapshot with this number holds."""
    chance = random.Random(number)
    values = {
        "big": random.Random(number // 2).randbytes(CHUNK) + chance.randbytes(3 * CHUNK),
        "small": chance.randbytes(200),
        "large": chance.randbytes(LARGE + number),
    }
    return values | ({"sometimes": b"%d" % (number // 3)} if number % 3 else {})


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Starts one that commits without end for each line that it is sent."""
    command = [sys.executable, "-c", WRITER, str(tmp_path / "s")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        yield process
        if process.stdin:
            process.stdin.close()


def kill_after(writer: subprocess.Popen[str], lines: int, seconds: float) -> int:
    """Let it commit so many times and a moment more; the last number that it acknowledged."""
    assert writer.stdin is not None
    assert writer.stdout is not None
    print("go", file=writer.stdin, flush=True)
    child = int(writer.stdout.readline())
    last = 0
    for _ in range(lines):
        last = int(writer.stdout.readline())
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return max(last, *_acknowledged(writer.stdout))


def _acknowledged(stdout: IO[str]) -> Iterator[int]:
    yield 0
    for line in iter(stdout.readline, "gone\n"):
        yield int(line)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_a_kill_costs_nothing_that_was_acknowledged(
    tmp_path: Path, writer: subprocess.Popen[str], seed: int
) -> None:
    """At whichever instant: the last snapshot that was acknowledged is there, or one more."""
    chance = random.Random(seed)
    last = 0
    for _ in range(KILLS):
        acknowledged = kill_after(writer, chance.randint(0, 8), chance.uniform(0, 0.02))
        with open_store(tmp_path / "s") as store:
            head = store.head()
            last = max(last, acknowledged)
            assert (head.id if head else 0) in (last, last + 1)
            last = head.id if head else 0
            check(load(store, head), head)
            assert store.verify() == []
    assert last > KILLS


def check(values: dict[str, bytes], head: Snapshot | None) -> None:
    assert values == (expected(head.id) if head else {})
