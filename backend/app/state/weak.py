"""Weak references, and the collections of them: nothing is kept alive by those after a restore."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any


def _reduce_ref(reference: weakref.ref[Any]) -> tuple[Any, ...]:
    target = reference()
    if target is None:
        return dead, ()
    return weakref.ref, (target, reference.__callback__)


def dead() -> weakref.ref[Any]:
    """A reference to what is no more."""
    return weakref.ref(set())


def _reduce_weak_method(reference: weakref.WeakMethod[Any]) -> tuple[Any, ...]:
    method = reference()
    return (dead, ()) if method is None else (weakref.WeakMethod, (method,))


def _reduce_proxy(proxy: Any) -> tuple[Any, ...]:
    return weakref.proxy, (proxy.__reduce_ex__.__self__,)


def _reduce_set(values: weakref.WeakSet[Any]) -> tuple[Any, ...]:
    return weakref.WeakSet, (), list(values), None, None, weakref.WeakSet.update


def _reduce_dict(
    values: weakref.WeakKeyDictionary[Any, Any] | weakref.WeakValueDictionary[Any, Any],
) -> tuple[Any, ...]:
    return type(values), (), list(values.items()), None, None, fill_dict


def fill_dict(values: Any, items: Iterable[tuple[Any, Any]]) -> None:
    """Fill a dictionary of weak keys or values."""
    for key, value in items:
        values[key] = value


WEAK: Mapping[type, Callable[[Any], Any]] = {
    weakref.ref: _reduce_ref,
    weakref.WeakMethod: _reduce_weak_method,
    weakref.ProxyType: _reduce_proxy,
    weakref.CallableProxyType: _reduce_proxy,
    weakref.WeakSet: _reduce_set,
    weakref.WeakKeyDictionary: _reduce_dict,
    weakref.WeakValueDictionary: _reduce_dict,
}
