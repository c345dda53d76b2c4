from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nbengine.models.notebook import ExecutionResult
from tests.cli.command import COMMAND, nbengine, posix, until_there


def strict(text: str) -> Any:
    """JSON as the standard has it: no NaN, no Infinity, and nothing before or after."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    return json.loads(text, parse_constant=refuse)


def test_streams_and_the_last_value_are_shown(tmp_path: Path) -> None:
    """Standard output and error are the code's own; the last value follows."""
    done = nbengine(
        "exec", "import sys\nprint('out')\nprint('err', file=sys.stderr)\n6 * 7", cwd=tmp_path
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "out\n42\n", "err\n")


def test_text_is_not_changed_on_its_way(tmp_path: Path) -> None:
    """Carriage returns, markup and a missing line end come out as they went in."""
    done = nbengine("exec", r"print('1%\r2%', '[b]x[/b] :tada:', end='')", cwd=tmp_path)
    assert done.stdout == "1%\r2% [b]x[/b] :tada:"


def test_a_dash_reads_standard_input(tmp_path: Path) -> None:
    """Code can be piped in; bytes that are no text are refused."""
    assert nbengine("exec", "-", cwd=tmp_path, stdin="print('é')".encode()).stdout == "é\n"
    done = nbengine("exec", "-", cwd=tmp_path, stdin=b"'\xff'")
    assert done.returncode == 2
    assert done.stderr == "nbengine: The code on standard input is not UTF-8 text (byte 1).\n"


def test_the_code_runs_in_the_folder_it_was_started_in(tmp_path: Path) -> None:
    """Relative paths mean what they mean in the shell, or in the folder that --cwd names."""
    code = "import os; print(os.path.basename(os.getcwd()))"
    (tmp_path / "inner").mkdir()
    assert nbengine("exec", code, cwd=tmp_path).stdout.strip() == tmp_path.name
    assert nbengine("exec", code, "--cwd", "inner", cwd=tmp_path).stdout.strip() == "inner"


def test_an_error_is_told_once_on_standard_error(tmp_path: Path) -> None:
    """The traceback without colours where nobody watches, and exit code 1."""
    done = nbengine("exec", "print('before')\n1/0", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "before\n")
    assert done.stderr.count("ZeroDivisionError") == 1
    assert "\x1b" not in done.stderr


def test_a_timeout_has_its_own_exit_code(tmp_path: Path) -> None:
    """What was printed before stays, the code says 124."""
    code = "import time; print('before', flush=True); time.sleep(60)"
    done = nbengine("exec", code, "--timeout", "0.5", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (124, "before\n")


@pytest.mark.parametrize("timeout", ["-1", "0", "nan", "inf"])
def test_a_timeout_that_is_none_is_refused(tmp_path: Path, timeout: str) -> None:
    """Zero, negative and infinite seconds are one sentence and exit code 2."""
    done = nbengine("exec", "1", "--timeout", timeout, cwd=tmp_path)
    assert done.returncode == 2
    assert "--timeout must be a positive number of seconds" in done.stderr


def test_json_is_the_whole_result_and_nothing_else(tmp_path: Path) -> None:
    """One strict JSON document that reads back as the result, whatever the code writes where."""
    code = (
        "import os, sys\n"
        "print('lone \\ud800', float('nan'))\n"
        "sys.__stdout__.write('past us\\n'); sys.__stdout__.flush()\n"
        "os.system('echo child'); os.write(1, b'raw')\n"
        "float('inf')"
    )
    done = nbengine("exec", "--json", code, cwd=tmp_path)
    assert done.returncode == 0
    result = ExecutionResult.model_validate(strict(done.stdout))
    assert result.status == "ok"
    assert "lone" in result.stdout


def test_json_tells_of_an_error_too(tmp_path: Path) -> None:
    """An error is data on standard output; the exit code says that there is one."""
    done = nbengine("exec", "--json", "print(1)\nboom", cwd=tmp_path)
    assert done.returncode == 1
    assert strict(done.stdout)["error"]["type"] == "NameError"
    assert done.stderr == ""


def test_an_id_that_cannot_be_one_is_refused(tmp_path: Path) -> None:
    """A path in the place of an id is one sentence and exit code 2."""
    done = nbengine("exec", "1", "--notebook-id", "../x", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("nbengine: '../x' cannot be a notebook id")


@pytest.mark.parametrize("code", ["", "# nothing", "\n\n"])
def test_code_that_does_nothing_is_fine(tmp_path: Path, code: str) -> None:
    """Empty code and comments end well and show nothing."""
    done = nbengine("exec", code, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGPIPE")
@posix
def test_ctrl_c_stops_the_code_and_keeps_what_it_showed(tmp_path: Path) -> None:
    """Exit code 130, the output so far and one traceback of the code's own."""
    code = "import time; print('partial', flush=True); open('on', 'w').close(); time.sleep(60)"
    with subprocess.Popen(
        [*COMMAND, "exec", code],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        until_there(tmp_path / "on", process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert (process.returncode, out) == (130, "partial\n")
    assert err.count("KeyboardInterrupt") == err.count("Traceback") == 1


def test_code_ends_when_its_reader_goes_away(tmp_path: Path) -> None:
    """`nbengine exec … | head -1` ends at once and without a complaint."""
    with subprocess.Popen(
        [*COMMAND, "exec", "while True: print('again')"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"again\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


@pytest.mark.parametrize("code, exit_code", [("", 0), ("0", 0), ("3", 3), ("'no data'", 1)])
def test_the_code_may_choose_the_exit_code(tmp_path: Path, code: str, exit_code: int) -> None:
    """`sys.exit` in the code ends the command as it ends a script."""
    assert nbengine("exec", f"import sys; sys.exit({code})", cwd=tmp_path).returncode == exit_code


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_full_disk_under_standard_output_is_one_sentence(
    tmp_path: Path, options: list[str]
) -> None:
    """Exit code 74, whatever the code's own ending was."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "exec", *options, "print(1)"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 74
    assert done.stderr == "nbengine: Standard output cannot be written: no space left on device.\n"


def test_what_has_no_plain_form_is_shown_as_its_source(tmp_path: Path) -> None:
    """LaTeX and JSON of IPython's classes, whose plain text only names the class."""
    code = "from IPython.display import JSON, Latex; display(Latex('$x$'), JSON([1]))"
    assert nbengine("exec", code, cwd=tmp_path).stdout == "$x$\n[\n  1\n]\n"


def test_an_ending_without_an_error_is_told(tmp_path: Path) -> None:
    """Of code that has caught its interrupt, exit code and standard error say that it had one."""
    code = (
        "import os, signal, time\ntry:\n    os.kill(os.getpid(), signal.SIGINT); time.sleep(60)\n"
        "except KeyboardInterrupt: print('caught')"
    )
    done = nbengine("exec", code, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (130, "caught\n")
    assert done.stderr.startswith("nbengine: interrupted after ")


def test_nothing_but_json_is_on_standard_output(tmp_path: Path) -> None:
    """What the process writes there when the code has ended joins the errors."""
    code = "import atexit, os\natexit.register(os.write, 1, b'goodbye')"
    done = nbengine("exec", "--json", code, cwd=tmp_path)
    assert json.loads(done.stdout)["status"] == "ok"
    assert done.stderr == "goodbye"


def test_a_timeout_within_an_exec_is_a_timeout(tmp_path: Path) -> None:
    """CPython itself would end the process as if it had been interrupted."""
    code = "exec('while True: pass')"
    assert nbengine("exec", "--timeout", "0.3", code, cwd=tmp_path).returncode == 124
