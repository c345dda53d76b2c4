"""`nbengine serve`: notebooks over HTTP, on this machine."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import InvalidInputError, MissingDependencyError
from ..services.notebook_file import notebook_id
from ..settings import TOKEN_VARIABLE, Settings, load_settings
from .browser import open_browser
from .engine import EngineName
from .server_token import chosen_token
from .terminal import Terminal


def serve(
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="[NOTEBOOK|FOLDER]",
            show_default=False,
            help="A folder whose notebooks are served, or one of them, to be opened; without, "
            "those of the workspace.",
        ),
    ] = None,
    host: Annotated[str, typer.Option(metavar="HOST", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            metavar="PORT",
            min=0,
            max=65_535,
            show_default=False,
            help="Port to listen at, 0 for any; without, the first that is free from 8765 on.",
        ),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            metavar="TOKEN",
            help="What clients have to show; without, a random one. Every user of this machine "
            f"sees it in the list of processes: --token-file and {TOKEN_VARIABLE} hide it.",
        ),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="Read the token from the first line of a file; the variable "
            f"{TOKEN_VARIABLE} of the environment may have it, too.",
        ),
    ] = None,
    workspace: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Root of what the engine keeps; default: the setting."),
    ] = None,
    engine: Annotated[
        EngineName,
        typer.Option(metavar="ENGINE", help="Where cells run: process, or in_process."),
    ] = EngineName.PROCESS,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
) -> None:
    """Serve notebooks: a start page, and the API under /api.

    Ctrl-C interrupts cells that run, saves everything and ends; a second one ends at once.
    """
    chosen = chosen_token(token, token_file)
    folder, page = _place(path)
    settings = _settings(workspace)
    shown = folder or settings.workspace_dir.absolute()
    with Terminal() as terminal:

        def tell(address: str, once: str) -> None:
            terminal.out_file.write(f"Notebooks of {shown} are served at\n\n    {address}\n\n")
            terminal.out_file.flush()
            if not no_browser:
                open_browser(once)

        _server().serve(
            settings,
            engine=engine.value,
            folder=folder,
            host=host,
            port=port,
            token=chosen,
            path=page,
            when_ready=tell,
            log=terminal.err_file,
        )


def _place(path: Path | None) -> tuple[Path | None, str]:
    """The folder to serve, and the path of the page to open.

    Raises:
        InvalidInputError: there is neither a notebook nor a folder.
    """
    if path is None:
        return None, "/"
    if path.is_dir():
        return path.resolve(), "/"
    if not path.exists():
        raise InvalidInputError(f"There is no notebook or folder {path}.")
    if path.suffix != ".ipynb":
        raise InvalidInputError(f"{path} is neither a notebook (.ipynb) nor a folder.")
    return path.parent.resolve(), f"/notebooks/{notebook_id(path)}"


def _settings(workspace: Path | None) -> Settings:
    return load_settings() if workspace is None else load_settings(workspace_dir=workspace)


def _server() -> Any:
    """What serves; only loaded for who asks for it."""
    try:
        return import_module("..api.serving", __package__)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("nbengine"):
            raise
        raise MissingDependencyError(
            f"Serving needs {error.name}: pip install 'nbengine[server]'"
        ) from None
