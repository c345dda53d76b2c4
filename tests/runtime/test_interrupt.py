"""The gate through which interrupts reach a cell."""

from __future__ import annotations

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from nbengine.runtime.caller import Caller
from nbengine.runtime.interrupt import Gate


def loop_for_ever(started: Event) -> None:
    """Run until interrupted."""
    started.set()
    while True:
        pass


def test_an_interrupt_ends_the_work_behind_the_gate() -> None:
    """The KeyboardInterrupt that ended the work is given back, and why it was asked for."""
    gate, started = Gate(), Event()
    with ThreadPoolExecutor() as pool:
        run = pool.submit(gate.run, lambda: loop_for_ever(started))
        assert started.wait(20)
        assert gate.stop("timeout", grace=20)
        assert isinstance(run.result(), KeyboardInterrupt)
    assert gate.reason == "timeout"


def test_an_interrupt_before_the_gate_opens_ends_the_work_at_its_start() -> None:
    """A cell that was stopped before its first instruction runs none."""
    gate, ran = Gate(), list[int]()
    with ThreadPoolExecutor() as pool:
        stopped = pool.submit(gate.stop, "interrupted", 20)
        while gate.reason is None:
            pass
        assert isinstance(gate.run(lambda: ran.append(1)), KeyboardInterrupt)
        assert stopped.result()
    assert not ran


def test_an_interrupt_after_the_end_changes_nothing() -> None:
    """A gate that has closed is not asked any more, and says so."""
    gate = Gate()
    assert gate.run(lambda: None) is None
    assert gate.stop("interrupted", grace=20)
    assert gate.reason is None


def test_a_shielded_block_is_finished_before_the_interrupt_is_raised() -> None:
    """The interrupt comes at the end of the block."""
    gate, inside, steps = Gate(), Event(), list[str]()

    def work() -> None:
        with gate:
            inside.set()
            while not gate.deferred:
                pass
            steps.append("finished")
        steps.append("never")

    with ThreadPoolExecutor() as pool:
        run = pool.submit(gate.run, work)
        assert inside.wait(20)
        assert gate.stop("interrupted", grace=20)
        assert isinstance(run.result(), KeyboardInterrupt)
    assert steps == ["finished"]


def test_of_nested_shielded_blocks_the_outer_one_is_finished() -> None:
    """The end of an inner block is no place for the interrupt yet."""
    gate, inside, steps = Gate(), Event(), list[str]()

    def work() -> None:
        with gate:
            with gate:
                inside.set()
                while not gate.deferred:
                    pass
            steps.append("finished")
        steps.append("never")

    with ThreadPoolExecutor() as pool:
        run = pool.submit(gate.run, work)
        assert inside.wait(20)
        assert gate.stop("interrupted", grace=20)
        assert isinstance(run.result(), KeyboardInterrupt)
    assert steps == ["finished"]


def test_work_may_stop_itself() -> None:
    """Asked from its own thread, the interrupt is raised on the spot."""
    gate = Gate()
    stray = gate.run(lambda: bool(gate.stop("interrupted", 20)) and None)
    assert isinstance(stray, KeyboardInterrupt)
    assert gate.reason == "interrupted"


@pytest.mark.parametrize("how", ["stop", "signal"])
def test_work_that_stops_itself_in_a_shielded_block_finishes_it(how: str) -> None:
    """Asked from its own thread too, the interrupt waits for the end of the block."""
    gate, steps = Gate(), list[str]()

    def work() -> None:
        with gate:
            if how == "stop":
                gate.stop("interrupted", 20)
            else:
                signal.raise_signal(signal.SIGINT)
            steps.append("finished")
        steps.append("never")

    with Caller(gate, None):
        assert isinstance(gate.run(work, by_signal=True), KeyboardInterrupt)
    assert steps == ["finished"]


@pytest.mark.skipif(os.name != "posix", reason="a shell that signals pass by")
def test_a_signal_that_was_missed_is_sent_again() -> None:
    """Lost in a call that ignores it, the next one ends the work; one more disturbs nothing."""
    gate, started, steps = Gate(), Event(), list[str]()

    def work() -> None:
        try:
            started.set()
            os.system("sleep 0.3")
            time.sleep(10)
            steps.append("never")
        finally:
            signal.raise_signal(signal.SIGINT)
            steps.append("cleaned up")

    def stop() -> bool:
        assert started.wait(20)
        return gate.stop("interrupted", grace=60)

    with ThreadPoolExecutor() as pool, Caller(gate, None):
        stopped = pool.submit(stop)
        assert isinstance(gate.run(work, by_signal=True), KeyboardInterrupt)
        assert stopped.result()
    assert steps == ["cleaned up"]


def test_work_that_swallows_one_interrupt_is_interrupted_again() -> None:
    """After half of the grace period more interrupts follow."""
    gate, started, swallowed = Gate(), Event(), list[int]()

    def work() -> None:
        try:
            loop_for_ever(started)
        except KeyboardInterrupt:
            swallowed.append(1)
        loop_for_ever(started)

    with ThreadPoolExecutor() as pool:
        run = pool.submit(gate.run, work)
        assert started.wait(20)
        assert gate.stop("interrupted", grace=2)
        assert isinstance(run.result(), KeyboardInterrupt)
    assert swallowed == [1]


def test_work_that_cannot_be_stopped_is_reported() -> None:
    """A C call goes on; asking says so after the grace period, and no interrupt stays behind."""
    gate, started, end = Gate(), Event(), Event()

    def work() -> None:
        with gate:
            started.set()
            end.wait(20)

    with ThreadPoolExecutor() as pool:
        run = pool.submit(gate.run, work)
        assert started.wait(20)
        assert not gate.stop("timeout", grace=0.02)
        end.set()
        run.result()
    assert gate.wait_ended(0)


def test_the_first_reason_stands() -> None:
    """Work that did not end when its time was up has timed out, whoever interrupts it later."""
    gate, started, end = Gate(), Event(), Event()

    def work() -> None:
        with gate:
            started.set()
            end.wait(20)

    with ThreadPoolExecutor() as pool:
        run = pool.submit(gate.run, work)
        assert started.wait(20)
        assert not gate.stop("timeout", grace=0.02)
        assert not gate.stop("interrupted", grace=0.02)
        end.set()
        run.result()
    assert gate.reason == "timeout"


@pytest.mark.parametrize("seed", range(4))
def test_an_interrupt_never_reaches_what_runs_after_its_cell(seed: int) -> None:
    """Whenever it strikes, only its own gate's work is hit, and the thread lives on."""
    moments = random.Random(seed)
    asked: list[Gate] = []
    ended = Event()

    def stopper() -> None:
        while not ended.is_set():
            if asked:
                gate = asked.pop()
                until = time.perf_counter() + moments.random() * 2e-5
                while time.perf_counter() < until:
                    pass
                gate.stop("interrupted", 20)

    def cells() -> int:
        hits = 0
        for _ in range(2_000):
            hit, safe = Gate(), Gate()
            asked.append(hit)
            stray = hit.run(lambda: sum(n for n in range(moments.randrange(300))) and None)
            hits += stray is not None
            assert stray is None or hit.reason == "interrupted"
            assert safe.run(lambda: None) is None
            assert sum(n for n in range(20)) == 190
        return hits

    with ThreadPoolExecutor() as pool:
        pool.submit(stopper)
        running = pool.submit(cells)
        try:
            running.result()
        finally:
            ended.set()
