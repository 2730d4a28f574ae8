"""A node installs only the runtime list, so nothing it runs may lean on what tests or training bring."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.source_scan import ROOMS, imported_packages, room_files

DISTRIBUTIONS = {
    "cv2": "opencv-python-headless",
    "google": "protobuf",
    "PIL": "pillow",
    "yaml": "pyyaml",
    "argon2": "argon2-cffi",
    "jwt": "pyjwt",
    "fpdf": "fpdf2",
    "pydantic_core": "pydantic",
    "xgboost": "xgboost-cpu",
    "sklearn": "scikit-learn",
    "mlflow": "mlflow-skinny",
}
# botocore is what s3fs is made of, and its errors have to be named; gi belongs to Debian's python3.
# ray[serve] is what fastapi, starlette, uvicorn and anyio come with, ray[data] brings pyarrow,
# ray[default] prometheus_client.
BROUGHT = {"botocore", "gi", "fastapi", "starlette", "uvicorn", "anyio", "pyarrow"}
BROUGHT |= {"prometheus_client", "protobuf"}
TRAINING = (
    "jobs/benches/peer_",
    "jobs/training/",
    "adapters/detector_ultralytics.py",
    "adapters/ocr_easyocr.py",
)


@pytest.fixture(scope="module")
def project(repository: Path) -> dict[str, Any]:
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=; ]", requirement)[0].lower() for requirement in requirements}


def third_party(repository: Path) -> dict[str, set[str]]:
    """Distribution to the files that import it."""
    found: dict[str, set[str]] = {}
    for path, tree in room_files(repository):
        for package in imported_packages(tree) - set(sys.stdlib_module_names) - set(ROOMS):
            found.setdefault(DISTRIBUTIONS.get(package, package).lower(), set()).add(path)
    return found


def test_a_node_runs_on_the_runtime_list_alone(repository: Path, project: dict[str, Any]) -> None:
    runtime = names(project["project"]["dependencies"])
    stray = {
        name: outside
        for name, paths in third_party(repository).items()
        if name not in runtime | BROUGHT
        and (outside := {path for path in paths if not path.startswith(TRAINING)})
    }
    assert not stray


def test_training_leans_on_nothing_but_its_group(repository: Path, project: dict[str, Any]) -> None:
    train = names(project["dependency-groups"]["train"])
    runtime = names(project["project"]["dependencies"])
    used = {
        name
        for name, paths in third_party(repository).items()
        if any(path.startswith(TRAINING) for path in paths)
    }
    assert used <= train | runtime | BROUGHT
    assert used & train  # the scan does see training
