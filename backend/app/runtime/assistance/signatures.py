"""Signatures of live functions and classes, read from their code objects.

`inspect.signature` would ask the object for `__signature__` and write out its default values and
annotations with their own `repr`; here only what the compiler left is read.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from inspect import Parameter, Signature
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    FunctionType,
    GenericAlias,
    MethodDescriptorType,
    MethodType,
    UnionType,
    WrapperDescriptorType,
)
from typing import Any

from .live import (
    MISSING,
    Found,
    found,
    in_class,
    is_class,
    is_module,
    name_of_class,
    one_of,
    own_dict,
)
from .plain_text import text_or_class

_BUILTINS = (
    BuiltinFunctionType,
    MethodDescriptorType,
    ClassMethodDescriptorType,
    WrapperDescriptorType,
)

_MAKERS = ("__init__", "__new__")


class _Text:
    """A default value or an annotation that is written as this text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def signature_of(of: Found) -> Signature | None:
    """How something is called, without the argument that it has already; None if unknown."""
    if not of.is_known:
        return None
    function = function_of(of)
    if function is None:
        return None
    if type(function.value) is FunctionType:
        signature = _of_function(function.value)
    else:
        signature = _of_builtin(function.value)
    if signature is not None and is_class(of.value):
        signature = signature.replace(return_annotation=Signature.empty)
    if signature is None or not function.bound:
        return signature
    return signature.replace(parameters=_without_first(list(signature.parameters.values())))


def written(name: str, signature: Signature) -> str:
    """A signature for people: on one line if it is short, else a line for each parameter."""
    line = f"{name}{signature}"
    if len(line) <= 75:
        return line
    end = f"){signature.replace(parameters=[])}".replace("()", "", 1)
    return "\n".join([f"{name}(", *(f"    {part}," for part in _parts(signature)), end])


def _parts(signature: Signature) -> Iterator[str]:
    """The parameters, with the `/` and `*` that part them."""
    kinds = [parameter.kind for parameter in signature.parameters.values()]
    for number, parameter in enumerate(signature.parameters.values()):
        before = kinds[number - 1] if number else None
        if parameter.kind is Parameter.KEYWORD_ONLY and before not in (
            Parameter.KEYWORD_ONLY,
            Parameter.VAR_POSITIONAL,
        ):
            yield "*"
        yield str(parameter)
        if parameter.kind is Parameter.POSITIONAL_ONLY and kinds[number + 1 : number + 2] != [
            Parameter.POSITIONAL_ONLY
        ]:
            yield "/"


def function_of(of: Found) -> Found | None:
    """The function that runs when this is called, whatever decorators say it wraps."""
    value = of.value
    if is_class(value):
        return _constructor(value)
    if type(value) is MethodType:
        return function_of(found(value.__func__, bound=True))
    if type(value) is BuiltinFunctionType:
        return _of_object(value)
    if one_of(type(value), _BUILTINS):
        return of
    wrapped = _unwrapped(value)
    if type(wrapped) is FunctionType:
        return Found(FunctionType, wrapped, of.bound)
    call = in_class(type(value), "__call__")
    return found(call, bound=True) if type(call) is FunctionType else None


def _of_object(value: BuiltinFunctionType) -> Found | None:
    """A method of C that has its object is looked up in the class: the object is not asked."""
    owner = value.__self__
    if owner is None or is_module(owner) or is_class(owner):
        return found(value)
    method = in_class(type(owner), value.__name__)
    return found(method, bound=True) if one_of(type(method), _BUILTINS) else None


def _constructor(cls: type) -> Found | None:
    makers = [in_class(cls, name) for name in _MAKERS]
    for maker in makers:
        function = maker.__func__ if type(maker) is staticmethod else maker
        if type(function) is FunctionType:
            return found(_unwrapped(function), bound=True)
    if all(maker is vars(object)[name] for maker, name in zip(makers, _MAKERS, strict=True)):
        return found(_no_arguments)
    in_c = all(one_of(type(maker), _BUILTINS) for maker in makers)
    is_plain = type(cls) is type and in_class(cls, "__signature__") is MISSING
    return found(cls) if in_c and is_plain else None


def _no_arguments() -> None:
    """Stands for the constructor that `object` has."""


def _unwrapped(value: Any) -> Any:
    for _ in range(100):
        wrapped = own_dict(value).get("__wrapped__", MISSING)
        if type(wrapped) is not FunctionType:
            break
        value = wrapped
    return value


def _of_function(function: FunctionType) -> Signature | None:
    bare = FunctionType(
        function.__code__, {}, function.__name__, function.__defaults__, function.__closure__
    )
    bare.__kwdefaults__ = function.__kwdefaults__
    annotations = own_annotations(function)
    try:
        signature = inspect.signature(bare)
    except (ValueError, TypeError):
        return None
    return signature.replace(
        parameters=[_plain(parameter, annotations) for parameter in signature.parameters.values()],
        return_annotation=_annotation(annotations.get("return", Signature.empty)),
    )


def own_annotations(function: FunctionType) -> dict[str, Any]:
    """A function's annotations, where they have been evaluated already."""
    if getattr(FunctionType, "__annotate__", None) is not None:
        return {}
    annotations = function.__annotations__
    return dict(annotations) if type(annotations) is dict else {}


def _plain(parameter: Parameter, annotations: dict[str, Any]) -> Parameter:
    default = parameter.default
    if default is not Parameter.empty:
        default = _Text(text_or_class(default))
    annotation = _annotation(annotations.get(parameter.name, Parameter.empty))
    return parameter.replace(default=default, annotation=annotation)


def _annotation(value: Any) -> Any:
    if value is Parameter.empty:
        return value
    return _Text(_annotation_text(value))


def _annotation_text(value: Any) -> str:
    if is_class(value):
        return name_of_class(value)
    if type(value) is GenericAlias:
        arguments = ", ".join(map(_annotation_text, value.__args__))
        return f"{_annotation_text(value.__origin__)}[{arguments}]"
    if type(value) is UnionType:
        return " | ".join(map(_annotation_text, value.__args__))
    return "None" if value is None or value is type(None) else text_or_class(value)


def _of_builtin(value: Any) -> Signature | None:
    try:
        return inspect.signature(value)
    except (ValueError, TypeError):
        return None


def _without_first(parameters: list[Parameter]) -> list[Parameter]:
    if parameters and parameters[0].kind is not Parameter.VAR_POSITIONAL:
        return parameters[1:]
    return parameters
