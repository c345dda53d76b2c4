from __future__ import annotations

import errno
import os
import resource
import signal
from typing import Any

import pytest

from nbengine.policy.sandbox.control_groups import delegated, make_group
from tests.policy.sandbox.host import Ground, Host, Outcome

MIB = 2**20
EVERY = pytest.mark.parametrize("mode", ["read_only", "write_enabled"])


def limited(host: Host, ground: Ground, code: str, mode: str, **limits: Any) -> Outcome:
    confinement = ground.confinement(mode, limits=limits, processes=mode != "read_only")
    return host.run(code, confinement, user=ground.user, own=str(ground.own))


@EVERY
def test_memory(host: Host, ground: Ground, mode: str) -> None:
    """What would be more than the limit raises `MemoryError`, and the worker goes on."""
    code = """
kept = bytearray(100 * 2**20)
try:
    bytearray(300 * 2**20)
except MemoryError:
    answer = len(kept)
"""
    found = limited(host, ground, code, mode, memory_bytes=256 * MIB)
    assert found.answer == 100 * MIB
    assert found.isolation["memory_limit_by"] == "rlimit"
    assert limited(host, ground, code, mode).answer is None


@EVERY
def test_shared_memory_is_bounded_too(host: Host, ground: Ground, mode: str) -> None:
    """Shared mappings, which are nobody's own memory, end at twice the limit and a gibibyte."""
    code = "import mmap; kept = [mmap.mmap(-1, 2**28) for _ in range(100)]"
    found = limited(host, ground, code, mode, memory_bytes=64 * MIB)
    assert found.errno == errno.ENOMEM


@EVERY
def test_processor_time(host: Host, ground: Ground, mode: str) -> None:
    """A worker that used up its time is told by a signal, which ends it."""
    found = limited(host, ground, "while True: pass", mode, cpu_seconds=1)
    assert found.signal == signal.SIGXCPU


def test_processor_time_of_one_who_does_not_listen(host: Host, own_ground: Ground) -> None:
    """Five seconds later it is killed, whatever it does about the signal."""
    code = """
import resource, signal
signal.signal(signal.SIGXCPU, signal.SIG_IGN)
soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
try:
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard + 1))
except ValueError:
    answer = hard - soft
"""
    assert limited(host, own_ground, code, "read_only", cpu_seconds=1).answer == 5


@EVERY
def test_length_of_a_file(host: Host, ground: Ground, mode: str) -> None:
    """Writing on beyond the limit is an error that says so."""
    code = "import os; os.truncate(given['own'] + '/there', 1001)"
    found = limited(host, ground, code, mode, file_bytes=1_000)
    assert found.errno == errno.EFBIG
    code = "open(given['own'] + '/there', 'ab').write(bytes(996))"
    assert limited(host, ground, code, mode, file_bytes=1_000).error == ""


@EVERY
def test_open_files(host: Host, ground: Ground, mode: str) -> None:
    """One descriptor more than the limit is an error that says so."""
    code = "import os; kept = [os.dup(0) for _ in range(64)]"
    assert limited(host, ground, code, mode, open_files=64).errno == errno.EMFILE


def test_processes_of_a_user(host: Host, ground: Ground) -> None:
    """An ordinary user's worker gets no more processes than the limit says, threads included."""
    code = """
import subprocess
kept = []
try:
    for _ in range(20):
        kept.append(subprocess.Popen(["sleep", "30"]))
except BlockingIOError:
    answer = len(kept)
for each in kept:
    each.kill()
    each.wait()
"""
    found = limited(host, ground, code, "write_enabled", processes=8)
    if ground.user is None and os.getuid() == 0:
        assert found.error.startswith("IsolationUnavailableError: The limit of 8 processes")
    else:
        assert found.answer == 7


def test_threads_are_counted(host: Host, ground: Ground) -> None:
    """Where there are no processes, the limit is one of threads."""
    code = """
import threading
stop, kept = threading.Event(), []
try:
    for _ in range(20):
        thread = threading.Thread(target=stop.wait)
        thread.start()
        kept.append(thread)
except RuntimeError:
    answer = len(kept)
stop.set()
"""
    found = limited(host, ground, code, "read_only", processes=8)
    if ground.user is None and os.getuid() == 0:
        assert found.isolation["missing"][0].startswith("The limit of 8 processes")
    else:
        assert found.answer == 7


@EVERY
def test_no_core_is_dumped(host: Host, ground: Ground, mode: str) -> None:
    """A worker that dies leaves no file with its memory."""
    code = "import resource; answer = resource.getrlimit(resource.RLIMIT_CORE)"
    assert limited(host, ground, code, mode).answer == [0, 0]


def test_limits_are_not_taken_back(host: Host, own_ground: Ground) -> None:
    """Not even root's worker raises what it was given."""
    code = """
import resource
soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
resource.setrlimit(resource.RLIMIT_DATA, (hard, hard + 1))
"""
    found = limited(host, own_ground, code, "write_enabled", memory_bytes=256 * MIB)
    assert found.error.startswith(("ValueError", "PermissionError"))


def test_a_narrower_limit_of_the_host_stays(host: Host, own_ground: Ground) -> None:
    """What the host allows no one is not what a worker gets."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    code = "import resource; answer = resource.getrlimit(resource.RLIMIT_NOFILE)"
    found = limited(host, own_ground, code, "read_only", open_files=2**40)
    assert found.error == ""
    assert found.answer == [hard, hard]


@EVERY
def test_the_worker_goes_first(host: Host, own_ground: Ground, mode: str) -> None:
    """Where the machine runs out of memory its server is not what the kernel picks."""
    code = "answer = int(open('/proc/self/oom_score_adj').read())"
    assert limited(host, own_ground, code, mode).answer == 500


needs_groups = pytest.mark.skipif(
    not {"memory", "pids"} <= set(delegated()), reason="no control groups may be made here"
)


@needs_groups
def test_memory_of_all_processes_together(host: Host, own_ground: Ground) -> None:
    """A worker's children count with it; who needs too much is killed, and that is known."""
    group = make_group(f"nbengine-test-{os.getpid()}-memory", 128 * MIB, None)
    assert group is not None
    code = """
import os, signal, subprocess, sys
child = [sys.executable, "-c", "import time; kept = b'x' * (90 * 2**20); time.sleep(30)"]
kept = [subprocess.Popen(child) for _ in range(3)]
answer = os.WTERMSIG(os.wait()[1])
for each in kept:
    each.kill()
"""
    limits = {"memory_bytes": 128 * MIB}
    more: dict[str, Any] = {"processes": True, "group": group, "limits": limits}
    found = host.run(code, own_ground.confinement("write_enabled", **more))
    try:
        assert found.answer == signal.SIGKILL
        assert found.isolation["memory_limit_by"] == group.version
        assert group.memory_kills >= 1
    finally:
        assert group.kill()
        assert group.remove()


@needs_groups
def test_processes_of_a_group(host: Host, own_ground: Ground) -> None:
    """Also root's worker gets no more processes than its group may have."""
    group = make_group(f"nbengine-test-{os.getpid()}-pids", None, 8)
    assert group is not None
    code = """
import subprocess
kept = []
try:
    for _ in range(20):
        kept.append(subprocess.Popen(["sleep", "30"]))
except BlockingIOError:
    answer = len(kept)
for each in kept:
    each.kill()
    each.wait()
"""
    limits = {"processes": 8}
    more: dict[str, Any] = {"processes": True, "group": group, "limits": limits}
    found = host.run(code, own_ground.confinement("write_enabled", **more))
    assert found.answer == 7
    assert group.kill()
    assert group.remove()
