"""The app: notebooks over HTTP, behind a gate."""

from __future__ import annotations

from asyncio import Semaphore
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from starlette.routing import NoMatchFound

from ..bootstrap import open_notebooks
from ..services.notebook_files import NotebookFiles
from ..services.notebook_service import NotebookService
from ..settings import Settings, chosen_settings
from .access import Access
from .clients import Clients
from .document import describe
from .engine_turn import AT_ONCE
from .event_stream import Streams
from .gate import Gate
from .hosts import Hosts
from .journal import Journal
from .metrics import Metrics
from .problem import RESPONSES, handle_problems
from .routers import (
    artifacts,
    assistance,
    cells,
    events,
    executions,
    files,
    health,
    metrics,
    notebooks,
    pages,
    problems,
    snapshots,
    tables,
    uploads,
    variables,
)
from .telemetry import wanted_tracing
from .watch import Tracing, Watch

_ROUTERS = (
    executions.router,
    events.router,
    cells.router,
    notebooks.router,
    tables.router,
    variables.router,
    assistance.router,
    snapshots.router,
    files.router,
    uploads.router,
    artifacts.router,
)
"""Tried one after another for each request: those that are asked for most come first."""
_OPEN = frozenset({health.PATH, *pages.OPEN, *problems.PATHS})
_OPEN_METRICS = _OPEN | {metrics.PATH}


def create_app(
    settings: Settings,
    *,
    notebooks: NotebookService,
    token: str | None,
    on_close: Callable[[], None] | None = None,
    tracing: Tracing | None = None,
) -> FastAPI:
    """The app for a service; `app.state` has it as `notebooks`.

    Args:
        settings: limits and choices.
        notebooks: what is served; it is the caller's to close.
        token: whoever asks has to bear it; None lets everybody in who can reach the app.
        on_close: called when the server of the app ends.
        tracing: makes spans; without, that of the whole process does, if the settings or the
            environment want it.

    Raises:
        InvalidSettingError: the token cannot be one.
    """
    app = FastAPI(
        title="nbengine",
        version=version("nbengine"),
        summary="Notebooks: their cells, their results, and what happens in them.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation_id,
        lifespan=_lifespan(on_close),
        redirect_slashes=False,
        separate_input_output_schemas=False,
    )
    app.state.settings = settings
    app.state.notebooks = notebooks
    app.state.files = NotebookFiles(notebooks)
    app.state.streams = Streams()
    app.state.engine_turns = Semaphore(AT_ONCE)
    _add_routes(app)
    open_paths = _OPEN_METRICS if settings.open_metrics else _OPEN
    app.state.access = Access(token, open_paths)
    handle_problems(app)
    describe(app, open_paths)
    clients = Clients(settings.request_rate, settings.request_concurrency)
    checks = (Hosts(settings.allowed_hosts), clients, app.state.access)
    app.add_middleware(Gate, checks=checks, clients=clients, watch=_watch(app, tracing))
    return app


def open_app(
    settings: Settings | None = None,
    *,
    engine: str = "process",
    folder: Path | str | None = None,
    token: str | None,
    **overrides: Any,
) -> FastAPI:
    """The app with a service and an engine of its own, which end with its server.

    Args:
        settings: limits and choices; by default read from environment and file.
        engine: as in `open_engine`.
        folder: of notebooks of the user's own; see `NotebookService`.
        token: as in `create_app`.
        **overrides: single settings by name.
    """
    chosen = chosen_settings(settings, overrides)
    with ExitStack() as opened:
        notebooks = opened.enter_context(open_notebooks(chosen, engine=engine, folder=folder))
        close = ExitStack()
        app = create_app(chosen, notebooks=notebooks, token=token, on_close=close.close)
        close.push(opened.pop_all())
    return app


def _add_routes(app: FastAPI) -> None:
    app.include_router(health.router, responses=RESPONSES)
    for router in _ROUTERS:
        app.include_router(router, prefix="/api", responses=RESPONSES)
    app.include_router(metrics.router, responses=RESPONSES)
    app.include_router(problems.router)
    app.include_router(pages.router)
    with suppress(NoMatchFound):
        app.url_path_for("none")  # has routes made now that would be at the first request


def _watch(app: FastAPI, tracing: Tracing | None) -> Watch:
    """What is told of requests, and of executions whoever asks for them."""
    notebooks, streams = app.state.notebooks, app.state.streams
    app.state.metrics = Metrics(notebooks, lambda: len(streams))
    watch = Watch([app.state.metrics, Journal()], tracing or wanted_tracing(app.state.settings))
    notebooks.observers.extend(watch.of_executions)
    return watch


def _operation_id(route: APIRoute) -> str:
    return route.name


def _lifespan(
    on_close: Callable[[], None] | None,
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await run_in_threadpool(app.state.files.close)
            if on_close is not None:
                await run_in_threadpool(on_close)

    return lifespan
