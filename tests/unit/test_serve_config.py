"""What `serve deploy` is given is what Ray understands, and names what the code names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml


@pytest.fixture
def config(repository: Path) -> Any:
    return yaml.safe_load((repository / "serve" / "config.yaml").read_text(encoding="utf-8"))


def test_the_file_names_the_application_that_the_code_has(config: Any, repository: Path) -> None:
    source = (repository / "serve" / "deployment.py").read_text(encoding="utf-8")
    application = config["applications"][0]
    module, _, builder = application["import_path"].partition(":")
    assert (repository / f"{module.replace('.', '/')}.py").is_file()
    assert f"def {builder}(" in source
    assert f'APPLICATION = "{application["name"]}"' in source
    assert f'DEPLOYMENT = "{application["deployments"][0]["name"]}"' in source


def test_a_replica_stops_only_after_its_last_answer(config: Any) -> None:
    deployment = config["applications"][0]["deployments"][0]
    assert deployment["num_replicas"] >= 2
    assert deployment["graceful_shutdown_timeout_s"] >= 10


def test_the_risk_application_names_the_deployments_that_the_code_has(
    config: Any, repository: Path
) -> None:
    source = "".join(
        (repository / "serve" / name).read_text(encoding="utf-8")
        for name in ("risk.py", "risk_questions.py")
    )
    application = next(one for one in config["applications"] if one["name"] == "vigia-risk")
    assert application["route_prefix"] is None
    assert application["import_path"] == "serve.risk:build"
    assert f'APPLICATION: Final = "{application["name"]}"' in source
    named = {one["name"] for one in application["deployments"]}
    assert all(f'"{name}"' in source for name in named)
    assert named == {"recidivism", "accident_risk"}
