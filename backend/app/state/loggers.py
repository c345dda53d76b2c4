"""Loggers, which a process knows by their names, and what cells have hung on them."""

from __future__ import annotations

import logging
from typing import Any

from .lost import Lost

_PLAIN = {"level": logging.NOTSET, "propagate": True, "disabled": False}
"""What a logger is that nobody has set up."""


def reduce_logger(logger: logging.Logger) -> Any:
    """The logger of this name, set up as it was if nobody there has set it up yet."""
    reduced = logger.__reduce__()
    if type(logger) is not logging.Logger or not isinstance(reduced, tuple):
        return reduced
    own = {name: vars(logger)[name] for name in _PLAIN}
    if own == _PLAIN and not logger.handlers and not logger.filters:
        return reduced
    state = own, list(logger.handlers), list(logger.filters)
    return *reduced, state, None, None, set_up


def set_up(logger: logging.Logger, state: tuple[dict[str, Any], list[Any], list[Any]]) -> None:
    """Give a logger its level, handlers and filters: a process has only one of each name."""
    own, handlers, filters = state
    if logger.handlers or logger.filters or logger.level != logging.NOTSET:
        return
    logger.setLevel(own["level"])  # which tells the loggers below it
    vars(logger).update(own)
    for handler in _kept(handlers):
        logger.addHandler(handler)
    for each in _kept(filters):
        logger.addFilter(each)


def reduce_handler(handler: logging.Handler) -> tuple[Any, ...]:
    """A handler of log records, which gets a lock of its own again; files are opened again."""
    passing = {"lock"} | ({"stream"} if isinstance(handler, logging.FileHandler) else set())
    state = {name: None if name in passing else value for name, value in vars(handler).items()}
    return type(handler).__new__, (type(handler),), state, None, None, fill_handler


def fill_handler(handler: logging.Handler, state: dict[str, Any]) -> None:
    """Give the handler its attributes and a lock."""
    vars(handler).update(state)
    handler.createLock()


def _kept(parts: list[Any]) -> list[Any]:
    return [part for part in parts if not isinstance(part, Lost)]
