"""Scores, the gate, drift, factors and the simpler model, on numbers by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from adapters.risk_asking import feature_rows
from enforcement.errors import BadModel
from enforcement.model_drift import check, spread
from enforcement.model_gate import judge
from enforcement.model_scores import auc_pr, auc_roc, brier, calibration_error, stability_index
from enforcement.risk_answers import (
    Answers,
    Calibration,
    categories,
    factor_rows,
    likelihood,
)
from enforcement.risk_linear import LinearModel

RNG = np.random.default_rng(5)
COUNT = 3000
TRUE = RNG.beta(1.2, 3.0, COUNT)
OUTCOME = RNG.random(COUNT) < TRUE
SUBJECT = np.arange(COUNT) // 2
NOISE = RNG.normal(0.0, 0.25, COUNT)


def blurred(amount: float) -> np.ndarray:
    return np.clip(TRUE + amount * NOISE, 0.001, 0.999)


def test_scores_are_those_of_scikit_learn_ties_and_weights_included() -> None:
    said = np.round(TRUE, 1)
    weight = RNG.integers(0, 4, COUNT).astype(float)
    assert auc_pr(OUTCOME, said) == pytest.approx(average_precision_score(OUTCOME, said))
    assert auc_roc(OUTCOME, said) == pytest.approx(roc_auc_score(OUTCOME, said))
    weighted = average_precision_score(OUTCOME, said, sample_weight=weight)
    assert auc_pr(OUTCOME, said, weight) == pytest.approx(weighted)
    assert auc_pr(OUTCOME, said, np.stack([weight, weight]))[1] == pytest.approx(weighted)


def test_true_probabilities_have_next_to_no_calibration_error_and_shifted_ones_have() -> None:
    assert calibration_error(OUTCOME, TRUE) < 0.03
    assert calibration_error(OUTCOME, np.clip(TRUE + 0.2, 0, 1)) > 0.15
    assert brier(OUTCOME, TRUE) < brier(OUTCOME, np.clip(TRUE + 0.2, 0, 1))


def test_a_clearly_better_challenger_becomes_champion() -> None:
    verdict = judge(OUTCOME, blurred(0.1), blurred(1.5), subject=SUBJECT, segments={})
    assert verdict.promote, verdict.reason
    assert verdict.differences["auc_pr"].better


def test_a_challenger_that_is_as_good_does_not_and_the_reason_says_so() -> None:
    verdict = judge(OUTCOME, TRUE, TRUE + 1e-6, subject=SUBJECT, segments={})
    assert not verdict.promote
    assert verdict.reason.startswith("not better than the champion with confidence")


def test_a_worse_challenger_does_not() -> None:
    verdict = judge(OUTCOME, blurred(1.5), blurred(0.1), subject=SUBJECT, segments={})
    assert not verdict.promote
    assert "clearly worse" in verdict.reason


def test_better_on_the_whole_but_worse_for_a_segment_is_refused_and_named() -> None:
    few = np.arange(COUNT) % 6 == 0
    challenger = np.where(few, blurred(2.5), TRUE)
    champion = np.where(few, TRUE, blurred(2.0))
    segments = {"taxis": few, "others": ~few}
    verdict = judge(OUTCOME, challenger, champion, subject=SUBJECT, segments=segments)
    assert not verdict.promote
    assert verdict.reason == "better on the whole, clearly worse for taxis"


def test_without_a_champion_the_base_rate_is_what_must_be_beaten() -> None:
    assert judge(OUTCOME, TRUE, None, subject=SUBJECT, segments={}).promote
    useless = np.full(COUNT, OUTCOME.mean()) + 1e-9 * NOISE
    assert not judge(OUTCOME, useless, None, subject=SUBJECT, segments={}).promote


def test_one_class_only_proves_nothing() -> None:
    verdict = judge(np.ones(COUNT, dtype=bool), TRUE, None, subject=SUBJECT, segments={})
    assert verdict.reason == "the test slice has one class only"


REFERENCE = {
    "x": {"edges": [-1.0, 0.0, 1.0], "shares": spread(NOISE * 4, [-1.0, 0.0, 1.0]).tolist()}
}
TESTED = {"ece": 0.01, "auc_pr": auc_pr(OUTCOME, TRUE)}


def drift(values: np.ndarray, said: np.ndarray, came: np.ndarray) -> tuple[bool, bool, str]:
    found = check(
        names=["x"], values=values[:, None], reference=REFERENCE, said=said, came=came,
        tested=TESTED, base_rate=float(OUTCOME.mean()),
    )  # fmt: skip
    return found.data, found.concept, "; ".join(found.reasons)


def test_the_same_world_has_not_drifted() -> None:
    assert drift(NOISE * 4, TRUE, OUTCOME.astype(float)) == (False, False, "")


def test_a_moved_input_is_data_drift_and_says_which() -> None:
    data, concept, why = drift(NOISE * 4 + 2.0, TRUE, OUTCOME.astype(float))
    assert (data, concept) == (True, False)
    assert why.startswith("x has shifted")
    vanished = np.full(COUNT, np.nan)
    assert drift(vanished, TRUE, OUTCOME.astype(float))[0]


def test_what_no_longer_comes_true_is_concept_drift() -> None:
    other_world = RNG.random(COUNT) < np.clip(TRUE + 0.3, 0, 1)
    data, concept, why = drift(NOISE * 4, TRUE, other_world.astype(float))
    assert (data, concept) == (False, True)
    assert "calibration error" in why
    assert drift(NOISE * 4, RNG.permutation(TRUE), OUTCOME.astype(float))[1]


def test_too_few_predictions_say_nothing() -> None:
    assert drift(NOISE[:100] + 9.0, TRUE[:100], 1.0 - OUTCOME[:100]) == (False, False, "")
    unknown = np.full(COUNT, np.nan)
    assert drift(NOISE * 4, 1 - TRUE, unknown) == (False, False, "")


def test_the_same_spread_has_no_instability_and_an_empty_group_no_infinity() -> None:
    assert stability_index(np.array([0.5, 0.5]), np.array([0.5, 0.5])) == pytest.approx(0.0)
    assert np.isfinite(stability_index(np.array([1.0, 0.0]), np.array([0.0, 1.0])))


def test_factors_have_the_data_models_shape_most_important_first() -> None:
    answers = Answers(
        probability=np.array([0.4]),
        contributions=np.array([[0.1, -0.6, 0.3, 0.0]]),
        names=["recency", "infraction_count", "severity", "unused"],
        values=np.array([[7.0, 5.0, np.nan, 1.0]]),
    )
    assert factor_rows(answers) == [
        {
            "infraction_count": {"value": 5.0, "importance": 0.6, "effect": "lowers"},
            "severity": {"value": None, "importance": 0.3, "effect": "raises"},
            "recency": {"value": 7.0, "importance": 0.1, "effect": "raises"},
        }
    ]


@pytest.mark.parametrize(
    ("probability", "name"), [(0.1, "low"), (0.25, "medium"), (0.4, "high"), (0.7, "critical")]
)
def test_a_category_is_read_against_the_base_rate(probability: float, name: str) -> None:
    assert categories(np.array([probability, 0.01]), 0.2) == [name, "low"]


def test_calibration_rises_and_is_never_certain() -> None:
    steps = Calibration(raw=[0.2, 0.8], calibrated=[0.0, 1.0])
    assert steps.apply(np.array([0.0, 1.0])).tolist() == [0.002, 0.998]
    curve = Calibration(raw=[0.2, 0.8], calibrated=[0.1, 0.9])
    assert curve.apply(np.array([0.0, 0.5, 1.0])).tolist() == pytest.approx([0.1, 0.5, 0.9])


def test_the_simpler_model_adds_up_what_it_says_it_adds_up() -> None:
    stored = {
        "intercept": -1.0, "fill": [2.0, 0.0], "mean": [1.0, 0.0], "scale": [2.0, 1.0],
        "weight": [0.5, 1.0], "unknown": [0.25, 0.0],
    }  # fmt: skip
    model = LinearModel(stored, ["a", "b"])
    matrix = np.array([[3.0, 1.0], [np.nan, 0.0]], dtype=np.float32)
    assert model.contributions(matrix).tolist() == [[0.5, 1.0], [0.5, 0.0]]
    assert model.probability(matrix) == pytest.approx(1 / (1 + np.exp([-0.5, 0.5])))
    with pytest.raises(BadModel, match="other columns"):
        LinearModel(stored, ["a"])
    with pytest.raises(BadModel, match="not a logistic model"):
        LinearModel({"intercept": 0.0}, ["a"])


@pytest.mark.parametrize(
    ("probability", "shown"),
    [(0.998, "> 99 %"), (0.99, "99 %"), (0.5, "50 %"), (0.01, "1 %"), (0.002, "< 1 %")],
)
def test_no_risk_is_shown_as_a_certainty(probability: float, shown: str) -> None:
    assert likelihood(probability) == shown


def test_what_is_not_a_number_is_null_in_the_kept_features() -> None:
    columns = np.array([[1.5, np.nan, 1e-7], [-np.inf, np.inf, 123456789.0]], dtype=np.float32)
    rows = [json.loads(row) for row in feature_rows(columns, ["a", "nan", "50 %"])]
    assert rows == [
        {"a": 1.5, "nan": None, "50 %": 1e-7},
        {"a": None, "nan": None, "50 %": 1.23457e8},
    ]
