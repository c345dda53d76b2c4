from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nbengine.errors import StateLockedError
from nbengine.state.lock import StateLock

HOLDER = """
import sys
from pathlib import Path
from nbengine.state.lock import StateLock
lock = StateLock(Path(sys.argv[1]), when_forked=lambda: None)
print("held", flush=True)
sys.stdin.read()
"""

FORKS = """
import os, sys
from pathlib import Path
from nbengine.errors import StateLockedError
from nbengine.state.lock import StateLock
told = []
lock = StateLock(Path(sys.argv[1]), when_forked=lambda: told.append("forked"))
child = os.fork()
if not child:
    assert not lock.held and told == ["forked"]
    try:
        StateLock(Path(sys.argv[1]), when_forked=lambda: None)
    except StateLockedError as error:
        assert error.pid == os.getppid()
        lock.release()
        os._exit(7)
    os._exit(1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), lock.held, told)
reading, writing = os.pipe()
child = os.fork()
if not child:
    os.close(writing)
    os.read(reading, 1)
    os._exit(0)
lock.release()
StateLock(Path(sys.argv[1]), when_forked=lambda: None)
print("taken while a child lives")
"""


def take(path: Path) -> StateLock:
    return StateLock(path, when_forked=lambda: None)


def test_the_second_is_refused_with_the_holders_number(tmp_path: Path) -> None:
    """Another process learns who has it; the end of that one, however it came, sets it free."""
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StateLockedError, match=f"in use by process {holder.pid}") as refused:
            take(path)
        assert refused.value.pid == holder.pid
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert path.read_text() == f"{holder.pid}\n"
    lock = take(path)
    assert path.read_text() == f"{os.getpid()}\n"
    lock.release()


def test_the_same_process_may_have_it_once(tmp_path: Path) -> None:
    """A second taker in this process is refused, until the first lets go."""
    first = take(tmp_path / "lock")
    with pytest.raises(StateLockedError, match="open in this process already") as refused:
        take(tmp_path / "lock")
    assert refused.value.pid == os.getpid()
    assert f"pid is {os.getpid()}: close the ExecutionService" in str(refused.value)
    assert first.held
    first.release()
    first.release()
    assert not first.held
    take(tmp_path / "lock").release()


def test_a_lock_that_nobody_knows_any_more_is_free(tmp_path: Path) -> None:
    """Also if it is a part of a circle, and as often as that happens."""
    for _ in range(3):
        holder: list[object] = [take(tmp_path / "lock")]
        holder.append(holder)
        del holder
    assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
    take(tmp_path / "lock").release()


def test_those_who_share_it_keep_out_who_wants_it_alone(tmp_path: Path) -> None:
    """And the other way round; they do not write to the file."""
    path = tmp_path / "lock"
    take(path).release()
    path.write_text("5\n")
    shared = [StateLock(path, when_forked=lambda: None, shared=True) for _ in range(2)]
    with pytest.raises(StateLockedError, match="in use by process 5"):
        take(path)
    for lock in shared:
        lock.release()
    assert path.read_text() == "5\n"
    alone = take(path)
    with pytest.raises(StateLockedError):
        StateLock(path, when_forked=lambda: None, shared=True)
    alone.release()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_forked_child_does_not_have_it(tmp_path: Path) -> None:
    """The child neither has it nor takes it from its parent, nor keeps it from the next taker."""
    done = subprocess.run(
        [sys.executable, "-c", FORKS, str(tmp_path / "lock")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "7 True []\ntaken while a child lives\n"


def test_a_lock_file_of_a_process_that_is_gone_locks_nothing(tmp_path: Path) -> None:
    """What it says does not count, only whether somebody holds it."""
    path = tmp_path / "lock"
    path.write_text("1\n")
    lock = take(path)
    assert lock.held
    lock.release()
