from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.guards.repository import ROOT, name, tracked

MACHINE = re.compile(rb"(?<![\w.:/<>-])/(?:work|farm|root|home|Users|builds)/\w")
HOST = re.compile(
    rb"pythonhosted\.org|registry\.npmjs\.org|index-url|find-links|@ (?:https?|file):"
)
MOST_BYTES = 2 * 2**20


def said(path: Path, pattern: re.Pattern[bytes]) -> list[bytes]:
    lines = path.read_bytes().splitlines()
    return [line[:200] for line in lines if pattern.search(line)]


@pytest.mark.parametrize("pattern", [MACHINE, HOST], ids=["machine paths", "registry hosts"])
def test_no_tracked_file_names_a_place_of_one_machine(pattern: re.Pattern[bytes]) -> None:
    """A clone means the same everywhere: no path of a developer's machine, no package index."""
    own = Path(__file__)
    found = {name(path): said(path, pattern) for path in tracked() if path != own}
    assert not {path: lines for path, lines in found.items() if lines}


def test_the_patterns_find_what_they_look_for() -> None:
    """A developer's path and an index address are seen, an ordinary address and a route are not."""
    assert MACHINE.search(b'open("/home/ada/data.csv")')
    assert not MACHINE.search(b"see https://example.org/home/page and docs/work/home.md")
    assert HOST.search(b"--extra-index-url https://example.org/simple")


def test_no_tracked_file_is_large() -> None:
    """A clone stays small: data in the repository is a sample, not a dump."""
    large = {name(path): path.stat().st_size for path in tracked()}
    assert not {path: size for path, size in large.items() if size > MOST_BYTES}


def test_the_constraints_are_plain_pins() -> None:
    """Each line of `constraints.txt` is one name and one version, and fits every platform."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.+]+", pin)] == []
