"""runtime_env.yaml and cluster.yaml are what Ray accepts, and carry what a node needs."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from ray.runtime_env import RuntimeEnv


def ray_schema() -> dict[str, Any]:
    """The schema that `ray up` itself validates against."""
    spec = importlib.util.find_spec("ray")
    assert spec
    assert spec.origin
    schema: dict[str, Any] = json.loads(
        (Path(spec.origin).parent / "autoscaler" / "ray-schema.json").read_text(encoding="utf-8")
    )
    return schema


def load(path: Path) -> dict[str, Any]:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def test_the_cluster_file_is_valid_by_rays_own_schema(repository: Path) -> None:
    jsonschema.validate(load(repository / "cluster.yaml"), ray_schema())


def test_rays_schema_refuses_a_misspelt_key(repository: Path) -> None:
    cluster = load(repository / "cluster.yaml") | {"max_wokers": 3}
    with pytest.raises(jsonschema.ValidationError, match="max_wokers"):
        jsonschema.validate(cluster, ray_schema())


def test_the_head_type_exists_and_no_type_outgrows_the_cluster(repository: Path) -> None:
    cluster = load(repository / "cluster.yaml")
    types = cluster["available_node_types"]
    assert cluster["head_node_type"] in types
    workers = [types[name].get("max_workers", 0) for name in types]
    assert sum(workers) <= cluster["max_workers"]


def test_cameras_never_need_a_gpu_to_have_a_node(repository: Path) -> None:
    types = load(repository / "cluster.yaml")["available_node_types"]
    assert any("GPU" not in t["resources"] and t.get("min_workers", 0) > 0 for t in types.values())


def test_the_runtime_environment_is_one_that_ray_accepts(repository: Path) -> None:
    document = load(repository / "runtime_env.yaml")
    document["working_dir"] = str(repository)
    environment = RuntimeEnv(**document)
    assert environment.has_working_dir()
    assert all(isinstance(value, str) for value in document["env_vars"].values())


def test_weights_travel_and_bulk_stays(repository: Path) -> None:
    excludes = load(repository / "runtime_env.yaml")["excludes"]
    assert {".git/", ".venv/", ".local/", "out/", "tests/"} <= set(excludes)
    assert not [
        pattern for pattern in excludes if pattern.startswith("weights") or "onnx" in pattern
    ]


@pytest.mark.parametrize("name", ["runtime_env.yaml", "cluster.yaml"])
def test_no_secret_is_kept_in_a_cluster_file(repository: Path, name: str) -> None:
    text = (repository / name).read_text(encoding="utf-8").lower()
    assert not [word for word in ("password", "secret_key", "aws_access", "token:") if word in text]
