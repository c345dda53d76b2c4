"""`nbengine state`: the saved variables of notebooks, from the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import TypeAdapter
from rich.console import RenderableType
from rich.text import Text

from ..errors import DamagedSnapshotError, SnapshotError
from ..models.outputs import Part
from ..models.snapshot import SnapshotInfo
from . import state_view
from .exit_codes import HELP
from .terminal import Terminal

if TYPE_CHECKING:
    from ..services.state_persistence_service import StatePersistenceService

state = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=HELP,
    help="Look at the saved variables of notebooks, and go back in time.",
)

Notebook = Annotated[str, typer.Argument(metavar="NOTEBOOK", help="Id of a notebook.")]
Workspace = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Root of the notebooks' folders; default: the setting."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")]


@state.command()
def ls(
    notebook: Annotated[
        str | None, typer.Argument(metavar="[NOTEBOOK]", help="Id of a notebook.")
    ] = None,
    as_json: AsJson = False,
    workspace: Workspace = None,
) -> None:
    """List the notebooks that have a state, or the snapshots of one, oldest first.

    The one that the notebook goes on from has a > before it.
    """
    with _opened(workspace, notebook) as states:
        if notebook is None:
            notebooks = states.notebooks()
            _print(notebooks, state_view.notebooks(notebooks), as_json)
            return
        snapshots, head = states.history(notebook), None
        try:
            head = states.head(notebook)
        finally:
            _print(snapshots, state_view.history(snapshots, head), as_json)


@state.command()
def show(
    notebook: Notebook,
    snapshot: Annotated[
        int | None, typer.Argument(metavar="[SNAPSHOT]", help="Its number; default: the last.")
    ] = None,
    as_json: AsJson = False,
    workspace: Workspace = None,
) -> None:
    """Show what is in a snapshot; nothing of it is run."""
    with _opened(workspace, notebook) as states:
        contents = states.show(notebook, snapshot)
    _print(contents, state_view.contents(contents), as_json)


@state.command()
def diff(
    notebook: Notebook,
    before: Annotated[int, typer.Argument(metavar="BEFORE", help="Number of a snapshot.")],
    after: Annotated[int, typer.Argument(metavar="AFTER", help="Number of another one.")],
    as_json: AsJson = False,
    workspace: Workspace = None,
) -> None:
    """Show which variables differ between two snapshots."""
    with _opened(workspace, notebook) as states:
        found = states.diff(notebook, before, after)
    _print(found, state_view.diff(found), as_json)


@state.command()
def restore(
    notebook: Notebook,
    snapshot: Annotated[int, typer.Argument(metavar="SNAPSHOT", help="Its number.")],
    as_json: AsJson = False,
    workspace: Workspace = None,
) -> None:
    """Let the notebook go on from a snapshot when it starts next; no snapshot is lost."""
    with _opened(workspace, notebook) as states:
        _print_place(notebook, states.go_back(notebook, snapshot), as_json)


@state.command()
def undo(notebook: Notebook, as_json: AsJson = False, workspace: Workspace = None) -> None:
    """Go back by one snapshot; no snapshot is lost."""
    with _opened(workspace, notebook) as states:
        _print_place(notebook, states.undo(notebook), as_json)


@state.command()
def fork(
    notebook: Notebook,
    new: Annotated[str, typer.Argument(metavar="NEW", help="Id of the other notebook.")],
    workspace: Workspace = None,
) -> None:
    """Give another notebook the same snapshots; what is large on disk is shared."""
    with _opened(workspace, notebook) as states:
        states.fork(notebook, new)
    _say(f"Notebook {new} begins where {notebook} is.")


@state.command()
def gc(
    notebook: Notebook,
    count: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Keep the newest N snapshots.")
    ] = None,
    days: Annotated[
        float | None, typer.Option(min=0, metavar="D", help="Keep those of the last D days.")
    ] = None,
    size: Annotated[
        int | None,
        typer.Option("--bytes", min=0, metavar="B", help="Keep what needs no more bytes together."),
    ] = None,
    as_json: AsJson = False,
    workspace: Workspace = None,
) -> None:
    """Let go of older snapshots, and of content that none needs; the last one always stays."""
    age = None if days is None else days * 86_400
    with _opened(workspace, notebook) as states:
        collected = states.collect(notebook, count=count, age=age, bytes=size)
    _print(collected, state_view.collected(collected), as_json)


@state.command()
def verify(notebook: Notebook, as_json: AsJson = False, workspace: Workspace = None) -> None:
    """Read every byte of a notebook's state; exit code 65 if some are not as they were written."""
    with _opened(workspace, notebook) as states:
        damages = states.verify(notebook)
        _print(damages, state_view.verified(states.history(notebook), damages), as_json)
    raise typer.Exit(DamagedSnapshotError.exit_code if damages else 0)


@state.command()
def export(
    notebook: Notebook,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write to.")],
    workspace: Workspace = None,
) -> None:
    """Write all snapshots of a notebook into one file."""
    with _opened(workspace, notebook) as states:
        states.export(notebook, file)
    _say(f"State of {notebook}: {file}")


@state.command("import")
def import_(
    notebook: Notebook,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `export` wrote.")],
    trust: Annotated[
        bool,
        typer.Option(
            "--trust", help="Whoever signed it: going on from its snapshots runs code in them."
        ),
    ] = False,
    workspace: Workspace = None,
) -> None:
    """Give a notebook that has no snapshots those of an exported file."""
    with _opened(workspace, notebook) as states:
        states.import_(notebook, file, trusted=trust)
        _print_place(notebook, states.head(notebook), as_json=False)


@contextmanager
def _opened(workspace: Path | None, notebook: str | None) -> Iterator[StatePersistenceService]:
    """The states of the workspace; of what is damaged it is said how to go back before it."""
    home = import_module("..services.state_persistence_service", __package__)
    given: dict[str, Any] = {} if workspace is None else {"workspace_dir": workspace}
    with home.StatePersistenceService(**given) as states:
        try:
            yield states
        except SnapshotError as error:
            if error.older is None:
                raise
            way = f"Go back to it: nbengine state restore {notebook} {error.older}"
            raise type(error)(f"{error} {way}", error.older) from error


def _print_place(notebook: str, info: SnapshotInfo | None, as_json: bool) -> None:
    place = "nothing" if info is None else f"snapshot {info.id}, after {state_view.cell(info)}"
    _print(info, Text(f"Notebook {notebook} goes on from {place}."), as_json)


def _say(sentence: str) -> None:
    _print(None, Text(sentence), as_json=False)


def _print(data: Part | Sequence[Part] | None, view: RenderableType, as_json: bool) -> None:
    with Terminal() as terminal:
        if as_json:
            terminal.out_file.write(TypeAdapter(Any).dump_json(data).decode() + "\n")
        else:
            terminal.out.print(view, soft_wrap=False)
