"""Grammar rows: what they accept, when, and which rows are refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enforcement.detections import VehicleClass
from enforcement.errors import BadInput
from enforcement.plate_grammar import (
    ALPHABET,
    DEFAULT_GRAMMARS,
    PlateGrammar,
    in_force,
    log_likelihood,
    look_alikes,
    normalise,
)

CARS = frozenset({VehicleClass.CAR})


@pytest.mark.parametrize("pattern", ["", "-", "LLX-NNN", "lll-nnn"])
def test_a_pattern_of_unknown_signs_is_refused(pattern: str) -> None:
    with pytest.raises(BadInput, match="plate grammar"):
        PlateGrammar(pattern=pattern, vehicle_classes=CARS)


def test_a_row_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(BadInput, match="ends before"):
        PlateGrammar(
            pattern="LN",
            vehicle_classes=CARS,
            valid_from=date(2026, 1, 2),
            valid_to=date(2026, 1, 1),
        )


def test_letters_out_of_use_are_not_accepted() -> None:
    row = PlateGrammar(pattern="LN", vehicle_classes=CARS, letters="ABC")
    assert row.accepts("A1")
    assert not row.accepts("O1")


def test_every_class_has_a_default_row_today_and_its_source() -> None:
    for vehicle_class in VehicleClass:
        assert in_force(DEFAULT_GRAMMARS, vehicle_class, date(2026, 6, 1))
    assert all(row.source for row in DEFAULT_GRAMMARS)


@settings(max_examples=40, deadline=None)
@given(st.dates(date(2024, 1, 1), date(2028, 1, 1)), st.integers(0, 400))
def test_a_row_applies_from_its_first_day_to_its_last(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    row = PlateGrammar(pattern="LN", vehicle_classes=CARS, valid_from=start, valid_to=end)
    assert row.applies(VehicleClass.CAR, start)
    assert row.applies(VehicleClass.CAR, end)
    assert not row.applies(VehicleClass.CAR, start - timedelta(days=1))
    assert not row.applies(VehicleClass.CAR, end + timedelta(days=1))
    assert not row.applies(VehicleClass.BUS, start)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=12))
def test_normalised_text_holds_plate_signs_only_and_stays_itself(text: str) -> None:
    once = normalise(text)
    assert not set(once) - set(ALPHABET)
    assert normalise(once) == once


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ALPHABET), st.sampled_from(ALPHABET))
def test_looking_alike_is_mutual_and_never_likelier_than_a_sure_read(a: str, b: str) -> None:
    assert (a in look_alikes(b)) == (b in look_alikes(a))
    if a != b:
        assert log_likelihood(a, b, 0.98) < log_likelihood(a, a, 0.98)
