from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nbengine.models.session import ExecutionMode
from nbengine.policy.sandbox import landlock, mounts
from nbengine.policy.sandbox.confinement import Confinement
from nbengine.policy.sandbox.confining import Layer
from tests.policy.sandbox.host import Ground, Host, new_ground

MODES = ["read_only", "write_enabled", "epics_control"]


@pytest.mark.parametrize("mode", MODES)
def test_what_holds_is_told(host: Host, ground: Ground, mode: str) -> None:
    """Where nothing is missing every layer is named."""
    found = host.run("", ground.confinement(mode), user=ground.user).isolation
    assert found["level"] == "process"
    assert found["mode"] == mode
    assert found["landlock_abi"] == landlock.version()
    assert found["seccomp"]
    assert found["memory_limit_by"] is None
    if found["namespaces"]:
        mounts = [] if mode == "read_only" else ["mnt"]
        assert found["namespaces"] == ["user", "ipc", "net", *mounts]
        assert found["missing"] == []


def test_the_network_is_its_own_or_everybody_s(host: Host, own_ground: Ground) -> None:
    """A worker with leave for the network is in no network of its own."""
    found = host.run("", own_ground.confinement("write_enabled", network=True))
    assert "net" not in found.isolation["namespaces"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "layer, said", [("landlock", "has no Landlock"), ("seccomp", "no filter of system calls")]
)
def test_what_is_required_and_missing_is_an_error(
    host: Host, ground: Ground, mode: str, layer: Layer, said: str
) -> None:
    """Nothing runs on a host that cannot keep the mode's promises, and a sentence says why."""
    found = host.run(
        "answer = 1", ground.confinement(mode), absent={"without": [layer]}, user=ground.user
    )
    assert found.answer is None
    assert found.error.startswith("IsolationUnavailableError")
    assert said in found.error


@pytest.mark.parametrize("layer", ["landlock", "seccomp"])
def test_a_weaker_host_that_was_chosen_knowingly(
    host: Host, own_ground: Ground, layer: Layer
) -> None:
    """Whoever asks for the best that there is gets it, and reads what is missing."""
    asked = own_ground.confinement("read_only", isolation="best_effort")
    found = host.run("answer = 1", asked, absent={"without": [layer]})
    assert found.answer == 1
    assert len(found.isolation["missing"]) == 1
    assert (found.isolation["landlock_abi"] is None) == (layer == "landlock")
    assert found.isolation["seccomp"] == (layer != "seccomp")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("layer", ["namespaces", "mounts"])
def test_a_layer_that_is_not_required(
    host: Host, own_ground: Ground, mode: str, layer: Layer
) -> None:
    """Without namespaces the other layers keep every promise; that there are none is told."""
    found = host.run("answer = 1", own_ground.confinement(mode), absent={"without": [layer]})
    assert found.answer == 1
    assert "mnt" not in found.isolation["namespaces"]
    assert bool(found.isolation["missing"]) == (layer == "namespaces")


@pytest.mark.parametrize("layer", [None, "mounts"])
def test_what_the_kernel_tells_root(host: Host, ground: Ground, layer: Layer | None) -> None:
    """It reads as empty where processes are looked at; where nothing can hide it, that is told."""
    code = """
from nbengine.policy.sandbox import places
answer = []
for path in places.kernel_secrets():
    try:
        with open(path, "rb", buffering=0) as file:
            answer.append(bool(file.read(1)))
    except OSError:
        pass
"""
    asked = ground.confinement("write_enabled", processes=True)
    absent = {"without": [layer] if layer else []}
    found = host.run(code, asked, absent=absent, user=ground.user)
    told = any("tells root alone" in said for said in found.isolation["missing"])
    assert told or not any(found.answer)
    assert not told or "mnt" not in found.isolation["namespaces"]


def test_a_process_with_threads(host: Host) -> None:
    """Threads that run already would be held to nothing, so none may."""
    code = """
import threading
from nbengine.policy.sandbox.confinement import Confinement
from nbengine.policy.sandbox.confining import confine
thread = threading.Thread(target=threading.Event().wait, daemon=True)
thread.start()
confine(Confinement(mode="read_only"))
"""
    error = host.run(code).error
    assert error.startswith("IsolationUnavailableError: A process with 2 threads cannot be")


@pytest.mark.parametrize("kind", ["readable", "writable"])
def test_a_folder_that_is_not_there(host: Host, own_ground: Ground, kind: str) -> None:
    """It is named: later it would be one that may not be reached."""
    gone = own_ground.root / "gone"
    found = host.run("", Confinement(mode="read_only", **{kind: (gone,)}))
    assert found.error.startswith(f"InvalidInputError: {gone}")


def test_twice_is_narrower(host: Host, own_ground: Ground) -> None:
    """A confined process can be confined further, and never wider."""
    code = """
from nbengine.policy.sandbox.confinement import Confinement
from nbengine.policy.sandbox.confining import confine
confine(Confinement(mode="read_only", isolation="best_effort", readable=(given["outside"],)))
open(given["outside"] + "/there")
"""
    asked = own_ground.confinement("read_only")
    found = host.run(code, asked, outside=str(own_ground.outside))
    assert found.error.startswith("PermissionError")


def test_temporary_files(host: Host, own_ground: Ground) -> None:
    """They are made in the folder that is given for them, by Python and by programs."""
    code = """
import subprocess, tempfile
with tempfile.NamedTemporaryFile() as file:
    shown = subprocess.run("mktemp", capture_output=True, text=True).stdout
    answer = [file.name, shown]
"""
    own = own_ground.own
    asked = Confinement(mode="write_enabled", temporary_folder=own, processes=True)
    found = host.run(code, asked)
    assert [name.startswith(f"{own}/") for name in found.answer] == [True, True]


def test_terminals_and_shared_memory_are_its_own(host: Host, own_ground: Ground) -> None:
    """Programs get a terminal, workers their locks, and neither is seen by anybody else."""
    code = """
import multiprocessing, os
from multiprocessing.shared_memory import SharedMemory
os.close(os.openpty()[0])
kept = SharedMemory(create=True, size=8)
answer = [kept.name, os.listdir("/dev/shm") == [kept.name], os.listdir("/dev/pts")]
multiprocessing.Lock()
kept.unlink()
"""
    name, alone, terminals = host.run(
        code, own_ground.confinement("write_enabled", processes=True)
    ).answer
    assert alone
    assert set(terminals) <= {"ptmx", "0"}
    found = host.run("import os; answer = os.listdir('/dev/shm')")
    assert name not in found.answer


@pytest.mark.parametrize("by_link", ["", "from outside", "inside"])
def test_folders_that_lie_in_shared_memory(host: Host, ground: Ground, by_link: str) -> None:
    """They are there although the worker's shared memory is another; nothing else of it is."""
    code = """
import os
def is_refused(act, *arguments):
    try:
        act(*arguments)
    except OSError:
        return True
open(f"{own}/new", "w").close()
answer = [
    open(f"{given}/there").read(),
    open(file).read(),
    is_refused(open, f"{given}/there", "w"),
    is_refused(os.chmod, file, 0o777),
    os.listdir(outside),
]
"""
    with new_ground(ground.user, mounts.SHARED_MEMORY) as there:
        (file := there.outside / "file").write_text("alone", encoding="ascii")
        own, given = there.own, there.input
        if by_link:
            links = ground.root if by_link == "from outside" else there.root
            own, given = links / "to own", links / "to given"
            own.symlink_to(there.own)
            given.symlink_to(there.input)
        names = {"own": own, "given": given, "file": file, "outside": there.outside}
        told = "".join(f"{name} = {str(path)!r}\n" for name, path in names.items())
        asked = Confinement(
            mode=ExecutionMode.WRITE_ENABLED, readable=(given, file), writable=(own,)
        )
        found = host.run(told + code, asked, user=ground.user)
        assert found.answer == ["text", "alone", True, True, ["file"]], found.error
        assert (there.own / "new").exists()
        assert file.read_text(encoding="ascii") == "alone"


@pytest.mark.parametrize("folder", ["/dev", "/dev/shm"])
def test_a_folder_that_has_shared_memory_in_it(host: Host, folder: str) -> None:
    """The worker's is another all the same, to be read or to be written."""
    code = """
import multiprocessing, os
multiprocessing.Lock()
open("/dev/shm/own", "w").close()
answer = os.listdir("/dev/shm")
"""
    with new_ground(None, mounts.SHARED_MEMORY):
        for names in ("readable", "writable"):
            asked = Confinement(
                mode=ExecutionMode.WRITE_ENABLED, processes=True, **{names: (Path(folder),)}
            )
            found = host.run(code, asked)
            assert found.answer == ["own"], found.error


def test_no_capability_is_left(host: Host, ground: Ground) -> None:
    """A worker has none of root's powers, and no program gives it one."""
    code = """
import subprocess
lines = subprocess.run(["cat", "/proc/self/status"], capture_output=True, text=True).stdout
lines += open("/proc/self/status").read()
answer = sorted({line for line in lines.splitlines() if line.startswith(("Cap", "NoNew"))})
"""
    found = host.run(code, ground.confinement("write_enabled", processes=True), user=ground.user)
    zero = "\t0000000000000000"
    assert found.answer == [f"Cap{n}:{zero}" for n in ("Amb", "Bnd", "Eff", "Inh", "Prm")] + [
        "NoNewPrivs:\t1"
    ]


def test_it_is_known_by_a_fresh_interpreter() -> None:
    """What confines loads nothing heavy, so that whoever forks workers stays small."""
    code = (
        "import sys, nbengine.policy.sandbox.confining\n"
        "print(sorted({'numpy', 'pandas', 'IPython', 'matplotlib'} & {*sys.modules}))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"


@pytest.mark.parametrize("start", ["fork", "loky"])
def test_work_is_shared_among_processes(host: Host, own_ground: Ground, start: str) -> None:
    """Where processes are allowed, pools of the standard library and of joblib do their work."""
    codes = {
        "fork": "import multiprocessing as m, math\n"
        "with m.get_context('fork').Pool(2) as pool: answer = sum(pool.map(math.sqrt, [1, 4]))",
        "loky": "from joblib import Parallel, delayed; import math\n"
        "answer = sum(Parallel(n_jobs=2)(delayed(math.sqrt)(n) for n in (1, 4)))",
    }
    limits = {"memory_bytes": 2**30}
    asked = own_ground.confinement("write_enabled", processes=True, limits=limits)
    found = host.run(codes[start], asked, folder=own_ground.own)
    assert (found.error, found.answer) == ("", 3.0)


@pytest.mark.parametrize("inner", ["own/link", "own/../outside"])
def test_an_own_folder_that_lies_in_another_by_name_alone(
    host: Host, own_ground: Ground, inner: str
) -> None:
    """It may be written where it is."""
    (own_ground.own / "link").symlink_to(own_ground.outside)
    folders = (own_ground.own, own_ground.root / inner)
    confinement = own_ground.confinement("write_enabled").model_copy(update={"writable": folders})
    code = "for folder in given['folders']: open(folder + '/there', 'w').close()"
    assert host.run(code, confinement, folders=list(map(str, folders))).error == ""


def test_an_own_folder_that_a_link_leads_to(host: Host, own_ground: Ground) -> None:
    """Its files may be written, by either name, and nothing beside it is."""
    link = own_ground.root / "link"
    link.symlink_to(own_ground.own)
    confinement = own_ground.confinement("write_enabled").model_copy(update={"writable": (link,)})
    code = (
        "for folder in given['folders']:\n"
        "    open(folder + '/there', 'w').close()\n"
        "import os; os.utime(folder + '/there', (1, 1))\n"
    )
    folders = [str(link), str(own_ground.own)]
    assert host.run(code, confinement, folders=folders).error == ""
    refused = host.run(code, confinement, folders=[str(own_ground.input)])
    assert refused.error.startswith(("PermissionError", "OSError: [Errno 30]"))


@pytest.mark.parametrize("layer", [None, "mounts"])
@pytest.mark.parametrize("mode", ["read_only", "write_enabled"])
@pytest.mark.parametrize("part", ["own", "above"])
def test_a_link_in_the_place_of_a_folder_whose_path_had_none(
    host: Host, ground: Ground, part: str, mode: str, layer: Layer | None
) -> None:
    """Whoever may write around it has swapped them: nothing runs where that leads."""
    folder = ground.root / "work" / "own"
    (ground.outside / "own").mkdir()
    if part == "own":
        folder.parent.mkdir()
        folder.symlink_to(ground.outside / "own")
    else:
        folder.parent.symlink_to(ground.outside)
    asked = {"writable": (folder,)} if mode == "write_enabled" else {"readable": (folder,)}
    absent = {} if layer is None else {"without": [layer]}
    for resolved in ((), (folder,)):
        confinement = Confinement(mode=ExecutionMode(mode), resolved=resolved, **asked)
        found = host.run("answer = 1", confinement, absent=absent, user=ground.user)
        assert found.answer == (None if resolved else 1)
    assert found.error.startswith("IsolationUnavailableError")
    assert str(folder) in found.error
