from __future__ import annotations

import re

import httpx
import pytest

from nbengine.api.problem_kind import all_kinds
from tests.api.site import Site


def test_the_type_of_a_problem_leads_to_a_page_that_explains_it(
    site: Site, client: httpx.Client
) -> None:
    """In HTML, without the token, with what the error's class says of itself."""
    problem = client.get("/api/notebooks/none").json()
    page = site.stranger().get(problem["type"])
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert f"<h1>{problem['title']}</h1>" in page.text
    assert "404 Not Found" in page.text
    assert "No notebook with this id: it never was, or is in the trash." in page.text


@pytest.mark.parametrize("name", all_kinds())
def test_every_kind_has_a_page(site: Site, name: str) -> None:
    """And says more than its title; what is code is shown as code."""
    page = site.stranger().get(f"/problems/{name}")
    assert page.status_code == 200
    (about,) = re.findall(r'</p><p>(.*)</p><p><a href="../problems">', page.text)
    assert about.endswith(".")
    assert "`" not in about


def test_one_page_lists_them_all(site: Site) -> None:
    """Each link leads to a page; the style of them needs no token either."""
    stranger = site.stranger()
    page = stranger.get("/problems")
    links = re.findall(r'href="(\./problems/[^"]+)"', page.text)
    assert len(links) == len(all_kinds())
    assert stranger.get(page.url.join(links[0])).status_code == 200
    (style,) = re.findall(r'rel="stylesheet" href="([^"]+)"', page.text)
    assert stranger.get(page.url.join(style)).status_code == 200


def test_a_kind_that_there_is_not_is_not_found(site: Site, client: httpx.Client) -> None:
    """And whoever has no token is not told even that."""
    answer = client.get("/problems/<script>")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert site.stranger().get("/problems/none").status_code == 401
