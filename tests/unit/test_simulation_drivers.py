"""The generator's own probabilities come true, and what it makes could not be taken for real."""

from __future__ import annotations

import numpy as np

from enforcement.model_scores import auc_pr, calibration_error
from enforcement.risk_history import YEAR_S, outcomes
from jobs.risk.simulated_rows import tables
from simulation import driver_truth
from simulation.driver_records import record
from simulation.driving import drive
from tests.fixtures.risk import driven, instants_at, records


def judged_events() -> np.ndarray:
    of = driven(20_000, 261, 5)
    last = of.begin_s + of.weeks * 7 * 86_400.0 - YEAR_S
    return np.flatnonzero((of.events.at_s > of.begin_s + YEAR_S) & (of.events.at_s < last))


def test_recidivism_comes_as_often_as_the_generator_says() -> None:
    of, events = driven(20_000, 261, 5), judged_events()
    instants = instants_at(of, of.events.driver[events], of.events.at_s[events])
    came = outcomes(of.events.driver, of.events.at_s, instants)
    said = driver_truth.recidivism(of, events)
    assert calibration_error(came, said) < 0.02
    assert auc_pr(came, said) > came.mean() + 0.15


def test_accidents_come_as_often_as_the_generator_says() -> None:
    of, events = driven(20_000, 261, 5), judged_events()
    instants = instants_at(of, of.events.driver[events], of.events.at_s[events])
    came = outcomes(of.accident_driver, of.accident_s, instants)
    said = driver_truth.accidents(of, events, seed=1, futures=12)
    assert calibration_error(came, said) < 0.02
    assert auc_pr(came, said) > 1.5 * came.mean()


def test_the_same_seed_makes_the_same_and_another_another() -> None:
    one, same, other = (drive(count=500, weeks=60, begin_s=0.0, seed=s) for s in (1, 1, 2))
    assert np.array_equal(one.events.at_s, same.events.at_s)
    assert np.array_equal(record(one, seed=1).verdict_s, record(same, seed=1).verdict_s)
    assert not np.array_equal(one.events.at_s, other.events.at_s)


def test_nobody_commits_an_infraction_before_the_first_licence() -> None:
    of = driven()
    assert (of.events.at_s > of.drivers.licensed_s[of.events.driver]).all()


def test_cameras_err_and_people_mostly_see_it() -> None:
    kept = records()
    false = kept.event < 0
    assert 0.02 < false.mean() < 0.08
    decided = false & np.isfinite(kept.verdict_s)
    assert (~kept.validated[decided]).mean() > 0.7
    assert np.isfinite(kept.cancelled_s[kept.validated & false]).mean() > 0.8


def test_every_simulated_row_says_so() -> None:
    for name, columns in tables(driven(), records(), seed=3, plates={}):
        if name == "infraction_transitions":
            assert set(columns["username"].to_pylist()) == {"simulated"}
        elif name == "zones":
            assert all(one.startswith("SIM3-") for one in columns["id"].to_pylist())
        else:
            assert all('"simulated": true' in one for one in columns["metadata"].to_pylist())
