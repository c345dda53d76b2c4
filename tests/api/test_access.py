from __future__ import annotations

import time
from types import SimpleNamespace

import httpx
import pytest

from nbengine.api.access import Access
from nbengine.errors import InvalidSettingError
from tests.api.conftest import OpenSite
from tests.api.site import TOKEN, Site

PATH = "/api/notebooks"


def visitor(site: Site) -> httpx.Client:
    """A browser that has opened the address with the token in it."""
    browser = site.stranger()
    assert browser.get("/", params={"token": TOKEN}).status_code == 303
    return browser


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {TOKEN}"},
        {"authorization": f"bearer  {TOKEN}"},
        {"x-api-key": TOKEN},
    ],
    ids=str,
)
def test_the_token_lets_in(site: Site, headers: dict[str, str]) -> None:
    """As a bearer token, or as a key; the origin of the page that has it does not matter then."""
    assert site.stranger(**headers).get(PATH).status_code == 200
    assert (
        site.stranger(**headers, origin="http://elsewhere").post(PATH, json={}).status_code == 201
    )


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer wrong"},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": f"Bearer {TOKEN}x"},
        {"authorization": f"Bearer {TOKEN[:-1]}"},
        {"authorization": f"Bearer {TOKEN.upper()}"},
        {"x-api-key": ""},
        {"x-api-key": "é"},
        {"cookie": f"nbengine={TOKEN}"},
    ],
    ids=str,
)
def test_nothing_else_does(site: Site, headers: dict[str, str]) -> None:
    """401 says how to show it; the notebook is not made."""
    stranger = site.stranger(**{name: value.encode() for name, value in headers.items()})  # type: ignore[arg-type]
    answer = stranger.post(PATH, json={"name": "made"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.headers["content-type"] == "application/problem+json"
    assert site.notebooks.notebooks() == []


def test_a_wrong_token_is_not_made_good_by_a_cookie(site: Site) -> None:
    """Who shows one is judged by it."""
    browser = visitor(site)
    assert browser.get(PATH, headers={"authorization": "Bearer wrong"}).status_code == 401


@pytest.mark.parametrize("path", ["/api/notebooks", "/api/openapi.json", "/api/trash", "/", "/no"])
def test_a_stranger_sees_nothing_but_health(site: Site, path: str) -> None:
    """Not even which addresses there are."""
    stranger = site.stranger()
    assert stranger.get(path).status_code == 401
    assert stranger.get("/api/health").json()["status"] == "ok"
    assert stranger.post("/api/health").status_code == 401


def test_a_browser_is_opened_with_the_token_once(site: Site) -> None:
    """It gets a cookie that no script reads and no other site sends, and an address without it."""
    answer = site.stranger().get("/lab/x", params={"token": TOKEN, "a": "1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/lab/x?a=1")
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert TOKEN not in cookie
    assert str(site.port) in cookie.partition("=")[0]
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_the_cookie_lets_a_browser_read(site: Site) -> None:
    """And so does the token in an address, if it is the right one."""
    assert visitor(site).get(PATH).status_code == 200
    assert site.stranger().get("/", params={"token": "wrong"}).status_code == 401
    assert site.stranger().post("/", params={"token": TOKEN}).status_code == 401


@pytest.mark.parametrize(
    "target", ["//elsewhere.example/", "/%5celsewhere.example", "/\\elsewhere"]
)
def test_the_first_visit_leads_nowhere_else(site: Site, target: str) -> None:
    """Whatever the address looks like, the browser stays here."""
    head = f"GET {target}?token={TOKEN} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = site.send(head.encode()).decode().lower()
    for line in answer.splitlines():
        if line.startswith("location:"):
            place = line.partition(":")[2].strip()
            assert place.startswith("/")
            assert not place.startswith(("//", "/\\"))


@pytest.mark.parametrize(
    "origin, status",
    [
        ("own", 201),
        ("own, encrypted by a proxy", 201),
        (None, 403),
        ("null", 403),
        ("http://elsewhere", 403),
        ("https://elsewhere", 403),
        ("other port", 403),
    ],
)
def test_a_cookie_changes_nothing_for_a_page_of_others(
    site: Site, origin: str | None, status: int
) -> None:
    """Only for a page of this very server; a sandboxed frame has the origin `null`."""
    own = site.url.rstrip("/")
    encrypted = own.replace("http:", "https:")
    known = {"own": own, "own, encrypted by a proxy": encrypted, "other port": own + "0"}
    headers = {} if origin is None else {"origin": known.get(origin, origin)}
    assert visitor(site).post(PATH, json={}, headers=headers).status_code == status


def test_a_page_of_others_reads_nothing_by_a_cookie(site: Site) -> None:
    """A request of another origin is refused, and no header would let its page read the answer."""
    browser = visitor(site)
    assert browser.get(PATH, headers={"origin": "http://elsewhere"}).status_code == 403
    answer = browser.get(PATH, headers={"origin": site.url.rstrip("/")})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_the_cookie_of_another_token_is_good_no_more(open_site: OpenSite) -> None:
    """A server that starts anew has another one."""
    old, new = open_site(), open_site(token="another")
    cookie = old.stranger().get("/", params={"token": TOKEN}).headers["set-cookie"].split(";")[0]
    value = cookie.partition("=")[2]
    headers = {"cookie": f"nbengine-{new.port}={value}"}
    assert new.stranger(**headers).get(PATH).status_code == 401


def test_without_a_token_pages_of_others_are_still_kept_out(open_site: OpenSite) -> None:
    """A program may do anything, and a page of this server too."""
    site = open_site(token=None)
    assert site.stranger().post(PATH, json={}).status_code == 201
    assert site.stranger(origin=site.url.rstrip("/")).post(PATH, json={}).status_code == 201
    assert site.stranger(origin="http://elsewhere").post(PATH, json={}).status_code == 403
    assert site.stranger(origin="null").get(PATH).status_code == 403


@pytest.mark.parametrize("token", ["", "é", "a\nb", "\x00"])
def test_a_token_that_no_header_can_bear_is_refused(token: str) -> None:
    """Before anything listens."""
    with pytest.raises(InvalidSettingError):
        Access(token, frozenset())


def test_a_ticket_lets_one_browser_in_for_a_minute(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no program: as a bearer token it is none."""
    access = site.app.state.access
    ticket = access.ticket()
    assert site.stranger(authorization=f"Bearer {ticket}").get(PATH).status_code == 401
    assert site.stranger().get("/", params={"token": ticket}).status_code == 303
    assert site.stranger().get("/", params={"token": ticket}).status_code == 401
    late = access.ticket()
    now = time.monotonic()
    clock = SimpleNamespace(monotonic=lambda: now + 61)
    monkeypatch.setattr("nbengine.api.access.time", clock)  # the server's own goes on as it does
    assert site.stranger().get("/", params={"token": late}).status_code == 401


def test_who_needs_no_token_needs_no_ticket() -> None:
    """The address is opened as it is."""
    assert Access(None, frozenset()).ticket() is None


def test_the_token_leaves_the_address_of_who_has_the_cookie_already(site: Site) -> None:
    """And a wrong one is told."""
    browser = visitor(site)
    answer = browser.get("/docs", params={"token": TOKEN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/docs")
    assert browser.get("/docs", params={"token": "wrong"}).status_code == 401
