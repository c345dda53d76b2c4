"""An application with notebooks in it: `uvicorn embed:app` in this folder, then `/six-times/7`."""

from contextlib import asynccontextmanager

from fastapi import FastAPI

from nbengine.api.app import create_app
from nbengine.bootstrap import open_notebooks
from nbengine.settings import load_settings


@asynccontextmanager
async def lifespan(app: FastAPI):
    """Open the notebooks with the application, and close them with it."""
    with open_notebooks(settings := load_settings()) as app.state.notebooks:
        lab = create_app(settings, notebooks=app.state.notebooks, token="choose another one")
        app.mount("/lab", lab)  # the whole API, under /lab/api
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/six-times/{number}")
def six_times(number: int) -> str:
    """Use the service from Python: a new notebook, a cell, its result."""
    notebook = app.state.notebooks.create("Six times")
    cell = app.state.notebooks.add_cell(notebook.id, f"print(6 * {number})")
    return app.state.notebooks.execute_cell(notebook.id, cell.id).stdout
