from __future__ import annotations

import errno
import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.policy.sandbox.filter_program import Condition, Refusal, blocks, program

X86_64, AARCH64, I386 = 0xC000003E, 0xC00000B7, 0x40000003
NUMBERS = {"one": 1, "two": 2}
ALLOWED = 0


def judged(
    code: bytes, number: int, arguments: Sequence[int] = (), architecture: int = X86_64
) -> int:
    """What the kernel would make of a call: the error's number, or 0."""
    padded = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
    seen = struct.pack("=IIQ6Q", number, architecture, 0, *padded)
    instructions = list(struct.iter_unpack("=HBBI", code))
    at = accumulator = 0
    while True:
        operation, hit, miss, operand = instructions[at]
        at += 1
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("=I", seen, operand)
        elif operation == 0x54:
            accumulator &= operand
        elif operation == 0x15:
            at += hit if accumulator == operand else miss
        elif operation == 0x35:
            at += hit if accumulator >= operand else miss
        else:
            assert operation == 0x06
            return ALLOWED if operand == 0x7FFF0000 else operand & 0xFFFF


def filtering(*refusals: Refusal) -> bytes:
    return program([blocks(refusals, NUMBERS)], "x86_64", 10)


def test_what_nothing_refuses_is_allowed() -> None:
    """A filter with one refusal leaves every other call that is known alone."""
    code = filtering(Refusal(("one",)))
    assert [judged(code, number) for number in (0, 1, 2, 10)] == [0, errno.EPERM, 0, 0]


@pytest.mark.parametrize("number", [11, 500, 0x40000000, 0x40000001, 0xFFFFFFFF])
def test_what_nobody_has_looked_at_is_not_there(number: int) -> None:
    """Calls above the last known one fail as on a kernel that has none, other tables' too."""
    assert judged(filtering(), number) == errno.ENOSYS


@pytest.mark.parametrize("architecture", [AARCH64, I386, 0])
def test_calls_for_another_processor(architecture: int) -> None:
    """Their numbers mean something else, so none of them is let through."""
    assert judged(filtering(), 0, architecture=architecture) == errno.EPERM


def test_a_name_that_has_no_number_here() -> None:
    """What this processor never had needs no refusal."""
    assert filtering(Refusal(("three",))) == filtering()


def test_the_error_is_chosen() -> None:
    """Who asks for a call that is refused so takes another one."""
    code = filtering(Refusal(("one", "two"), error=errno.ENOSYS))
    assert [judged(code, number) for number in (1, 2)] == [errno.ENOSYS] * 2


values = st.sets(st.integers(0, 15), min_size=1, max_size=6).map(sorted).map(tuple)
conditions_ = st.builds(
    Condition,
    st.integers(0, 5),
    values,
    st.sampled_from([0xFFFFFFFF, 7, 1]),
    st.booleans(),
    st.booleans(),
)
words = st.lists(
    st.integers(0, 2**64 - 1) | st.integers(0, 15) | st.integers(0, 15).map(lambda n: n << 32),
    min_size=6,
    max_size=6,
)


def holds(test: Condition, arguments: Sequence[int]) -> bool:
    word = arguments[test.argument] >> (32 if test.upper else 0) & 0xFFFFFFFF
    return ((word & test.mask) in test.values) == test.among


@given(st.lists(conditions_, max_size=4), words)
def test_all_conditions_have_to_hold(conditions: list[Condition], arguments: list[int]) -> None:
    """The program says what its conditions say, whatever their number, and of no other call."""
    code = filtering(Refusal(("one",), tuple(conditions)), Refusal(("two",)))
    allowed = bool(conditions) and all(holds(each, arguments) for each in conditions)
    assert judged(code, 1, arguments) == (ALLOWED if allowed else errno.EPERM)
    assert judged(code, 2, arguments) == errno.EPERM
    assert judged(code, 3, arguments) == ALLOWED
