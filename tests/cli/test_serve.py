from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from tests.cli.command import COMMAND, nbengine, notebook, posix
from tests.conftest import PATIENCE, until

ENGINE = ("--engine", "in_process")


@dataclass
class Server:
    """The command, and the address that it has printed."""

    process: subprocess.Popen[str]
    said: str
    address: str

    @property
    def token(self) -> str:
        return self.address.partition("?token=")[2]

    @property
    def port(self) -> int:
        return httpx.URL(self.address).port or 0

    def client(self) -> httpx.Client:
        base = f"http://127.0.0.1:{self.port}"
        headers = {"authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=base, headers=headers, timeout=PATIENCE)


Serve = Callable[..., Server]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts the command; what still runs in the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def serve(*arguments: str | Path, **environ: str) -> Server:
        process = subprocess.Popen(
            [*COMMAND, "serve", *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(4)]
        return Server(process, said[0], said[2].strip())

    yield serve
    for process in started:
        process.kill()
        process.communicate()


def test_it_says_where_notebooks_lie_and_where_to_go(serve: Serve, own_settings: Path) -> None:
    """The address has a random token in it, which opens the start page once and for all."""
    server = serve(*ENGINE, "--no-browser", "--port", "0")
    assert str(own_settings) in server.said
    assert len(server.token) >= 32
    with httpx.Client(follow_redirects=True) as browser:
        page = browser.get(server.address)
        assert page.status_code == 200
        assert "token" not in str(page.url)
        assert "text/html" in page.headers["content-type"]
        assert browser.get(page.url.join("/api/notebooks")).json() == []
    assert httpx.get(f"http://127.0.0.1:{server.port}/").status_code == 401


def test_a_folder_is_served_with_all_its_notebooks(serve: Serve, tmp_path: Path) -> None:
    """Cells work beside their file; the token is the one that was given."""
    folder = tmp_path / "work"
    folder.mkdir()
    notebook(folder / "one.ipynb", "open('made.txt', 'w').write('x')")
    server = serve(folder, *ENGINE, "--no-browser", "--port", "0", "--token", "mine")
    assert (str(folder) in server.said, server.token) == (True, "mine")
    with server.client() as client:
        (found,) = client.get("/api/notebooks").json()
        client.post(f"/api/notebooks/{found['id']}/cells/c1/execute")
    assert (folder / "made.txt").read_text() == "x"


@posix
@pytest.mark.parametrize("by", ["variable", "file"])
def test_a_token_can_be_kept_out_of_the_list_of_processes(
    serve: Serve, tmp_path: Path, by: str
) -> None:
    """It is good, no process has it among its arguments, and no cell finds it."""
    (tmp_path / "token").write_text("out-of-sight\n")
    given = ["--token-file", tmp_path / "token"] if by == "file" else []
    environ = {"NBENGINE_TOKEN": "out-of-sight"} if by == "variable" else {}
    server = serve(*ENGINE, "--no-browser", "--port", "0", *given, **environ)
    assert server.token == "out-of-sight"
    own = psutil.Process(server.process.pid)
    for process in [own, *own.children(recursive=True)]:
        assert "out-of-sight" not in " ".join(process.cmdline())
    cells = [{"id": "c", "source": "import os; print('NBENGINE_TOKEN' in os.environ)"}]
    with server.client() as client:
        client.post("/api/notebooks", json={"name": "a", "cells": cells})
        result = client.post("/api/notebooks/a/cells/c/execute").json()
    assert result["outputs"][0]["text"] == "False\n"


def test_one_notebook_is_opened(serve: Serve, tmp_path: Path) -> None:
    """The address is that of its page."""
    path = notebook(tmp_path / "one.ipynb", "1")
    server = serve(path, *ENGINE, "--no-browser", "--port", "0")
    with server.client() as client:
        (found,) = client.get("/api/notebooks").json()
    assert httpx.URL(server.address).path == f"/notebooks/{found['id']}"


@posix
def test_the_browser_is_opened_if_there_is_one(serve: Serve, tmp_path: Path) -> None:
    """At an address that is good once, unless that is not wanted: others may see it."""
    browser = tmp_path / "browser"
    browser.write_text('#!/bin/sh\necho "$1" > opened.part && mv opened.part opened\n')
    browser.chmod(0o700)
    serve(*ENGINE, "--no-browser", "--port", "0", BROWSER=f"{browser} %s")
    server = serve(*ENGINE, "--port", "0", BROWSER=f"{browser} %s")
    opened = tmp_path / "opened"
    until(opened.exists)
    address = opened.read_text().strip()
    assert server.token not in address
    with httpx.Client(follow_redirects=True) as one, httpx.Client() as other:
        assert one.get(address).status_code == 200
        assert other.get(address).status_code == 401
    assert httpx.get(server.address).status_code == 303


@posix
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_interrupts_what_runs_and_saves_it(
    serve: Serve, by: signal.Signals, own_settings: Path
) -> None:
    """What a cell had shown is in the notebook's file, and the exit code is 0."""
    server = serve(*ENGINE, "--no-browser", "--port", "0")
    source = "import time\nprint('half', flush=True)\ntime.sleep(600)"
    with server.client() as client:
        cells = [{"id": "c", "source": source}]
        client.post("/api/notebooks", json={"name": "a", "cells": cells})
        client.post("/api/notebooks/a/cells/c/execute", params={"wait": False})
        with client.stream("GET", "/api/notebooks/a/events") as events:
            next(line for line in events.iter_lines() if "half" in line)
    server.process.send_signal(by)
    _, log = server.process.communicate(timeout=PATIENCE)
    assert server.process.returncode == 0, log
    assert "Traceback" not in log
    assert "half" in (own_settings / "a" / "a.ipynb").read_text()


@posix
def test_ctrl_c_reaches_every_process_and_the_cell_is_told_as_interrupted(
    serve: Serve, own_settings: Path
) -> None:
    """A terminal sends it to workers, too; none dies of it, and none is left."""
    server = serve("--no-browser", "--port", "0", NBENGINE_ISOLATION="best_effort")
    with server.client() as client:
        cells = [{"id": "c", "source": "import time\nprint('half', flush=True)\ntime.sleep(600)"}]
        client.post("/api/notebooks", json={"name": "a", "cells": cells})
        client.post("/api/notebooks/a/cells/c/execute", params={"wait": False})
        with client.stream("GET", "/api/notebooks/a/events") as events:
            next(line for line in events.iter_lines() if "half" in line)
    family = psutil.Process(server.process.pid).children(recursive=True)
    os.killpg(server.process.pid, signal.SIGINT)
    _, log = server.process.communicate(timeout=PATIENCE)
    assert server.process.returncode == 0, log
    assert "Traceback" not in log
    saved = (own_settings / "a" / "a.ipynb").read_text()
    assert "half" in saved
    assert "KeyboardInterrupt" in saved
    until(lambda: not any(each.is_running() for each in family))


@posix
def test_a_second_signal_ends_at_once(serve: Serve) -> None:
    """Also while a cell that heeds no interrupt is waited for."""
    server = serve(*ENGINE, "--no-browser", "--port", "0", NBENGINE_INTERRUPT_GRACE="60")
    stubborn = "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    with server.client() as client:
        cells = [{"id": "c", "source": stubborn}]
        client.post("/api/notebooks", json={"name": "a", "cells": cells})
        client.post("/api/notebooks/a/cells/c/execute", params={"wait": False})
        with client.stream("GET", "/api/notebooks/a/events") as events:
            next(line for line in events.iter_lines() if "started" in line)
    assert server.process.stderr is not None
    server.process.send_signal(signal.SIGINT)
    next(line for line in server.process.stderr if "stopping" in line)
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(PATIENCE) == 130


def test_a_port_in_use_is_refused_with_one_that_is_free(tmp_path: Path) -> None:
    """In one sentence."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = nbengine("serve", *ENGINE, "--port", str(port), cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"nbengine: Port {port} at 127.0.0.1 is in use; ")
    assert done.stderr.endswith(" is free.\n")


def test_without_a_port_the_next_free_one_is_taken(serve: Serve) -> None:
    """Two servers live beside each other."""
    one, other = (serve(*ENGINE, "--no-browser") for _ in range(2))
    assert one.port != other.port
    with other.client() as client:
        assert client.get("/api/health").json()["status"] == "ok"


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["none.ipynb"], "There is no notebook or folder none.ipynb."),
        (["text.txt"], "text.txt is neither a notebook (.ipynb) nor a folder."),
        (["--token", ""], "The token has to be of visible ASCII characters."),
        (["--host", "no such host"], "cannot listen"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(
    tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    """With the exit code 2, and nothing is served."""
    (tmp_path / "text.txt").write_text("")
    done = nbengine("serve", *ENGINE, *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--engine", "steam"], ["a", "b"]])
def test_options_that_cannot_be_are_refused(tmp_path: Path, arguments: list[str]) -> None:
    """As every command does."""
    done = nbengine("serve", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")


def test_nobody_else_loads_the_server(tmp_path: Path) -> None:
    """Other commands start as fast as before."""
    code = (
        "import sys, nbengine.cli.commands; "
        "print({'fastapi', 'uvicorn', 'structlog', 'prometheus_client'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=True, text=True
    )
    assert done.stdout == "set()\n"


def test_a_server_that_is_not_installed_is_told(tmp_path: Path) -> None:
    """With what to install, and the exit code 69."""
    code = (
        "import sys; sys.modules['fastapi'] = None; sys.argv = ['nbengine', 'serve']; "
        "from nbengine.cli.app import main; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False, text=True
    )
    assert done.returncode == 69
    assert done.stderr == "nbengine: Serving needs fastapi: pip install 'nbengine[server]'\n"
