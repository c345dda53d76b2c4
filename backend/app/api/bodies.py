"""What clients send."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ..models.notebook import Cell
from ..models.session import ExecutionMode
from ..names import check_cell_id

_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
CellType = Literal["code", "markdown", "raw"]
Revision = Annotated[
    str,
    Field(
        description="Of the cell as its editor has seen it; `*` overwrites whatever is there. "
        "The header `If-Match` says the same.",
        examples=["3f2a9c1b00d4e5f6"],
    ),
]
After = Annotated[
    str | None,
    Field(description="Id of the cell before it; without one it comes first.", examples=["c1"]),
]
Seconds = Annotated[
    float, Field(gt=0, le=1e9, description="After which the cell is ended.", examples=[30])
]


def _apart(cells: list[Cell]) -> list[Cell]:
    ids = [check_cell_id(cell.id) for cell in cells]
    if len(set(ids)) < len(ids):
        raise ValueError("each cell needs an id of its own")
    return cells


class Body(BaseModel):
    """Base of all: a member that is not known is refused, not passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NewNotebook(Body):
    """A notebook to be made."""

    name: str = Field(default="Untitled", examples=["Penguins"])
    cells: Annotated[list[Cell], AfterValidator(_apart)] = Field(
        default_factory=list, examples=[[{"id": "c1", "source": "1 + 1"}]]
    )


class Name(Body):
    """Another name."""

    name: str = Field(examples=["Penguins, revised"])


class Copy(Body):
    """A copy to be made."""

    name: str | None = Field(
        default=None,
        description="Without one: that of the original, `copy`.",
        examples=["Penguins, 2nd try"],
    )


class NewCell(Body):
    """A cell to be added."""

    source: str = Field(default="", examples=["df.describe()"])
    cell_type: CellType = "code"
    after: After = None
    id: str | None = Field(default=None, examples=["4f1d2c3b"])
    metadata: dict[str, Any] = Field(default_factory=dict)


class CellEdit(Body):
    """What is to be different about a cell; what is not named stays."""

    revision: Revision | None = None
    source: str | None = Field(default=None, examples=["df.head()"])
    cell_type: CellType | None = None
    metadata: dict[str, Any] | None = None

    @property
    def change(self) -> dict[str, Any]:
        """What is named."""
        return self.model_dump(exclude={"revision"}, exclude_none=True)


class Move(Body):
    """Another place."""

    after: After = None


class Split(Body):
    """Where to cut a cell in two."""

    at: int = Field(
        ge=0, description="Characters of the source that go to the first.", examples=[12]
    )
    revision: Revision | None = None


class Merge(Body):
    """Cells to be made one, in their order."""

    revisions: dict[str, str] = Field(
        description="Id -> revision; `*` for whatever is there.", examples=[{"c1": "*", "c2": "*"}]
    )


class Options(Body):
    """How cells are to be run."""

    mode: ExecutionMode | None = Field(
        default=None, description="What they may do; by default `write_enabled`."
    )
    timeout: Seconds | None = None
    allow_stdin: bool = Field(
        default=False, description="Whether they may ask for input, by an event."
    )

    @property
    def options(self) -> dict[str, Any]:
        """Arguments of the service."""
        return {name: getattr(self, name) for name in Options.model_fields if getattr(self, name)}


class Execute(Options):
    """A cell to be run, as it is or with another source."""

    source: str | None = Field(default=None, examples=["1 + 1"])
    revision: Revision | None = None


class Run(Options):
    """Several cells to be run, one after another; the first that fails ends the others."""

    cells: Literal["all", "above", "below", "stale"] | list[str] = Field(
        description="`above` are those before the cell `cell`, `below` it and those after it; "
        "`stale` those that are out of date, each after those that make what it reads.",
        examples=["all"],
    )
    cell: str | None = None


class Line(Body):
    """What a cell asked for."""

    line: str = Field(max_length=1_000_000, examples=["yes"])


class Code(Body):
    """Code that is being written."""

    code: str = Field(max_length=1_000_000, examples=["df.gro"])


class CodeAt(Code):
    """Code that is being written, and where."""

    cursor: int = Field(ge=0, description="Characters before the cursor.", examples=[6])


class CodeAbout(CodeAt):
    """A name to be explained."""

    detail_level: Literal[0, 1] = 0


class NewUpload(Body):
    """A file that is to come piece by piece."""

    name: str = Field(examples=["data/penguins.csv"])
    size: int | None = Field(
        default=None, ge=0, le=2**63 - 1, description="Bytes it will have, if that is known."
    )
    overwrite: bool = Field(default=False, description="Whether it may replace a file.")


class Finish(Body):
    """An upload that is whole."""

    sha256: str | None = Field(
        default=None, max_length=64, description="What the bytes must hash to.", examples=[_SHA256]
    )
