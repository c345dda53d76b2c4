from __future__ import annotations

import httpx
import pytest

from tests.api.conftest import OpenSite
from tests.api.reading import first
from tests.api.site import Site


def test_a_notebook_is_made_listed_opened_and_renamed(client: httpx.Client) -> None:
    """The address of a new notebook is in `Location`, and everything finds it there."""
    made = client.post("/api/notebooks", json={"name": "Penguins", "cells": [{"id": "c1"}]})
    assert made.status_code == 201
    place = made.headers["location"]
    assert client.get(place).json()["cells"][0]["id"] == "c1"
    assert [each["name"] for each in client.get("/api/notebooks").json()] == ["Penguins"]
    renamed = client.patch(place, json={"name": "Seals"})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Seals")
    assert client.get(place).json()["name"] == "Seals"


def test_a_copy_has_the_same_cells_under_a_place_of_its_own(client: httpx.Client) -> None:
    """With a body it has the name in it, without one a name like the original's."""
    cells = [{"id": "c1", "source": "1"}]
    client.post("/api/notebooks", json={"name": "a", "cells": cells})
    plain = client.post("/api/notebooks/a/duplicate")
    named = client.post("/api/notebooks/a/duplicate", json={"name": "b"})
    assert (plain.status_code, plain.json()["name"]) == (201, "a copy")
    assert named.headers["location"] == "/api/notebooks/b"
    assert [cell["source"] for cell in named.json()["cells"]] == ["1"]


def test_what_was_deleted_lies_in_the_trash_and_comes_back(client: httpx.Client) -> None:
    """And once the trash is emptied nothing of it is left."""
    client.post("/api/notebooks", json={"name": "a"})
    entry = client.delete("/api/notebooks/a").json()["entry"]
    assert client.get("/api/notebooks/a").status_code == 404
    assert [each["entry"] for each in client.get("/api/trash").json()] == [entry]
    assert client.post(f"/api/trash/{entry}/restore").json()["id"] == "a"
    client.delete("/api/notebooks/a")
    assert client.delete("/api/trash").status_code == 204
    assert client.get("/api/trash").json() == []


@pytest.mark.parametrize("entry", ["..", ".", "nothing", "%2e%2e", "..%2fa"])
def test_no_entry_of_the_trash_leads_elsewhere(site: Site, entry: str) -> None:
    """An entry is a name, and one that is not there is not found."""
    answer = site.send(site.head(f"POST /api/trash/{entry}/restore", "Connection: close"))
    assert answer.split()[1] in (b"404", b"405", b"422")


def test_a_client_that_has_the_notebook_is_told_so(client: httpx.Client) -> None:
    """Its entity tag answers 304, until an edit or a result changes what is shown."""
    made = client.post("/api/notebooks", json={"name": "a", "cells": [{"id": "c", "source": "1"}]})
    tag = made.headers["etag"]

    def status(tag: str) -> int:
        return client.get("/api/notebooks/a", headers={"if-none-match": tag}).status_code

    assert status(tag) == status(f'"other", W/{tag}') == status("*") == 304
    client.post("/api/notebooks/a/cells/c/execute")
    assert status(tag) == 200
    assert client.get("/api/notebooks/a").json()["revision"] == made.json()["revision"]


def test_the_notebook_says_with_which_event_to_go_on(site: Site, client: httpx.Client) -> None:
    """Whoever opens it and then listens after `Last-Event-ID` misses nothing in between."""
    client.post("/api/notebooks", json={"name": "a"})
    last = int(client.get("/api/notebooks/a").headers["last-event-id"])
    client.post("/api/notebooks/a/cells", json={"id": "c"})
    with site.listening("/api/notebooks/a/events", {"after": last}) as events:
        assert next(events).data["cell_ids"] == ["c"]


def test_results_are_in_the_file_once_it_is_saved(client: httpx.Client, site: Site) -> None:
    """`save` does not wait for the moment after which results are written anyway."""
    client.post("/api/notebooks", json={"name": "a", "cells": [{"id": "c", "source": "'in it'"}]})
    client.post("/api/notebooks/a/cells/c/execute")
    assert client.post("/api/notebooks/a/save").status_code == 200
    path = site.notebooks.settings.workspace_dir / "a" / "a.ipynb"
    assert "'in it'" in path.read_text(encoding="utf-8").partition('"outputs"')[2]


def test_a_notebook_whose_cell_runs_is_not_taken_away(site: Site, client: httpx.Client) -> None:
    """Renaming, copying and deleting it are refused until the cell has ended."""
    cells = [{"id": "c", "source": "input()"}]
    client.post("/api/notebooks", json={"name": "a", "cells": cells})
    client.post("/api/notebooks/a/cells/c/execute?wait=false", json={"allow_stdin": True})
    with site.listening("/api/notebooks/a/events") as events:
        asked = first(events, "input")
    for answer in (
        client.delete("/api/notebooks/a"),
        client.patch("/api/notebooks/a", json={"name": "b"}),
        client.post("/api/notebooks/a/duplicate"),
    ):
        assert (answer.status_code, answer.json()["title"]) == (409, "Notebook busy")
    execution = asked.data["execution_id"]
    sent = client.post(f"/api/notebooks/a/executions/{execution}/input", json={"line": "go"})
    assert sent.status_code == 204


def test_an_app_serves_a_folder_of_the_users_own(
    open_site: OpenSite, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Notebooks lie where they lay, and a new one lies beside them."""
    folder = tmp_path_factory.mktemp("own")
    client = open_site(folder=folder).client()
    client.post("/api/notebooks", json={"name": "mine"})
    assert (folder / "mine.ipynb").is_file()
