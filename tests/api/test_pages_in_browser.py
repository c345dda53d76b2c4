from __future__ import annotations

from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from nbengine.models.notebook import Cell
from tests.api.site import TOKEN, Site
from tests.conftest import until

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=\"document.title='taken'\">"


def text(browser: webdriver.Chrome) -> str:
    return browser.find_element(By.TAG_NAME, "main").text


def complaints(browser: webdriver.Chrome) -> list[str]:
    """What the console has against the page since it was asked last."""
    log: list[dict[str, Any]] = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return [entry["message"] for entry in log]


def test_the_start_page_lists_the_notebooks(browser: webdriver.Chrome, site: Site) -> None:
    """Whoever opens the address with the token sees them; names are shown, never run."""
    site.notebooks.create("Penguins")
    site.notebooks.create("A & B; it's 'quoted'")
    browser.get(f"{site.url}?token={TOKEN}")
    until(lambda: "Penguins.ipynb" in text(browser))
    assert "A & B; it's 'quoted'.ipynb" in text(browser)
    assert TOKEN not in browser.current_url
    assert not complaints(browser)


def test_a_notebook_shows_what_its_cells_have_shown(browser: webdriver.Chrome, site: Site) -> None:
    """And what they show next, when they are run; a page that a cell made stays in its frame."""
    frame = "from IPython.display import HTML; HTML('<script>top.document.title=1</script>')"
    cells = [Cell(id="c", source="print('made by', 6 * 7)"), Cell(id="f", source=frame)]
    site.notebooks.create(name="Penguins", cells=[*cells, Cell(id="h", source=HOSTILE)])
    browser.get(f"{site.url}notebooks/penguins?token={TOKEN}")
    until(lambda: "Run all" in text(browser))
    assert "made by 42" not in text(browser)
    browser.find_element(By.TAG_NAME, "button").click()
    until(lambda: "made by 42" in text(browser))
    until(lambda: len(browser.find_elements(By.TAG_NAME, "iframe")) == 1)
    assert browser.title == "Penguins · nbengine"


def test_the_documentation_lists_every_operation(browser: webdriver.Chrome, site: Site) -> None:
    """Without fetching anything from elsewhere."""
    browser.get(f"{site.url}docs?token={TOKEN}")
    until(lambda: "/api/notebooks/{notebook_id}/tables/{handle}" in text(browser))
    document = site.client().get("/api/openapi.json").json()
    for path in document["paths"]:
        assert path in text(browser)
    assert not complaints(browser)
