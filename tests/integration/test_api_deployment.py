"""The deployment's file against Ray Serve's own schema, without starting Ray."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Ray's own models, at import
def test_the_file_is_valid_for_serve_deploy_and_its_arguments_for_the_application(
    repository: Path,
) -> None:
    from ray.serve.schema import ServeDeploySchema  # noqa: PLC0415

    from serve.deployment import Options  # noqa: PLC0415

    text = (repository / "serve" / "config.yaml").read_text(encoding="utf-8")
    config = ServeDeploySchema.model_validate(yaml.safe_load(text))
    assert config.applications[0].args is not None
    Options.model_validate(config.applications[0].args)
