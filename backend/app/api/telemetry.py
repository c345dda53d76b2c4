"""Whether spans are wanted, and what makes them then."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module

from ..errors import MissingDependencyError
from ..settings import Settings
from .watch import Tracing

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def wanted_tracing(settings: Settings, environ: Mapping[str, str] | None = None) -> Tracing | None:
    """What makes spans of requests and executions; None, if nobody wants any.

    Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/

    Raises:
        MissingDependencyError: they are wanted, and OpenTelemetry or the exporter is missing.
    """
    environ = os.environ if environ is None else environ
    exporters = environ.get("OTEL_TRACES_EXPORTER", "")
    named = bool(exporters) or any(environ.get(name) for name in _ENDPOINTS)
    if exporters == "none" or not (settings.telemetry or named):
        return None
    try:
        tracing = import_module(".tracing", __package__)
    except ImportError:
        raise MissingDependencyError(
            "Tracing needs OpenTelemetry: pip install 'nbengine[telemetry]'"
        ) from None
    spans: Tracing = tracing.Spans(tracing.process_provider(exporters or "otlp"))
    return spans
