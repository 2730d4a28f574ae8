"""One plate out of several reads of one vehicle, or none with the reason.

A wrong plate accuses a stranger; no plate only costs a fine. So every doubt ends in None. It must
not know who read, nor where the crops came from: that they show one vehicle is the caller's word.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from enforcement.detections import VehicleClass
from enforcement.plate_grammar import (
    DEFAULT_GRAMMARS,
    PlateGrammar,
    changes,
    could_be,
    edits,
    in_force,
    log_likelihood,
    look_alikes,
    loses_a_sign,
)
from enforcement.plates import PlateRead

_LEAST_PLATE = 5


class PlateReason(StrEnum):
    """Why there is no plate; written to files, so values never change meaning."""

    NO_READS = "no_reads"
    NO_GRAMMAR = "no_grammar"
    NOT_A_PLATE = "not_a_plate"
    FEW_AGREEING_READS = "few_agreeing_reads"
    CONFLICTING_READS = "conflicting_reads"
    AMBIGUOUS_GRAMMAR = "ambiguous_grammar"
    CLOSE_SECOND = "close_second"
    UNSURE_READS = "unsure_reads"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsensusPolicy:
    """How much agreement makes a plate.

    min_agreeing: reads that must give the plate once look-alikes are settled. min_best_read: confidence
    that one of them must have: frames of one blurred plate repeat one mistake (an 8 or a 6 of the night
    read as 0, each at 0.7, was seen), so that weak reads do not add up to a strong one.
    min_confidence: lowest posterior of the whole plate. min_read_confidence: reads below are not
    counted. max_changes: a credible read further from the plate than this is another plate.
    """

    min_agreeing: int = 2
    min_best_read: float = 0.85
    min_confidence: float = 0.9
    min_read_confidence: float = 0.3
    max_changes: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateConsensus:
    """The plate as printed (ABC-123), or None with the reason.

    confidence: posterior probability of the plate given the reads and the look-alike model, with
    the reads' dependence discounted; given for refused candidates too, 0 where there is none.
    reads_used: reads that fit the grammar and voted.
    """

    plate: str | None
    confidence: float
    reason: PlateReason | None
    reads_used: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    text: str
    row: PlateGrammar
    score: float
    confidence: float


def consensus(
    reads: Sequence[PlateRead],
    vehicle_class: VehicleClass | None,
    on: date,
    *,
    grammars: Sequence[PlateGrammar] = DEFAULT_GRAMMARS,
    policy: ConsensusPolicy | None = None,
) -> PlateConsensus:
    """Vote of the reads, character by character, among plates that class and date allow.

    vehicle_class None means unknown: every class's plates are considered. `on` is the local day.
    """
    policy = policy or ConsensusPolicy()
    rows = in_force(grammars, vehicle_class, on)
    credible = [read for read in reads if read.confidence >= policy.min_read_confidence]
    if not credible:
        return _none(PlateReason.NO_READS)
    if not rows:
        return _none(PlateReason.NO_GRAMMAR)
    fitting = [read for read in credible if any(_fits(read, row) for row in rows)]
    if not fitting:
        return _none(PlateReason.NOT_A_PLATE)
    length = _heaviest_length(fitting)
    voters = [read for read in fitting if len(read.text) == length]
    best, rest = _ranked(voters, [row for row in rows if len(row.slots) == length])
    confidence = best.confidence / (1.0 + sum(math.exp(c.score - best.score) for c in rest))
    reason = _doubt(best, confidence, rest, voters, policy)
    # A stacked plate may hang on a motorcycle that the detector took for a car.
    stacked = any(read.lines > 1 for read in voters)
    rivals = in_force(grammars, None, on) if stacked else rows
    if reason is None and any(loses_a_sign(row, best.row) for row in rivals):
        reason = PlateReason.AMBIGUOUS_GRAMMAR
    if _conflict(best, voters, credible, rows, policy):
        reason = PlateReason.CONFLICTING_READS
    return PlateConsensus(
        plate=None if reason else best.row.printed(best.text),
        confidence=confidence,
        reason=reason,
        reads_used=len(voters),
    )


def _none(reason: PlateReason) -> PlateConsensus:
    return PlateConsensus(plate=None, confidence=0.0, reason=reason, reads_used=0)


def _fits(read: PlateRead, row: PlateGrammar) -> bool:
    return (row.lines is None or row.lines == read.lines) and could_be(read.text, row)


def _weight(read: PlateRead) -> float:
    return read.confidence * read.crop_quality


def _heaviest_length(reads: Sequence[PlateRead]) -> int:
    total: dict[int, float] = {}
    for read in reads:
        total[len(read.text)] = total.get(len(read.text), 0.0) + _weight(read)
    return max(sorted(total), key=lambda length: total[length])


def _ranked(
    voters: Sequence[PlateRead], rows: Sequence[PlateGrammar]
) -> tuple[_Candidate, list[_Candidate]]:
    """Best candidate, and the best of each other row that says something else."""
    candidates = [
        _candidate([read for read in voters if _fits(read, row)], voters, row)
        for row in rows
        if any(_fits(read, row) for read in voters)
    ]
    best = max(candidates, key=lambda candidate: (candidate.score, candidate.text))
    others = {c.text: c for c in candidates if c.text != best.text}
    return best, [others[text] for text in sorted(others)]


def _candidate(
    fitting: Sequence[PlateRead], voters: Sequence[PlateRead], row: PlateGrammar
) -> _Candidate:
    text, score, confidence = "", 0.0, 1.0
    for position, slot in enumerate(row.slots):
        said = frozenset().union(*(look_alikes(read.text[position]) for read in fitting))
        support = {sign: _support(sign, position, voters) for sign in sorted(said & set(slot))}
        sign = max(support, key=lambda s: support[s])
        text += sign
        score += support[sign]
        confidence /= sum(math.exp(value - support[sign]) for value in support.values())
    return _Candidate(text, row, score, confidence)


def _support(sign: str, position: int, voters: Sequence[PlateRead]) -> float:
    """Log-likelihood of a sign, discounted: n frames of one vehicle are worth sqrt(n) reads."""
    quality = [max(read.crop_quality, 1e-3) for read in voters]
    total = sum(
        weight * log_likelihood(read.text[position], sign, read.char_confidence[position])
        for read, weight in zip(voters, quality, strict=True)
    )
    return total / sum(quality) * math.sqrt(len(voters))


def _doubt(
    best: _Candidate,
    confidence: float,
    rest: Sequence[_Candidate],
    voters: Sequence[PlateRead],
    policy: ConsensusPolicy,
) -> PlateReason | None:
    agreeing = [read.confidence for read in voters if _agrees(read.text, best.text)]
    if len(agreeing) < policy.min_agreeing:
        return PlateReason.FEW_AGREEING_READS
    if max(agreeing, default=0.0) < policy.min_best_read:
        return PlateReason.UNSURE_READS
    if confidence >= policy.min_confidence:
        return None
    second = max((c.score for c in rest), default=-math.inf)
    either_way = best.confidence >= policy.min_confidence and second > -math.inf
    return PlateReason.AMBIGUOUS_GRAMMAR if either_way else PlateReason.CLOSE_SECOND


def _conflict(
    best: _Candidate,
    voters: Sequence[PlateRead],
    credible: Sequence[PlateRead],
    rows: Sequence[PlateGrammar],
    policy: ConsensusPolicy,
) -> bool:
    """Whether another plate was read: far from this one, or of another length that fits."""
    if any(changes(read.text, best.text) > policy.max_changes for read in voters):
        return True
    others = [read for read in credible if len(read.text) != len(best.text)]
    return any(
        any(_fits(read, row) for row in rows)
        or (_plate_like(read.text) and edits(read.text, best.text) > policy.max_changes + 1)
        for read in others
    )


def _plate_like(text: str) -> bool:
    """Letters and digits together, as no name on a boot lid has."""
    return len(text) >= _LEAST_PLATE and not text.isalpha() and not text.isdigit()


def _agrees(text: str, plate: str) -> bool:
    return all(true in look_alikes(sign) for sign, true in zip(text, plate, strict=True))
