from __future__ import annotations

from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from nbengine.models.outputs import ExecuteResult
from nbengine.services.execution_service import ExecutionService


def shown(folder: Path, code: str) -> ExecuteResult:
    """What the value of a cell is shown as; nothing else is."""
    with ExecutionService(workspace_dir=folder) as service:
        ran = service.execute_code(f"import panel as pn\n{code}", "c", "n")
    assert ran.error is None, ran.error.traceback
    [output] = ran.outputs
    assert isinstance(output, ExecuteResult)
    return output


@pytest.mark.parametrize(
    "code",
    [
        "pn.pane.Markdown('# words')",
        "pn.widgets.IntSlider(name='n', start=0, end=5)",
        "pn.Row(pn.widgets.Button(name='b'), 'text')",
        "pn.interact(lambda n: n, n=3)",
    ],
    ids=["pane", "widget", "layout", "interaction"],
)
def test_it_is_a_frame_of_its_own(tmp_path: Path, code: str) -> None:
    """Panes, widgets and layouts need no extension to be seen; the text is Panel's."""
    output = shown(tmp_path, code)
    assert output.data.keys() == {"text/html", "text/plain"}
    assert str(output.data["text/html"]).startswith("<iframe")
    assert output.metadata == {"nbengine": {"kind": "panel"}}


@pytest.mark.browser
def test_it_is_drawn_without_a_network(tmp_path: Path, browser: webdriver.Chrome) -> None:
    """In a browser that reaches no host the words of a pane appear."""
    page = tmp_path / "page.html"
    html = shown(tmp_path, "pn.pane.Markdown('some words')").data["text/html"]
    page.write_text(f"<!doctype html>{html}", encoding="utf-8")
    browser.get(page.as_uri())
    browser.switch_to.frame(browser.find_element(By.TAG_NAME, "iframe"))
    script = "return Bokeh.index.roots[0]?.shadow_el?.textContent"
    words = WebDriverWait(browser, 30).until(lambda driver: driver.execute_script(script))
    assert "some words" in words
    browser.switch_to.default_content()
