"""Printers of the containers of Python."""

from __future__ import annotations

import collections
import os
import types
from collections.abc import Iterable, Mapping
from typing import Any

from .calls import DOTS, Call
from .printer import PrettyPrinter, Print


def _sequence(opening: str, closing: str) -> Print:
    def show(value: Any, printer: PrettyPrinter, cycle: bool) -> None:
        if cycle:
            printer.text(f"{opening}...{closing}")
            return
        printer.begin_group(len(opening), opening)
        for item in printer.separated(value):
            printer.pretty(item)
        if isinstance(value, tuple) and len(value) == 1:
            printer.text(",")
        printer.end_group(len(opening), closing)

    return show


def _mapping(opening: str, closing: str) -> Print:
    def show(value: Any, printer: PrettyPrinter, cycle: bool) -> None:
        if cycle:
            printer.text("{...}")
            return
        printer.begin_group(len(opening), opening)
        for key in printer.separated(value.keys()):
            printer.pretty(key)
            printer.text(": ")
            printer.pretty(value[key])
        printer.end_group(len(opening), closing)

    return show


def _set(opening: str, closing: str) -> Print:
    def show(value: Any, printer: PrettyPrinter, cycle: bool) -> None:
        if cycle:
            printer.text(f"{opening}...{closing}")
        elif not len(value):
            printer.text(f"{type(value).__name__}()")
        else:
            printer.begin_group(len(opening), opening)
            for item in printer.separated(_in_order(value, printer.max_seq_length)):
                printer.pretty(item)
            printer.end_group(len(opening), closing)

    return show


def _in_order(items: Any, most: int) -> Iterable[Any]:
    """The items of a set, sorted by value or else by their text unless they are too many."""
    if len(items) >= most > 0:
        return items  # type: ignore[no-any-return]
    as_they_come = list(items)
    for key in (None, str):
        try:
            return sorted(as_they_come, key=key)
        except Exception:
            continue
    return as_they_come


def _named(value: Any, *args: Any, **kwargs: Any) -> Call:
    return Call(value.__class__.__name__, *args, **kwargs)


def _deque(value: Any, printer: PrettyPrinter, cycle: bool) -> None:
    if cycle:
        printer.pretty(_named(value, DOTS))
        return
    options = {} if value.maxlen is None else {"maxlen": value.maxlen}
    printer.pretty(_named(value, list(printer.enough(value)), **options))


def _ordered_dict(value: Any, printer: PrettyPrinter, cycle: bool) -> None:
    if cycle:
        printer.pretty(_named(value, DOTS))
    elif not len(value):
        printer.pretty(_named(value))
    else:
        printer.pretty(_named(value, list(printer.enough(value.items()))))


def _default_dict(value: Any, printer: PrettyPrinter, cycle: bool) -> None:
    if cycle:
        printer.pretty(_named(value, DOTS))
    else:
        items = dict(printer.enough(value.items()))
        printer.pretty(_named(value, value.default_factory, items))


def _counter(value: Any, printer: PrettyPrinter, cycle: bool) -> None:
    if cycle:
        printer.pretty(_named(value, DOTS))
    elif not len(value):
        printer.pretty(_named(value))
    else:
        most = printer.max_seq_length
        few = value.most_common() if len(value) <= most or not most else value.most_common(most + 1)
        printer.pretty(_named(value, dict(few)))


def _user_list(value: Any, printer: PrettyPrinter, cycle: bool) -> None:
    printer.pretty(_named(value, DOTS if cycle else value.data))


def _namespace(value: Any, printer: PrettyPrinter, cycle: bool) -> None:
    printer.pretty(Call("namespace", DOTS) if cycle else Call("namespace", **vars(value)))


CONTAINERS: Mapping[type, Print] = {
    list: _sequence("[", "]"),
    tuple: _sequence("(", ")"),
    dict: _mapping("{", "}"),
    set: _set("{", "}"),
    frozenset: _set("frozenset({", "})"),
    types.MappingProxyType: _mapping("mappingproxy({", "})"),
    type(os.environ): _mapping("environ{", "}"),
    types.SimpleNamespace: _namespace,
    collections.deque: _deque,
    collections.OrderedDict: _ordered_dict,
    collections.defaultdict: _default_dict,
    collections.Counter: _counter,
    collections.UserList: _user_list,
}
