from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from nbengine.state.collection import Retention
from nbengine.state.store import Store
from tests.state.stored import CHUNK, Buffer, load, open_store, save


def is_interrupted(calls: int, action: Callable[[], object]) -> bool:
    """Whether the n-th call of a function, or return from one, came, and with it an interrupt."""
    left = calls

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise KeyboardInterrupt

    try:
        sys.setprofile(count)
        action()
    except KeyboardInterrupt:
        return True
    finally:
        left = 0
        sys.setprofile(None)
    return False


# Where it strikes between the opening of a file and its naming, nobody closes that.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("collects", [False, True], ids=["commit", "collection"])
def test_an_interrupt_leaves_all_or_nothing(tmp_path: Path, collects: bool) -> None:
    """Wherever it strikes: the store knows what it holds, nothing is lost, the next is kept."""
    with open_store(tmp_path) as store:
        expected = load(store, save(store, x=b"x"))
        for calls in itertools.count(1):
            values = {"a": os.urandom(10), "b": os.urandom(2 * CHUNK)}
            struck = is_interrupted(calls, partial(work, store, values, collects))
            now = load(store, store.head())
            assert now in (expected, expected | values)
            expected = now
            if calls % 50 == 0:
                store.collect(Retention(count=1))
                assert store.verify() == []
            if not struck:
                break
        assert calls > 300
    with open_store(tmp_path) as store:
        assert load(store, store.head()) == expected
        assert store.verify() == []


def work(store: Store, values: dict[str, bytes], collects: bool) -> None:
    save(store, a=values["a"], b=Buffer(values["b"]))
    if collects:
        store.collect(Retention(count=1))
