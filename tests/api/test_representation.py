from __future__ import annotations

from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from selenium import webdriver

from nbengine.api.representation import represented
from nbengine.errors import InvalidInputError
from nbengine.models.notebook import Cell
from nbengine.models.outputs import DisplayData, ErrorOutput
from tests.api.site import TOKEN, Site
from tests.conftest import until

OUTPUT = "/api/notebooks/a/cells/c/outputs/0?mime=text/html"
NOSY = """<body>
<script>
function tried(what) { try { return what() } catch (error) { return error.name } }
const told = {
    cookie: tried(() => document.cookie),
    storage: tried(() => localStorage.length),
    parent: tried(() => parent === window ? 'alone' : parent.document.title),
    address: tried(() => parent === window ? 'alone' : top.location.href),
    leads: tried(() => parent === window ? 'alone' : top.location = '/docs'),
    origin: self.origin,
}
const request = {method: 'POST', headers: {'content-type': 'application/json'}, body: '{}'}
fetch('/api/notebooks', request).then(
    answer => answer.status, error => error.name
).then(status => {
    told.request = status
    document.body.innerText = JSON.stringify(told)
    parent.postMessage(told, '*')
})
</script>
"""
page = APIRouter()


@page.get("/page")
def show_page() -> HTMLResponse:
    """A page of the server that frames an output."""
    content = f"""
        <title>the page</title>
        <script>onmessage = message => window.told = message.data</script>
        <iframe src="{OUTPUT}"></iframe>
    """
    policy = "script-src 'unsafe-inline'; frame-src 'self'"
    return HTMLResponse(content, headers={"Content-Security-Policy": policy})


@pytest.mark.browser
def test_what_a_cell_shows_cannot_act_as_the_user(site: Site, browser: webdriver.Chrome) -> None:
    """Its script runs in the frame of a page whose cookie is good, and gets nowhere.

    It reads no cookie and no address, asks nothing of the API, leads the page nowhere. The same
    holds if the user opens the output on its own.
    """
    source = f"from IPython.display import HTML\nHTML({NOSY!r})"
    site.notebooks.create("a", [Cell(id="c", source=source)])
    assert site.notebooks.execute_cell("a", "c").status == "ok"
    site.app.include_router(page)
    browser.get(f"{site.url}page?token={TOKEN}")
    assert browser.title == "the page"

    def told() -> dict[str, Any] | None:
        found: dict[str, Any] | None = browser.execute_script("return window.told")
        return found

    until(lambda: told() is not None)
    nothing = {"cookie": "SecurityError", "storage": "SecurityError", "origin": "null"}
    around = dict.fromkeys(["parent", "address", "leads"], "SecurityError")
    assert told() == {**nothing, **around, "request": "TypeError"}
    assert browser.title == "the page"

    browser.get(f"{site.url.rstrip('/')}{OUTPUT}")
    text = "return document.body ? document.body.innerText : ''"
    until(lambda: "request" in browser.execute_script(text))
    assert "SecurityError" in browser.execute_script(text)
    assert [each.id for each in site.notebooks.notebooks()] == ["a"]


def test_the_richest_representation_is_served_by_default() -> None:
    """HTML before pictures before text; of a type of its own the first."""
    bundle = DisplayData(data={"text/plain": "t", "image/png": "aGk=", "text/html": "h"})
    assert represented(bundle, None).body == b"h"
    assert represented(bundle, "image/png").body == b"hi"
    assert (
        represented(DisplayData(data={"application/own+json": {"a": 1}}), None).body == b'{"a":1}'
    )
    assert (
        represented(ErrorOutput(ename="E", evalue="", traceback=["a", "b"]), None).body == b"a\nb"
    )


def test_an_output_without_any_is_told() -> None:
    """And so is a picture that is none."""
    with pytest.raises(InvalidInputError, match="no 'text/plain'"):
        represented(DisplayData(), None)
    with pytest.raises(InvalidInputError, match="damaged"):
        represented(DisplayData(data={"image/png": "a"}), None)
