"""MLflow: runs, models with their signature, and the aliases challenger and champion.

The only importer of MLflow; a server by MLFLOW_TRACKING_URI, else SQLite in the local folder. Serving does
not need it: what is served stands in `ml_models`. It must not know what a model predicts.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adapters.settings import Settings, set_for_children
from enforcement.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

CHALLENGER: Final = "challenger"
CHAMPION: Final = "champion"
_VARIABLE = "MLFLOW_TRACKING_URI"
# What MLflow's page shows as a run's description and source.
_NOTE, _SOURCE = "mlflow.note.content", "mlflow.source.name"
# It is never told of our runs, and a server that is down is said so in seconds, not in minutes.
_QUIET: Final = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "15",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedModel:
    """Where a run and its model are in MLflow. version: of the registered model."""

    run_id: str
    experiment_id: str
    model_uri: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRun:
    """What is logged of a training. inputs: names of the model's columns. files: the folder to keep.

    description: of the run and of the model's version. source: the command that trained. began_s: when it
    began, seconds since 1970.
    """

    name: str
    version: str
    description: str
    source: str
    began_s: float
    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    dataset_digest: str
    dataset_rows: int
    inputs: Sequence[str]
    files: Path
    tags: Mapping[str, str]


class ModelRegistry:
    """One MLflow. Every method raises Unavailable when it does not answer."""

    def __init__(self, settings: Settings) -> None:
        set_for_children(_QUIET)
        with self._answering():
            import mlflow  # noqa: PLC0415 - two seconds that only registering needs

        logging.getLogger("mlflow").setLevel(logging.ERROR)
        logging.getLogger("alembic").setLevel(logging.ERROR)
        folder = settings.local_dir.resolve() / "mlflow"
        self.uri = settings.mlflow_tracking_uri or f"sqlite:///{folder}/mlflow.db"
        self._artifacts: str | None = None
        if settings.mlflow_tracking_uri is None:
            folder.mkdir(parents=True, exist_ok=True)
            self._artifacts = (folder / "artifacts").as_uri()
        with self._answering():
            self._client = mlflow.MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)

    def ready(self) -> None:
        """Raise Unavailable now rather than after an hour of training."""
        with self._answering():
            self._client.search_experiments(max_results=1)

    def log(self, run: ModelRun) -> LoggedModel:
        """Keep a run and register its model as the challenger."""
        with self._answering():
            experiment = self._experiment(run.name)
            started = self._client.create_run(
                experiment,
                start_time=round(run.began_s * 1000),
                run_name=run.version,
                tags={**run.tags, _NOTE: run.description, _SOURCE: run.source},
            )
            run_id = started.info.run_id
            try:
                self._fill(run_id, run)
                self._client.log_artifacts(run_id, str(run.files), "model")
            except Exception:
                self._client.set_terminated(run_id, "FAILED")
                raise
            self._client.set_terminated(run_id)
            source = f"{started.info.artifact_uri}/model"
            self._registered(run.name)
            made = self._client.create_model_version(
                run.name, source=source, run_id=run_id, description=run.description
            )
            self._client.set_registered_model_alias(run.name, CHALLENGER, made.version)
        return LoggedModel(
            run_id=run_id,
            experiment_id=str(experiment),
            model_uri=f"models:/{run.name}/{made.version}",
            version=str(made.version),
        )

    def set_alias(self, name: str, alias: str, version: str) -> None:
        """Point an alias at a version of a registered model."""
        with self._answering():
            self._client.set_registered_model_alias(name, alias, version)

    def aliases(self, name: str) -> dict[str, str]:
        """alias → version of a registered model."""
        with self._answering():
            return {a: str(v) for a, v in self._client.get_registered_model(name).aliases.items()}

    def _fill(self, run_id: str, run: ModelRun) -> None:
        from mlflow.entities import Dataset, DatasetInput, Metric, Param  # noqa: PLC0415

        self._client.log_batch(
            run_id,
            metrics=[Metric(name, value, 0, 0) for name, value in run.metrics.items()],
            params=[Param(name, str(value)) for name, value in run.params.items()],
        )
        data = Dataset(
            name="history",
            digest=run.dataset_digest[:32],
            source_type="code",
            source='{"tables": "infractions, drivers, accidents"}',
            profile=f'{{"num_rows": {run.dataset_rows}}}',
        )
        self._client.log_inputs(run_id, datasets=[DatasetInput(data)])
        self._signature(run_id, run)

    def _signature(self, run_id: str, run: ModelRun) -> None:
        """The MLmodel file: inputs and output by name and type."""
        from mlflow.models import Model, ModelSignature  # noqa: PLC0415
        from mlflow.types import ColSpec, Schema  # noqa: PLC0415

        signature = ModelSignature(
            inputs=Schema([ColSpec("float", name) for name in run.inputs]),
            outputs=Schema([ColSpec("double", "probability")]),
        )
        model = Model(artifact_path="model", run_id=run_id, signature=signature)
        model.add_flavor("vigia", loader="adapters.risk_model:load_model")
        model.save(str(run.files / "MLmodel"))

    def _experiment(self, name: str) -> str:
        found = self._client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        return str(self._client.create_experiment(name, artifact_location=self._artifacts))

    def _registered(self, name: str) -> None:
        from mlflow.exceptions import MlflowException  # noqa: PLC0415

        try:
            self._client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            # What it does that its own libraries have deprecated is not for our users.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except Exception as error:
            # The client raises its own, SQLAlchemy's and the HTTP library's, without a common base.
            raise Unavailable(f"{_VARIABLE}: MLflow does not answer ({_reason(error)})") from error


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
