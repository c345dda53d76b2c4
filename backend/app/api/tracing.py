"""Spans of requests and executions, by OpenTelemetry; loaded only where they are wanted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint, entry_points, version

from opentelemetry import context, propagate, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode
from starlette.requests import HTTPConnection
from starlette.types import Scope

from ..errors import MissingDependencyError
from ..models.notebook import ExecutionResult
from ..services.notebooks.cell_queue import Execution
from .answered import Answered

_EXPORTERS = "opentelemetry_traces_exporter"
_OTLP = ("otlp", "otlp_proto_http", "otlp_proto_grpc")
"""Names under which packages offer what the standard calls `otlp`."""


class Spans:
    """A span for each request, and within that one for each execution that it asked for.

    Attributes follow the semantic conventions for HTTP; none has a cell's source or output.

    Args:
        provider: takes the spans; by default the one of the whole process.
    """

    def __init__(self, provider: trace.TracerProvider | None = None) -> None:
        self._tracer = trace.get_tracer("nbengine", version("nbengine"), provider)
        self._open: dict[str, Span] = {}

    @contextmanager
    def answering(self, scope: Scope) -> Iterator[list[Answered]]:
        """Around a request; what came of it is put into the list."""
        told: list[Answered] = []
        parent = propagate.extract(dict(HTTPConnection(scope).headers))
        with self._tracer.start_as_current_span(
            scope["method"], parent, kind=SpanKind.SERVER
        ) as span:
            span.set_attribute("nbengine.request", scope["state"]["request_id"])
            yield told
            for answered in told:
                _describe(span, answered)

    def began(self, notebook_id: str, execution: Execution) -> None:
        """A cell begins."""
        ids = {"nbengine.execution": execution.id, "nbengine.cell": execution.cell_id}
        self._open[execution.id] = self._tracer.start_span(
            "execute cell",
            execution.context.run(context.get_current),
            attributes={"nbengine.session": notebook_id, **ids},
        )

    def ended(self, notebook_id: str, execution: Execution, result: ExecutionResult) -> None:
        """A cell has ended; of one that did not run there is no span."""
        span = self._open.pop(execution.id, None)
        if span is None:
            return
        span.set_attribute("nbengine.status", result.status)
        span.set_attribute("nbengine.execution_count", result.execution_count)
        if result.status != "ok":
            span.set_status(StatusCode.ERROR, result.error.type if result.error else result.status)
        span.end()


def process_provider(exporters: str) -> trace.TracerProvider:
    """The provider of the whole process; one is set up, if nobody else has.

    Args:
        exporters: names as in `OTEL_TRACES_EXPORTER`, separated by commas.

    Raises:
        MissingDependencyError: the package of an exporter is not installed.
    """
    provider = trace.get_tracer_provider()
    if not isinstance(provider, trace.ProxyTracerProvider):
        return provider
    made = TracerProvider()
    for name in exporters.split(","):
        made.add_span_processor(BatchSpanProcessor(_exporter(name.strip()).load()()))
    trace.set_tracer_provider(made)
    return made


def _exporter(name: str) -> EntryPoint:
    there = {each.name: each for each in entry_points(group=_EXPORTERS)}
    for each in _OTLP if name == "otlp" else (name,):
        if each in there:
            return there[each]
    raise MissingDependencyError(
        f"Traces cannot be exported to {name!r}: nothing that is installed does. For OTLP: "
        "pip install opentelemetry-exporter-otlp"
    )


def _describe(span: Span, answered: Answered) -> None:
    span.update_name(f"{answered.method} {answered.route}")
    span.set_attribute("http.request.method", answered.method)
    span.set_attribute("http.route", answered.route)
    span.set_attribute("http.response.status_code", answered.status)
    span.set_attribute("url.path", answered.path)
    if answered.status >= 500:
        span.set_status(StatusCode.ERROR)
