"""The demo's risks: simulated years for its vehicles, one small training, and the risks of its infractions.

The history is simulated and says so; training, gate, registry and scoring are the real ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import select

from actors.wiring import Cluster
from adapters.settings import Settings
from enforcement.risk_answers import likelihood
from jobs import batch_job
from jobs.batch_job import Job
from jobs.retrain_recidivism import train
from jobs.risk.score_by_data import score
from jobs.simulate_history import simulate
from schema.infractions import Infraction

DRIVERS: Final = 6000
MONTHS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRisk:
    """What came of it. example: the infraction with the highest risk, None where no plate was read."""

    scored: int
    training: dict[str, Any]
    example: dict[str, Any] | None

    def summary(self) -> dict[str, Any]:
        """For summary.json."""
        return {"simulated": True, "scored": self.scored, **self.training, "example": self.example}

    def text(self) -> str:
        """For the terminal."""
        scores = self.training["scores"]
        said = (
            f"Risk: {self.scored} infractions scored; {self.training['kind']} trained on {DRIVERS}"
            f" simulated drivers, AUC-PR {scores['auc_pr']:.3f} at a base rate of"
            f" {self.training['base_rate']:.3f}, calibration error {scores['ece']:.3f}"
        )
        if self.example is None:
            return said
        named = self.example["risk_factors"].items()
        why = ", ".join(f"{name} {one['value']}" for name, one in named)
        return (
            f"{said}\n  {self.example['infraction_code']}: recidivism"
            f" {likelihood(self.example['recidivism_risk'])} ({why}); a risk decides no fine"
        )


def demo_risk(settings: Settings, *, seed: int, until: datetime) -> DemoRisk:
    """Train on simulated drivers, among them the demo's vehicles, and score what the demo found."""
    with batch_job.run("demo_risk", None, settings=settings) as job:
        simulate(
            job,
            drivers=DRIVERS,
            months=MONTHS,
            seed=seed,
            until=min(until, datetime.now(UTC)),
            plates=_plates(job),
            settled=True,
        )
        with Cluster.connect(settings.ray_address):
            training = train(job, trials=0, workers=1, seed=seed)
            told = score(job, only="infractions") if training["champion"] else {"infractions": 0}
        return DemoRisk(scored=told["infractions"], training=training, example=_highest(job))


def _plates(job: Job) -> list[str]:
    query = select(Infraction.plate).where(Infraction.plate.is_not(None)).distinct()
    with job.rows() as session:
        return sorted(str(plate) for plate in session.scalars(query))


def _highest(job: Job) -> dict[str, Any] | None:
    query = (
        select(Infraction)
        .where(Infraction.status == "pending", Infraction.recidivism_risk.is_not(None))
        .order_by(Infraction.recidivism_risk.desc())
        .limit(1)
    )
    with job.rows() as session:
        row = session.scalars(query).first()
        if row is None:
            return None
        return {
            "infraction_code": row.infraction_code,
            "recidivism_risk": row.recidivism_risk,
            "risk_factors": row.risk_factors or {},
        }
