"""Consensus of plate reads: agreement makes a plate, any doubt makes none."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enforcement.detections import VehicleClass
from enforcement.plate_consensus import ConsensusPolicy, PlateReason, consensus
from enforcement.plate_grammar import ALPHABET, DEFAULT_GRAMMARS, in_force
from enforcement.plates import PlateRead, own_reads

DAY = date(2026, 3, 1)
CAR, MOTORCYCLE = VehicleClass.CAR, VehicleClass.MOTORCYCLE


def read(text: str, sure: float = 0.95, **more: object) -> PlateRead:
    return PlateRead(
        text=text,
        confidence=sure,
        char_confidence=(sure,) * len(text),
        xyxy=(0.0, 0.0, 60.0, 15.0),
        **more,  # type: ignore[arg-type]
    )


def reads(*texts: str) -> list[PlateRead]:
    return [read(text) for text in texts]


def test_reads_that_agree_make_the_plate_as_printed() -> None:
    result = consensus(reads("AKC123", "AKC123", "AKC123"), CAR, DAY)
    assert (result.plate, result.reason, result.reads_used) == ("AKC-123", None, 3)
    assert result.confidence > 0.99


def test_a_digit_in_second_place_is_a_plate_too() -> None:
    assert consensus(reads("A7B234", "A7B234"), CAR, DAY).plate == "A7B-234"


@pytest.mark.parametrize(
    ("read_as", "plate"),
    [("A8C123", None), ("OBC12O", "OBC-120"), ("4BCI23", "ABC-123"), ("ABC8Z5", "ABC-825")],
)
def test_look_alikes_are_settled_only_where_the_grammar_forces_the_kind(
    read_as: str, plate: str | None
) -> None:
    result = consensus(reads(read_as, read_as, "A8C123" if plate is None else read_as), CAR, DAY)
    assert result.plate == (plate or "A8C-123")


def test_a_place_that_takes_both_kinds_and_was_read_both_ways_is_no_plate() -> None:
    result = consensus(reads("A8C123", "ABC123", "A8C123", "ABC123"), CAR, DAY)
    assert (result.plate, result.reason) == (None, PlateReason.AMBIGUOUS_GRAMMAR)


@pytest.mark.parametrize("text", ["A8C123", "ABC123", "A5C123", "ASC123", "A2C123", "A1C123"])
def test_where_both_kinds_may_stand_a_look_alike_needs_many_reads_and_no_dissent(text: str) -> None:
    assert consensus(reads(text, text), CAR, DAY).plate is None
    assert consensus(reads(text, text, text, text), CAR, DAY).plate == f"{text[:3]}-{text[3:]}"


def test_a_letter_o_where_a_zero_may_stand_is_never_taken_on_trust() -> None:
    result = consensus(reads(*["AOC123"] * 4), CAR, DAY)
    assert (result.plate, result.reason) == (None, PlateReason.AMBIGUOUS_GRAMMAR)


def test_one_read_is_no_plate_however_sure() -> None:
    result = consensus([read("ABC123", 0.99)], CAR, DAY)
    assert (result.plate, result.reason) == (None, PlateReason.FEW_AGREEING_READS)


def test_a_second_vehicles_plate_among_the_reads_refuses() -> None:
    result = consensus(reads("ABC123", "ABC123", "ABC123", "XYZ987"), CAR, DAY)
    assert (result.plate, result.reason) == (None, PlateReason.CONFLICTING_READS)


def test_half_a_second_vehicles_plate_refuses_but_a_makers_name_does_not() -> None:
    half = consensus(reads("AKC123", "AKC123", "AKC123", "XYZ98"), CAR, DAY)
    assert (half.plate, half.reason) == (None, PlateReason.CONFLICTING_READS)
    assert consensus(reads("AKC123", "AKC123", "AKC123", "FELICIA"), CAR, DAY).plate == "AKC-123"
    assert consensus(reads("AKC123", "AKC123", "AKC123", "KC123"), CAR, DAY).plate == "AKC-123"


def test_one_differing_character_is_outvoted_but_a_tie_is_not() -> None:
    assert consensus(reads("ABC123", "ABC123", "ABC128"), CAR, DAY).plate == "ABC-123"
    tie = consensus(reads("ABC123", "ABC123", "ABC128", "ABC128"), CAR, DAY)
    assert (tie.plate, tie.reason) == (None, PlateReason.CLOSE_SECOND)


def test_no_reads_and_dim_reads_are_no_plate() -> None:
    assert consensus([], CAR, DAY).reason is PlateReason.NO_READS
    assert consensus([read("ABC123", 0.1)] * 3, CAR, DAY).reason is PlateReason.NO_READS


def test_text_that_is_no_plate_is_none() -> None:
    assert consensus(reads("TAXI", "TAXI"), CAR, DAY).reason is PlateReason.NOT_A_PLATE
    assert consensus(reads("123456", "123456"), CAR, DAY).reason is PlateReason.NOT_A_PLATE


def test_a_new_motorcycle_plate_needs_its_date_and_its_two_lines() -> None:
    two = [read("ABC1234", lines=2)] * 3
    assert consensus(two, MOTORCYCLE, date(2025, 12, 17)).plate == "ABC-1234"
    assert consensus(two, MOTORCYCLE, date(2025, 12, 16)).plate is None
    assert consensus(reads("ABC1234", "ABC1234"), MOTORCYCLE, DAY).plate is None
    assert consensus(two, CAR, DAY).plate is None


def test_an_old_motorcycle_plate_is_read_by_its_own_pattern() -> None:
    assert consensus(reads("12345A", "12345A"), MOTORCYCLE, DAY).plate == "1234-5A"
    assert consensus(reads("12345A", "12345A"), CAR, DAY).plate is None


def test_reads_of_two_lengths_that_both_fit_are_a_conflict() -> None:
    mixed = [read("ABC1234", lines=2), read("ABC1234", lines=2), read("ABC123", lines=2)]
    assert consensus(mixed, MOTORCYCLE, DAY).reason is PlateReason.CONFLICTING_READS


def test_a_short_plate_that_may_be_a_longer_one_with_a_sign_lost_is_no_plate() -> None:
    result = consensus([read("AKC123", lines=2)] * 4, MOTORCYCLE, DAY)
    assert (result.plate, result.reason) == (None, PlateReason.AMBIGUOUS_GRAMMAR)
    assert consensus([read("AKC123", lines=2)] * 4, CAR, DAY).plate is None
    assert consensus(reads(*["AKC123"] * 4), CAR, DAY).plate == "AKC-123"


def test_without_rows_there_is_no_plate() -> None:
    result = consensus(reads("ABC123", "ABC123"), CAR, DAY, grammars=())
    assert result.reason is PlateReason.NO_GRAMMAR


def test_a_stricter_policy_wants_more_reads() -> None:
    policy = ConsensusPolicy(min_agreeing=3)
    assert consensus(reads("ABC123", "ABC123"), CAR, DAY, policy=policy).plate is None


def test_a_plate_inside_another_vehicles_box_is_dropped() -> None:
    mine = read("ABC123")
    kept = own_reads([mine], (100.0, 100.0), (90, 90, 300, 300), [(400, 90, 500, 200)])
    assert kept == (mine,)
    assert own_reads([mine], (100.0, 100.0), (90, 90, 300, 300), [(110, 90, 500, 200)]) == ()
    assert own_reads([mine], (400.0, 100.0), (90, 90, 300, 300), []) == ()


texts = st.text(alphabet=ALPHABET, min_size=5, max_size=7)
some_reads = st.lists(
    st.builds(read, texts, st.floats(0.0, 1.0), lines=st.sampled_from([1, 2])), max_size=6
)


@settings(max_examples=60, deadline=None)
@given(some_reads, st.sampled_from([*VehicleClass, None]))
def test_whatever_is_read_a_plate_obeys_a_row_in_force(
    drawn: list[PlateRead], vehicle_class: VehicleClass | None
) -> None:
    result = consensus(drawn, vehicle_class, DAY)
    assert (result.plate is None) == (result.reason is not None)
    assert 0.0 <= result.confidence <= 1.0
    if result.plate is not None:
        bare = result.plate.replace("-", "")
        assert any(row.accepts(bare) for row in in_force(DEFAULT_GRAMMARS, vehicle_class, DAY))
        assert result.reads_used >= 2


@settings(max_examples=60, deadline=None)
@given(some_reads, st.randoms(use_true_random=False))
def test_the_order_of_the_reads_does_not_matter(drawn: list[PlateRead], random: object) -> None:
    shuffled = list(drawn)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = consensus(drawn, CAR, DAY), consensus(shuffled, CAR, DAY)
    assert (first.plate, first.reason) == (second.plate, second.reason)


plates = st.from_regex(r"[A-Z][A-Z2-9][A-Z][0-9]{3}", fullmatch=True)


@settings(max_examples=60, deadline=None)
@given(plates, plates)
def test_equal_numbers_of_reads_of_two_plates_are_no_plate(one: str, other: str) -> None:
    if one != other:
        assert consensus(reads(one, other, one, other), CAR, DAY).plate is None


def test_reads_of_one_blurred_plate_that_are_all_unsure_do_not_make_it_sure() -> None:
    """Seen at night: ALK-674 read twice as ALK074, each time at 0.7."""
    result = consensus([read("ALK074", 0.7), read("ALK074", 0.71)], CAR, DAY)
    assert (result.plate, result.reason) == (None, PlateReason.UNSURE_READS)
    assert consensus([read("ALK074", 0.7), read("ALK074", 0.9)], CAR, DAY).plate == "ALK-074"
