"""CTC decoding folded onto plate signs."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.plate_ctc import PlateAlphabet, best_path, log_probability
from enforcement.plate_grammar import ALPHABET

BLANK = len(ALPHABET)


def steps(signs: str, sure: float = 0.9) -> np.ndarray:
    folded = np.full((len(signs), BLANK + 1), (1 - sure) / BLANK)
    for row, sign in zip(folded, signs, strict=True):
        row[BLANK if sign == "_" else ALPHABET.index(sign)] = sure
    return folded


@pytest.mark.parametrize(
    ("path", "text"), [("AAB", "AB"), ("A_AB", "AAB"), ("__", ""), ("_1_1_", "11"), ("AB_B", "ABB")]
)
def test_repeats_collapse_unless_a_blank_parts_them(path: str, text: str) -> None:
    decoded, sure = best_path(steps(path))
    assert decoded == text
    assert len(sure) == len(text)


def test_lower_case_counts_for_upper_and_other_script_for_blank() -> None:
    alphabet = PlateAlphabet.of(["blank", "a", "A", "京", "7", "·", " "])
    folded = alphabet.fold(np.array([[0.0, 0.3, 0.4, 0.1, 0.1, 0.1, 0.0]]))
    assert folded[0, ALPHABET.index("A")] == pytest.approx(0.7)
    assert folded[0, ALPHABET.index("7")] == pytest.approx(0.1)
    assert folded[0, BLANK] == pytest.approx(0.2)
    assert folded.sum() == pytest.approx(1.0)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.floats(0.05, 1.0), min_size=3, max_size=3), min_size=1, max_size=5))
def test_probability_of_a_text_is_the_sum_over_its_paths(weights: list[list[float]]) -> None:
    folded = np.full((len(weights), BLANK + 1), 1e-9)
    columns = [ALPHABET.index("A"), ALPHABET.index("B"), BLANK]
    folded[:, columns] = np.array(weights) / np.sum(weights, axis=1, keepdims=True)
    for text in ("", "A", "AB", "AA"):
        paths = itertools.product(range(3), repeat=len(weights))
        total = sum(
            math.prod(folded[t, columns[s]] for t, s in enumerate(path))
            for path in paths
            if best_path(steps("".join("AB_"[s] for s in path)))[0] == text
        )
        if total > 0:
            assert log_probability(folded, text) == pytest.approx(math.log(total), rel=1e-3)
