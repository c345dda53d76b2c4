from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from nbengine.cli import app
from nbengine.cli.app import INTERRUPTED
from nbengine.cli.exit_codes import OF_STATUS

SCRIPT = "import sys; from nbengine.cli.app import main; sys.exit(main())"
"""What an installer writes into the command, after the entry point of the package."""

INTERRUPTED_LOADING = """
import sys

class Interrupter:
    def find_spec(self, name, *_):
        if name == "nbengine.cli.commands":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupter())
"""


def start(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run an interpreter to its end."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_the_command_is_the_entry_point_of_the_package() -> None:
    """What a shell starts as `nbengine` is this function, loaded from where it is declared."""
    (command,) = entry_points(group="console_scripts", name="nbengine")
    assert command.load() is app.main


@pytest.mark.parametrize("way", [("-m", "nbengine"), ("-c", SCRIPT)], ids=["module", "script"])
def test_both_ways_to_start_it_are_the_same(tmp_path: Path, way: tuple[str, str]) -> None:
    """The command and `python -m nbengine` have one name, one output and one exit code."""
    helped = start(*way, "--help", cwd=tmp_path)
    assert helped.returncode == 0
    assert "Usage: nbengine " in helped.stdout
    failed = start(*way, "exec", "print(1)\nraise SystemExit(7)", cwd=tmp_path)
    assert (failed.returncode, failed.stdout) == (7, "1\n")
    assert start(*way, "walk", cwd=tmp_path).returncode == 2


def test_cells_have_their_garbage_collected(tmp_path: Path) -> None:
    """The collector rests while the commands are loaded, and passes over what they brought."""
    code = "import gc; gc.isenabled(), gc.get_freeze_count() > 0"
    assert start("-m", "nbengine", "exec", code, cwd=tmp_path).stdout == "(True, True)\n"


def test_an_interrupt_while_the_commands_are_loaded_has_its_exit_code(tmp_path: Path) -> None:
    """Ctrl-C before anything has begun says nothing."""
    done = start("-c", INTERRUPTED_LOADING + SCRIPT, "exec", "print(1)", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
    assert OF_STATUS["interrupted"] == INTERRUPTED
