from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from nbengine.policy.sandbox.control_groups import (
    ControlGroup,
    Hierarchy,
    delegated,
    hierarchies,
    make_group,
)

V1 = """\
24 1 0:21 / {root}/memory rw,relatime - cgroup cgroup rw,memory
25 1 0:22 / {root}/pids rw shared:9 - cgroup cgroup rw,pids
26 1 0:23 / /proc rw - proc proc rw
"""
V2 = "30 1 0:25 / {root} rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"


def tree(root: Path, **files: str) -> Path:
    """A group with files, as the kernel would make them."""
    root.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (root / f"cgroup.{name}").write_text(text)
    return root


def test_version_1_where_each_kind_has_a_tree(tmp_path: Path) -> None:
    """The own group of each kind is where new ones are made."""
    own = tree(tmp_path / "memory" / "mine")
    tree(tmp_path / "pids")
    found = hierarchies(V1.format(root=tmp_path), "4:memory:/mine\n8:pids:/\n0::/\n")
    assert found == {
        "memory": Hierarchy("cgroup v1", own),
        "pids": Hierarchy("cgroup v1", tmp_path / "pids"),
    }


def test_version_2_where_the_own_group_offers_it(tmp_path: Path) -> None:
    """A group that hands the controllers on is where new ones are made."""
    own = tree(tmp_path / "mine", controllers="cpu memory pids", subtree_control="memory pids")
    found = hierarchies(V2.format(root=tmp_path), "0::/mine\n")
    assert found == {name: Hierarchy("cgroup v2", own) for name in ("memory", "pids")}


def test_version_2_where_the_group_above_offers_it(tmp_path: Path) -> None:
    """A service that was put aside, so that its unit is free of processes, uses the unit."""
    unit = tree(tmp_path / "unit", controllers="memory pids", subtree_control="", procs="")
    tree(unit / "server", controllers="memory pids", subtree_control="", procs="1\n")
    found = hierarchies(V2.format(root=tmp_path), "0::/unit/server\n")
    assert found["memory"].folder == unit
    group = make_group("worker", 10**9, 7, found)
    assert group == ControlGroup((unit / "worker",), "cgroup v2", ("memory", "pids"))
    assert (unit / "worker" / "memory.max").read_text() == "1000000000"
    assert (unit / "worker" / "pids.max").read_text() == "7"
    assert "pids" in (unit / "cgroup.subtree_control").read_text()
    assert group.limits == ("memory", "pids")


def test_version_2_that_hands_nothing_on(tmp_path: Path) -> None:
    """A group with processes of its own can have none below it."""
    tree(tmp_path, controllers="memory pids", subtree_control="", procs="1\n")
    assert hierarchies(V2.format(root=tmp_path), "0::/\n") == {}


def test_a_container_sees_a_part_of_the_tree(tmp_path: Path) -> None:
    """What is above the mount's root is not in the path."""
    own = tree(tmp_path / "inner", controllers="memory", subtree_control="memory")
    mounts = f"30 1 0:25 /docker/abc {tmp_path} rw - cgroup2 cgroup2 rw\n"
    assert hierarchies(mounts, "0::/docker/abc/inner\n")["memory"].folder == own


def test_nothing_to_limit_makes_no_group() -> None:
    """Neither limits nor a place: there is no group."""
    assert make_group("worker", None, None) is None
    assert make_group("worker", 10**9, 7, {}) is None


def test_what_the_kernel_killed_is_counted(tmp_path: Path) -> None:
    """Both versions say it in a line of a file."""
    (tmp_path / "memory.events").write_text("low 0\noom 3\noom_kill 2\noom_group_kill 0\n")
    (tmp_path / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 5\n")
    assert ControlGroup((tmp_path,), "cgroup v2").memory_kills == 2
    assert ControlGroup((tmp_path,), "cgroup v1").memory_kills == 5
    assert ControlGroup((tmp_path / "gone",), "cgroup v2").memory_kills == 0


@pytest.mark.skipif("pids" not in delegated(), reason="no control groups may be made here")
def test_the_life_of_a_group() -> None:
    """It is made, joined, ended with all that is in it, and gone."""
    group = make_group(f"nbengine-test-{os.getpid()}-life", None, 5)
    assert group is not None
    process = subprocess.Popen(["sleep", "60"], preexec_fn=group.join)  # noqa: PLW1509
    assert group.processes == [process.pid]
    assert not group.remove()
    with pytest.raises(OSError, match=r".+"):
        make_group(f"nbengine-test-{os.getpid()}-life", None, 5)
    assert group.kill()
    assert process.wait() == -signal.SIGKILL
    assert group.remove()
    assert group.remove()
    assert not any(folder.exists() for folder in group.folders)
