from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from nbengine.cli.exit_codes import HELP
from tests.cli.command import nbengine

HEAVY = (
    "IPython", "jinja2", "matplotlib", "nbconvert", "nbformat", "numpy", "pandas", "plotly",
    "rich.markdown", "yaml",
)  # fmt: skip


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_names_the_commands_and_the_exit_codes(tmp_path: Path, flag: str) -> None:
    """Either flag prints all commands and what each exit code says."""
    done = nbengine(flag, cwd=tmp_path)
    assert done.returncode == 0
    assert "run " in done.stdout
    assert "exec " in done.stdout
    assert "124  a cell took longer than --timeout" in done.stdout


@pytest.mark.parametrize("command", [[], ["run"], ["exec"]])
def test_without_arguments_the_help_is_shown(tmp_path: Path, command: list[str]) -> None:
    """A command that needs arguments and gets none explains itself."""
    done = nbengine(*command, cwd=tmp_path)
    assert "Usage: nbengine" in done.stdout + done.stderr
    assert "Exit codes:" in done.stdout + done.stderr


def test_the_version_is_told(tmp_path: Path) -> None:
    """`--version` prints one line and ends well."""
    done = nbengine("--version", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"nbengine {version('nbengine')}\n"


@pytest.mark.parametrize("arguments", [["walk"], ["run", "--walk"], ["run", "a.py", "b.py"]])
def test_an_unknown_word_is_a_usage_error(tmp_path: Path, arguments: list[str]) -> None:
    """Exit code 2 and a sentence that names the word."""
    done = nbengine(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "walk" in done.stderr or "b.py" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_of_ours_is_one_sentence_and_its_exit_code(tmp_path: Path) -> None:
    """Whatever command met it, no traceback of ours is shown."""
    done = nbengine("exec", "1", "--notebook-id", "no id", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("nbengine: 'no id' cannot be a notebook id")
    assert done.stderr.count("\n") == 1


def test_an_interrupt_outside_of_a_cell_has_its_exit_code(tmp_path: Path) -> None:
    """Ctrl-C while a notebook is read ends the command without a traceback."""
    code = (
        "import sys\n"
        "from nbengine.cli import commands, run\n"
        "def interrupted(path): raise KeyboardInterrupt\n"
        "run.read_notebook = interrupted\n"
        "sys.exit(commands.main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "run", "a.ipynb"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130
    assert "Traceback" not in done.stderr


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    """The command line starts without the libraries that only a run needs."""
    code = (
        "import sys; from nbengine.cli.commands import app\n"
        "try: app(['--help'])\n"
        f"except SystemExit: print(sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"


def test_the_documents_name_the_same_exit_codes() -> None:
    """The table in docs/terminal.md and the help agree."""
    lines = (Path(__file__).parents[2] / "docs" / "terminal.md").read_text("utf-8").splitlines()
    table = [line.split("|")[1].strip() for line in lines if line.startswith("| ")]
    codes = [line.split()[0] for line in HELP.splitlines() if line.startswith(" ")]
    assert [cell for cell in table if cell.isdigit()] == codes
