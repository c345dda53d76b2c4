"""Many clients on a real server: `python -m benchmarks.load --clients 50 --notebooks 20`.

Each client runs a cell of its own again and again; the cell says whose it is and how often it ran,
and the client looks whether that, and nothing else, came back.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx
import psutil

TOKEN = "load"
PATIENCE = 120.0
_MEGABYTE = 2**20
_SETTLED = 0.3
"""Part of the time after which memory is looked at: by then every worker has begun."""


@dataclass
class Load:
    """What is asked of the server."""

    clients: int
    notebooks: int
    seconds: float
    pause: float
    engine: str


@dataclass
class Found:
    """What came of it."""

    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    memory: list[tuple[float, int]] = field(default_factory=list)
    """When, and bytes of the server itself."""

    def report(self, load: Load) -> str:
        """In a few lines."""
        cuts = statistics.quantiles(self.seconds, n=100)
        p50, p95, p99 = (f"{1000 * cuts[percent - 1]:.1f} ms" for percent in (50, 95, 99))
        first, last = self.memory[0][1] / _MEGABYTE, self.memory[-1][1] / _MEGABYTE
        slope = 60 * self.slope() / _MEGABYTE
        return "\n".join(
            [
                f"{load.clients} clients, {load.notebooks} notebooks, {load.seconds:g} s",
                f"cells run      {len(self.seconds)} ({len(self.seconds) / load.seconds:.0f}/s)",
                f"errors         {len(self.faults)}",
                *self.faults[:5],
                f"trivial cell   p50 {p50}, p95 {p95}, p99 {p99}",
                f"server memory  {first:.1f} → {last:.1f} MB, {slope:+.2f} MB/min",
            ]
        )

    def slope(self) -> float:
        """Bytes a second that the server grows by, over the settled part of the time."""
        settled = self.memory[int(len(self.memory) * _SETTLED) :]
        return statistics.linear_regression(*zip(*settled, strict=True)).slope


@contextmanager
def served(engine: str) -> Iterator[tuple[psutil.Process, str]]:
    """A server in a process of its own, in a fresh workspace."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            "NBENGINE_WORKSPACE_DIR": folder,
            "NBENGINE_LOG_LEVEL": "error",
            "NBENGINE_TOKEN": TOKEN,
        }
        command = ["serve", "--no-browser", "--port", "0", "--engine", engine]
        process = subprocess.Popen(
            [sys.executable, "-m", "nbengine", *command],
            env={**os.environ, **environ, "NBENGINE_KEY_FILE": str(Path(folder, ".key"))},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        try:
            address = [process.stdout.readline() for _ in range(4)][2].strip()
            yield psutil.Process(process.pid), address.partition("?")[0]
        finally:
            process.terminate()
            process.communicate()


async def measured(load: Load) -> Found:
    """Run it."""
    found = Found()
    with served(load.engine) as (process, address):
        limits = httpx.Limits(max_connections=load.clients)
        headers = {"authorization": f"Bearer {TOKEN}"}
        async with httpx.AsyncClient(
            base_url=address, headers=headers, timeout=PATIENCE, limits=limits
        ) as http:
            await asyncio.gather(*(_prepared(http, load, n) for n in range(load.notebooks)))
            until = time.monotonic() + load.seconds
            watching = asyncio.create_task(_watched(process, found))
            try:
                clients = (_client(http, load, n, until, found) for n in range(load.clients))
                await asyncio.gather(*clients)
            finally:
                watching.cancel()
    return found


async def _prepared(http: httpx.AsyncClient, load: Load, number: int) -> None:
    """A notebook with a cell for each of its clients, and a worker that has begun."""
    mine = range(number, load.clients, load.notebooks)
    cells = [{"id": "begin", "source": "turns = {}"}, *map(_cell, mine)]
    made = await http.post("/api/notebooks", json={"name": f"n{number}", "cells": cells})
    made.raise_for_status()
    begun = await http.post(f"/api/notebooks/n{number}/cells/begin/execute")
    begun.raise_for_status()


def _cell(number: int) -> dict[str, str]:
    turn = f"turns[{number}] = turns.get({number}, -1) + 1"
    return {"id": f"c{number}", "source": f"{turn}\nprint('client {number} turn', turns[{number}])"}


async def _client(
    http: httpx.AsyncClient, load: Load, number: int, until: float, found: Found
) -> None:
    """Runs its cell again and again."""
    place = f"/api/notebooks/n{number % load.notebooks}/cells/c{number}/execute"
    await asyncio.sleep(load.pause * number / load.clients)
    for turn in count():
        if time.monotonic() > until:
            return
        said = f"client {number} turn {turn}"
        began = time.perf_counter()
        fault = await _fault(http, place, said)
        found.seconds.append(time.perf_counter() - began)
        if fault is not None:
            found.faults.append(fault)
        await asyncio.sleep(load.pause)


async def _fault(http: httpx.AsyncClient, place: str, said: str) -> str | None:
    """What was wrong with the answer, if anything was."""
    try:
        answer = await http.post(place)
    except httpx.HTTPError as error:
        return f"{said}: {error!r}"
    if answer.status_code != 200:
        return f"{said}: {answer.status_code} {answer.text[:200]}"
    shown = [output.get("text") for output in answer.json()["outputs"]]
    return None if shown == [f"{said}\n"] else f"{said}: {shown}"


async def _watched(process: psutil.Process, found: Found) -> None:
    began = time.monotonic()
    while True:
        found.memory.append((time.monotonic() - began, process.memory_info().rss))
        await asyncio.sleep(1)


def main() -> int:
    """Measure and tell; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--notebooks", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--pause", type=float, default=0.5, help="between two cells of a client")
    parser.add_argument("--engine", default="process")
    load = Load(**vars(parser.parse_args()))
    found = asyncio.run(measured(load))
    print(found.report(load))
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
