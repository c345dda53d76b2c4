from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

from tests.cli.command import COMMAND, nbengine, notebook, outputs, posix, text, until_there

full_device = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")


def test_a_run_shows_and_keeps_what_the_cells_show(tmp_path: Path) -> None:
    """Outputs on standard output, progress and the summary on standard error, results in a file."""
    path = notebook(tmp_path / "a.ipynb", "x = 20\nprint('hello')", "x + 1")
    done = nbengine("run", path, "-o", "out.ipynb", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "hello\n21\n")
    assert "[2/2] c2: x + 1" in done.stderr
    assert "2 ok in" in done.stderr
    assert "Notebook: out.ipynb" in done.stderr
    written = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    nbformat.validate(written)
    assert [cell.execution_count for cell in written.cells] == [1, 2]
    assert written.cells[1].outputs[0].data["text/plain"] == "21"
    assert "iopub.execute_input" in written.cells[0].metadata.execution


def test_without_a_file_to_write_nothing_is_written(tmp_path: Path) -> None:
    """The notebook stays as it was and the summary says how to keep results."""
    path = notebook(tmp_path / "a.ipynb", "print(1)")
    before = path.read_bytes()
    done = nbengine("run", path, cwd=tmp_path)
    assert "Nothing was written" in done.stderr
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir() if p.name != "workspace"] == ["a.ipynb"]


def test_the_notebook_itself_may_be_written(tmp_path: Path) -> None:
    """`-o` with the input's own name replaces its outputs."""
    path = notebook(tmp_path / "a.ipynb", "print(1)")
    nbengine("run", path, "-o", path, cwd=tmp_path)
    assert text(path) == ["1\n"]


def test_cells_run_in_the_folder_of_their_notebook(tmp_path: Path) -> None:
    """As in Jupyter relative paths start at the notebook; --cwd names another folder."""
    inner = tmp_path / "inner"
    inner.mkdir()
    path = notebook(inner / "a.ipynb", "import os; print(os.path.basename(os.getcwd()))")
    assert nbengine("run", path, cwd=tmp_path).stdout.strip() == "inner"
    assert nbengine("run", path, "--cwd", ".", cwd=tmp_path).stdout.strip() == tmp_path.name


def test_a_failed_cell_ends_the_run(tmp_path: Path) -> None:
    """Exit code 1, the traceback once, the rest marked as not run and without outputs."""
    path = notebook(tmp_path / "a.ipynb", "print('before')\n1/0", "print('never')")
    done = nbengine("run", path, "-o", "out.ipynb", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "before\n")
    assert done.stderr.count("ZeroDivisionError: division by zero") == 1
    assert "1 error, 1 aborted in" in done.stderr
    kinds = [[o["output_type"] for o in cell] for cell in outputs(tmp_path / "out.ipynb")]
    assert kinds == [["stream", "error"], []]


def test_keep_going_runs_the_rest_and_still_fails(tmp_path: Path) -> None:
    """Later cells run, the exit code is that of the first failure."""
    path = notebook(tmp_path / "a.ipynb", "1/0", "print('after')")
    done = nbengine("run", path, "--keep-going", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "after\n")


def test_a_cell_may_be_tagged_to_raise(tmp_path: Path) -> None:
    """`raises-exception` keeps the error in the notebook and the exit code at 0."""
    path = notebook(tmp_path / "a.ipynb", "1/0", "print('after')", tags={1: "raises-exception"})
    done = nbengine("run", path, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "after\n")


def test_a_cell_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    """Exit code 124, its partial output is in the file."""
    path = notebook(tmp_path / "a.ipynb", "import time; print('a', flush=True); time.sleep(60)")
    done = nbengine("run", path, "--timeout", "0.5", "-o", "out.ipynb", cwd=tmp_path)
    assert done.returncode == 124
    assert text(tmp_path / "out.ipynb") == ["a\n"]


def test_parameters_are_set_after_their_defaults(tmp_path: Path) -> None:
    """A new cell follows the one tagged `parameters`, with values of the right types."""
    path = notebook(tmp_path / "a.ipynb", "a = 1; b = 2", "print([a, b])", tags={1: "parameters"})
    done = nbengine("run", path, "-p", "b=[true", "-o", "out.ipynb", cwd=tmp_path)
    assert done.returncode == 2
    done = nbengine("run", path, "-p", "b=x y", "-p", "a=-1", "-o", "out.ipynb", cwd=tmp_path)
    assert done.stdout == "[-1, 'x y']\n"
    cells = json.loads((tmp_path / "out.ipynb").read_text())["cells"]
    assert cells[1]["metadata"]["tags"] == ["injected-parameters"]


def test_parameters_without_a_place_are_set_first_and_that_is_said(tmp_path: Path) -> None:
    """Whoever forgot the tag learns why the notebook's own value won."""
    path = notebook(tmp_path / "a.ipynb", "print(a)\na = 1")
    done = nbengine("run", path, "-p", "a=2", cwd=tmp_path)
    assert done.stdout == "2\n"
    assert "a.ipynb: no cell is tagged `parameters`;" in done.stderr
    tagged = notebook(tmp_path / "b.ipynb", "a = 1", "print(a)", tags={1: "parameters"})
    assert "is tagged" not in nbengine("run", tagged, "-p", "a=2", cwd=tmp_path).stderr


def test_a_parameter_that_the_notebook_does_not_know_is_told(tmp_path: Path) -> None:
    """The summary names it and the nearest; the cells run all the same."""
    path = notebook(tmp_path / "a.ipynb", "alpha = 1", "print(alpha)", tags={1: "parameters"})
    done = nbengine("run", path, "-p", "alhpa=2", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "1\n")
    assert "parameter 'alhpa' is not set in the cell tagged `parameters`; the nearest is 'al" in (
        done.stderr
    )


def test_of_several_ways_to_set_a_parameter_the_same_wins_as_with_papermill(
    tmp_path: Path,
) -> None:
    """Raw values over typed ones over files, and of two of a kind the later."""
    (tmp_path / "one.json").write_text('{"a": "one", "b": "one", "c": "one", "d": "one"}')
    (tmp_path / "two.yaml").write_text("a: two\nb: two\nc: two\n")
    path = notebook(tmp_path / "a.ipynb", "a = b = c = d = 0", "a, b, c, d", tags={1: "parameters"})
    files = ("-f", "one.json", "-f", "two.yaml")
    given = [
        ("-r", "a", "1"),
        ("-r", "a", "2"),
        ("-p", "a", "3"),
        ("-p", "b", "4"),
        ("-p", "b", "5"),
    ]
    ours = [part for option, name, value in given for part in (option, f"{name}={value}")]
    done = nbengine("run", path, *ours, *files, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "('2', 5, 'two', 'one')\n")
    theirs = [part for triple in given for part in triple]
    command = [sys.executable, "-m", "papermill", str(path), "theirs.ipynb", "--prepare-only"]
    subprocess.run([*command, *theirs, *files], cwd=tmp_path, check=True, capture_output=True)
    assert nbengine("run", "theirs.ipynb", cwd=tmp_path).stdout == done.stdout


def test_a_script_has_parameters_too(tmp_path: Path) -> None:
    """The tag stands in the line that begins the cell."""
    (tmp_path / "s.py").write_text('# %% tags=["parameters"]\na = 1\n# %%\nprint(a)\n')
    assert nbengine("run", "s.py", "-p", "a=2", cwd=tmp_path).stdout == "2\n"


def test_a_script_runs_cell_by_cell(tmp_path: Path) -> None:
    """Percent cells of a script share their variables and can be written as a notebook."""
    (tmp_path / "s.py").write_text("# %% [markdown]\n# # Hi\n# %%\nx = 1\n# %%\nprint(x)\n")
    done = nbengine("run", "s.py", "-o", "out.ipynb", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "1\n")
    written = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert [cell.cell_type for cell in written.cells] == ["markdown", "code", "code"]


def test_progress_bars_end_as_one_line(tmp_path: Path) -> None:
    """What was overwritten on a terminal is not repeated line by line."""
    path = notebook(tmp_path / "a.ipynb", "for n in range(5): print(f'\\r{n}', end='')\nprint()")
    assert nbengine("run", path, cwd=tmp_path).stdout == "4\n"


def test_what_child_processes_write_is_captured(tmp_path: Path) -> None:
    """The output of a command that a cell starts is shown and kept like the cell's own."""
    code = f"import subprocess; subprocess.run([{sys.executable!r}, '-c', 'print(6 * 7)'])"
    path = notebook(tmp_path / "a.ipynb", code + ";")
    done = nbengine("run", path, "-o", "out.ipynb", cwd=tmp_path)
    assert done.stdout == "42\n"
    assert text(tmp_path / "out.ipynb") == ["42\n"]


def test_what_no_terminal_can_show_is_named(tmp_path: Path) -> None:
    """A figure is one line that says its size and where it can be seen."""
    path = notebook(
        tmp_path / "a.ipynb", "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    )
    done = nbengine("run", path, "--html", "out.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("figure ")
    assert done.stdout.endswith(" → in out.html\n")
    assert "data:image/png;base64," in (tmp_path / "out.html").read_text("utf-8")


def test_statistical_warnings_end_the_summary_with_their_remedies(tmp_path: Path) -> None:
    """The rule, the sentence and what to do stand below the table, and in the notebook file."""
    code = (
        "import warnings\n"
        "from scipy import stats\n"
        "r = stats.pearsonr([1.0, 1.0, 1.0, 1.0], [1.0, 2.0, 3.0, 5.0])"
    )
    path = notebook(tmp_path / "a.ipynb", code)
    done = nbengine("run", path, "-o", "out.ipynb", cwd=tmp_path)
    assert "⚠ cell 1 c1: ConstantInputWarning" in done.stderr
    assert "→" in done.stderr
    assert "ConstantInputWarning" in json.dumps(outputs(tmp_path / "out.ipynb")[0][-1])


def test_notes_on_the_file_read_are_told(tmp_path: Path) -> None:
    """What had to be mended in the notebook is said in the summary."""
    (tmp_path / "a.ipynb").write_text('{"nbformat": 4, "nbformat_minor": 2, "cells": []}')
    done = nbengine("run", "a.ipynb", "-o", "out.ipynb", cwd=tmp_path)
    assert done.returncode == 0
    written = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert written.metadata.kernelspec.language == "python"
    assert "a.ipynb: it is nbformat 4.2; it is written as 4.5." in done.stderr
    assert "a.ipynb: it names no kernel; it is run as Python." in done.stderr
    assert "No cell to run" in done.stderr


# ---------------------------------------------------------------- refused before anything runs


@pytest.mark.parametrize(
    "arguments, code, said",
    [
        (["aa.ipynb"], 65, "There is no file aa.ipynb; the nearest is a.ipynb."),
        (["a"], 65, "There is no file a; the nearest is a.ipynb."),
        (["."], 65, ". is a folder, not a notebook."),
        (["folder.ipynb"], 65, "folder.ipynb is a folder, not a notebook."),
        (["bad.ipynb"], 65, "bad.ipynb cannot be read: it is not JSON"),
        (["a.ipynb", "--timeout", "-3"], 2, "--timeout must be a positive number"),
        (["a.ipynb", "-p", "alpha"], 2, "'alpha' is not of the form NAME=VALUE."),
        (["a.ipynb", "-r", "for=1"], 2, "'for' is not one that Python can assign to."),
        (["a.ipynb", "-f", "none.json"], 2, "file none.json cannot be read: no such file"),
        (["a.ipynb", "-f", "bad.ipynb"], 2, "file bad.ipynb is neither .json nor .yaml."),
        (["a.ipynb", "--cwd", "none"], 2, "--cwd must be a folder, which none is not."),
        (["a.ipynb", "-o", "out.html"], 2, "-o writes a file that ends in .ipynb"),
        (["a.ipynb", "--html", "out.ipynb"], 2, "--html writes a file that ends in .html"),
        (["a.ipynb", "-o", "folder.ipynb"], 74, "folder.ipynb cannot be written: it is a folder."),
        (["a.ipynb", "-o", "none/o.ipynb"], 74, "none/o.ipynb cannot be written: there is no"),
        (["a.ipynb", "--html", "bad.ipynb/o.html"], 74, "bad.ipynb is not a folder."),
    ],
)
def test_what_makes_no_sense_is_refused_before_a_cell_runs(
    tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    """One sentence on standard error, the exit code of its kind, and nothing done."""
    notebook(tmp_path / "a.ipynb", "open('ran', 'w')")
    (tmp_path / "folder.ipynb").mkdir()
    (tmp_path / "bad.ipynb").write_text("nope")
    done = nbengine("run", *arguments, cwd=tmp_path)
    assert done.returncode == code
    assert done.stderr.startswith("nbengine: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "ran").exists()


# ---------------------------------------------------------------- what happens on the way


def test_results_are_on_the_disk_after_every_cell(tmp_path: Path) -> None:
    """A cell finds the outputs of those before it in the file, valid and whole."""
    look = "import json; print(len(json.load(open('out.ipynb'))['cells'][0]['outputs']))"
    path = notebook(tmp_path / "a.ipynb", "print('first')", look)
    assert nbengine("run", path, "-o", "out.ipynb", cwd=tmp_path).stdout == "first\n1\n"


def test_what_a_later_cell_changes_in_an_earlier_one_is_kept(tmp_path: Path) -> None:
    """An updated display and a late thread's output are in the file, the page and the summary."""
    path = notebook(
        tmp_path / "a.ipynb",
        "handle = display('old look', display_id=True)",
        "import threading\n"
        "go = threading.Event()\n"
        "def late():\n"
        "    go.wait(); print('one'); print('two')\n"
        "thread = threading.Thread(target=late); thread.start()",
        "handle.update('new look'); go.set(); thread.join()",
    )
    written = ("-o", "out.ipynb", "--html", "out.html")
    done = nbengine("run", path, *written, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    first, _second, third = outputs(tmp_path / "out.ipynb")
    assert [output["data"]["text/plain"] for output in first] == [["'new look'"]]
    assert text(tmp_path / "out.ipynb") == ["", "one\ntwo\n", ""]
    assert third == []
    assert "2 lines" in done.stderr
    page = (tmp_path / "out.html").read_text("utf-8")
    shown = [pre.text for pre in BeautifulSoup(page, "html.parser").select(".jp-OutputArea pre")]
    assert [text.strip() for text in shown] == ["'new look'", "one\ntwo"]


def test_an_update_is_kept_however_many_cells_later(tmp_path: Path) -> None:
    """The first display can be changed by the last cell, whatever the service's limits are."""
    between = ["x = 1"] * 5
    path = notebook(
        tmp_path / "a.ipynb", "h = display(1, display_id=True)", *between, "h.update(2)"
    )
    env = {"NBENGINE_RECORD_COUNT": "1"}
    nbengine("run", path, "-o", "out.ipynb", cwd=tmp_path, env=env)
    assert outputs(tmp_path / "out.ipynb")[0][0]["data"]["text/plain"] == ["2"]


@posix
@pytest.mark.parametrize("options", [[], ["--timeout", "60"]])
def test_ctrl_c_stops_the_cell_and_keeps_what_there_is(tmp_path: Path, options: list[str]) -> None:
    """Exit code 130; the file holds all results and the partial output of the stopped cell."""
    path = notebook(
        tmp_path / "a.ipynb",
        "print('first')",
        "import time; print('partial', flush=True); open('on', 'w').close(); time.sleep(60)",
        "print('never')",
    )
    command = [*COMMAND, "run", str(path), "-o", "out.ipynb", *options]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        until_there(tmp_path / "on", process)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 130
    assert text(tmp_path / "out.ipynb") == ["first\n", "partial\n", ""]
    assert "1 ok, 1 interrupted, 1 aborted" in err


@posix
def test_a_second_ctrl_c_quits_at_once(tmp_path: Path) -> None:
    """A cell that swallows interrupts cannot hold the terminal; earlier results are kept."""
    stubborn = (
        "import time\n"
        "while True:\n"
        "    try: open('on', 'w').close(); time.sleep(60)\n"
        "    except KeyboardInterrupt: open('swallowed', 'w').close()"
    )
    path = notebook(tmp_path / "a.ipynb", "print('first')", stubborn)
    command = [*COMMAND, "run", str(path), "-o", "out.ipynb"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE) as process:
        until_there(tmp_path / "on", process)
        process.send_signal(signal.SIGINT)
        until_there(tmp_path / "swallowed", process)
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert process.returncode == 130
    assert text(tmp_path / "out.ipynb") == ["first\n", ""]


@posix
def test_ctrl_c_between_two_cells_says_that_the_rest_did_not_run(tmp_path: Path) -> None:
    """Where no cell can tell of it the summary does; exit code 130."""
    code = (
        "from nbengine.cli import run\n"
        "class Interrupted(run.RunView):\n"
        "    def started(self, step):\n"
        "        if step.number == 2: raise KeyboardInterrupt\n"
        "run.RunView = Interrupted\n"
        "from nbengine.cli.commands import app; app()"
    )
    path = notebook(tmp_path / "a.ipynb", "print('one')", "print('never')")
    done = subprocess.run(
        [sys.executable, "-c", code, "run", str(path), "-o", "out.ipynb"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130
    assert "Interrupted between two cells: the rest was not run." in done.stderr
    assert text(tmp_path / "out.ipynb") == ["one\n", ""]


@posix
def test_a_reader_who_goes_away_does_not_end_the_run(tmp_path: Path) -> None:
    """`nbengine run … | head -1` still keeps the results of all cells."""
    path = notebook(tmp_path / "a.ipynb", "for n in range(99_999): print(n)", "print('end')")
    with subprocess.Popen(
        [*COMMAND, "run", str(path), "-o", "out.ipynb"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode == 0
    assert text(tmp_path / "out.ipynb")[1] == "end\n"


@posix
def test_a_full_disk_costs_the_last_results_only(tmp_path: Path) -> None:
    """The file keeps what it held, the run goes on, exit code 74 and one sentence at the end."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))"
    path = notebook(
        tmp_path / "a.ipynb", limit + "\nprint('small')", "print('x' * 9000)", "print('on')"
    )
    done = nbengine("run", path, "-o", "out.ipynb", cwd=tmp_path)
    assert done.returncode == 74
    assert done.stdout.endswith("on\n")
    assert done.stderr.endswith("nbengine: out.ipynb cannot be written: file too large.\n")
    assert text(tmp_path / "out.ipynb") == ["small\n", "", ""]
    assert not list(tmp_path.glob(".nbengine-*"))


@posix
def test_without_standard_output_the_results_are_kept_as_they_are(tmp_path: Path) -> None:
    """`nbengine run … >&-`: nothing that we print comes back as a cell's own output."""
    path = notebook(tmp_path / "a.ipynb", "print('one')\n1 + 1")
    command = f"{shlex.join([*COMMAND, 'run', str(path), '-o', 'out.ipynb'])} >&- <&-"
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert text(tmp_path / "out.ipynb") == ["one\n"]


@full_device
def test_a_full_disk_under_standard_output_does_not_end_the_run(tmp_path: Path) -> None:
    """All cells run and their results are kept; one sentence and exit code 74 at the end."""
    path = notebook(tmp_path / "a.ipynb", "print('one')", "print('two')")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "run", str(path), "-o", "out.ipynb"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 74
    assert "Traceback" not in done.stderr
    assert done.stderr.endswith(
        "nbengine: Standard output cannot be written: no space left on device.\n"
    )
    assert text(tmp_path / "out.ipynb") == ["one\n", "two\n"]


# ---------------------------------------------------------------- in a terminal


def in_a_terminal(*arguments: str, cwd: Path) -> str:
    """What the command draws on a terminal of 100 columns."""
    import pty

    master, slave = pty.openpty()
    env = os.environ | {"COLUMNS": "100", "TERM": "xterm-256color"}
    command = [*COMMAND, *arguments]
    with subprocess.Popen(command, cwd=cwd, stdin=slave, stdout=slave, stderr=slave, env=env):
        os.close(slave)
        drawn = b""
        try:
            while piece := os.read(master, 65536):
                drawn += piece
        except OSError:  # the terminal's other end is closed
            pass
    os.close(master)
    return drawn.decode()


@posix
def test_in_a_terminal_progress_is_drawn_and_tables_too(tmp_path: Path) -> None:
    """Cell n of m and the last line of output are seen meanwhile; a frame is a drawn table."""
    slow = "import time\nprint('\\rhalf way', end='', flush=True); time.sleep(0.5)\nprint()"
    frame = "import pandas as pd\npd.DataFrame({'n': [1, 2], 'word': ['a', '[b]']})"
    path = notebook(tmp_path / "a.ipynb", slow, frame, "1/0")
    drawn = in_a_terminal("run", str(path), cwd=tmp_path)
    assert "0/3" in drawn
    assert "\x1b[2mhalf way" in drawn
    assert "─────" in drawn
    assert "[b]" in drawn
    assert drawn.count("division by zero") == 1
    assert "\x1b[?25h" in drawn  # the cursor is back


@posix
def test_in_a_terminal_exec_shows_colours(tmp_path: Path) -> None:
    """A traceback is coloured where somebody watches."""
    assert "\x1b[" in in_a_terminal("exec", "1/0", cwd=tmp_path)


def test_a_script_may_end_itself_well(tmp_path: Path) -> None:
    """The usual last line of a script, `sys.exit(main())`, is no failure; nothing runs after it."""
    (tmp_path / "script.py").write_text(
        "# %%\nimport sys\nprint('done')\nsys.exit(0)\n# %%\nprint('never')\n"
    )
    done = nbengine("run", "script.py", cwd=tmp_path)
    assert done.returncode == 0
    assert "done" in done.stdout
    assert "never" not in done.stdout
