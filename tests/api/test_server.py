from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from nbengine.api.server import address_of, is_loopback, listen
from nbengine.errors import InvalidInputError


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "", "::", "192.168.1.2", "8.8.8.8", "lab.example", "::ffff:8.8.8.8"]
)
def test_no_address_that_others_reach_without_a_token(host: str) -> None:
    """Refused before anything listens; the sentence says what to do."""
    assert not is_loopback(host)
    with pytest.raises(InvalidInputError, match=r"listen at 127\.0\.0\.1"):
        listen(host, 0, None)


def test_with_a_token_everybody_may_try() -> None:
    """The address to open has it in it."""
    with listen("0.0.0.0", 0, "secret") as listening:
        port = listening.getsockname()[1]
        assert address_of(listening, "secret") == f"http://0.0.0.0:{port}/?token=secret"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "::1", "127.8.9.1"])
def test_this_machine_alone(host: str) -> None:
    """These are reached from nowhere else."""
    assert is_loopback(host)


def test_a_port_in_use_is_told(client_socket: socket.socket) -> None:
    """In a sentence with the address."""
    port = client_socket.getsockname()[1]
    with pytest.raises(InvalidInputError, match=f"127.0.0.1:{port}: address already in use"):
        listen("127.0.0.1", port, None)


@pytest.mark.parametrize("host, port", [("127.0.0.1", 70_000), ("256.1.1.1", 0), ("no such", 0)])
def test_an_address_that_cannot_be_had_is_told(host: str, port: int) -> None:
    """Whatever is wrong with it."""
    with pytest.raises(InvalidInputError, match="cannot listen"):
        listen(host, port, "token")


@pytest.fixture
def client_socket() -> Iterator[socket.socket]:
    """A port that is taken."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken
