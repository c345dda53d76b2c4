"""Scripts in the background end with their notebook."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nbengine import ExecutionService
from tests.conftest import PATIENCE, Run, until
from tests.runtime.ipython.cells import value
from tests.runtime.ipython.processes import STUBBORN, leaving_nothing, started

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="the scripts are those of a POSIX shell"),
    pytest.mark.usefixtures("mark"),
]


@pytest.mark.parametrize(
    "code",
    [
        "%%bash --bg\nsleep 1000; true",
        "%%bash --bg --out kept\nsleep 1000 & sleep 1000",
        "%%bash --bg --proc process\nsleep 1000; true",
        f"%%bash --bg\n{STUBBORN}",
        "%%bash --bg\nyes",
        "%%bash --bg\nexec 0<&-; sleep 1000; true",
        "%%bash\nsleep 1000 > /dev/null 2>&1 &",
    ],
)
@pytest.mark.parametrize("how", ["closed", "restarted", "killed"])
def test_the_background_ends_with_its_notebook(
    code: str, how: str, warm: ExecutionService, run: Run
) -> None:
    """Until then it goes on, whatever becomes of later cells; or until it is told to end."""
    ends: dict[str, Callable[[], object]] = {
        "closed": warm.close,
        "restarted": lambda: warm.restart("n"),
        "killed": lambda: run("%killbgscripts"),
    }
    with leaving_nothing():
        run(code)
        run("import time; time.sleep(1000)", timeout=0.1)
        run("!true")
        assert any("sleep" in one.cmdline() or "yes" in one.cmdline() for one in started())
        ends[how]()


def test_output_of_the_background_can_be_read(run: Run) -> None:
    """From the variable that was named for it, once it is there."""
    run("%%bash --bg --out kept\necho later")
    assert value(run("await kept.read()")) == r"b'later\n'"


def test_a_flood_in_the_background_is_no_hindrance(run: Run, tmp_path: Path) -> None:
    """What nobody wants to read is read away, and the script goes on."""
    done = tmp_path / "done"
    run(f"%%bash --bg\nhead -c 3000000 /dev/zero\nhead -c 3000000 /dev/zero >&2\ntouch {done}")
    until(done.exists)


def test_a_long_script_in_the_background_may_end_early(
    service: ExecutionService, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    """Before it has read all of itself."""
    run("%%bash --bg --proc process\nexit 3\n" + "true\n" * 100_000)
    assert value(run("await process.wait()")) == "3"
    service.close()
    assert caplog.records == []


FORGOTTEN = """
from nbengine import ExecutionService
service = ExecutionService(workspace_dir={folder!r})
service.execute_code("%%bash --bg\\nsleep 1000 & sleep 1000", "c", "n")
service.execute_code("%%bash\\nsleep 1000 > /dev/null 2>&1 & echo $$", "c", "n")
"""


def test_a_program_that_ends_leaves_no_script(tmp_path: Path) -> None:
    """Although it has not closed its service."""
    with leaving_nothing():
        program = [sys.executable, "-c", FORGOTTEN.format(folder=str(tmp_path))]
        subprocess.run(program, check=True, timeout=PATIENCE)
