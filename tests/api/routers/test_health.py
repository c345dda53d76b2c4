from __future__ import annotations

import nbengine
from tests.api.site import Site


def test_health_is_told_to_anybody(site: Site) -> None:
    """That the server answers, and its version; it takes no token to hear that."""
    told = site.stranger().get("/api/health").json()
    assert site.stranger().head("/api/health").status_code == 200
    assert told == {"status": "ok", "version": nbengine.__version__}
