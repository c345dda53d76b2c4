from __future__ import annotations

import re

import httpx
import pytest

from tests.api.site import Site

PAGES = ["/", "/docs", "/notebooks/a"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_made_of_our_own_files_only(client: httpx.Client, path: str) -> None:
    """Everything that it names is there, and its policy lets nothing else be fetched."""
    page = client.get(path)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    named = re.findall(r'(?:href|src)="([^"]+)"', page.text)
    places = [page.url.join(name) for name in named if name != "data:,"]
    assert len([place for place in places if place.path.startswith("/static/")]) == 2
    for place in places:
        assert client.get(place).status_code == 200, place


@pytest.mark.parametrize("path", [*PAGES, "/static/page.js"])
def test_a_page_needs_the_token(site: Site, path: str) -> None:
    """As everything does."""
    assert site.stranger().get(path).status_code == 401


def test_no_other_file_is_given(client: httpx.Client) -> None:
    """Only those that pages are made of."""
    for name in ("none.js", "start.html", "..%2fapp.py"):
        assert client.get(f"/static/{name}").status_code in (404, 422)
