"""What the server counts, for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from ..metrics import MEDIA_TYPE, Metrics

PATH = "/metrics"

router = APIRouter(tags=["metrics"])


@router.get(
    PATH,
    response_class=Response,
    responses={200: {"description": "All metrics.", "content": {MEDIA_TYPE: {}}}},
)
def get_metrics(request: Request) -> Response:
    """Executions, requests, queues and workers, as Prometheus reads them."""
    metrics = request.app.state.metrics
    assert isinstance(metrics, Metrics)
    return Response(metrics.exposition(), headers={"Content-Type": MEDIA_TYPE})
