"""Live objects, looked at from outside: nothing of the user's runs, whatever the class says.

`getattr`, `dir`, `isinstance` and `repr` all ask the object, and so may run code. Here only
what lies in the dictionaries of objects and classes is read, through the accessors that `type`
itself has; a property is a property, never its value. Classes are compared by identity alone:
`==` and `in` would ask their metaclass. Shared by completion and inspection.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any, cast

MISSING = object()

FUNCTIONS: tuple[type, ...] = (
    FunctionType,
    BuiltinFunctionType,
    MethodDescriptorType,
    ClassMethodDescriptorType,
    WrapperDescriptorType,
    MethodWrapperType,
    MethodType,
)
_PLAIN_GETTERS: tuple[type, ...] = (MemberDescriptorType, GetSetDescriptorType)

_mro = type.__dict__["__mro__"].__get__
_dict_of_class = type.__dict__["__dict__"].__get__
_module = type.__dict__["__module__"].__get__
_qualname = type.__dict__["__qualname__"].__get__
_dict_of_module: Any = vars(ModuleType)["__dict__"]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What an expression stands for: a live object, or just some instance of a class."""

    cls: type
    value: Any = MISSING
    bound: bool = False
    """Whether `value` is a function that was found as a method, so that it has its first
    argument."""

    @property
    def is_known(self) -> bool:
        """Whether the object itself is at hand."""
        return self.value is not MISSING


def found(value: object, bound: bool = False) -> Found:
    """A live object as one finds it."""
    return Found(type(value), value, bound)


def snapshot(mapping: dict[Any, Any]) -> dict[str, Any]:
    """The entries of a dictionary that have plain names, though other threads may change it."""
    for _ in range(10):
        try:
            return {name: value for name, value in list(dict.items(mapping)) if type(name) is str}
        except RuntimeError:  # it grew while a finalizer ran
            continue
    return {}


def mro(cls: type) -> tuple[type, ...]:
    """The classes that a class is made of, itself first."""
    return cast("tuple[type, ...]", _mro(cls))


def one_of(cls: type, classes: tuple[type, ...]) -> bool:
    """Whether a class is among others."""
    return any(cls is other for other in classes)


def is_class(value: object) -> bool:
    """Whether an object is a class; its own `__class__` is not asked."""
    return one_of(type, mro(type(value)))


def is_module(value: object) -> bool:
    """Whether an object is a module."""
    return one_of(ModuleType, mro(type(value)))


def own_dict(value: object) -> dict[str, Any]:
    """An object's own attributes; empty for one that has none or hides them."""
    if is_class(value):
        return class_dict(cast("type", value))
    if is_module(value):
        return snapshot(_dict_of_module.__get__(value))
    for cls in mro(type(value)):
        getter = class_dict(cls).get("__dict__")
        if type(getter) is GetSetDescriptorType:
            return _snapshot_of(getter.__get__(value))
        if getter is not None:
            break
    return {}


def _snapshot_of(own: Any) -> dict[str, Any]:
    return snapshot(own) if one_of(dict, mro(type(own))) else {}


def class_dict(cls: type) -> dict[str, Any]:
    """What the body of a class made, and what was set on it since."""
    names = _dict_of_class(cls)
    return {name: value for name, value in list(names.items()) if type(name) is str}


def in_class(cls: type, name: str) -> Any:
    """What a class has under a name, its own or inherited; `MISSING` if nothing."""
    for base in mro(cls):
        names = class_dict(base)
        if name in names:
            return names[name]
    return MISSING


def member(of: Found, name: str) -> Found | None:
    """What `of.name` is, as far as that can be known without running anything."""
    if of.is_known:
        own = own_dict(of.value)
        if is_class(of.value):
            return _of_class(in_class(of.value, name), in_class(of.cls, name))
        if name in own and not _is_data_descriptor(in_class(of.cls, name)):
            return found(own[name])
    return _of_instance(in_class(of.cls, name), of)


def member_names(of: Found) -> dict[str, Any]:
    """The attributes by name, each as it lies in its dictionary: descriptors stay descriptors."""
    names: dict[str, Any] = {}
    classes = mro(of.value) if of.is_known and is_class(of.value) else mro(of.cls)
    for cls in reversed(classes):
        names |= class_dict(cls)
    if of.is_known and not is_class(of.value):
        names |= own_dict(of.value)
    return names


def item(of: Found, key: str | int) -> Found | None:
    """What `of[key]` is, of Python's own containers."""
    kind = type(of.value)
    if kind is dict:
        for name, value in list(dict.items(of.value)):
            if type(name) is type(key) and name == key:
                return found(value)
    elif one_of(kind, (list, tuple, str, bytes)) and type(key) is int:
        try:
            return found(of.value[key])
        except IndexError:
            return None
    return None


def kind_of(value: object) -> str:
    """What Jupyter calls such a value: `function`, `class`, `module`, `property`, `instance`."""
    if is_class(value):
        return "class"
    if is_module(value):
        return "module"
    kind = type(value)
    if one_of(kind, (*FUNCTIONS, staticmethod, classmethod)):
        return "function"
    if kind is property:
        return "property"
    return "instance" if in_class(kind, "__call__") is MISSING else "function"


def name_of_class(cls: type) -> str:
    """The name that a class bears, with those of the classes and functions around it."""
    return str.replace(_qualname(cls), "<locals>.", "")


def module_of(value: object) -> str | None:
    """The name of the module that a class or a function says it comes from."""
    name = None
    if is_class(value):
        cls = cast("type", value)
        own = class_dict(cls)
        name = own["__module__"] if "__module__" in own else _module_of_c(cls)
    elif one_of(type(value), (FunctionType, BuiltinFunctionType)):
        name = value.__module__
    return name if type(name) is str else None


def _module_of_c(cls: type) -> Any:
    """A class that was written in C has no entry for its module."""
    try:
        return _module(cls)
    except AttributeError:
        return None


def imported(name: str, qualname: str) -> Any:
    """What an import of `qualname` from a loaded module would find; `MISSING` if nothing."""
    value: Any = sys.modules.get(name, MISSING)
    for part in qualname.split(".") if qualname else []:
        value = MISSING if value is MISSING else own_dict(value).get(part, MISSING)
    return value


def is_from(cls: type, package: str) -> bool:
    """Whether a class is the very one that its package has, not one that bears its name."""
    name = module_of(cls)
    return (
        name is not None
        and name.partition(".")[0] == package
        and imported(name, _qualname(cls)) is cls
    )


BUILTINS = snapshot(vars(builtins))


def _is_data_descriptor(attribute: object) -> bool:
    return attribute is not MISSING and any(
        in_class(type(attribute), name) is not MISSING for name in ("__set__", "__delete__")
    )


def _of_class(attribute: Any, of_metaclass: Any) -> Found | None:
    """An attribute as one has it from a class: functions are not bound."""
    if attribute is MISSING:
        return None if of_metaclass is MISSING else _bound(of_metaclass)
    if one_of(type(attribute), (staticmethod, classmethod)):
        return _bound(attribute)
    return found(attribute)


def _of_instance(attribute: Any, of: Found) -> Found | None:
    if attribute is MISSING:
        return None
    if one_of(type(attribute), _PLAIN_GETTERS):
        return _read(attribute, of)
    return _bound(attribute)


def _bound(attribute: Any) -> Found | None:
    kind = type(attribute)
    if one_of(kind, (staticmethod, classmethod)):
        return found(attribute.__func__, bound=kind is classmethod)
    if one_of(kind, FUNCTIONS):
        return found(attribute, bound=kind is not MethodType)
    if in_class(kind, "__get__") is not MISSING:
        return None
    return found(attribute)


def _read(getter: Any, of: Found) -> Found | None:
    """The value behind a slot, or behind an attribute of one of Python's own classes."""
    is_plain = type(getter) is MemberDescriptorType or _is_builtin(getter.__objclass__)
    if not of.is_known or not is_plain:
        return None
    try:
        return found(getter.__get__(of.value))
    except (AttributeError, TypeError):
        return None


def _is_builtin(cls: type) -> bool:
    return module_of(cls) == "builtins" and BUILTINS.get(_qualname(cls)) is cls


def parts_of_mro(of: Found) -> Iterator[type]:
    """The classes whose docstrings may stand for the object's, `object` left out."""
    classes = mro(of.value) if of.is_known and is_class(of.value) else mro(of.cls)
    return (cls for cls in classes if cls is not object)
