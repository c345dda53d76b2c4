from __future__ import annotations

import re
from pathlib import Path

import pytest

from nbengine.policy.sandbox import seccomp
from nbengine.policy.sandbox.call_numbers import LAST, NAMES, OF_MACHINE

HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
WIDEST = seccomp.Leave(True, True, True, True, True, True, True)
NARROWEST = seccomp.Leave()


@pytest.mark.parametrize("machine", HEADERS)
def test_they_are_the_kernel_s(machine: str) -> None:
    """Where the kernel's headers are installed they say the same."""
    header = HEADERS[machine]
    if not header.is_file():
        pytest.skip("no kernel headers here")
    defined = re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)", header.read_text("utf-8"))
    theirs = {name: int(number) for name, number in defined}
    known = {name: number for name, number in OF_MACHINE[machine].items() if name in theirs}
    assert known == {name: theirs[name] for name in known}
    assert len(known) > 100


@pytest.mark.parametrize("machine", OF_MACHINE)
def test_no_number_is_there_twice(machine: str) -> None:
    """Two names of one number would be a slip, and so would one beyond the last."""
    numbers = list(OF_MACHINE[machine].values())
    assert len(numbers) == len(set(numbers))
    assert max(numbers) <= LAST


@pytest.mark.parametrize("leave", [WIDEST, NARROWEST])
def test_every_name_that_a_filter_speaks_of_is_known(leave: seccomp.Leave) -> None:
    """A name without a number anywhere would be a refusal that refuses nothing."""
    refused = [*seccomp.refusals(leave), *seccomp.on_others(leave, 1)]
    assert {name for refusal in refused for name in refusal.calls} <= NAMES


def test_no_name_is_there_for_nothing() -> None:
    """What is in a table, some filter speaks of."""
    refused = [*seccomp.refusals(NARROWEST), *seccomp.on_others(NARROWEST, 1)]
    assert {name for refusal in refused for name in refusal.calls} == NAMES
