"""What a hostile cell tries once neither source policy nor audit net is in its way.

A theft finds these variables: `target`, a path in a folder that holds nothing; `secret`, a file
that is not the notebook's; `port`, where somebody listens; `unix` and `abstract`, sockets of this
machine where somebody does, too; `key`, the file that snapshots are signed with; `neighbour`, a
folder of another notebook; `victim`, a process; `others`, processes that it must not touch: the
server, the warm parent, another notebook's worker. `call` makes a system call by its name. It has
succeeded when the folder holds something, somebody was reached, a process was harmed, or the
variable `loot` is true.

A harm is only to be survived.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from nbengine.models.session import ExecutionMode
from nbengine.policy.sandbox.call_numbers import OF_MACHINE
from nbengine.policy.sandbox.kernel import machine

READ, WRITE = ExecutionMode.READ_ONLY, ExecutionMode.WRITE_ENABLED
BOTH = (WRITE, READ)

Kind = Literal["file", "read", "process", "others", "network", "kernel", "limit"]


@dataclass(frozen=True)
class Theft:
    """One way to do what a mode forbids."""

    name: str
    kind: Kind
    code: str
    modes: tuple[ExecutionMode, ...] = BOTH
    """In which it must fail."""


@dataclass(frozen=True)
class Harm:
    """One way to be a nuisance to the engine."""

    name: str
    code: str
    ends: tuple[str, ...]
    """Statuses that its cell may have."""
    control: Literal["dies", "stays", "hoards"]
    """What the code does outside of the engine: it dies, no signal ends it, or it has `loot`."""


_NUMBERS = OF_MACHINE.get(machine(), {}) | {"pidfd_open": 434}

CALLS: Final = f"""
import ctypes, os, struct
_numbers = {_NUMBERS!r}
_libc = ctypes.CDLL(None, use_errno=True)
refusal = 0
def call(name, *given):
    global refusal
    words = [n if isinstance(n, bytes) else ctypes.c_long(n) for n in (_numbers[name], *given)]
    answer = _libc.syscall(*words)
    refusal = ctypes.get_errno() if answer == -1 else 0
    return -refusal or answer
def reached(*given):
    return call(*given) not in (-1, -13, -38)
loot = None
"""
"""Before each theft: `reached` is whether the kernel went beyond the question of leave.

`refusal` is the number of the error that the last call ended in.
"""


def _all(kind: Kind, table: dict[str, str], modes: tuple[ExecutionMode, ...] = BOTH) -> list[Theft]:
    return [Theft(name, kind, code.strip(), modes) for name, code in table.items()]


_FILES = {
    "open": "open(target, 'w').close()",
    "a folder": "os.mkdir(target)",
    "a link": "os.symlink('/etc/passwd', target)",
    "a pipe": "os.mkfifo(target)",
    "a socket": "import socket\nsocket.socket(socket.AF_UNIX).bind(target)",
    "a hard link out": "open('mine', 'w').close()\nos.link('mine', target)",
    "a move out": "open('mine', 'w').close()\nos.rename('mine', target)",
    "a hard link in": "os.link(secret, 'theirs')\nopen('theirs', 'a').close()\nloot = True",
    "a link in": "os.symlink(secret, 'link')\nopen('link', 'a').close()\nloot = True",
    "a link to a folder": (
        "os.symlink(os.path.dirname(target), 'there')\nopen('there/x', 'w').close()"
    ),
    "a folder's descriptor": (
        "there = os.open(os.path.dirname(target), os.O_PATH)\n"
        "os.close(os.open('x', os.O_CREAT | os.O_WRONLY, dir_fd=there))"
    ),
    "the root of a process": "open(f'/proc/self/root{target}', 'w').close()",
    "the working folder of a process": (
        "open('/proc/self/cwd/' + os.path.relpath(target), 'w').close()"
    ),
    "a descriptor opened again": (
        "there = os.open(secret, os.O_PATH)\nopen(f'/proc/self/fd/{there}', 'a').close()\n"
        "loot = True"
    ),
    "a file cut short": "os.truncate(secret, os.stat(secret).st_size)\nloot = True",
    "a file opened to be cut": "os.open(secret, os.O_RDONLY | os.O_TRUNC)\nloot = True",
    "a mode": "os.chmod(secret, 0o600)\nloot = True",
    "a mode by a newer call": (
        "loot = call('fchmodat2', -100 % 2**64, secret.encode(), 0o600, 0) == 0"
    ),
    "a mode by its descriptor": (
        "import glob\nlibrary = glob.glob(os.path.dirname(os.__file__) + '/os.py')[0]\n"
        "there = os.open(library, os.O_RDONLY)\nos.fchmod(there, os.fstat(there).st_mode & 0o777)\n"
        "loot = True"
    ),
    "times": "os.utime(secret)\nloot = True",
    "times by what is open": (
        "import contextlib\nos.open('/', os.O_PATH)\nfor there in range(64):\n"
        "    with contextlib.suppress(OSError):\n"
        "        os.utime('../' * 9 + secret[1:], dir_fd=there)\n        loot = True"
    ),
    "an owner": "os.chown(secret, os.getuid(), os.getgid())\nloot = True",
    "attributes": "os.setxattr(secret, 'user.x', b'1')\nloot = True",
    "the key": "open(key, 'a').close()\nloot = True",
    "a neighbour's folder": "open(neighbour + '/data/x', 'w').close()\nloot = True",
    "a neighbour's state": "open(neighbour + '/state/x', 'w').close()\nloot = True",
    "a new neighbour": "os.mkdir(neighbour + '2')\nloot = True",
    "Python's modules": (
        "import sysconfig\n"
        "there = sysconfig.get_paths()['purelib'] + f'/{own_name}.pth'\n"
        "os.open(there, os.O_WRONLY | os.O_CREAT)\nos.unlink(there)\nloot = True"
    ),
    "Python itself": "open(os.__file__, 'a').close()\nloot = True",
    "the home folder": (
        "import pwd\nthere = pwd.getpwuid(os.getuid()).pw_dir + '/.' + own_name\n"
        "os.mkdir(there)\nos.rmdir(there)\nloot = True"
    ),
    "everybody's temporary files": (
        "there = f'/tmp/not-there-{os.getpid()}'\nopen(there, 'w').close()\nos.unlink(there)\n"
        "loot = True"
    ),
    "everybody's shared memory": (
        "from multiprocessing import resource_tracker, shared_memory\n"
        "m = shared_memory.SharedMemory(own_name, create=True, size=16)\n"
        "resource_tracker.unregister(m._name, 'shared_memory')"
    ),
    "System V's shared memory": "call('shmget', own_key, 16, 0o1600)",
    "the kernel's settings": (
        "os.close(os.open('/proc/sys/kernel/core_pattern', os.O_WRONLY))\nloot = True"
    ),
    "the kernel's devices": (
        "loot = os.open('/sys/kernel/mm/transparent_hugepage/enabled', os.O_WRONLY) and True"
    ),
    "a device of one's own": "os.mknod('disk', 0o60600, os.makedev(1, 0))\nloot = True",
    "who goes first when memory runs out": (
        "open('/proc/self/oom_score_adj', 'w').write('0')\nloot = True"
    ),
}
_OPENED_TO_BE_WRITTEN = """
import glob
def opened(place):
    try:
        return os.open(place, os.O_WRONLY) > 0
    except OSError:
        return False
loot = any(map(opened, glob.glob('/sys/fs/cgroup/**/' + name, recursive=True)))
"""
_GROUPS = {
    "another control group": "name = 'cgroup.procs'",
    "a limit of memory": "name = 'memory.*'",
    "a limit of processes": "name = 'pids.max'",
}
_ANY_OF = """
def opened(place):
    try:
        there = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
        return os.fstat(there).st_rdev != os.stat(os.devnull).st_rdev
    except OSError as error:
        global refusal
        refusal = error.errno
loot = any(map(opened, places.split()))
"""
_READS = {
    "open": "loot = open(secret).read()",
    "a link": "os.symlink(secret, 'to')\nloot = open('to').read()",
    "a hard link": "os.link(secret, 'hard')\nloot = open('hard').read()",
    "sendfile": ("a, b = os.pipe()\nloot = os.sendfile(b, os.open(secret, os.O_RDONLY), 0, 4)"),
    "the root of a process": "loot = open(f'/proc/{victim}/root{secret}').read()",
    "the folder of a process": "loot = os.listdir(f'/proc/{victim}/cwd/')",
    "a handle": (
        "handle = ctypes.create_string_buffer(struct.pack('Ii', 128, 0), 136)\n"
        "at = ctypes.addressof\nmount_id = ctypes.c_int()\n"
        "loot = reached('name_to_handle_at', -100 % 2**64, secret.encode(), at(handle), "
        "at(mount_id), 0)"
    ),
    "a file by its handle": (
        "nothing = ctypes.create_string_buffer(struct.pack('Ii', 8, 1), 16)\n"
        "loot = reached('open_by_handle_at', os.open('/', os.O_RDONLY), "
        "ctypes.addressof(nothing), 0)"
    ),
    "passwords": "loot = open('/etc/shadow', 'rb').read(1) and True",
    "the home folder": (
        "import pwd\nloot = os.listdir(pwd.getpwuid(os.getuid()).pw_dir) is not None"
    ),
    "the key": "loot = open(key, 'rb').read()",
    "the workspace": "loot = os.listdir(os.path.dirname(neighbour))",
    "a neighbour's data": "loot = os.listdir(neighbour + '/data') is not None",
    "a neighbour's state": "loot = os.listdir(neighbour + '/state')",
    "everybody's temporary files": "loot = os.listdir('/tmp')",
    "logs": "loot = os.listdir('/var/log')",
    "the disk": (
        "places = '/dev/vda /dev/sda /dev/nvme0n1 /dev/dm-0 /dev/zram0 /dev/loop0'" + _ANY_OF
    ),
    "memory of the machine": "places = '/proc/kcore /dev/mem /dev/port'" + _ANY_OF,
    "what the kernel tells root": (
        "places = 'kpageflags kpagecount vmallocinfo slabinfo timer_list pagetypeinfo'.split()\n"
        "loot = [p for p in places if open('/proc/' + p, 'rb').read(1)]"
    ),
    "words of the kernel": "places = '/dev/kmsg /proc/kmsg'" + _ANY_OF,
    "what the terminals show": "places = '/dev/vcs /dev/tty0 /dev/console'" + _ANY_OF,
    "another machine in this one": "places = '/dev/kvm /dev/vhost-net /dev/net/tun'" + _ANY_OF,
    "another's environment": "loot = open(f'/proc/{victim}/environ', 'rb').read(1)",
    "another's memory map": "loot = open(f'/proc/{victim}/maps').read(1)",
    "another's descriptors": "loot = os.readlink(f'/proc/{victim}/fd/0')",
    "another's name spaces": "loot = os.readlink(f'/proc/{victim}/ns/net')",
    "environments of the engine": (
        "loot = [n for n in others if open(f'/proc/{n}/environ', 'rb').read(1)]"
    ),
    "descriptors of the engine": ("loot = [os.readlink(f'/proc/{n}/fd/0') for n in others]"),
    "memory of the engine": "loot = [os.open(f'/proc/{n}/mem', os.O_RDONLY) for n in others]",
}
_PROCESSES = {
    "fork": (
        "a, b = os.pipe()\npid = os.fork()\nif not pid:\n    os.write(b, b'x')\n    os._exit(0)\n"
        "os.waitpid(pid, 0)\nloot = os.read(a, 1)"
    ),
    "fork by its number": (
        "pid = call('clone', 17, 0, 0, 0, 0)\nif pid == 0: _libc._exit(0)\nloot = pid > 0"
    ),
    "a program in its place": "loot = reached('execve', b'/not/there', 0, 0)",
    "a program by its descriptor": "loot = reached('execveat', -1 % 2**64, b'/not/there', 0, 0, 0)",
    "a program in memory": "loot = reached('memfd_create', b'x', 0)",
    "posix_spawn": (
        "pid = os.posix_spawn('/bin/true', ['true'], {})\nos.waitpid(pid, 0)\nloot = pid"
    ),
    "subprocess": "import subprocess\nloot = subprocess.run(['true']).returncode == 0",
    "os.system": "loot = os.system('true') == 0",
    "popen of C": "loot = _libc.popen(b'true', b'r') != 0",
    "multiprocessing": (
        "import multiprocessing as m\np = m.get_context('fork').Process(target=len, args=('',))\n"
        "p.start(); p.join()\nloot = p.exitcode == 0"
    ),
}
_OTHERS = {
    "SIGKILL": "os.kill(victim, 9)",
    "SIGSTOP": (
        "os.kill(victim, 19)\nwhile ' T ' not in open(f'/proc/{victim}/stat').read(): pass"
    ),
    "SIGKILL to its group": "os.killpg(victim, 9)",
    "the groups of the engine": "[os.killpg(os.getpgid(n), 0) for n in others]\nloot = True",
    "the engine": "[os.kill(n, 0) for n in others]\nloot = True",
    "a signal to a thread": "loot = call('tgkill', victim, victim, 9) == 0",
    "a signal to a thread of any process": "loot = call('tkill', victim, 9) == 0",
    "a queued signal": (
        "info = ctypes.create_string_buffer(struct.pack('iii', 9, 0, -1), 128)\n"
        "loot = call('rt_sigqueueinfo', victim, 9, ctypes.addressof(info)) == 0"
    ),
    "a signal by a descriptor": (
        "loot = call('pidfd_send_signal', call('pidfd_open', victim, 0), 9, 0, 0) == 0"
    ),
    "a signal by input": (
        "import fcntl, socket\na, b = socket.socketpair()\nfcntl.fcntl(a, 8, victim)\n"
        "fcntl.fcntl(a, 10, 9)\nfcntl.fcntl(a, 4, os.O_ASYNC | os.O_NONBLOCK)\nb.send(b'x')"
    ),
    "a signal by input, asked of the file": (
        "import fcntl, socket\na, b = socket.socketpair()\nfcntl.ioctl(a, 0x8901, "
        "struct.pack('i', victim))\nfcntl.fcntl(a, 4, os.O_ASYNC)\nb.send(b'x')"
    ),
    "ptrace": "loot = [n for n in [victim] if call('ptrace', 16, n, 0, 0) == 0]",
    "its memory": "loot = os.open(f'/proc/{victim}/mem', os.O_RDWR) and True",
    "its memory by a call": (
        "n = ctypes.create_string_buffer(8)\nv = struct.pack('PN', ctypes.addressof(n), 0)\n"
        "b = ctypes.create_string_buffer(v)\n"
        "loot = reached('process_vm_writev', victim, ctypes.addressof(b), 1, "
        "ctypes.addressof(b), 1, 0)"
    ),
    "its descriptors": ("loot = call('pidfd_getfd', call('pidfd_open', victim, 0), 0, 0) >= 0"),
    "whether two share": "loot = reached('kcmp', victim, victim, 2, 0, 0)",
    "its limits": (
        "import resource\nresource.prlimit(victim, resource.RLIMIT_NOFILE, (64, 64))\nloot = True"
    ),
    "its processors": "os.sched_setaffinity(victim, {0})\nloot = True",
    "its priority": "os.setpriority(os.PRIO_PROCESS, victim, 19)\nloot = True",
    "the priority of its group": "loot = call('setpriority', 1, victim, 19) == 0",
    "its class": "os.sched_setscheduler(victim, os.SCHED_IDLE, os.sched_param(0))\nloot = True",
    "its disk": "loot = call('ioprio_set', 1, victim, 3 << 13) == 0",
    "its turn when memory runs out": (
        "open(f'/proc/{victim}/oom_score_adj', 'w').write('900')\nloot = True"
    ),
    "its name": "open(f'/proc/{victim}/comm', 'w').write('x')\nloot = True",
    "its name spaces": (
        "loot = call('setns', os.open(f'/proc/{victim}/ns/uts', os.O_RDONLY), 0) == 0"
    ),
    "its name spaces by a descriptor": (
        "loot = call('setns', call('pidfd_open', victim, 0), 0x04000000) == 0"
    ),
    "a child that is not its own": "loot = reached('clone', 0x18000, 0, 0, 0, 0)",
}
_NETWORK = {
    "TCP": "import socket\nsocket.create_connection(('127.0.0.1', port), 2).close()",
    "TCP of version 6": (
        "import socket\nsocket.create_connection(('::ffff:127.0.0.1', port), 2).close()"
    ),
    "multipath TCP": (
        "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)\n"
        "s.settimeout(2); s.connect(('127.0.0.1', port))"
    ),
    "TCP that is fast": (
        "import socket\ns = socket.socket()\ns.sendto(b'x', 0x20000000, ('127.0.0.1', port))"
    ),
    "TCP by number": (
        "import socket\nfd = call('socket', 2, 1, 0)\n"
        "at = struct.pack('=H', 2) + struct.pack('!H4s8x', port, bytes([127, 0, 0, 1]))\n"
        "loot = call('connect', fd, at, 16) == 0"
    ),
    "a listener": (
        "import socket\ns = socket.socket()\ns.bind(('127.0.0.1', 0))\ns.listen()\nloot = True"
    ),
    "UDP": (
        "import socket\n"
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', port))"
    ),
    "UDP that is connected": (
        "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "s.connect(('127.0.0.1', port))\ns.send(b'x')"
    ),
    "UDP in many parts": (
        "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "s.sendmsg([b'x'], [], 0, ('127.0.0.1', port))"
    ),
    "UDP of version 6": (
        "import socket\nloot = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) and True"
    ),
    "raw packets": (
        "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_RAW, 1)\nloot = True"
    ),
    "raw frames": "import socket\nsocket.socket(socket.AF_PACKET, socket.SOCK_RAW)\nloot = True",
    "netlink": (
        "import socket\nsocket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).bind((0, 0))\n"
        "loot = True"
    ),
    "ciphers of the kernel": (
        "import socket\ns = socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)\n"
        "s.bind(('hash', 'sha256'))\nloot = True"
    ),
    "sockets of rarer families": (
        "families = [n for n in range(50) if n not in (1, 2, 10, 16, 17)]\n"
        "loot = [n for n in families for kind in (1, 2, 3, 5) if call('socket', n, kind, 0) >= 0]"
    ),
    "a unix socket": "import socket\nsocket.socket(socket.AF_UNIX).connect(unix)",
    "an abstract socket": "import socket\nsocket.socket(socket.AF_UNIX).connect(abstract)",
    "a unix socket by a pair": (
        "import socket\na, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
        "a.sendto(b'x', unix + '.datagrams')"
    ),
    "a unix socket by a pair of packets": (
        "import socket\na, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
        "a.sendmsg([b'x'], [], 0, unix + '.datagrams')\n"
        "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', unix + '.datagrams')"
    ),
    "a pair that is tied anew": (
        "import socket\na, b = socket.socketpair()\n"
        "loot = reached('connect', a.fileno(), struct.pack('=H14x', 0), 16) "
        "or reached('connect', call('socket', 1, 1, 0), b'\\1\\0/x', 4)"
    ),
    "a unix listener": (
        "import socket\ns = socket.socket(socket.AF_UNIX)\ns.bind('\\0' + own_name)\ns.listen()\n"
        "loot = True"
    ),
    "a program": (
        "import subprocess, sys\nsubprocess.run([sys.executable, '-Ic', 'import socket; "
        'socket.create_connection(("127.0.0.1", %d), 2)\' % port])'
    ),
}
_KERNEL = {
    "mount": "loot = reached('mount', b'none', b'/not/there', b'tmpfs', 0, 0)",
    "umount": "loot = reached('umount2', b'/not/there', 0)",
    "a new mount": "loot = call('fsopen', b'tmpfs', 0) >= 0",
    "a copy of a mount": "loot = call('open_tree', -100 % 2**64, b'/', 1) >= 0",
    "attributes of mounts": (
        "loot = reached('mount_setattr', -100 % 2**64, b'/not/there', 0, 0, 32)"
    ),
    "chroot": "os.chroot('/')\nloot = True",
    "another root": "loot = reached('pivot_root', b'/not/there', b'/not/there')",
    "name spaces": "loot = call('unshare', 0x08000000) == 0",
    "a user of its own": "loot = call('unshare', 0x10000000) == 0",
    "name spaces of a child": (
        "pid = call('clone', 0x10000000 | 17, 0, 0, 0, 0)\nif pid == 0: _libc._exit(0)\n"
        "loot = pid > 0"
    ),
    "keys": "loot = call('keyctl', 0, -3 % 2**64, 1) > 0",
    "a new key": "loot = call('add_key', b'user', b'nbengine', b'x', 1, -1 % 2**64) > 0",
    "programs in the kernel": "loot = reached('bpf', 5, 0, 0)",
    "counters": "loot = reached('perf_event_open', 0, 0, -1 % 2**64, -1 % 2**64, 0)",
    "rings": "loot = reached('io_uring_setup', 1, 0)",
    "faults": "loot = reached('userfaultfd', 0)",
    "modules": "loot = reached('init_module', 0, 0, b'')",
    "a module away": "loot = reached('delete_module', b'nbengine_none', 0)",
    "another kernel": "loot = reached('kexec_load', 0, 99, 0, 0)",
    "an end of it all": "loot = reached('reboot', 0, 0, 0, 0)",
    "the clock": "loot = reached('clock_settime', 99, 0)",
    "the clock's pace": (
        "asked = ctypes.create_string_buffer(struct.pack('I', 0x2), 256)\n"
        "loot = reached('clock_adjtime', 99, ctypes.addressof(asked))"
    ),
    "swap": "loot = reached('swapoff', b'/not/there')",
    "accounts": "loot = reached('acct', b'/not/there')",
    "the kernel's log": "loot = call('syslog', 10, 0, 0) > 0",
    "the name of the machine": (
        "import socket\nsocket.sethostname(socket.gethostname())\nloot = True"
    ),
    "what happens to files": "loot = call('inotify_init1', 0) >= 0",
    "what happens to all files": "loot = call('fanotify_init', 0, 0) >= 0",
    "ports": "loot = reached('iopl', 4)",
    "its nature": "loot = call('personality', 0x0040000) >= 0",
    "secret memory": "loot = reached('memfd_secret', 99)",
    "calls of an older processor": (
        "import mmap\nm = mmap.mmap(-1, 4096, prot=7)\n"
        "m.write(bytes.fromhex('53b814000000cd805bc3'))\n"
        "loot = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))() "
        "not in (-1, -38)"
    ),
}
_LIMITS = {
    "addresses": (
        "import resource as r\nr.setrlimit(r.RLIMIT_AS, (r.RLIM_INFINITY, r.RLIM_INFINITY))\n"
        "loot = True"
    ),
    "memory": (
        "import resource as r\nr.setrlimit(r.RLIMIT_DATA, (r.RLIM_INFINITY, r.RLIM_INFINITY))\n"
        "loot = True"
    ),
    "memory by a call": (
        "limit = ctypes.create_string_buffer(b'\\xff' * 16)\n"
        "loot = call('prlimit64', 0, 2, ctypes.addressof(limit), 0) == 0"
    ),
    "privileges": (
        "loot = any(int(l.split()[1], 16) for l in open('/proc/self/status') if 'Cap' in l)"
    ),
    "priority": "os.setpriority(os.PRIO_PROCESS, 0, -5)\nloot = True",
    "real time": "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))\nloot = True",
    "users": "os.setuid(65534)\nloot = True",
    "groups": "os.setgroups([0])\nloot = True",
}  # fmt: skip

if machine() != "x86_64":
    for name in ("ports", "calls of an older processor"):
        del _KERNEL[name]

THEFTS: Final[tuple[Theft, ...]] = (
    *_all("file", _FILES),
    *_all("file", {name: code + _OPENED_TO_BE_WRITTEN for name, code in _GROUPS.items()}),
    *_all("read", _READS),
    *_all("process", _PROCESSES, (READ,)),
    *_all("others", _OTHERS),
    *_all("network", _NETWORK),
    *_all("kernel", _KERNEL),
    *_all("limit", _LIMITS),
)

DEAD, ENDED = ("dead",), ("timeout",)
_MUTEX = "m = (ctypes.c_char * 64)()\nlibc = ctypes.CDLL(None)\nlibc.pthread_mutex_lock(m)\n"

HARMS: Final[tuple[Harm, ...]] = (
    Harm("a wrong address", "import ctypes\nctypes.string_at(0)", DEAD, "dies"),
    Harm("an exit", "import os\nos._exit(7)", DEAD, "dies"),
    Harm("an exit of C", "import ctypes\nctypes.CDLL(None)._exit(7)", DEAD, "dies"),
    Harm("an abort", "import os\nos.abort()", DEAD, "dies"),
    Harm("a signal", "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)", DEAD, "dies"),
    Harm("SIGKILL", "import os\nos.kill(os.getpid(), 9)", DEAD, "dies"),
    Harm(
        "a stack that overflows",
        "import ctypes\nmade = ctypes.create_string_buffer(1024)\n"
        "ctypes.CDLL(None).regcomp(made, b'(' * 10**6, 1)",
        DEAD,
        "dies",
    ),
    Harm(
        "memory that is overwritten",
        "import ctypes\nfor n in range(100_000): ctypes.memset(id(type(n)), 255, 4096)",
        DEAD,
        "dies",
    ),
    Harm(
        "swallowed exceptions",
        "import time\nwhile True:\n    try:\n        while True: time.sleep(0.01)\n"
        "    except BaseException: pass",
        ENDED,
        "stays",
    ),
    Harm(
        "ignored signals",
        "import signal, time\nfor n in (2, 3, 15): signal.signal(n, signal.SIG_IGN)\n"
        "while True:\n    try: time.sleep(600)\n    except BaseException: pass",
        ENDED,
        "stays",
    ),
    Harm(
        "blocked signals",
        "import signal, ctypes\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n"
        f"{_MUTEX}libc.pthread_mutex_lock(m)",
        ENDED,
        "stays",
    ),
    Harm(
        "the interpreter's lock",
        "sum(range(10**12))",
        ENDED,
        "stays",
    ),
    Harm(
        "a pattern that never ends",
        "import re, signal\nfor n in (2, 15): signal.pthread_sigmask(signal.SIG_BLOCK, [n])\n"
        "re.match('(a|a)*' * 4 + 'b', 'a' * 64)",
        ENDED,
        "stays",
    ),
    Harm("a process that is stopped", "import os\nos.kill(os.getpid(), 19)", ENDED, "stays"),
    Harm(
        "a process that stops itself again",
        "import os, threading\n"
        "def f():\n    while True: os.kill(os.getpid(), 19)\n"
        "threading.Thread(target=f).start()\nf()",
        ENDED,
        "stays",
    ),
    Harm(
        "output without end",
        "while True:\n    try:\n        while True: print('x' * 10_000)\n"
        "    except BaseException: pass",
        ENDED,
        "stays",
    ),
    Harm(
        "displays without end",
        "from IPython.display import display\nwhile True:\n    try:\n"
        "        while True: display({'text/html': 'x' * 100_000}, raw=True)\n"
        "    except BaseException: pass",
        ENDED,
        "stays",
    ),
    Harm(
        "output of C without end",
        "import os\nwhile True:\n    try:\n        while True: os.write(1, b'x' * 10_000)\n"
        "    except BaseException: pass",
        ENDED,
        "stays",
    ),
    Harm(
        "no streams",
        "import os, sys\nos.close(1); os.close(2); sys.stdout = sys.stderr = None\n"
        "sys.__stdout__ = None\nos._exit(3)",
        (*DEAD, "ok"),
        "dies",
    ),
    Harm(
        "no descriptors",
        "import os\nos.closerange(0, 4096)\nos.abort()",
        DEAD,
        "dies",
    ),
    Harm(
        "another file for every descriptor",
        "import os\nn = os.open('/dev/null', os.O_RDWR)\n"
        "for d in range(256): os.dup2(n, d)\nos.abort()",
        DEAD,
        "dies",
    ),
    Harm("memory", "loot = len(bytearray(600 << 20))", (*DEAD, "error"), "hoards"),
    Harm(
        "memory by pieces",
        "hoard = []\nwhile len(hoard) < 600: hoard.append(bytearray(b'x' * (1 << 20)))\n"
        "loot = len(hoard)",
        (*DEAD, "error"),
        "hoards",
    ),
    Harm(
        "memory of the kernel's maps",
        "import mmap\nm = mmap.mmap(-1, 600 << 20)\nfor n in range(0, 600 << 20, 4096): m[n] = 1\n"
        "loot = True",
        (*DEAD, "error"),
        "hoards",
    ),
    Harm(
        "memory of a folder of files",
        "import os\nos.makedirs('/dev/shm', exist_ok=True)\n"
        "path = f'/dev/shm/nbengine-hoard-{os.getpid()}'\ntry:\n    with open(path, 'wb') as f:\n"
        "        for n in range(600): f.write(b'x' * (1 << 20)); f.flush()\n    loot = True\n"
        "finally:\n    os.path.exists(path) and os.unlink(path)",
        (*DEAD, "error"),
        "hoards",
    ),
    Harm(
        "processes",
        "import os, time\npids = []\ntry:\n    for _ in range(100):\n        pid = os.fork()\n"
        "        if not pid: time.sleep(30); os._exit(0)\n        pids.append(pid)\n"
        "    loot = True\nfinally:\n    for pid in pids: os.kill(pid, 9); os.waitpid(pid, 0)",
        (*DEAD, "error"),
        "hoards",
    ),
    Harm(
        "threads",
        "import threading\ngo = threading.Event()\ntry:\n"
        "    for _ in range(100): threading.Thread(target=go.wait).start()\n    loot = True\n"
        "finally:\n    go.set()",
        (*DEAD, "error"),
        "hoards",
    ),
    Harm(
        "descriptors",
        "import os\nheld = []\ntry:\n"
        "    while len(held) < 300: held.append(os.open('/dev/null', 0))\n    loot = True\n"
        "finally:\n    for n in held: os.close(n)",
        (*DEAD, "error"),
        "hoards",
    ),
    Harm(
        "a long file",
        "import os\ntry:\n    with open('long', 'wb') as f: f.write(bytes(3 << 20))\n"
        "    loot = True\nfinally:\n    os.unlink('long')",
        (*DEAD, "error"),
        "hoards",
    ),
)  # fmt: skip
"""To be tried with limits below: 512 MiB, 48 processes, 256 open files, files of 2 MiB."""
