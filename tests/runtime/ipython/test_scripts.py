"""Scripts of cells: what they write and what they find."""

from __future__ import annotations

import os
from pathlib import Path
from shlex import quote

import pytest

from tests.conftest import Run
from tests.runtime.ipython.cells import refusal, value
from tests.runtime.ipython.processes import Listener

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the scripts are those of a POSIX shell")


@pytest.mark.parametrize(
    "start",
    ["!{}", "%%bash\n{}", "%%sh\n{}", "%%script bash -e\n{}"],
    ids=["a command", "bash", "sh", "script"],
)
def test_output_streams_as_it_comes(start: str, run: Run, tmp_path: Path) -> None:
    """A line is seen while the script still runs, which here it does until the line was seen."""
    seen = tmp_path / "seen"
    script = f"echo first; while [ ! -e {quote(str(seen))} ]; do sleep 0.01; done; echo second"
    listener = Listener(seen.touch)
    assert run(start.format(script), on_output=listener).stdout == "first\nsecond\n"


def test_both_streams_are_told_apart(run: Run) -> None:
    """Those of scripts; a command's are one, as on a terminal."""
    result = run("%%bash\necho a\necho b >&2")
    assert (result.stdout, result.stderr) == ("a\n", "b\n")
    assert run("!echo a; echo b >&2").stdout == "a\nb\n"


def test_both_streams_can_be_kept(run: Run) -> None:
    """In variables."""
    assert run("%%bash --out text --err problems\necho a\necho b >&2").outputs == []
    assert value(run("text, problems")) == r"('a\n', 'b\n')"


def test_a_script_finds_the_place_of_its_cell(run: Run) -> None:
    """Folder, environment, and a pager that does not wait for keys."""
    run("%mkdir sub\n%cd -q sub\n%env COLOUR_OF_DAY=blue")
    assert run("%%bash\nbasename $PWD\necho $COLOUR_OF_DAY $PAGER").stdout == "sub\nblue cat\n"


def test_another_program_is_named(run: Run) -> None:
    """With its arguments; one that is missing is told."""
    assert run("%%script tr a-z A-Z\nloud").stdout == "LOUD\n"
    assert run("%%python3\nprint(6 * 7)").stdout == "42\n"
    assert run("%%script surely-no-program\nx").stdout == (
        "Couldn't find program: 'surely-no-program'\n"
    )


def test_a_script_that_fails_fails_its_cell(run: Run) -> None:
    """Unless it is allowed to; what it wrote is kept."""
    failed = run("%%bash\necho before\nexit 3")
    assert failed.stdout == "before\n"
    assert "returned non-zero exit status 3" in refusal(failed)
    assert run("%%bash --no-raise-error\nexit 3").error is None


def test_scripts_of_threads_belong_to_their_cell(run: Run) -> None:
    """Their output is its output, also side by side."""
    code = (
        "from threading import Thread\nip = get_ipython()\n"
        "def play(n): ip.run_cell_magic('bash', '', f'echo {n}')\n"
        "threads = [Thread(target=play, args=[n]) for n in range(4)]\n"
        "for t in threads: t.start()\nfor t in threads: t.join()"
    )
    run("%%bash\ntrue")
    assert sorted(run(code).stdout.split()) == ["0", "1", "2", "3"]
