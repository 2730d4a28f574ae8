"""Which version of a model is served: promoted, put back, audited. Serving follows the row by itself.

It must not know how a model is made or used.
"""

from __future__ import annotations

from typing import Any, Final

from adapters.model_files import get_model
from adapters.model_registry import CHAMPION, ModelRegistry
from adapters.risk_model import RiskModel, load_model
from adapters.settings import Settings
from enforcement.errors import BadInput, Unavailable
from jobs.batch_job import Job
from schema.model_rows import ModelRow, active
from schema.model_serving import Act, serve_from_now

MODELS: Final = ("recidivism_xgboost", "accident_lstm")
TYPE_OF: Final = {"recidivism_xgboost": "recidivism", "accident_lstm": "accident_risk"}


def make_champion(job: Job, row: ModelRow, *, act: Act, why: str) -> dict[str, Any]:
    """Serve a version from now on; returns what is printed.

    Its files are read back first and MLflow is told first: whatever fails leaves what is served as it was.
    Raises BadModel for altered files, BadInput when MLflow is down or the version is served already.
    """
    load_champion(job.settings, row)
    with job.rows() as session:
        before = active(session, row.model_name)
    if before is not None and before.id == row.id:
        raise BadInput(f"{row.model_name} {row.version} is the champion already")
    _alias(job.settings, row)
    try:
        stepped_down = serve_from_now(job.url, row, act=act, by=f"jobs.{job.name}", why=why)
    except Exception:
        if before is not None:
            _alias(job.settings, before)
        raise
    return {"model": row.model_name, "from": stepped_down, "to": row.version, "why": why}


def load_champion(settings: Settings, row: ModelRow) -> RiskModel:
    """The model of a row, read from the store and checked. Raises BadModel, Unavailable."""
    return load_model(get_model(settings, row.model_path, row.files))


def _alias(settings: Settings, row: ModelRow) -> None:
    if row.mlflow_version is None:
        return
    try:
        ModelRegistry(settings).set_alias(row.model_name, CHAMPION, row.mlflow_version)
    except Unavailable as error:
        raise BadInput(f"{error}; what is served stays as it is") from None
