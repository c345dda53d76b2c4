"""Who hears of SIGINT while a cell runs."""

from __future__ import annotations

import signal

from nbengine.runtime.caller import Caller
from nbengine.runtime.interrupt import Gate


def outcome_of_a_signal(*, repeats_one: bool) -> tuple[BaseException | None, BaseException | None]:
    """What a SIGINT in a cell that a cell runs ends: the inner one, the outer one."""
    inner, outer = Gate(), Gate()
    ends: list[BaseException | None] = []

    def interrupted() -> None:
        inner._echo = repeats_one
        signal.raise_signal(signal.SIGINT)

    def asking() -> None:
        with Caller(inner, outer):
            ends.append(inner.run(interrupted, by_signal=True))

    with Caller(outer, None):
        ends.append(outer.run(asking, by_signal=True))
    return ends[0], ends[1]


def test_ctrl_c_ends_the_whole_chain_of_cells() -> None:
    """A user who presses Ctrl-C means the cell that runs and those that wait for it."""
    inner, outer = outcome_of_a_signal(repeats_one=False)
    assert isinstance(inner, KeyboardInterrupt)
    assert isinstance(outer, KeyboardInterrupt)


def test_a_repeated_signal_stays_with_the_cell_that_it_was_sent_to() -> None:
    """One that only repeats an earlier one, in case that was not seen, ends nothing more."""
    assert outcome_of_a_signal(repeats_one=True) == (None, None)
