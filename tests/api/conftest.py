"""Servers on sockets of their own, and clients that bear the token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.api.site import Site

OpenSite = Callable[..., Site]


@pytest.fixture
def open_site() -> Iterator[OpenSite]:
    """Starts servers in threads of this process; they end with the test."""
    opened: list[Site] = []

    def open_site(**settings: Any) -> Site:
        opened.append(Site.opened(**settings))
        return opened[-1]

    yield open_site
    for site in opened:
        site.close()


@pytest.fixture
def site(open_site: OpenSite) -> Site:
    """One whose cells run in this process."""
    return open_site()


@pytest.fixture
def client(site: Site) -> httpx.Client:
    """Bears the token of the site."""
    return site.client()
