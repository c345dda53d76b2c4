from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from nbengine.models.session import ExecutionMode
from nbengine.policy.sandbox import seccomp
from nbengine.policy.sandbox.call_numbers import OF_MACHINE
from nbengine.policy.sandbox.confinement import Confinement
from nbengine.policy.sandbox.control_groups import ControlGroup
from nbengine.policy.sandbox.kernel import machine
from nbengine.policy.sandbox.limits import Limits
from nbengine.policy.sandbox.seccomp import Leave
from tests.policy.sandbox.host import NOBODY, Ground, Host, Outcome, new_ground

READ_ONLY = "read only"
MODES: dict[str, dict[str, Any]] = {
    READ_ONLY: {"mode": "read_only"},
    "writing": {"mode": "write_enabled"},
    "with processes": {"mode": "write_enabled", "processes": True},
    "with network": {"mode": "write_enabled", "network": True},
    "with both": {"mode": "write_enabled", "processes": True, "network": True},
}
NEVER = sorted(
    name
    for refusal in seccomp.refusals(Leave(*[True] * len(fields(Leave))))
    if not refusal.unless
    for name in refusal.calls
    if name in OF_MACHINE.get(machine(), {})
)
"""Calls that fail even where everything else is left to other layers."""
HARMLESS_TO_TRY = sorted({*NEVER} - {"vhangup", "reboot", "sysfs", "acct"})

RAW = """
import ctypes, os
def raw(number, *arguments):
    arguments = [ctypes.c_ulong(each) for each in arguments]
    answer = ctypes.CDLL(None, use_errno=True).syscall(number, *arguments)
    return 0 if answer >= 0 else ctypes.get_errno()
"""
PROCESSES = {
    "a program": "import subprocess; subprocess.run(['true'], check=True)",
    "a program in a shell": "import os; answer = os.system('exit 3') == 768 or raised()",
    "a program in our place": "import os; os.execv('/bin/true', ['true'])",
    "posix_spawn": "import os; os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)",
    "a fork": "import os; os.fork() or os._exit(0); os.wait()",
    "another worker": (
        "import multiprocessing as m; p = m.get_context('fork').Process(target=len, args=('',));"
        "p.start(); p.join(); assert p.exitcode == 0"
    ),
    "a clone": RAW + "pid = raw(given['clone'], 17, 0, 0, 0, 0); assert pid == 0, os.strerror(pid)",
}
NETWORK = {
    "TCP": "import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
    "TCP 6": "import socket; socket.socket(socket.AF_INET6, socket.SOCK_STREAM)",
    "UDP": "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "multipath TCP": "import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)",
    "a listener": "import socket; socket.create_server(('127.0.0.1', 0))",
}
LOCAL = {
    "unix stream": "import socket; socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)",
    "unix datagram": "import socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)",
    "a pair of datagrams": "import socket; socket.socketpair(type=socket.SOCK_DGRAM)",
    "netlink": "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)",
    "packets": "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)",
    "the kernel's ciphers": "import socket; socket.socket(38, socket.SOCK_SEQPACKET)",
}
OTHERS = {
    "a signal": "import os; os.kill(given['victim'], 0)",
    "a signal to its group": "import os; os.killpg(os.getpgid(given['victim']), 0)",
    "a signal by its descriptor": (
        "import os, signal; signal.pidfd_send_signal(os.pidfd_open(given['victim']), 0)"
    ),
    "its limits": (
        "import resource; resource.prlimit(given['victim'], resource.RLIMIT_CORE, (0, 0))"
    ),
    "its processors": "import os; os.sched_setaffinity(given['victim'], {0})",
    "its priority": "import os; os.setpriority(os.PRIO_PROCESS, given['victim'], 1)",
    "its scheduling": (
        "import os; os.sched_setscheduler(given['victim'], os.SCHED_BATCH, os.sched_param(0))"
    ),
    "the user's priority": "import os; os.setpriority(os.PRIO_PGRP, 0, 1)",
    "tracing it": RAW + "number = raw(given['ptrace'], 16, given['victim'], 0, 0);"
    "assert number == 0, number",
    "its memory": "open(f'/proc/{given[\"victim\"]}/mem', 'r+b')",
}


def attempt(host: Host, ground: Ground, code: str, mode: str | None, **given: Any) -> Outcome:
    confinement = None if mode is None else ground.confinement(**MODES[mode])
    numbers = OF_MACHINE[machine()]
    return host.run(
        code,
        confinement,
        user=ground.user,
        own=str(ground.own),
        clone=numbers["clone"],
        ptrace=numbers["ptrace"],
        **given,
    )


@pytest.fixture
def victim() -> Iterator[int]:
    """A process of the same user, in a group of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True
    )
    yield process.pid
    process.kill()
    process.wait()
    assert process.stdin is not None
    process.stdin.close()


@pytest.mark.parametrize("code", [*PROCESSES.values(), *NETWORK.values()])
def test_what_is_refused_would_work(host: Host, own_ground: Ground, code: str) -> None:
    """Whoever is not confined starts processes and speaks to the network."""
    assert attempt(host, own_ground, code, None).error == ""


@pytest.mark.parametrize("mode", [READ_ONLY, "writing", "with network"])
@pytest.mark.parametrize("name", PROCESSES)
def test_no_process_is_started(host: Host, ground: Ground, name: str, mode: str) -> None:
    """Where processes are not allowed there is no way to have one."""
    found = attempt(host, ground, PROCESSES[name], mode)
    assert found.isolation["seccomp"]
    assert found.error


@pytest.mark.parametrize("name", PROCESSES)
def test_processes_where_they_are_allowed(host: Host, own_ground: Ground, name: str) -> None:
    """Programs, shells, forks and workers of `multiprocessing` run, and are confined alike."""
    assert attempt(host, own_ground, PROCESSES[name], "with processes").error == ""


@pytest.mark.parametrize("mode", [READ_ONLY, "writing", "with processes"])
@pytest.mark.parametrize("name", NETWORK)
def test_no_network(host: Host, ground: Ground, name: str, mode: str) -> None:
    """Where the network is not allowed no socket of any of its protocols is made."""
    found = attempt(host, ground, NETWORK[name], mode)
    assert found.errno == errno.EPERM


@pytest.mark.parametrize("name", NETWORK)
def test_network_where_it_is_allowed(host: Host, own_ground: Ground, name: str) -> None:
    """The protocols of the internet are spoken."""
    assert attempt(host, own_ground, NETWORK[name], "with both").error == ""


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", LOCAL)
def test_sockets_of_this_machine(host: Host, ground: Ground, name: str, mode: str) -> None:
    """Services of the machine, which would do for a cell what it may not, are never reached."""
    if not attempt(host, ground, LOCAL[name], None).error:
        assert attempt(host, ground, LOCAL[name], mode).errno == errno.EPERM


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", OTHERS)
def test_other_processes_are_left_alone(
    host: Host, own_ground: Ground, victim: int, name: str, mode: str
) -> None:
    """A worker can neither signal nor slow nor look into a process that it did not start."""
    assert attempt(host, own_ground, OTHERS[name], None, victim=victim).error == ""
    found = attempt(host, own_ground, OTHERS[name], mode, victim=victim)
    assert found.isolation
    assert found.error


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody who has nothing else")
@pytest.mark.parametrize("mode", MODES)
def test_everybody_at_once(host: Host, mode: str) -> None:
    """A signal to all of the user's processes reaches none but those of the worker."""
    with subprocess.Popen(["sleep", "60"], user=NOBODY, group=NOBODY) as victim:
        code = "import os; os.kill(-1, 15)"
        with new_ground(NOBODY) as ground:
            assert attempt(host, ground, code, mode).isolation
        assert victim.poll() is None
        victim.kill()


@pytest.mark.skipif(machine() != "x86_64", reason="a processor with a second table of calls")
@pytest.mark.parametrize("mode", MODES)
def test_calls_by_the_old_gate(host: Host, own_ground: Ground, mode: str) -> None:
    """Machine code that calls as 32-bit programs do is refused even to ask for its own number."""
    code = """
import ctypes, mmap
memory = mmap.mmap(-1, 4096, prot=7)
memory.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")  # mov eax, 20; int 0x80; ret
address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
answer = ctypes.CFUNCTYPE(ctypes.c_int)(address)()
"""
    assert attempt(host, own_ground, code, mode).answer == -errno.EPERM


@pytest.mark.parametrize("mode", MODES)
def test_a_worker_signals_itself(host: Host, ground: Ground, mode: str) -> None:
    """Interrupts of its own, by whatever call, arrive."""
    code = """
import os, signal, threading
answer = []
signal.signal(signal.SIGUSR1, lambda *_: answer.append(1))
os.kill(os.getpid(), signal.SIGUSR1)
signal.raise_signal(signal.SIGUSR1)
signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
"""
    assert attempt(host, ground, code, mode).answer == [1, 1, 1]


def test_children_are_ended(host: Host, own_ground: Ground) -> None:
    """Where processes are allowed a cell ends what it started."""
    code = """
import subprocess
child = subprocess.Popen(["sleep", "60"])
child.terminate()
answer = child.wait()
"""
    assert attempt(host, own_ground, code, "with processes").answer == -15


@pytest.mark.parametrize("mode", MODES)
def test_calls_that_nobody_needs(host: Host, ground: Ground, mode: str) -> None:
    """Mounts, namespaces, tracing, kernel modules and their like fail before they are looked at."""
    code = f"{RAW}answer = [raw(number, *[2**64 - 1] * 6) for number in given['numbers']]"
    numbers = [OF_MACHINE[machine()][name] for name in HARMLESS_TO_TRY]
    found = attempt(host, ground, code, mode, numbers=numbers)
    assert set(found.answer) <= {errno.EPERM, errno.ENOSYS, errno.ENOTSUP}


def test_they_would_be_looked_at(host: Host, own_ground: Ground) -> None:
    """Unconfined, most of the same calls get as far as their arguments."""
    code = f"{RAW}answer = [raw(number, *[2**64 - 1] * 6) for number in given['numbers']]"
    numbers = [OF_MACHINE[machine()][name] for name in HARMLESS_TO_TRY]
    found = attempt(host, own_ground, code, None, numbers=numbers)
    heard = [number for number in found.answer if number not in {errno.EPERM, errno.ENOSYS}]
    assert len(heard) >= 20


@pytest.mark.parametrize("mode", MODES)
def test_calls_that_are_newer_than_we(host: Host, ground: Ground, mode: str) -> None:
    """What no one has looked at is not there, nor are the calls of another kind of processor."""
    code = f"{RAW}answer = [raw(number, 0, 0, 0, 0, 0, 0) for number in (470, 600, 0x40000027)]"
    assert attempt(host, ground, code, mode).answer == [errno.ENOSYS] * 3


@pytest.mark.parametrize("mode", MODES)
def test_userfaultfd_of_own_memory_only(host: Host, ground: Ground, mode: str) -> None:
    """Written pages can be tracked; faults of the kernel cannot be held up."""
    number = OF_MACHINE[machine()]["userfaultfd"]
    code = f"{RAW}answer = [raw({number}, 1), raw({number}, 0)]"
    own, every = attempt(host, ground, code, mode).answer
    assert (own, every) == (0, errno.EPERM)


@pytest.mark.parametrize("mode", [READ_ONLY, "with processes"])
def test_messages_between_processes(host: Host, own_ground: Ground, mode: str) -> None:
    """System V's shared memory is refused, or there is one of the worker's own."""
    number = OF_MACHINE[machine()]["shmget"]
    key = 0x6E62
    code = f"{RAW}answer = raw({number}, {key}, 4096, 0o1600)"
    found = attempt(host, own_ground, code, mode)
    assert found.answer == (errno.EPERM if mode == READ_ONLY else 0)
    outside = attempt(host, own_ground, f"{RAW}answer = raw({number}, {key}, 4096, 0)", None)
    assert outside.answer == errno.ENOENT


def test_anonymous_files(host: Host, own_ground: Ground) -> None:
    """Memory that no limit counts is not to be had in read-only mode."""
    code = "import os; os.close(os.memfd_create('x'))"
    assert attempt(host, own_ground, code, None).error == ""
    assert attempt(host, own_ground, code, READ_ONLY).errno == errno.EPERM


@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("call", ["memfd_create", "shmget"])
def test_memory_that_is_nobodys(counted: bool, call: str) -> None:
    """With a limit, but no control group that counts it, it is not to be had at all."""
    group = ControlGroup((), "cgroup v2", ("memory",) if counted else ())
    limits = Limits(memory_bytes=2**30)
    asked = Confinement(
        mode=ExecutionMode.WRITE_ENABLED, processes=True, limits=limits, group=group
    )
    leave = Leave.to_others(asked, 7, asked.namespaces)
    refused = {name for each in seccomp.refusals(leave) if not each.unless for name in each.calls}
    assert (call in refused) is not counted


BEARERS = {
    "a mode": "open(path, 'w').close(); os.chmod(path, 0o4755)",
    "a mode by descriptor": "file = open(path, 'w'); os.fchmod(file.fileno(), 0o4755)",
    "a mode in a folder": (
        "open(path, 'w').close(); at = os.open(given['own'], os.O_DIRECTORY);"
        "os.chmod('bearer', 0o4755, dir_fd=at)"
    ),
    "a new file": "os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o4755))",
    "a new file in a folder": (
        "at = os.open(given['own'], os.O_DIRECTORY);"
        "os.close(os.open('bearer', os.O_CREAT | os.O_WRONLY, 0o4755, dir_fd=at))"
    ),
    "a new node": "import stat; os.mknod(path, stat.S_IFREG | 0o4755)",
    "openat2": (
        f"{RAW}how = (ctypes.c_uint64 * 3)(os.O_CREAT | os.O_WRONLY, 0o4755, 0)\n"
        "name = ctypes.create_string_buffer(path.encode())\n"
        "raw(437, -100, ctypes.addressof(name), ctypes.addressof(how), 24)"
    ),
}


@pytest.mark.parametrize("name", BEARERS)
def test_no_program_bears_the_users_rights(host: Host, own_ground: Ground, name: str) -> None:
    """Whoever ran it later would be the engine's user, confined by nothing."""
    code = f"import os\nos.umask(0)\npath = given['own'] + '/bearer'\n{BEARERS[name]}"
    bearer = own_ground.own / "bearer"
    for mode in (*MODES, None):  # unconfined last, to see that it would work
        attempt(host, own_ground, code, mode)
        bears = bearer.exists() and bearer.stat().st_mode & 0o6000
        assert bool(bears) is (mode is None)
        bearer.unlink(missing_ok=True)


@pytest.mark.parametrize("user", [None, NOBODY])
def test_folders_that_are_shared_by_a_group(host: Host, user: int | None) -> None:
    """They are copied with their mode, which gives no rights but to root's group."""
    code = (
        "import os; os.mkdir(given['own'] + '/shared'); os.chmod(given['own'] + '/shared', 0o2775)"
    )
    with new_ground(user) as ground:
        found = attempt(host, ground, code, "writing")
    refused = os.getegid() == 0 if user is None else False
    assert found.errno == (errno.EPERM if refused else None)


@pytest.mark.parametrize("mode", MODES)
def test_attributes_of_files(host: Host, ground: Ground, mode: str) -> None:
    """No rule tells whose they are: to a worker no file system has any, and copies succeed."""
    code = "import os; answer = os.listxattr(given['own'])"
    assert attempt(host, ground, code, None).error == ""
    assert attempt(host, ground, code, mode).errno == errno.ENOTSUP


@pytest.mark.parametrize("mode", MODES)
def test_file_modes_and_times_of_its_own(host: Host, own_ground: Ground, mode: str) -> None:
    """Copies keep times and modes where a cell may write; read-only mode changes none at all."""
    code = "import shutil; shutil.copy2(given['own'] + '/there', given['own'] + '/copy')"
    found = attempt(host, own_ground, code, mode)
    assert found.errno == (errno.EPERM if mode == READ_ONLY else None)


def test_a_machine_of_another_kind_has_no_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the numbers of calls are unknown, that there is no filter is known."""
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert not seccomp.available()
