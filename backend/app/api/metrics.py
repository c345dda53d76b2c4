"""What a server counts, for Prometheus; each app has a registry of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from ..engines.base import Employing
from ..models.notebook import ExecutionResult
from ..runtime.bundles import size_of_result
from ..services.notebook_service import NotebookService
from ..services.notebooks.cell_queue import Execution
from .answered import Answered

MEDIA_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """Counts requests and executions; what can be looked up is, when it is asked for.

    Args:
        notebooks: what is served.
        streams: tells how many streams of events are open.
    """

    def __init__(self, notebooks: NotebookService, streams: Callable[[], int]) -> None:
        registry = self._registry = CollectorRegistry()
        self._executions = Counter(
            "nbengine_executions", "Executions that ended.", ["status"], registry=registry
        )
        self._durations = Histogram(
            "nbengine_execution_seconds",
            "From a cell's first instruction to the end of capture.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._waits = Histogram(
            "nbengine_execution_wait_seconds",
            "From the request to the beginning.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._output = Counter(
            "nbengine_output_bytes", "Content of results, about.", registry=registry
        )
        self._snapshots = Counter(
            "nbengine_snapshot_bytes", "Content that snapshots wrote.", registry=registry
        )
        self._requests = Counter(
            "nbengine_http_requests",
            "Requests that were answered.",
            ["method", "route", "status"],
            registry=registry,
        )
        self._request_durations = Histogram(
            "nbengine_http_request_seconds",
            "From a request's head to the end of its answer.",
            ["method", "route"],
            buckets=_SECONDS,
            registry=registry,
        )
        ProcessCollector(registry=registry)
        registry.register(_Load(notebooks, streams))

    def exposition(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)

    def answered(self, answered: Answered) -> None:
        """A request was answered."""
        method, route = answered.method, answered.route
        self._requests.labels(method, route, str(answered.status)).inc()
        self._request_durations.labels(method, route).observe(answered.seconds)

    def began(self, notebook_id: str, execution: Execution) -> None:
        """A cell begins."""
        if execution.started_at is not None:
            waited = execution.started_at - execution.queued_at
            self._waits.observe(max(0.0, waited.total_seconds()))

    def ended(self, notebook_id: str, execution: Execution, result: ExecutionResult) -> None:
        """A cell has ended, or will not run."""
        self._executions.labels(result.status).inc()
        if result.status != "aborted":
            self._durations.observe(result.duration)
        self._output.inc(size_of_result(result))
        self._snapshots.inc(result.state.bytes_written)


class _Load(Collector):
    """What is going on at the moment."""

    def __init__(self, notebooks: NotebookService, streams: Callable[[], int]) -> None:
        self._notebooks = notebooks
        self._streams = streams

    def collect(self) -> Iterator[GaugeMetricFamily]:
        running, waiting = self._notebooks.load()
        yield _gauge("nbengine_executions_running", "Cells that run.", running)
        yield _gauge("nbengine_executions_waiting", "Cells that wait to be run.", waiting)
        yield _gauge("nbengine_event_streams", "Open streams of events.", self._streams())
        if isinstance(self._notebooks.engine, Employing):
            workers = len(self._notebooks.engine.workers)
            queued = self._notebooks.engine.queued
            yield _gauge("nbengine_workers", "Worker processes that have a notebook.", workers)
            yield _gauge("nbengine_worker_queue", "Callers that wait for a worker.", queued)


def _gauge(name: str, what: str, value: int) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, what, value=value)
