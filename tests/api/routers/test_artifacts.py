from __future__ import annotations

from tests.api.conftest import OpenSite


def test_the_whole_of_a_stream_that_was_cut_can_be_had(open_site: OpenSite) -> None:
    """A result names the artifact; it is listed, and given whole or in parts."""
    site = open_site(stream_limit=1_000)
    client = site.client()
    cells = [{"id": "c", "source": "for i in range(1000): print(i)"}]
    client.post("/api/notebooks", json={"name": "a", "cells": cells})
    result = client.post("/api/notebooks/a/cells/c/execute").json()
    (cut,) = result["cuts"]
    (listed,) = client.get("/api/notebooks/a/artifacts").json()["files"]
    assert listed["name"] == cut["artifact"]
    place = f"/api/notebooks/a/artifacts/{cut['artifact']}"
    whole = "".join(f"{i}\n" for i in range(1000))
    assert client.get(place).text == whole
    assert client.get(place, headers={"range": "bytes=-4"}).text == "999\n"


def test_no_artifact_leads_elsewhere(open_site: OpenSite) -> None:
    """A name is no path, and none there is not found."""
    site = open_site()
    site.client().post("/api/notebooks", json={"name": "a"})
    for name in ("none.txt", "..", "..%2fa.ipynb", "%2e%2e%2fa.ipynb"):
        request = site.head(f"GET /api/notebooks/a/artifacts/{name}", "Connection: close")
        assert site.send(request).split()[1] in (b"404", b"422")
    assert site.client().get("/api/notebooks/b/artifacts").status_code == 404
