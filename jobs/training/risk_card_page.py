"""A risk model's card for people: one page of Markdown and its plots, kept with the run.

It must not know how the model was trained.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

from adapters.risk_card import RiskCard
from enforcement.model_gate import Verdict

_INK, _MUTED = "#1d3557", "#9aa5b1"


def write_page(
    folder: Path, card: RiskCard, figures: dict[str, Any], verdict: Verdict, note: str
) -> None:
    """MODEL_CARD.md, calibration.png, importance.png in the folder."""
    _calibration_plot(folder / "calibration.png", figures)
    _importance_plot(folder / "importance.png", figures["importance"])
    (folder / "MODEL_CARD.md").write_text(_page(card, figures, verdict, note), encoding="utf-8")


def _page(card: RiskCard, figures: dict[str, Any], verdict: Verdict, note: str) -> str:
    shown, simpler = figures["scores"], figures["simpler"]
    base = figures["base_rate"]
    data = "simulated drivers (docs/ml.md)" if card.simulated else "the city's record"
    rows = "\n".join(
        f"| {name} | {shown[name]:.4f} | {simpler[name]:.4f} | {plain} |"
        for name, plain in (
            ("auc_pr", f"{base:.4f}"),
            ("auc_roc", "0.5000"),
            ("brier", f"{base * (1 - base):.4f}"),
            ("ece", "–"),
        )
    )
    groups = "\n".join(
        f"| {name} | {one['instants']} | {one['outcome_rate']:.3f} | {one['mean_probability']:.3f} |"
        f" {one['auc_pr']:.3f} | {one['ece']:.3f} |"
        for name, one in figures["fairness"].items()
    )
    slices = "\n".join(
        f"| {name} | {one['rows']} | {one['outcomes']} |" for name, one in figures["slices"].items()
    )
    return f"""# {card.name} {card.version}

**What it says**: the probability of {_OF[card.prediction_type]} within twelve months after an instant.
**What it is**: {card.kind.value}, calibrated on a later slice than it was trained on; {note}.
**Trained on**: {data}, known until {card.trained_until}.

**What it is for**: to inform a person. It decides no fine, no verdict and no order of cases. Age, sex and
address are not among its inputs. Do not use it for insurance, employment, or to choose whom to stop.

## Figures
On the test slice, later than everything the model has seen, at infractions.

| | this model | logistic regression | base rate |
|---|---|---|---|
{rows}

![Calibration](calibration.png)

## Fairness
Same instants, by groups that are no inputs. What was said and what came should be near each other.

| group | instants | came | said | AUC-PR | calibration error |
|---|---|---|---|---|---|
{groups}

## Gate
{"Became champion" if verdict.promote else "Did not become champion"}: {verdict.reason}.

## Data
| slice | instants | with the outcome |
|---|---|---|
{slices}

## What it rests on
![Importance](importance.png)
"""


_OF = {"recidivism": "another standing infraction", "accident_risk": "an accident"}


def _calibration_plot(path: Path, figures: dict[str, Any]) -> None:
    said = [group[0] for group in figures["reliability"]]
    came = [group[1] for group in figures["reliability"]]
    figure, axes = plt.subplots(figsize=(4.6, 4.2), layout="constrained")
    most = max(*said, *came) * 1.05
    axes.plot([0, most], [0, most], color=_MUTED, linewidth=1, linestyle="--")
    axes.plot(said, came, color=_INK, marker="o", linewidth=1.5)
    axes.set_xlabel("probability said")
    axes.set_ylabel("share that came")
    axes.set_title(f"calibration error {figures['scores']['ece']:.3f}", fontsize=10)
    _tidy(axes)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _importance_plot(path: Path, importance: dict[str, float]) -> None:
    ranked = sorted(importance.items(), key=lambda one: one[1])[-15:]
    figure, axes = plt.subplots(figsize=(6.4, 4.6), layout="constrained")
    axes.barh([name for name, _ in ranked], [value for _, value in ranked], color=_INK)
    axes.set_xlabel("share of importance")
    _tidy(axes)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _tidy(axes: Any) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(labelsize=8)
