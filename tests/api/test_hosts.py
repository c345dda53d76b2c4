from __future__ import annotations

import pytest

from tests.api.conftest import OpenSite
from tests.api.site import TOKEN


def status(head: bytes, open_site: OpenSite, **settings: str) -> bytes:
    request = b"GET /api/health HTTP/1.1\r\n" + head + b"Connection: close\r\n\r\n"
    return open_site(**settings).send(request).split()[1]


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:80", "localhost.", "127.0.0.1:8888", "[::1]", "[::1]:80", "10.1.2.3"],
)
def test_own_names_and_addresses_in_figures_are_good(open_site: OpenSite, host: str) -> None:
    """Nobody else can have them lead here."""
    assert status(f"Host: {host}\r\n".encode(), open_site) == b"200"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example:80",
        "localhost@evil.example",
        "127.0.0.1:80:80",
        "::1",
        "[::1",
        "0x7f.1",
        "2130706433",
        "localhost:port",
    ],
)
def test_every_other_name_is_refused(open_site: OpenSite, host: str) -> None:
    """Also with the right token, and also where none is needed: a page may have bound it to us."""
    head = f"Host: {host}\r\nAuthorization: Bearer {TOKEN}\r\n".encode()
    assert status(head, open_site) == b"421"


@pytest.mark.parametrize("head", [b"", b"Host:\r\n", b"Host: localhost\r\nHost: localhost\r\n"])
def test_a_request_has_one_host(open_site: OpenSite, head: bytes) -> None:
    """None, an empty one, and two are no request."""
    assert status(head, open_site) == b"400"


def test_names_are_added_by_a_setting(open_site: OpenSite) -> None:
    """Without regard to case; a star takes all."""
    assert status(b"Host: Lab.Example:80\r\n", open_site, allowed_hosts="lab.example") == b"200"
    assert status(b"Host: any.example\r\n", open_site, allowed_hosts="*") == b"200"
    assert status(b"Host: any.example\r\n", open_site, allowed_hosts="lab.example") == b"421"
