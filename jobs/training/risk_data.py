"""What a risk model is trained, calibrated and judged on: instants, outcomes and their slices of time.

    warm-up | train | calibrate | outcomes become known | test | outcomes of the test

Training ends before the test slice begins by as much as an outcome takes to be known, as in real life; what
stops training early and what calibrates have drivers of their own. It must not know any model.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from enforcement.errors import BadInput
from enforcement.risk_history import DAY_S, HORIZON_S, Floats, Instants, Ints, outcomes
from schema.risk_reading import Record

Bools = NDArray[np.bool_]

_SLICE_S: Final = 182.0 * DAY_S
_WARM_UP_S: Final = 182.0 * DAY_S
_LEAST_TRAIN_S: Final = 182.0 * DAY_S
_LEAST_POSITIVE: Final = 25
_NAMELESS: Final = 0.15
"""Of the training rows, shown without the driver: a vehicle may have to be judged by its plate alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSet:
    """(m,) instants and outcomes. train, stop, calibrate, test: (m,) who belongs to which slice.

    at_infraction: (m,) an infraction's own instant; else one drawn at random, one for each driver.
    row: (m,) index of that infraction in the history, -1 else. digest: of all that was read.
    """

    record: Record
    instants: Instants
    outcome: Bools
    train: Bools
    stop: Bools
    calibrate: Bools
    test: Bools
    at_infraction: Bools
    row: Ints
    digest: str

    def __len__(self) -> int:
        return len(self.instants)

    def judged(self) -> Bools:
        """(m,) the test at infractions, where the product says a risk."""
        return self.test & self.at_infraction


def training_set(
    record: Record, event_subject: Ints, event_s: Floats, *, as_of_s: float, seed: int, what: str
) -> TrainingSet:
    """Slices of a record for outcomes that are these events.

    as_of_s: now; everything is known up to then or the last detection. what: name of the outcome, for the
    messages. Raises BadInput for a history that is empty, too short, in the future, or of one class only.
    """
    history = record.history
    if not len(history):
        raise BadInput("the history is empty: no infraction of an identified driver")
    if history.detected_s.max() > as_of_s or (len(event_s) and event_s.max() > as_of_s):
        raise BadInput("the history has dates in the future")
    # Where cameras have stopped, what came afterwards is not known.
    as_of_s = min(as_of_s, float(history.detected_s.max()))
    begin_s = record.observed_since_s + _WARM_UP_S
    last_s = as_of_s - HORIZON_S
    test_s, known_s = last_s - _SLICE_S, last_s - _SLICE_S - HORIZON_S
    if known_s - _SLICE_S - begin_s < _LEAST_TRAIN_S:
        months = (as_of_s - record.observed_since_s) / DAY_S / 30.4
        raise BadInput(f"the history is too short: {months:.0f} months, 48 are needed")
    instants, row = _instants(record, begin_s, last_s, seed)
    outcome = outcomes(event_subject, event_s, instants)
    group = _group(record)[instants.subject]
    between = (instants.at_s > known_s - _SLICE_S) & (instants.at_s <= known_s)
    made = TrainingSet(
        record=record,
        instants=_shown(instants, seed, test_s),
        outcome=outcome,
        train=(instants.at_s <= known_s - _SLICE_S) & (group < 65),
        # Other drivers of all that time: of half a year there would be too few to stop by.
        stop=(instants.at_s <= known_s) & (group >= 65) & (group < 78),
        calibrate=between & (group >= 78),
        test=instants.at_s > test_s,
        at_infraction=row >= 0,
        row=row,
        digest=digest_of(record),
    )
    _refuse_one_class(made, what)
    return made


def digest_of(record: Record) -> str:
    """SHA-256 over the history, the accidents and what is known of the drivers."""
    digest = hashlib.sha256()
    history = record.history
    columns = [getattr(history, name) for name in history.__slots__]
    columns += [record.licensed_s, record.licence, record.accident_subject, record.accident_s]
    for column in columns:
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


def segments(made: TrainingSet, rows: Bools) -> dict[str, Bools]:
    """Who is looked at by themselves: sex, age band and licence, of the given rows."""
    record, instants = made.record, made.instants.take(rows)
    age = (instants.at_s - record.born_s[instants.subject]) / (365.25 * DAY_S)
    found = {
        f"sex {sex}": record.sex[instants.subject] == sex
        for sex in sorted(set(record.sex.tolist()) - {""})
    }
    for low, high in ((18, 25), (25, 35), (35, 50), (50, 65), (65, 120)):
        name = f"age {low}–{high - 1}" if high < 120 else f"age {low} and over"
        found[name] = (age >= low) & (age < high)
    return {name: np.asarray(member) for name, member in found.items() if member.any()}


def _instants(record: Record, begin_s: float, last_s: float, seed: int) -> tuple[Instants, Ints]:
    """Every detection in the span, and one random instant of each driver who had a licence by then."""
    history = record.history
    rows = np.flatnonzero((history.detected_s > begin_s) & (history.detected_s <= last_s))
    rng = np.random.default_rng([seed, 7])
    everyone = np.arange(len(record))
    drawn_s = rng.uniform(begin_s, last_s, len(record))
    licensed = ~(record.licensed_s > drawn_s)
    subject = np.concatenate([history.subject[rows], everyone[licensed]])
    at_s = np.concatenate([history.detected_s[rows], drawn_s[licensed]])
    return record.instants(subject, at_s), np.concatenate([rows, np.full(int(licensed.sum()), -1)])


def _shown(instants: Instants, seed: int, test_s: float) -> Instants:
    rng = np.random.default_rng([seed, 8])
    hidden = (rng.random(len(instants)) < _NAMELESS) & (instants.at_s <= test_s)
    return Instants(
        subject=instants.subject,
        at_s=instants.at_s,
        licensed_s=np.where(hidden, np.nan, instants.licensed_s),
        licence=np.where(hidden, -1, instants.licence),
        observed_since_s=instants.observed_since_s,
    )


def _group(record: Record) -> Ints:
    """(n,) 0..99 of each subject, by its name: the same in every training."""
    return np.array(
        [
            int.from_bytes(hashlib.blake2b(key.encode(), digest_size=4).digest()) % 100
            for key in record.keys
        ],
        dtype=np.int64,
    )


def _refuse_one_class(made: TrainingSet, what: str) -> None:
    for name in ("train", "stop", "calibrate", "test"):
        member = getattr(made, name)
        found, count = int(made.outcome[member].sum()), int(member.sum())
        if min(found, count - found) < _LEAST_POSITIVE:
            raise BadInput(
                f"too little to learn {what} from: the {name} slice has {found} of {count} with it,"
                f" {_LEAST_POSITIVE} with and without are needed"
            )
