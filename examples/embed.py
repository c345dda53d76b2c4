"""An application with notebooks in it: `uvicorn embed:app` in this folder, then `/six-times/7`."""

from contextlib import asynccontextmanager

from fastapi import FastAPI

from nbengine.api.app import create_app
from nbengine.bootstrap import open_notebooks


@asynccontextmanager
async def lifespan(app: FastAPI):
    """Open the notebooks with the application, and close them with it."""
    with open_notebooks() as app.state.notes:
        lab = create_app(app.state.notes.settings, notebooks=app.state.notes, token="choose one")
        app.mount("/lab", lab)  # the whole API, under /lab/api
        async with lab.router.lifespan_context(lab):
            yield


app = FastAPI(lifespan=lifespan)


@app.get("/six-times/{number}")
def six_times(number: int) -> str:
    """Use the service from Python: a new notebook, a cell, its result."""
    notebook = app.state.notes.create("Six times")
    cell = app.state.notes.add_cell(notebook.id, f"print(6 * {number})")
    return app.state.notes.execute_cell(notebook.id, cell.id).stdout
