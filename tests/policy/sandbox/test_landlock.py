from __future__ import annotations

import errno
from dataclasses import replace
from typing import Any

import pytest

from nbengine.policy.sandbox import landlock
from tests.policy.sandbox.host import Ground, Host, Outcome

REFUSALS = ("PermissionError", "OSError: [Errno 30]", "OSError: [Errno 18]")
"""Not permitted, a read-only file system, another file system."""

OUTSIDE = {
    "create": "open(given['outside'] + '/new', 'x')",
    "write": "open(given['outside'] + '/there', 'r+').write('x')",
    "append": "open(given['outside'] + '/there', 'a').write('x')",
    "truncate": "__import__('os').truncate(given['outside'] + '/there', 0)",
    "open to truncate": "import os; os.open(given['outside'] + '/there', os.O_TRUNC | os.O_RDONLY)",
    "nameless file": "import os; os.open(given['outside'], os.O_TMPFILE | os.O_RDWR)",
    "rename": "import os; os.rename(given['outside'] + '/there', given['outside'] + '/moved')",
    "rename into": "import os; os.rename(given['own'] + '/there', given['outside'] + '/moved')",
    "rename out of": "import os; os.rename(given['outside'] + '/there', given['own'] + '/moved')",
    "link": "import os; os.link(given['outside'] + '/there', given['own'] + '/linked')",
    "link into": "import os; os.link(given['own'] + '/there', given['outside'] + '/linked')",
    "symbolic link": "import os; os.symlink('/', given['outside'] + '/linked')",
    "write through a symbolic link": (
        "import os; os.symlink(given['outside'] + '/there', given['own'] + '/link');"
        "open(given['own'] + '/link', 'w')"
    ),
    "write through /proc": (
        "import os; d = os.open(given['outside'] + '/there', os.O_PATH);"
        "os.open(f'/proc/self/fd/{d}', os.O_WRONLY)"
    ),
    "folder": "import os; os.mkdir(given['outside'] + '/new')",
    "remove": "import os; os.remove(given['outside'] + '/there')",
    "remove by a folder's descriptor": (
        "import os; os.unlink('there', dir_fd=os.open(given['outside'], os.O_PATH))"
    ),
    "fifo": "import os; os.mkfifo(given['outside'] + '/new')",
    "mode": "import os; os.chmod(given['outside'] + '/there', 0o777)",
    "owner": "import os; os.chown(given['outside'] + '/there', os.getuid(), os.getgid())",
    "times": "import os; os.utime(given['outside'] + '/there', (1, 1))",
    "attribute": "import os; os.setxattr(given['outside'] + '/there', 'user.a', b'a')",
}
READING = {
    "read": "open(given['outside'] + '/there').read()",
    "list": "import os; os.listdir(given['outside'])",
    "read through a symbolic link": (
        "import os; os.symlink(given['outside'] + '/there', given['own'] + '/link');"
        "open(given['own'] + '/link').read()"
    ),
    "map": (
        "import mmap, os; d = os.open(given['outside'] + '/there', os.O_RDONLY);"
        "mmap.mmap(d, 0, prot=mmap.PROT_READ)"
    ),
    "the users' password file": "open('/etc/passwd').read(); open('/etc/shadow').read()",
    "the parent's memory": "import os; open(f'/proc/{os.getppid()}/mem', 'rb')",
    "the parent's environment": "import os; open(f'/proc/{os.getppid()}/environ').read()",
}
INPUT = {
    "mode": "import os; os.fchmod(os.open(given['input'] + '/there', 0), 0o777)",
    "times": "import os; os.utime(os.open(given['input'] + '/there', 0), (1, 1))",
    "attribute": "import os; os.setxattr(os.open(given['input'] + '/there', 0), 'user.a', b'a')",
    "flags": (
        "import fcntl, os, struct;"
        "fcntl.ioctl(os.open(given['input'] + '/there', 0), 0x40086602, struct.pack('l', 0x40))"
    ),
    "link": "import os; os.link(given['input'] + '/there', given['own'] + '/linked')",
    "rename": "import os; os.rename(given['input'] + '/there', given['own'] + '/moved')",
    "write": "open(given['input'] + '/there', 'a').write('x')",
}
"""What somebody who may read a file tries with it, by its descriptor too."""

SYSTEM = {
    "all files by the own root": "open('/proc/self/root/etc/shadow')",
    "the kernel's log": "open('/dev/kmsg', 'rb')",
    "the terminal": "open('/dev/tty', 'rb')",
    "settings of the kernel": "open('/proc/sys/kernel/core_pattern', 'r+')",
    "its turn when memory runs out": "open('/proc/self/oom_score_adj', 'r+')",
    "its memory, around every protection": "open('/proc/self/mem', 'r+b')",
    "a control group": "import os; os.mkdir('/sys/fs/cgroup/new')",
}

MODES: dict[str, dict[str, Any]] = {
    "read only": {"mode": "read_only"},
    "writing": {"mode": "write_enabled"},
    "writing, with processes": {"mode": "write_enabled", "processes": True},
    "writing, with network": {"mode": "write_enabled", "processes": True, "network": True},
}
HOSTS: dict[str, dict[str, Any]] = {
    "all": {},
    "no mounts": {"without": ["mounts"]},
    "no namespaces": {"without": ["namespaces"]},
    "first Landlock": {"landlock_abi": 1},
    "first Landlock, no namespaces": {"landlock_abi": 1, "without": ["namespaces"]},
}


def attempt(
    host: Host, ground: Ground, code: str, mode: str | None, lacking: str = "all"
) -> Outcome:
    """What becomes of code that wants to reach outside, in a mode or unconfined."""
    confinement = None if mode is None else ground.confinement(**MODES[mode])
    places: dict[str, Any] = {
        "own": str(ground.own),
        "outside": str(ground.outside),
        "input": str(ground.input),
    }
    return host.run(code, confinement, absent=HOSTS[lacking], user=ground.user, **places)


@pytest.mark.parametrize("name", OUTSIDE | READING)
def test_the_attempts_would_succeed(host: Host, own_ground: Ground, name: str) -> None:
    """Whoever is not confined does all of it, so that a refusal is the confinement's."""
    assert attempt(host, own_ground, (OUTSIDE | READING)[name], None).error == ""


def untouched(ground: Ground) -> bool:
    """Whether what lies outside is as it was."""
    names = sorted(path.name for path in ground.outside.iterdir())
    there = (ground.outside / "there").stat()
    return (names, there.st_size, there.st_mode & 0o002) == (["there"], 4, 0) and there.st_mtime > 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", OUTSIDE | READING)
def test_nothing_outside_is_reached(host: Host, ground: Ground, name: str, mode: str) -> None:
    """In every mode, whoever runs the worker, the file system ends where the mode says."""
    found = attempt(host, ground, (OUTSIDE | READING)[name], mode)
    assert found.isolation
    assert found.error.startswith(REFUSALS)
    assert untouched(ground)


@pytest.mark.parametrize("lacking", [name for name in HOSTS if name != "all"])
@pytest.mark.parametrize("mode", ["read only", "writing, with processes"])
@pytest.mark.parametrize("name", OUTSIDE | READING)
def test_a_host_that_lacks_something_promises_the_same(
    host: Host, own_ground: Ground, name: str, mode: str, lacking: str
) -> None:
    """Without mounts, without namespaces, with the oldest Landlock: the coarser layer refuses."""
    found = attempt(host, own_ground, (OUTSIDE | READING)[name], mode, lacking)
    assert found.isolation
    assert found.error.startswith(REFUSALS)
    assert untouched(own_ground)


@pytest.mark.parametrize("mode", MODES)
def test_own_folders_and_inputs_are_as_ever(host: Host, ground: Ground, mode: str) -> None:
    """In its own folders a worker does everything with files, and inputs are read."""
    code = """
import os, pathlib
own, input = pathlib.Path(given["own"]), pathlib.Path(given["input"])
(own / "folder").mkdir()
(own / "folder" / "a").write_text("a")
os.rename(own / "folder" / "a", own / "b")
os.link(own / "b", own / "c")
os.symlink(own / "c", own / "d")
os.truncate(own / "d", 0)
os.mkfifo(own / "e")
os.remove(own / "e")
answer = [(input / "there").read_text(), sorted(os.listdir(own)), os.listdir(input)]
"""
    found = attempt(host, ground, code, mode)
    assert found.error == ""
    assert found.answer == ["text", ["b", "c", "d", "folder", "there"], ["there"]]


@pytest.mark.parametrize("name", INPUT)
def test_inputs_would_be_changed(host: Host, own_ground: Ground, name: str) -> None:
    """Unconfined, all of it succeeds, flags apart, which not every file system has."""
    assert attempt(host, own_ground, INPUT[name], None).errno in {None, errno.ENOTTY}


@pytest.mark.parametrize("lacking", HOSTS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", INPUT)
def test_inputs_are_not_changed(
    host: Host, own_ground: Ground, name: str, mode: str, lacking: str
) -> None:
    """What a worker may read it may not change, whatever the host lacks."""
    before = (own_ground.input / "there").stat()
    found = attempt(host, own_ground, INPUT[name], mode, lacking)
    assert found.isolation
    assert found.error.startswith(REFUSALS)
    assert (own_ground.input / "there").stat()[:9] == before[:9]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", SYSTEM)
def test_the_system_is_not_touched(host: Host, ground: Ground, name: str, mode: str) -> None:
    """What governs the machine and the worker itself is out of reach, for root's worker too."""
    found = attempt(host, ground, SYSTEM[name], mode)
    assert found.isolation
    assert found.error.startswith((*REFUSALS, "FileNotFoundError"))


@pytest.mark.parametrize("mode", MODES)
def test_what_every_program_needs_is_there(host: Host, ground: Ground, mode: str) -> None:
    """Python's library, the system's, devices without content and the process's own facts."""
    code = """
import os, pathlib
pathlib.Path(os.__file__).read_text(encoding="utf-8")
os.listdir("/usr/lib")
with open(os.devnull, "w") as nowhere:
    nowhere.write("x")
answer = [
    len(open("/dev/urandom", "rb").read(8)), bool(open("/etc/passwd").read()),
    os.getpid() == int(open("/proc/self/stat").read().split()[0]), os.cpu_count() > 0,
    "MemTotal" in open("/proc/meminfo").read(), bool(os.listdir("/proc/self/fd")),
]
"""
    found = attempt(host, own_if_root(ground), code, mode)
    assert found.error == ""
    assert found.answer == [8, True, True, True, True, True]


def own_if_root(ground: Ground) -> Ground:
    """The interpreter of the tests may lie where only its owner reads."""
    return ground if ground.user is None else replace(ground, user=None)


def test_other_processes_are_not_listed(host: Host, own_ground: Ground) -> None:
    """Without processes of its own a worker sees no one's command line."""
    code = "answer = open('/proc/1/cmdline').read() is not None"
    assert attempt(host, own_ground, code, None).answer is True
    assert attempt(host, own_ground, code, "read only").error.startswith("PermissionError")


def test_the_rules_hold_for_threads_and_children(host: Host, own_ground: Ground) -> None:
    """Whatever is started later is held to the same."""
    code = """
import subprocess, sys, threading
errors = []
def reach():
    try:
        open(given["outside"] + "/there").read()
    except PermissionError as error:
        errors.append(error)
thread = threading.Thread(target=reach)
thread.start()
thread.join()
child = subprocess.run(["cat", given["outside"] + "/there"], capture_output=True)
answer = [len(errors), child.returncode]
"""
    assert attempt(host, own_ground, code, "writing, with processes").answer == [1, 1]


def test_the_kernel_s_version_is_known() -> None:
    """It is that of a kernel which has file rules at all."""
    assert landlock.version() >= 1
