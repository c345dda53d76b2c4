"""Loggers and handlers of cells."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from .round_trip import brought_back, saved

NAME = "nbengine.tests.own"
SET_UP = f"""
import logging
log = logging.getLogger({NAME!r})
log.setLevel(logging.DEBUG)
log.propagate = False
handler = logging.StreamHandler()
handler.setFormatter(logging.Formatter("said: %(message)s"))
log.addHandler(handler)
"""


@pytest.fixture(autouse=True)
def logger() -> Iterator[logging.Logger]:
    logger = logging.getLogger(NAME)
    yield logger
    forget(logger)


def forget(logger: logging.Logger) -> None:
    """As in another process."""
    logger.handlers.clear()
    logger.setLevel(logging.NOTSET)
    logger.propagate = True


def test_a_logger_comes_back_as_it_was_set_up(logger: logging.Logger) -> None:
    """With its level and its handlers, which are the ones that variables hold."""
    pickled = saved(SET_UP)
    forget(logger)
    restored = brought_back(pickled)
    assert restored.holds("log is logging.getLogger(log.name) and log.handlers == [handler]")
    assert restored.holds("log.isEnabledFor(logging.DEBUG) and not log.propagate")
    assert restored.holds("handler.formatter._fmt == 'said: %(message)s'")
    assert not restored.lost


def test_a_logger_that_is_set_up_is_left_alone(logger: logging.Logger) -> None:
    """A process has only one of each name: who came first has chosen."""
    pickled = saved(SET_UP)
    forget(logger)
    logger.setLevel(logging.ERROR)
    restored = brought_back(pickled)
    assert restored.holds("log.level == logging.ERROR and log.handlers == []")


def test_a_handler_that_cannot_be_kept_is_missing_and_told(logger: logging.Logger) -> None:
    """The logger has the others."""
    pickled = saved(
        SET_UP
        + "from logging.handlers import QueueHandler\nimport queue, threading\n"
        + "class Own(logging.Handler):\n    def __reduce__(self): raise ValueError('no')\n"
        + "log.addHandler(Own())"
    )
    forget(logger)
    restored = brought_back(pickled)
    assert restored.holds("len(log.handlers) >= 1 and handler in log.handlers")
