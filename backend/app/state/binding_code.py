"""Code that can do nothing but bind names: cells like `x = 1`, after which nothing else changed."""

from __future__ import annotations

import dis
from collections.abc import Callable, Iterable, Mapping
from types import CodeType

from ..runtime.cell_names import instructions

_ATOMS: frozenset[type] = frozenset({
    int, float, complex, bool, str, bytes, type(None), type(...),
})  # fmt: skip
"""Types whose values never change, hold nothing that does, and run no code at their end.

Without `NotImplemented`, since asking whether it is true warns, and what shows warnings may be the
user's; nor is `~` among the operators, which warns of truth values.
"""

_ANY, _ATOM, _NONE = 0, 1, 2
"""What is known of a value: nothing; that it is an atom, or a tuple of them; that it is None."""
_MISSING = object()


def only_binds(codes: Iterable[CodeType], namespace: Mapping[str, object]) -> bool:
    """Whether running the code can do nothing but bind names of the namespace.

    To constants, to the values of other names, to fresh tuples, lists, sets and dicts of these, or
    to what operators make of immutable builtins. No other value is asked for anything: no call,
    attribute or item, no operator, and none is let go whose end could run code. Nothing but None is
    returned, so that nothing is shown, which would ask a value for its representation.

    The answer holds if nothing else changes the namespace before the code has run.

    Args:
        codes: what runs at the top level, in this order.
        namespace: the variables as they are before it runs.
    """
    shadow = _Shadow(namespace)
    return all(map(shadow.understands, codes))


class _Shadow:
    """Runs code without jumps on what is known of its values; every step says if it is harmless."""

    def __init__(self, namespace: Mapping[str, object]) -> None:
        self._namespace = namespace
        self._bound: dict[str, int] = {}
        self._stack: list[int] = []

    def understands(self, code: CodeType) -> bool:
        """Whether the code does nothing but bind; what it binds is remembered."""
        self._stack.clear()
        return all(self._step(code, *each) for each in instructions(code))

    def _step(self, code: CodeType, operation: int, argument: int) -> bool:
        if operation in _OPERATORS:
            return self._compute(_OPERATORS[operation])
        step = _STEPS.get(operation)
        return step is not None and step(self, code, argument)

    def _compute(self, count: int) -> bool:
        """An operator, which asks its operands."""
        operands = self._pop(count)
        self._stack.append(_ATOM)
        return all(operands)

    def pass_on(self, code: CodeType, argument: int) -> bool:
        return True

    def load_constant(self, code: CodeType, argument: int) -> bool:
        self._stack.append(_NONE if code.co_consts[argument] is None else _ATOM)
        return True

    def load_small_int(self, code: CodeType, argument: int) -> bool:
        self._stack.append(_ATOM)
        return True

    def load_name(self, code: CodeType, argument: int) -> bool:
        self._stack.append(self._known_of(code.co_names[argument]))
        return True

    def store_name(self, code: CodeType, argument: int) -> bool:
        """What had the name may end here."""
        name = code.co_names[argument]
        is_new = name not in self._bound and name not in self._namespace
        is_quiet = is_new or self._known_of(name) != _ANY
        self._bound[name] = self._stack.pop()
        return is_quiet

    def drop(self, code: CodeType, argument: int) -> bool:
        self._stack.pop()
        return True

    def return_value(self, code: CodeType, argument: int) -> bool:
        return self._stack.pop() == _NONE

    def return_constant(self, code: CodeType, argument: int) -> bool:
        return code.co_consts[argument] is None

    def copy(self, code: CodeType, argument: int) -> bool:
        self._stack.append(self._stack[-argument])
        return True

    def swap(self, code: CodeType, argument: int) -> bool:
        stack = self._stack
        stack[-1], stack[-argument] = stack[-argument], stack[-1]
        return True

    def compare_identity(self, code: CodeType, argument: int) -> bool:
        self._pop(2)
        self._stack.append(_ATOM)
        return True

    def unpack(self, code: CodeType, argument: int) -> bool:
        known = self._stack.pop()
        self._stack += [_ATOM] * argument
        return known != _ANY

    def make_tuple(self, code: CodeType, argument: int) -> bool:
        self._stack.append(_ATOM if all(self._pop(argument)) else _ANY)
        return True

    def make_list(self, code: CodeType, argument: int) -> bool:
        self._pop(argument)
        self._stack.append(_ANY)
        return True

    def make_set(self, code: CodeType, argument: int) -> bool:
        """Its members are asked for their hash."""
        members = self._pop(argument)
        self._stack.append(_ANY)
        return all(members)

    def make_dict(self, code: CodeType, argument: int) -> bool:
        keys = self._pop(2 * argument)[::2]
        self._stack.append(_ANY)
        return all(keys)

    def make_dict_of_keys(self, code: CodeType, argument: int) -> bool:
        """The keys are a constant."""
        self._pop(argument + 1)
        self._stack.append(_ANY)
        return True

    def extend(self, code: CodeType, argument: int) -> bool:
        """A list or set that is being made gets what a constant holds."""
        return self._stack.pop() != _ANY

    def format(self, code: CodeType, argument: int) -> bool:
        return self._compute(2 if argument & 4 else 1)

    def join(self, code: CodeType, argument: int) -> bool:
        return self._compute(argument)

    def call_intrinsic(self, code: CodeType, argument: int) -> bool:
        """Number 5 is the sign `+`."""
        return argument == 5 and self._compute(1)

    def _pop(self, count: int) -> list[int]:
        place = len(self._stack) - count
        taken = self._stack[place:]
        del self._stack[place:]
        return taken

    def _known_of(self, name: str) -> int:
        if name in self._bound:
            return self._bound[name]
        return _ATOM if type(self._namespace.get(name, _MISSING)) in _ATOMS else _ANY


_Step = Callable[[_Shadow, CodeType, int], bool]

_STEPS_BY_NAME: dict[str, _Step] = {
    "CACHE": _Shadow.pass_on,
    "RESUME": _Shadow.pass_on,
    "NOP": _Shadow.pass_on,
    "LOAD_CONST": _Shadow.load_constant,
    "LOAD_SMALL_INT": _Shadow.load_small_int,
    "LOAD_NAME": _Shadow.load_name,
    "STORE_NAME": _Shadow.store_name,
    "POP_TOP": _Shadow.drop,
    "RETURN_VALUE": _Shadow.return_value,
    "RETURN_CONST": _Shadow.return_constant,
    "COPY": _Shadow.copy,
    "SWAP": _Shadow.swap,
    "IS_OP": _Shadow.compare_identity,
    "UNPACK_SEQUENCE": _Shadow.unpack,
    "BUILD_TUPLE": _Shadow.make_tuple,
    "BUILD_LIST": _Shadow.make_list,
    "BUILD_SET": _Shadow.make_set,
    "BUILD_MAP": _Shadow.make_dict,
    "BUILD_CONST_KEY_MAP": _Shadow.make_dict_of_keys,
    "LIST_EXTEND": _Shadow.extend,
    "SET_UPDATE": _Shadow.extend,
    "FORMAT_VALUE": _Shadow.format,
    "BUILD_STRING": _Shadow.join,
    "CALL_INTRINSIC_1": _Shadow.call_intrinsic,
}
_OPERATORS_BY_NAME = {
    "BINARY_OP": 2,
    "BINARY_SUBSCR": 2,
    "COMPARE_OP": 2,
    "CONTAINS_OP": 2,
    "FORMAT_WITH_SPEC": 2,
    "FORMAT_SIMPLE": 1,
    "CONVERT_VALUE": 1,
    "TO_BOOL": 1,
    "UNARY_NEGATIVE": 1,
    "UNARY_NOT": 1,
    "UNARY_POSITIVE": 1,
}

# Each version of Python has some of them.
_STEPS = {dis.opmap[name]: step for name, step in _STEPS_BY_NAME.items() if name in dis.opmap}
_OPERATORS = {
    dis.opmap[name]: operands for name, operands in _OPERATORS_BY_NAME.items() if name in dis.opmap
}
"""How many operands each takes; all of them leave one value."""
