from __future__ import annotations

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
)

from nbengine.api.examples import EXAMPLES
from nbengine.models.notebook import Cell
from tests.api.site import Site

ROUNDS = 20
"""Requests of each operation."""
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]


def operations(client: httpx.Client) -> dict[str, dict[str, Any]]:
    document = client.get("/api/openapi.json").json()
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_every_operation_is_described(client: httpx.Client) -> None:
    """With a sentence, a name of its own, what it answers, and that it may answer a problem."""
    found = operations(client)
    names = [operation["operationId"] for operation in found.values()]
    assert len(set(names)) == len(names)
    for place, operation in found.items():
        assert operation["description"].endswith((".", "`")), place
        assert "application/problem+json" in operation["responses"]["default"]["content"], place


def test_every_operation_names_its_problems(client: httpx.Client) -> None:
    """By number; what needs no token says so."""
    for place, operation in operations(client).items():
        named = {int(status) for status in operation["responses"] if status.isdecimal()}
        is_open = place == "GET /api/health"
        assert {400, 421, 429, 431, 500} <= named, place
        assert (401 in named) is not is_open, place
        assert (operation.get("security") == []) is is_open, place


def test_every_operation_belongs_to_a_group_that_is_described(client: httpx.Client) -> None:
    """The page of the documentation is made of them."""
    document = client.get("/api/openapi.json").json()
    groups = [tag["name"] for tag in document["tags"]]
    for place, operation in operations(client).items():
        assert operation["tags"][0] in groups, place


def test_everything_that_has_to_be_given_has_an_example(client: httpx.Client) -> None:
    """Parameters, and bodies with their members."""
    document = client.get("/api/openapi.json").json()
    for place, operation in operations(client).items():
        for parameter in operation.get("parameters", []):
            if parameter["required"]:
                assert parameter.get("example") or parameter["schema"].get("examples"), place
    for name, schema in document["components"]["schemas"].items():
        for member in schema.get("required", []) if name in bodies(document) else []:
            has_one = "examples" in schema or "examples" in schema["properties"][member]
            assert has_one, (name, member)


def bodies(document: dict[str, Any]) -> set[str]:
    """Names of the schemas that clients send."""
    content = [
        operation["requestBody"]["content"].get("application/json", {"schema": {}})["schema"]
        for methods in document["paths"].values()
        for operation in methods.values()
        if "requestBody" in operation
    ]
    refs = [each.get("$ref") for schema in content for each in schema.get("anyOf", [schema])]
    return {ref.rpartition("/")[2] for ref in refs if ref}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_what_it_is_an_example_of(client: httpx.Client, name: str) -> None:
    """As a client would check an answer that it gets."""
    document = client.get("/api/openapi.json").json()
    schemas = {"components": {"schemas": document["components"]["schemas"]}}
    whole = {"$ref": f"#/components/schemas/{name}", **schemas}
    Draft202012Validator(whole).validate(EXAMPLES[name])
    assert EXAMPLES[name] in document["components"]["schemas"][name]["examples"]


def test_every_body_is_described(client: httpx.Client) -> None:
    """So that a reader of the document knows what to send."""
    document = client.get("/api/openapi.json").json()
    for place, operation in operations(client).items():
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            shape = content["application/json"]["schema"]
            refs = [each["$ref"] for each in shape.get("anyOf", [shape]) if "$ref" in each]
            schemas = [document["components"]["schemas"][ref.rpartition("/")[2]] for ref in refs]
            assert schemas, place
            assert any("description" in schema for schema in schemas), place


def known(site: Site) -> dict[str, str]:
    """Ids of a notebook with a cell that has run; made again if a request took it away."""
    service = site.notebooks
    if "penguins" not in [each.id for each in service.notebooks()]:
        service.create("penguins", [Cell(id="c1", source="1 + 1"), Cell(id="c2")])
    if "c1" not in [cell.id for cell in service.open("penguins").cells]:
        service.add_cell("penguins", "1 + 1", cell_id="c1")
    last = service.execute_cell("penguins", "c1", timeout=5)
    return {"notebook_id": "penguins", "cell_id": "c1", "execution_id": last.execution_id}


schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The recursion limit will not be reset")  # cells have their own
def test_whatever_fits_the_document_is_answered_as_it_says(site: Site) -> None:
    """Requests made from the document: no answer is a failure inside, each has the shape it should.

    Every other one is for a notebook, a cell and an execution that are there.
    Streams are left out: they do not end.
    """
    headers = {"authorization": site.client().headers["authorization"]}
    schema = schemathesis.openapi.from_url(f"{site.url}api/openapi.json", headers=headers)
    statuses: dict[str, set[int]] = {}
    for found in schema.exclude(path_regex="events$").get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        answered = statuses.setdefault(f"{operation.method} {operation.path}", set())

        @settings(
            max_examples=ROUNDS,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(), is_known=st.booleans())
        def check(case: schemathesis.Case[Any], is_known: bool) -> None:
            if is_known:
                case.path_parameters |= {
                    name: value
                    for name, value in known(site).items()
                    if name in case.path_parameters
                }
            answer = case.call_and_validate(headers=headers, checks=CHECKS)
            answered.add(answer.status_code)  # noqa: B023 - called before the next round
            assert str(answer.status_code) in case.operation.responses.status_codes

        check()
    well = {place for place, codes in statuses.items() if min(codes) < 300}
    assert len(well) > len(statuses) / 2, sorted(set(statuses) - well)
