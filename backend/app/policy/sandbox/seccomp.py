"""The filter of system calls: what of the kernel a worker may use at all.

Written by our own hand, not by libseccomp: the one that stable distributions carry does not know
the calls of newer kernels, which can change a file's mode too, and so could not refuse them.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Self

from . import landlock
from .call_numbers import LAST, OF_MACHINE
from .confinement import Confinement
from .filter_program import Condition, Refusal, blocks, program
from .kernel import control, machine

_SET_SECCOMP, _GET_SECCOMP, _FILTER = 22, 21, 2
_UNIX, _INET, _INET6 = 1, 2, 10
_STREAM, _SEQPACKET, _TYPE = 1, 5, 0xF
_THREAD = 0x10000
_ACCESS_AND_TRUNCATE, _TRUNCATE_ONLY = 0o1003, 0o1000
_OF_OWNER, _OF_GROUP = 0o4000, 0o2000
"""S_ISUID and S_ISGID: a program that has them outlives its worker, and who runs it has the rights
of the engine's user, or group."""
_NEW_SPACES_OR_PARENT = 0x7E028000
"""CLONE_NEW* and CLONE_PARENT: a child of the worker is nobody else's."""
_OWN_MEMORY_ONLY = 1
_ASK = 0xFFFFFFFF
_DEATH_SIGNAL = 1
_SIGNALS_AND_LEASES = (8, 10, 15, 1024, 1026)
"""F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY."""
_TERMINAL_INPUT = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX, which type for the user."""
_SIGNAL_OWNER = (0x8901, 0x8902)
_FILE_FLAGS = (0x40086602, 0x40047602, 0x40087602, 0x401C5820)
"""FS_IOC_SETFLAGS, FS_IOC_SETVERSION twice, FS_IOC_FSSETXATTR."""

_ALWAYS = (
    "mount umount2 pivot_root chroot mount_setattr move_mount open_tree open_tree_attr fsopen "
    "fsconfig fsmount fspick unshare setns "
    "bpf perf_event_open io_uring_setup io_uring_enter io_uring_register memfd_secret "
    "ptrace process_vm_readv process_vm_writev process_madvise process_mrelease pidfd_getfd kcmp "
    "name_to_handle_at open_by_handle_at fanotify_init fanotify_mark "
    "inotify_init inotify_init1 inotify_add_watch add_key request_key keyctl lsm_set_self_attr "
    "kexec_load kexec_file_load init_module finit_module delete_module create_module reboot "
    "swapon swapoff acct quotactl quotactl_fd nfsservctl syslog settimeofday clock_settime "
    "clock_adjtime adjtimex sethostname setdomainname iopl ioperm modify_ldt vhangup uselib sysfs "
    "_sysctl lookup_dcookie"
)
_METADATA = (
    "chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes futimesat utimensat "
    "setxattr lsetxattr fsetxattr setxattrat removexattr lremovexattr fremovexattr removexattrat "
    "file_setattr"
)
_ATTRIBUTES = "getxattr lgetxattr fgetxattr getxattrat listxattr llistxattr flistxattr listxattrat"
"""No rule on a file tells who may read these; who copies files does without them."""
_SHARED_OBJECTS = (
    "shmget shmat shmctl shmdt semget semop semctl semtimedop msgget msgsnd msgrcv msgctl "
    "mq_open mq_unlink"
)
_OTHERS = (
    "prlimit64 sched_setaffinity sched_setscheduler sched_setparam sched_setattr move_pages "
    "migrate_pages"
)
"""Calls whose first argument is the process that they change."""
_SIGNALS = "kill tgkill"
_SIGNALS_BY_THREAD = "tkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal"


@dataclass(frozen=True)
class Leave:
    """What a worker may do, and what of it others watch over, so that the filter need not."""

    processes: bool = False
    network: bool = False
    metadata: bool = False
    """Times, modes and attributes of files: everything that is not its own is mounted read-only."""
    shared_objects: bool = False
    """System V and POSIX objects: it has a namespace of its own for them."""
    signals: bool = False
    """Landlock keeps its signals among its own processes."""
    unix_sockets: bool = False
    """Landlock rules which sockets in folders it reaches."""
    truncation: bool = False
    """The truncation of files is ruled."""
    group_modes: bool = False
    """A file may have its group's rights: folders that are shared do, and their copies. Not where
    the group is root's."""
    memory_files: bool = False
    """What lies in files that are memory alone is counted by a control group, or not limited."""

    @classmethod
    def to_others(cls, asked: Confinement, abi: int, own: Collection[str]) -> Self:
        """What Landlock of this version watches over, and these namespaces."""
        return cls(
            processes=asked.processes,
            network=asked.network,
            metadata="mnt" in own,
            shared_objects="ipc" in own and asked.processes,
            signals=abi >= landlock.SCOPES,
            unix_sockets=abi >= landlock.SOCKETS and asked.processes,
            truncation=abi >= landlock.TRUNCATION or "mnt" in own,
            group_modes=sys.platform != "win32" and os.getegid() != 0,
            memory_files=_is_counted(asked),
        )

    @classmethod
    def with_or_without_group(cls, asked: Confinement, abi: int) -> Iterator[Self]:
        """The same before it is known whether there is a control group, if it has all it wants."""
        leave = cls.to_others(asked, abi, asked.namespaces)
        yield replace(leave, memory_files=True)
        yield replace(leave, memory_files=False)


def _is_counted(asked: Confinement) -> bool:
    if asked.limits.memory_bytes is None:
        return True
    return asked.group is not None and "memory" in asked.group.limits


def available() -> bool:
    """Whether the kernel takes filters, and we know the numbers of this machine's calls."""
    if machine() not in OF_MACHINE:
        return False
    try:
        control(_GET_SECCOMP)
        control(_SET_SECCOMP, _FILTER, 0)
    except OSError as error:
        return error.errno == errno.EFAULT
    return False


def install(leave: Leave) -> None:
    """Hold this thread, and all that it starts, to the filter for ever.

    Raises:
        OSError: the kernel refused it.
    """
    code = written(leave, os.getpid())
    held = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("@HP", len(code) // 8, ctypes.addressof(held))
    given = ctypes.create_string_buffer(header, len(header))
    control(_SET_SECCOMP, _FILTER, ctypes.addressof(given))


@cache
def written(leave: Leave, pid: int) -> bytes:
    """The filter of one process, as the kernel takes it."""
    own = blocks(on_others(leave, pid), OF_MACHINE[machine()])
    return program((general(leave), own), machine(), LAST)


@cache
def general(leave: Leave) -> bytes:
    """The part of the filter that is the same in every worker of a kind."""
    return blocks(refusals(leave), OF_MACHINE[machine()])


def refusals(leave: Leave) -> Iterator[Refusal]:
    """What fails, and when it does not, whoever calls."""
    yield _all(_ALWAYS)
    yield from _of_processes(leave)
    yield from _of_sockets(leave)
    yield from _of_files(leave)
    if not leave.shared_objects:
        yield _all(_SHARED_OBJECTS)
    elif not leave.memory_files:
        yield _all("shmget")
    yield Refusal(("userfaultfd",), (Condition(0, (_OWN_MEMORY_ONLY,), _OWN_MEMORY_ONLY),))
    yield Refusal(("personality",), (Condition(0, (_ASK,)),))
    yield Refusal(("fcntl",), (Condition(1, _SIGNALS_AND_LEASES, among=False),))


def _of_processes(leave: Leave) -> Iterator[Refusal]:
    apart = Condition(0, (0,), _NEW_SPACES_OR_PARENT)
    # What it points at cannot be seen; C libraries take `clone` where it is missing.
    yield Refusal(("clone3",), error=errno.ENOSYS)
    if leave.processes:
        yield Refusal(("clone",), (apart,))
    else:
        yield Refusal(("clone",), (apart, Condition(0, (_THREAD,), _THREAD)))
        yield _all("fork vfork execve execveat")
    if not (leave.processes and leave.memory_files):
        yield _all("memfd_create")
    yield Refusal(("prctl",), (Condition(0, (_DEATH_SIGNAL,), among=False),))
    if not (leave.processes and leave.signals):
        yield _all(_SIGNALS_BY_THREAD)


def on_others(leave: Leave, pid: int) -> Iterator[Refusal]:
    """What a process may do to itself, and to no other."""
    itself = 0, pid
    if not (leave.processes and leave.signals):
        yield Refusal(tuple(_SIGNALS.split()), (Condition(0, (pid,)),))
    yield Refusal(tuple(_OTHERS.split()), (Condition(0, itself),))
    yield Refusal(("setpriority",), (Condition(0, (0,)), Condition(1, itself)))
    yield Refusal(("ioprio_set",), (Condition(0, (1,)), Condition(1, itself)))


def _of_sockets(leave: Leave) -> Iterator[Refusal]:
    families = (_INET, _INET6) * leave.network + (_UNIX,) * leave.unix_sockets
    # A pair of datagram sockets could send to any address; these are tied to each other.
    pair = Condition(0, (_UNIX,)), Condition(1, (_STREAM, _SEQPACKET), _TYPE)
    yield Refusal(("socketpair",), pair)
    if families:
        yield Refusal(("socket",), (Condition(0, families),))
        return
    yield _all("socket connect bind listen accept accept4")
    yield Refusal(("sendto",), (Condition(4, (0,)), Condition(4, (0,), upper=True)))


def _of_files(leave: Leave) -> Iterator[Refusal]:
    flags = () if leave.metadata else _FILE_FLAGS
    refused = (*_TERMINAL_INPUT, *_SIGNAL_OWNER, *flags)
    yield Refusal(("ioctl",), (Condition(1, refused, among=False),))
    yield Refusal(tuple(_ATTRIBUTES.split()), error=errno.ENOTSUP)
    rights = _OF_OWNER if leave.group_modes else _OF_OWNER | _OF_GROUP
    if leave.metadata:
        yield Refusal(("chmod", "fchmod"), (_without(rights, 1),))
        yield Refusal(("fchmodat", "fchmodat2"), (_without(rights, 2),))
    else:
        yield _all(_METADATA)
    yield Refusal(("creat", "mknod"), (_without(rights, 1),))
    yield Refusal(("mknodat",), (_without(rights, 2),))
    if not leave.truncation:
        yield _all("truncate")
    for call, place in (("open", 1), ("openat", 2)):
        whole = Condition(place, (_TRUNCATE_ONLY,), _ACCESS_AND_TRUNCATE, among=False)
        ruled = () if leave.truncation else (whole,)
        yield Refusal((call,), (*ruled, _without(rights, place + 1)))
    yield Refusal(("openat2",), error=errno.ENOSYS)  # what it points at cannot be seen


def _without(rights: int, mode: int) -> Condition:
    """That argument is a mode in which these are not set."""
    return Condition(mode, (0,), rights)


def _all(names: str) -> Refusal:
    return Refusal(tuple(names.split()))
