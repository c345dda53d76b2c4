from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest

from nbengine.api.serving import listen_near
from nbengine.errors import InvalidInputError


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that is in use."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_that_is_free_is_taken() -> None:
    """0 stands for any."""
    with listen_near("127.0.0.1", 0, "token") as listening:
        assert listening.getsockname()[1] > 0


def test_of_a_port_in_use_the_next_free_one_is_named(taken: int) -> None:
    """It is really free."""
    with pytest.raises(InvalidInputError) as refused:
        listen_near("127.0.0.1", taken, "token")
    (free,) = re.findall(r"(\d+) is free", str(refused.value))
    with listen_near("127.0.0.1", int(free), "token"):
        assert int(free) > taken


def test_what_cannot_be_had_at_any_port_names_none() -> None:
    """No search for a free one is begun."""
    with pytest.raises(InvalidInputError, match=r"cannot listen at 256\.1\.1\.1"):
        listen_near("256.1.1.1", None, "token")


def test_others_cannot_reach_it_without_a_token() -> None:
    """Whatever the port."""
    with pytest.raises(InvalidInputError, match="without a token"):
        listen_near("0.0.0.0", None, None)
