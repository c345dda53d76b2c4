"""Type parameters, new types and type aliases that were made in a cell."""

from __future__ import annotations

import sys
import typing
from collections.abc import Callable, Mapping
from typing import Any

_SETTINGS = {
    "__bound__": "bound",
    "__covariant__": "covariant",
    "__contravariant__": "contravariant",
    "__infer_variance__": "infer_variance",
}


def _reduce_variable(variable: Any) -> Any:
    if _is_importable(variable):
        return NotImplemented
    settings = {
        key: getattr(variable, own) for own, key in _SETTINGS.items() if _has(variable, own)
    }
    constraints = getattr(variable, "__constraints__", ())
    if getattr(variable, "has_default", bool)():
        settings["default"] = variable.__default__
    return make, (type(variable), (variable.__name__, *constraints), settings, _place(variable))


def _reduce_new_type(new: Any) -> Any:
    if _is_importable(new):
        return NotImplemented
    return make, (type(new), (new.__name__, new.__supertype__), {}, _place(new))


def _reduce_alias(alias: Any) -> Any:
    if _is_importable(alias):
        return NotImplemented
    settings = {"type_params": alias.__type_params__}
    return make, (type(alias), (alias.__name__, alias.__value__), settings, None)


def make(
    kind: Callable[..., Any], args: tuple[Any, ...], settings: Mapping[str, Any], place: str | None
) -> Any:
    """Make it as a cell would, and as if it stood in the same module."""
    made = kind(*args, **settings)
    if place is not None:
        made.__module__ = place
    return made


def _has(variable: Any, name: str) -> bool:
    return bool(getattr(variable, name, None))


def _place(value: Any) -> str | None:
    module: str | None = value.__module__
    return module


def _is_importable(value: Any) -> bool:
    module = sys.modules.get(value.__module__ or "")
    if module is None or module.__name__ == "__main__":
        return False
    return getattr(module, value.__name__, None) is value


def _newer() -> Mapping[type, Callable[[Any], Any]]:
    if sys.version_info >= (3, 12):
        return {typing.TypeAliasType: _reduce_alias}
    return {}


GENERICS: Mapping[type, Callable[[Any], Any]] = {
    typing.TypeVar: _reduce_variable,
    typing.ParamSpec: _reduce_variable,
    typing.TypeVarTuple: _reduce_variable,
    typing.NewType: _reduce_new_type,
    **_newer(),
}
