"""Features are of the instant: nothing that came later is in them, and both sides make the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from enforcement import risk_features, risk_history
from enforcement.errors import BadInput
from enforcement.risk_features import NAMES, features
from enforcement.risk_history import DAY_S, YEAR_S, History, Instants, Pairs, outcomes
from enforcement.risk_sequence import STEP_NAMES, occlusions, sequences
from tests.fixtures.risk import BEGIN_S, driven, history_of, instants_at, records

NOW = 1_700_000_000.0


def one_instant(at_s: float = NOW) -> Instants:
    return Instants(
        subject=np.array([0]),
        at_s=np.array([at_s]),
        licensed_s=np.array([NOW - 10 * YEAR_S]),
        licence=np.array([0]),
        observed_since_s=NOW - 2 * YEAR_S,
    )


def by_name(history: History, at_s: float = NOW) -> dict[str, float]:
    return dict(zip(NAMES, features(history, one_instant(at_s))[0].tolist(), strict=True))


def assert_same(a: np.ndarray, b: np.ndarray) -> None:
    np.testing.assert_array_equal(a, b)


def leaks(history: History) -> bool:
    """Whether any feature or step changes when everything after an instant is taken away."""
    of = driven()
    everyone = np.arange(len(of.drivers))
    for share in np.linspace(0.3, 0.95, 14):
        at_s = BEGIN_S + share * of.weeks * 7 * DAY_S
        there = instants_at(of, everyone, np.full(len(everyone), at_s))
        then = history.until(at_s)
        if not np.array_equal(features(history, there), features(then, there), equal_nan=True):
            return True
        if not np.array_equal(sequences(history, there).steps, sequences(then, there).steps):
            return True
    return False


def test_nothing_that_came_after_the_instant_is_in_a_feature() -> None:
    assert not leaks(records().history())


@pytest.mark.parametrize("leak", ["verdicts", "detections", "appeals"])
def test_a_planted_leak_is_seen(leak: str, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = risk_history.pairs_of

    def looks_ahead(history: History, instants: Instants) -> Pairs:
        if leak == "verdicts":  # counts a verdict before it is given
            pairs = honest(history, instants)
            return replace(pairs, stands=np.isfinite(history.known_s[pairs.row]))
        if leak == "appeals":  # knows which will be cancelled
            gone = np.where(np.isfinite(history.ended_s), history.detected_s, np.inf)
            return honest(replace(history, ended_s=gone), instants)
        later = replace(instants, at_s=instants.at_s + 30 * DAY_S)
        return honest(history, later)

    monkeypatch.setattr(risk_features, "pairs_of", looks_ahead)
    assert leaks(records().history())


def test_ten_thousand_drivers_have_the_same_features_one_by_one_as_all_together() -> None:
    of, kept = driven(10_000, 130, 9), records(10_000, 130, 9)
    history = kept.history()
    everyone = np.arange(10_000)
    at_s = np.full(10_000, BEGIN_S + 128 * 7 * DAY_S)
    together = features(history, instants_at(of, everyone, at_s))
    rng = np.random.default_rng(1)
    for part in np.array_split(rng.permutation(everyone), 97):
        # As a replica sees them: only the rows of who is asked about, numbered anew.
        asked = np.sort(part)
        rows = np.isin(history.subject, asked)
        few = History(
            **{
                name: getattr(history, name)[rows]
                for name in History.__slots__
                if name != "subject"
            },
            subject=np.searchsorted(asked, history.subject[rows]),
        )
        instants = replace(
            instants_at(of, asked, at_s[: len(asked)]), subject=np.arange(len(asked))
        )
        assert_same(features(few, instants), together[asked])


def test_counts_are_of_what_was_validated_by_then() -> None:
    history = history_of(
        detected_s=[NOW - 400 * DAY_S, NOW - 100 * DAY_S, NOW - 20 * DAY_S, NOW],
        known_s=[NOW - 390 * DAY_S, NOW - 90 * DAY_S, NOW - 10 * DAY_S, NOW + DAY_S],
    )
    found = by_name(history)
    assert found["infraction_count"] == 3
    assert (found["count_90d"], found["count_365d"], found["count_730d"]) == (1, 2, 3)
    assert found["undecided_count"] == 1
    assert found["days_since_last"] == pytest.approx(20)
    assert found["days_since_one_before"] == pytest.approx(100)
    assert found["days_since_detection"] == 0


def test_a_rejected_or_cancelled_one_is_no_infraction_from_then_on() -> None:
    cancelled = {"detected_s": [NOW - 50 * DAY_S], "known_s": [NOW - 40 * DAY_S]}
    history = history_of(**cancelled, ended_s=[NOW - 5 * DAY_S])
    assert by_name(history, NOW - 6 * DAY_S)["infraction_count"] == 1
    assert by_name(history)["infraction_count"] == 0


def test_what_is_unknown_is_nan_and_not_a_number_that_means_something() -> None:
    found = by_name(history_of(detected_s=[NOW + DAY_S]))
    assert found["infraction_count"] == 0
    assert all(
        np.isnan(found[name]) for name in ("days_since_last", "excess_mean_kmh", "night_share")
    )
    nameless = features(history_of(detected_s=[NOW - DAY_S]), one_instant().nameless())[0]
    assert np.isnan(nameless[NAMES.index("experience_years")])


def test_age_and_sex_are_not_among_the_features() -> None:
    assert not {"age", "sex", "gender", "address", "birth"} & {
        word for name in (*NAMES, *STEP_NAMES) for word in name.split("_")
    }


def test_outcomes_are_of_the_twelve_months_after_and_of_the_same_subject() -> None:
    instants = replace(
        one_instant(), subject=np.array([0, 1, 2, 3]), at_s=np.full(4, NOW),
        licensed_s=np.zeros(4), licence=np.zeros(4, dtype=np.int64),
    )  # fmt: skip
    events = np.array([NOW, NOW + 1.0, NOW + YEAR_S, NOW + YEAR_S + 1.0])
    assert outcomes(np.arange(4), events, instants).tolist() == [False, True, True, False]
    assert not outcomes(np.array([], dtype=np.int64), np.array([]), instants).any()


def test_the_latest_step_is_last_and_empty_steps_come_first() -> None:
    history = history_of(
        detected_s=[NOW - 30 * DAY_S, NOW - 10 * DAY_S], kind=[1, 4], excess_kmh=[np.nan, np.nan]
    )
    steps = sequences(history, one_instant()).steps[0]
    assert steps[:, 0].tolist() == [0.0] * 6 + [1.0, 1.0]
    assert steps[-1, STEP_NAMES.index("phone_usage")] == 1
    assert steps[-1, STEP_NAMES.index("years_before")] == pytest.approx(10 / 365)
    assert steps[-1, STEP_NAMES.index("gap_years")] == pytest.approx(20 / 365)


def test_leaving_a_kind_out_is_as_if_it_had_never_been() -> None:
    both = history_of(
        detected_s=[NOW - 300 * DAY_S, NOW - 10 * DAY_S], kind=[1, 0], known_s=[NOW, NOW]
    )
    alone = history_of(detected_s=[NOW - 10 * DAY_S], known_s=[NOW])
    without, count = occlusions(sequences(both, one_instant()))["infractions_red_light"]
    assert count.tolist() == [1.0]
    expected = sequences(alone, one_instant()).steps
    gaps = [STEP_NAMES.index(name) for name in ("gap_years", "closeness")]
    assert_same(np.delete(without.steps, gaps, axis=2), np.delete(expected, gaps, axis=2))


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"detected_s": [2.0, 1.0]}, "not ordered"),
        ({"detected_s": [1.0], "known_s": [0.5]}, "a verdict before its detection"),
        ({"detected_s": [1.0, 2.0], "kind": [0]}, "different lengths"),
    ],
)
def test_columns_that_are_no_history_are_refused(
    columns: dict[str, list[float]], words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        history_of(**columns)
