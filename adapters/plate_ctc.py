"""From a recogniser's letter probabilities over time to a plate text, and back to its likelihood.

Pure arithmetic shared by plate readers whose network ends in CTC. It must not know which network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from enforcement.detections import FloatArray, IntArray
from enforcement.plate_grammar import ALPHABET

_FLOOR = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateAlphabet:
    """How a network's own symbols fold onto A to Z and 0 to 9.

    columns: (K,) network symbols that a plate can show, either case. sign: (K,) index in ALPHABET
    of each. All other symbols count as blank: separators, bands, foreign script.
    """

    columns: IntArray
    sign: IntArray

    @classmethod
    def of(cls, symbols: Sequence[str]) -> PlateAlphabet:
        """symbols: the network's output symbols in order, the blank among them."""
        pairs = [
            (column, ALPHABET.index(symbol.upper()))
            for column, symbol in enumerate(symbols)
            if len(symbol) == 1 and symbol.isascii() and symbol.isalnum()
        ]
        return cls(
            columns=np.array([column for column, _ in pairs], np.int64),
            sign=np.array([sign for _, sign in pairs], np.int64),
        )

    def fold(self, probabilities: FloatArray) -> FloatArray:
        """(T, symbols) probabilities to (T, 37): 36 plate signs, then blank."""
        folded = np.zeros((probabilities.shape[0], len(ALPHABET) + 1))
        np.add.at(folded.T, self.sign, probabilities[:, self.columns].T)
        folded[:, -1] = np.clip(1.0 - folded[:, :-1].sum(axis=1), 0.0, 1.0)
        return folded


def best_path(folded: FloatArray) -> tuple[str, tuple[float, ...]]:
    """Greedy CTC text and, per character, the largest probability over the steps that showed it."""
    text: list[str] = []
    sure: list[float] = []
    previous = len(ALPHABET)
    for step, sign in enumerate(folded.argmax(axis=1)):
        if sign == len(ALPHABET):
            previous = sign
            continue
        probability = float(min(folded[step, sign], 1.0))
        if sign != previous:
            text.append(ALPHABET[sign])
            sure.append(probability)
        else:
            sure[-1] = max(sure[-1], probability)
        previous = sign
    return "".join(text), tuple(sure)


def log_probability(folded: FloatArray, text: str) -> float:
    """log P(text | steps), summed over all CTC alignments.

    Graves et al. 2006, Connectionist Temporal Classification, section 4.1.
    """
    blank = len(ALPHABET)
    labels = np.full(2 * len(text) + 1, blank)
    labels[1::2] = [ALPHABET.index(sign) for sign in text]
    emit = np.log(np.clip(folded[:, labels], _FLOOR, 1.0))
    skip = np.zeros(len(labels), bool)
    skip[3::2] = labels[3::2] != labels[1:-2:2]
    alpha = np.full(len(labels), -np.inf)
    alpha[:2] = emit[0, :2]
    for row in emit[1:]:
        moved = alpha.copy()
        moved[1:] = np.logaddexp(moved[1:], alpha[:-1])
        moved[2:] = np.where(skip[2:], np.logaddexp(moved[2:], alpha[:-2]), moved[2:])
        alpha = moved + row
    return float(np.logaddexp.reduce(alpha[-2:]))
