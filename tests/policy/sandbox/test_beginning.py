from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest

from nbengine.policy.sandbox.confinement import Confinement
from tests.policy.sandbox.host import Ground, Host, Outcome

NAMESPACES = ("user", "ipc", "net", "mnt")
CODE = """
import os
from contextlib import suppress
from nbengine.policy.sandbox import namespaces, places, privileges
from nbengine.policy.sandbox.beginning import Beginning, begin, go_on
from nbengine.policy.sandbox.confinement import Confinement
from nbengine.policy.sandbox.confining import confine
from nbengine.settings import Settings

def refuse(*_):
    raise OSError(13, "refused")

def reach_out():
    reached = False
    for held in range(64):
        with suppress(OSError):
            os.utime("../" * 9 + given["outside"][1:] + "/there", dir_fd=held)
            reached = True
    assert reached

os.dup2(os.open(os.devnull, os.O_RDWR), 0)
{change}
settings = Settings(**given["settings"])
asked = Confinement.model_validate(given["asked"])
begun = Beginning() if given["ahead"] == "nothing" else begin(settings)
if given["ahead"] == "its mode":
    begun = go_on(begun, settings, asked.mode)
isolation = confine(asked, begun).model_dump(mode="json")
held = len(os.listdir("/proc/self/fd"))
own = [n for n, outer in given["namespaces"].items() if os.readlink("/proc/self/ns/" + n) != outer]
allowed = []
for name, work in (
    ("outside", lambda: open(given["outside"] + "/there").read()),
    ("outside by what is open", reach_out),
    ("a device", lambda: os.fchmod(0, 0o666)),
    ("write", lambda: open(given["own"] + "/new", "w").close()),
    ("system", lambda: open("/etc/passwd").read()),
    ("process", lambda: open("/proc/self/stat").read()),
    ("other process", lambda: open("/proc/1/stat").read()),
):
    try:
        work()
        allowed.append(name)
    except (AssertionError, OSError):
        pass
answer = [isolation, held, own, allowed]
"""


def begun(
    host: Host,
    ground: Ground,
    confinement: Confinement,
    *,
    ahead: Literal["nothing", "any mode", "its mode"] = "its mode",
    change: str = "",
    **settings: Any,
) -> Outcome:
    return host.run(
        CODE.replace("{change}", change),
        user=ground.user,
        settings=settings,
        ahead=ahead,
        asked=confinement.model_dump(mode="json"),
        outside=str(ground.outside),
        own=str(ground.own),
        namespaces={name: str(Path("/proc/self/ns", name).readlink()) for name in NAMESPACES},
    )


@pytest.mark.parametrize("ahead", ["any mode", "its mode"])
@pytest.mark.parametrize("free", [False, True])
@pytest.mark.parametrize("mode", ["read_only", "write_enabled", "epics_control"])
def test_whoever_began_is_confined_alike(
    host: Host, ground: Ground, mode: str, ahead: Literal["any mode", "its mode"], *, free: bool
) -> None:
    """Whatever mode it comes to be, the same holds, and nothing is left open of what was begun."""
    settings: dict[str, Any] = {"allow_processes": free, "allow_network": free}
    more = free and mode != "read_only"
    asked = ground.confinement(mode, processes=more, network=more)
    found = begun(host, ground, asked, ahead=ahead, **settings)
    assert found.error == ""
    assert found.answer == begun(host, ground, asked, ahead="nothing", **settings).answer
    *_, allowed = found.answer
    assert allowed == ["write", "system", "process", *["other process"] * more]


def test_namespaces_that_are_refused(host: Host, own_ground: Ground) -> None:
    """It goes on without, as it would have, and says so."""
    asked = own_ground.confinement("read_only")
    found = begun(host, own_ground, asked, change="namespaces.unshare = refuse")
    isolation, _, own, _ = found.answer
    assert isolation["namespaces"] == own == []
    assert isolation["missing"][0].startswith("No namespaces of its own: refused.")


def test_mounts_that_are_refused(host: Host, own_ground: Ground) -> None:
    """What it has of its own already it keeps, and that is what is told."""
    asked = own_ground.confinement("write_enabled")
    change = (
        "unshare = namespaces.unshare\n"
        "namespaces.unshare = lambda flags: refuse() if flags & 0x20000 else unshare(flags)"
    )
    isolation, _, own, allowed = begun(host, own_ground, asked, change=change).answer
    assert isolation["namespaces"] == own
    assert "mnt" not in own
    assert "namespaces of its own: refused. Files keep their modes" in isolation["missing"][0]
    assert allowed == ["write", "system", "process"]


def test_a_file_of_the_system_that_is_replaced(host: Host, own_ground: Ground) -> None:
    """Whoever has waited for long reads the names of machines, say, as they are now."""
    change = """
from pathlib import Path
there = Path(given["outside"], "there")
places.settings_of_the_system = lambda: [there]
begin_to = begin
def begin(settings):
    begun = begin_to(settings)
    there.with_name("new").write_text("new")
    there.with_name("new").replace(there)
    return begun
"""
    asked = own_ground.confinement("read_only")
    *_, allowed = begun(host, own_ground, asked, change=change).answer
    assert allowed[0] == "outside"


@pytest.mark.parametrize("step", ["namespaces._write", "privileges.control"])
def test_what_went_wrong_is_told_by_who_confines(host: Host, own_ground: Ground, step: str) -> None:
    """Nobody asks for it before: a worker that nobody has wanted yet has nobody to tell."""
    asked = own_ground.confinement("write_enabled")
    found = begun(host, own_ground, asked, change=f"{step} = refuse")
    assert found.error.startswith("IsolationUnavailableError: This process cannot be confined: ")
    assert "refused" in found.error


def test_what_went_wrong_on_the_way_is_told_by_who_confines(host: Host, own_ground: Ground) -> None:
    """Nobody goes on from there, in namespaces whose users nobody has named."""
    change = """
unshare, write = namespaces.unshare, namespaces._write
def refuse_once(*_):
    namespaces._write = write
    refuse()
def unshare_later(*_):
    namespaces.unshare, namespaces._write = unshare, refuse_once
    refuse()
namespaces.unshare = unshare_later
"""
    asked = own_ground.confinement("write_enabled")
    found = begun(host, own_ground, asked, change=change)
    assert found.error.startswith("IsolationUnavailableError: This process cannot be confined: ")


def test_limits_that_hold_already_are_not_set_again(host: Host, own_ground: Ground) -> None:
    """Nor are rules added that are there, and namespaces entered."""
    change = """
from nbengine.policy.sandbox import landlock, limits
from nbengine.policy.sandbox.confinement import limits_of
given["asked"]["limits"] = limits_of(Settings(**given["settings"])).model_dump()
known = {str(path) for path in places.settings_of_the_system()}
apart = confine
def confine(asked, begun):
    def add(ruleset, rule, added=landlock.Ruleset._add):
        assert str(rule.path) not in known
        added(ruleset, rule)
    landlock.Ruleset._add = add
    limits.apply = namespaces.unshare = None
    return apart(asked, begun)
"""
    asked = own_ground.confinement("write_enabled")
    found = begun(host, own_ground, asked, change=change, memory_limit=10**9)
    assert found.error == ""
    assert found.answer[0]["memory_limit"] == 10**9


def test_other_limits_than_were_foreseen(host: Host, own_ground: Ground) -> None:
    """Those that are asked for hold."""
    change = """
import resource
apart = confine
def confine(asked, begun):
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 100
    isolation = apart(asked, begun)
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 50
    return isolation
"""
    asked = own_ground.confinement("write_enabled", limits={"open_files": 50})
    found = begun(host, own_ground, asked, change=change, open_file_limit=100)
    assert found.error == ""


def test_the_filter_is_written_before(host: Host, own_ground: Ground) -> None:
    """That of the mode which it comes to be is among those that it has ready."""
    change = """
from nbengine.policy.sandbox import seccomp
apart = confine
def confine(asked, begun):
    known = seccomp.written.cache_info().misses
    isolation = apart(asked, begun)
    assert seccomp.written.cache_info().misses == known
    return isolation
"""
    asked = own_ground.confinement("write_enabled")
    found = begun(host, own_ground, asked, change=change, allow_processes=False)
    assert (found.error, found.answer[-1]) == ("", ["write", "system", "process"])
