from __future__ import annotations

import errno
import os

import pytest

from nbengine import ExecutionMode
from nbengine.models.session import Isolation
from nbengine.policy.explanations import explanation
from nbengine.settings import Settings

HELD = Isolation(level="process", landlock_abi=7, seccomp=True, memory_limit=2**20)
READING = HELD.model_copy(update={"mode": ExecutionMode.READ_ONLY})
LIMITED = Settings(file_size_limit=2**20, open_file_limit=64, process_limit=8)
UNLIMITED = Settings(
    file_size_limit=None, open_file_limit=None, process_limit=None, allow_network=True
)


def error_of(number: int, *more: str) -> OSError:
    """As the system raises it."""
    return OSError(number, os.strerror(number), *more)


@pytest.mark.parametrize(
    "error, setting",
    [
        (MemoryError(), "memory_limit"),
        (RuntimeError("can't start new thread"), "process_limit"),
        (error_of(errno.EAGAIN), "process_limit"),
        (error_of(errno.EFBIG), "file_size_limit"),
        (error_of(errno.EMFILE), "open_file_limit"),
        (error_of(errno.EPERM), "allow_network"),
        (error_of(errno.EACCES, "/x"), "input_folders"),
        (error_of(errno.EROFS, "/x"), "input_folders"),
    ],
    ids=str,
)
def test_a_worker_s_error_names_the_setting(error: BaseException, setting: str) -> None:
    """In a worker; beside its caller the same error is none of ours."""
    told = explanation(error, HELD, LIMITED)
    assert told is not None
    assert f"`{setting}`" in told
    assert explanation(error, Isolation(), LIMITED) is None


@pytest.mark.parametrize(
    "error",
    [ValueError(), RuntimeError("other"), OSError("text"), error_of(errno.ENOENT, "/x")],
    ids=str,
)
def test_other_errors_are_left_alone(error: BaseException) -> None:
    """Nothing is said where no limit or rule is the likely cause."""
    assert explanation(error, HELD, LIMITED) is None


@pytest.mark.parametrize("number", [errno.EFBIG, errno.EMFILE, errno.EAGAIN])
def test_a_limit_that_is_none_is_not_named(number: int) -> None:
    """The system's own limit was met."""
    assert explanation(error_of(number), HELD, UNLIMITED) is None


def test_what_is_open_is_not_called_closed() -> None:
    """Only what the mode and the settings close is listed, with its setting where there is one."""
    closed = explanation(error_of(errno.EPERM), HELD, UNLIMITED)
    assert closed == "Closed to this worker: sockets of this machine's services."
    every = explanation(error_of(errno.EPERM), READING, UNLIMITED)
    assert every == (
        "Closed to this worker: processes (never in READ_ONLY), the network (never in READ_ONLY) "
        "and sockets of this machine's services."
    )
    locked = Settings(allow_processes=False)
    both = explanation(error_of(errno.EPERM), HELD, locked)
    assert both is not None
    assert "processes (setting `allow_processes`), the network (setting `allow_network`)" in both


def test_a_host_that_rules_nothing_explains_nothing() -> None:
    """Without the kernel's rules a refusal is somebody else's."""
    weak = Isolation(level="process")
    for number in (errno.EPERM, errno.EACCES, errno.EROFS):
        assert explanation(error_of(number, "/x"), weak, LIMITED) is None
