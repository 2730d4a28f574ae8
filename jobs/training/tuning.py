"""The search for a risk model's few parameters on Ray Tune. It must not know a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ray import tune

from jobs.training.risk_simpler import run_name


def best(
    trial: Callable[..., None],
    space: Mapping[str, Any],
    *,
    metric: str,
    data: Any,
    fixed: Mapping[str, Any],
    storage: str,
    trials: int,
    seed: int,
) -> dict[str, Any]:
    """Parameters of the trial with the least metric. Ray must be running.

    trial: called on one core with the parameters it is to try, `data` and `fixed`; reports the metric.
    space: what may vary. storage: a place that all of Ray's nodes reach.
    """
    tuner = tune.Tuner(
        tune.with_resources(tune.with_parameters(trial, data=data, fixed=dict(fixed)), {"cpu": 1}),
        param_space=dict(space),
        tune_config=tune.TuneConfig(
            metric=metric,
            mode="min",
            num_samples=trials,
            search_alg=tune.search.BasicVariantGenerator(random_state=seed),
        ),
        run_config=tune.RunConfig(storage_path=storage, name=run_name("tune"), verbose=0),
    )
    return dict(tuner.fit().get_best_result().config)
