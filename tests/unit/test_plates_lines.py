"""Rows of text that could be plates, by shape."""

from __future__ import annotations

import numpy as np

from adapters.plate_lines import TextRow, missing_half, plate_reads, plausible_rows
from enforcement.detections import Float32Array


def quad(left: float, top: float, width: float, height: float) -> Float32Array:
    right, bottom = left + width, top + height
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)


def row(text: str, where: Float32Array, sure: float = 0.9) -> TextRow:
    return TextRow(quad=where, text=text, sure=(sure,) * len(text))


def test_a_row_of_a_plates_size_comes_before_a_banner() -> None:
    plate, banner = quad(250, 300, 100, 30), quad(0, 20, 590, 80)
    assert np.array_equal(plausible_rows([banner, plate], [0.9, 0.9], 600)[0], plate)


def test_steep_tiny_and_endless_rows_are_left_out() -> None:
    steep = np.array([[0, 0], [50, 90], [30, 100], [-20, 10]], np.float32)
    rows = [steep, quad(0, 0, 20, 4), quad(0, 0, 500, 20)]
    assert plausible_rows(rows, [0.9] * 3, 600) == []


def test_a_square_block_is_taken_for_two_rows() -> None:
    top, low = plausible_rows([quad(100, 100, 80, 80)], [0.9], 480)
    assert top[:, 1].max() < low[:, 1].max()
    assert top[:, 1].min() >= 100
    assert low[:, 1].max() <= 180


def test_two_stacked_rows_are_one_plate_and_beat_their_halves() -> None:
    rows = [row("4827", quad(100, 140, 80, 38)), row("KLM", quad(102, 100, 74, 38))]
    reads = plate_reads(rows)
    assert [(read.text, read.lines) for read in reads] == [("KLM4827", 2), ("4827", 1)]
    assert reads[0].xyxy == (100, 100, 180, 178)


def test_rows_side_by_side_are_not_stacked() -> None:
    rows = [row("4827", quad(300, 140, 80, 38)), row("KLM", quad(100, 100, 74, 38))]
    assert all(read.lines == 1 for read in plate_reads(rows))


def test_a_word_comes_after_a_plate() -> None:
    rows = [row("FELICIA", quad(100, 20, 90, 20), 0.99), row("SI819AK", quad(100, 90, 110, 25))]
    assert [read.text for read in plate_reads(rows)] == ["SI819AK", "FELICIA"]


def test_half_a_stacked_plate_says_where_the_other_half_is() -> None:
    lower, upper = quad(100, 140, 80, 38), quad(100, 100, 80, 38)
    assert missing_half([row("4827", lower)])[:, 1].max() < 150  # type: ignore[index]
    assert missing_half([row("KLM", upper)])[:, 1].min() > 130  # type: ignore[index]
    assert missing_half([row("4827", lower), row("KLM", upper)]) is None
    assert missing_half([row("ABC123", lower)]) is None
    assert missing_half([]) is None
