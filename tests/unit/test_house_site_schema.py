"""The shipped JSON Schema, the page that documents it and the scene's own checks say the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from adapters.site_file import load_site
from enforcement.scene import Scene

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "sites").glob("*.yaml"))


@pytest.fixture(scope="module")
def schema(repository: Path) -> dict[str, Any]:
    text = (repository / "enforcement" / "site.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "site-file.md").read_text(encoding="utf-8")


@pytest.fixture
def example(page: str) -> dict[str, Any]:
    block = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert block
    loaded: dict[str, Any] = yaml.safe_load(block.group(1))
    return loaded


def key_names(schema: dict[str, Any]) -> Iterator[str]:
    for name, value in schema.get("properties", {}).items():
        yield name
        yield from key_names(value)
    for nested in (
        schema.get("items"),
        *schema.get("oneOf", ()),
        *schema.get("$defs", {}).values(),
    ):
        if isinstance(nested, dict):
            yield from key_names(nested)


def test_the_schema_is_itself_valid(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


def test_the_page_documents_every_key_of_the_schema(schema: dict[str, Any], page: str) -> None:
    prose = page.partition("## Keys")[2]
    words = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]*)`", prose))))
    assert not set(key_names(schema)) - words


def test_the_example_of_the_page_passes_the_schema_and_makes_a_scene(
    schema: dict[str, Any], example: dict[str, Any]
) -> None:
    jsonschema.validate(example, schema)
    scene = Scene.from_mapping(example, image_size=(1280, 720))
    assert scene.zone.speed_limit_kmh == 50
    assert scene.road is not None
    assert scene.road.held_out_rmse_m is not None
    assert scene.road.held_out_rmse_m < 0.10


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("zone", "speed_limit_kmh", -4),
        ("zone", "speed_limit", 50),  # a misspelt key must not silently switch a rule off
        ("camera", "location", [1]),
        ("calibration", "points", []),
    ],
)
def test_the_schema_refuses(
    schema: dict[str, Any], example: dict[str, Any], section: str, key: str, value: object
) -> None:
    example[section][key] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(example, schema)


def test_defaults_of_the_schema_are_those_of_the_scene(schema: dict[str, Any]) -> None:
    scene = Scene.from_mapping({"camera": {"id": "C"}, "zone": {"id": "Z"}, "lanes": []})
    properties = schema["properties"]
    assert scene.grace_s == properties["grace_seconds"]["default"]
    assert scene.zone.timezone == properties["zone"]["properties"]["timezone"]["default"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_shipped_site_loads_and_its_calibration_proves_itself(path: Path) -> None:
    scene = Scene.from_mapping(load_site(path), image_size=(1280, 720))
    if scene.road is not None:
        assert scene.road.held_out_rmse_m is not None
        assert scene.road.held_out_rmse_m < 0.5  # metres; beyond it not even a lane can be told


def test_there_are_shipped_sites() -> None:
    assert EXAMPLES
