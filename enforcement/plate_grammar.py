"""Which character strings can be a plate, for a vehicle class on a date; rows, not code.

The rows below are the default; the database may replace them all. What is known from the law and
what is only remembered is told apart by `verified`. It must not know how a text was read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from string import ascii_uppercase, digits

from enforcement import catalogue
from enforcement.detections import VehicleClass
from enforcement.errors import BadInput

ALPHABET = ascii_uppercase + digits
SEPARATOR = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateGrammar:
    """One kind of plate.

    pattern: one sign per character: `L` letter, `N` digit, `A` letter or digit; `-` is printed
    between groups and is not read. vehicle_classes: who may carry it. valid_from, valid_to: first
    and last day, None where open. lines: text lines on the plate, None where both exist.
    letters: letters in use. source: where the row comes from. verified: read in the law itself.
    """

    pattern: str
    vehicle_classes: frozenset[VehicleClass]
    valid_from: date | None = None
    valid_to: date | None = None
    lines: int | None = None
    letters: str = ascii_uppercase
    source: str = ""
    verified: bool = False
    slots: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        kinds = {"L": self.letters, "N": digits, "A": self.letters + digits}
        signs = self.pattern.replace(SEPARATOR, "")
        if not signs or set(signs) - set(kinds):
            raise BadInput(f"plate grammar {self.pattern!r}: only L, N, A and - are known")
        if not self.letters or set(self.letters) - set(ascii_uppercase):
            raise BadInput(f"plate grammar {self.pattern!r}: letters must be A to Z")
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise BadInput(f"plate grammar {self.pattern!r}: ends before it begins")
        object.__setattr__(self, "slots", tuple(kinds[sign] for sign in signs))

    def applies(self, vehicle_class: VehicleClass | None, on: date) -> bool:
        """Whether a vehicle of that class (None: any) may carry this plate on that day."""
        if vehicle_class is not None and vehicle_class not in self.vehicle_classes:
            return False
        return catalogue.in_force(self.valid_from, self.valid_to, on)

    def accepts(self, text: str) -> bool:
        """Whether a text without separators is a plate of this kind as it stands."""
        return len(text) == len(self.slots) and all(
            sign in slot for sign, slot in zip(text, self.slots, strict=True)
        )

    def printed(self, text: str) -> str:
        """The text with this pattern's separators: ABC123 becomes ABC-123."""
        signs = iter(text)
        return "".join(sign if sign == SEPARATOR else next(signs) for sign in self.pattern)


_FOUR_WHEELS = frozenset({VehicleClass.CAR, VehicleClass.BUS, VehicleClass.TRUCK})
_MOTORCYCLE = frozenset({VehicleClass.MOTORCYCLE})
_NEW_MOTORCYCLE = date(2025, 12, 17)

DEFAULT_GRAMMARS: tuple[PlateGrammar, ...] = (
    PlateGrammar(
        pattern="LLL-NNN",
        vehicle_classes=_FOUR_WHEELS,
        source="six characters as issued since 2010; from memory",
    ),
    PlateGrammar(
        pattern="LNL-NNN",
        vehicle_classes=_FOUR_WHEELS,
        source="six characters, a digit in second place; from memory",
    ),
    PlateGrammar(
        pattern="NNNN-NL",
        vehicle_classes=_MOTORCYCLE,
        source="motorcycles before 17 December 2025, still in use; from memory",
    ),
    PlateGrammar(
        pattern="LLL-NNNN",
        vehicle_classes=_MOTORCYCLE,
        valid_from=_NEW_MOTORCYCLE,
        lines=2,
        source="DS 021-2024-MTC: two lines, 17x20 cm",
        verified=True,
    ),
    PlateGrammar(
        pattern="LLL-NNN",
        vehicle_classes=_MOTORCYCLE,
        valid_from=date(2026, 2, 1),
        lines=2,
        source="exceptional six-character white plates, February 2026; layout from memory",
    ),
)


def in_force(
    grammars: Iterable[PlateGrammar], vehicle_class: VehicleClass | None, on: date
) -> tuple[PlateGrammar, ...]:
    """The rows that a vehicle of that class may carry on that day."""
    return tuple(row for row in grammars if row.applies(vehicle_class, on))


def normalise(text: str) -> str:
    """Upper case, letters A to Z and digits only."""
    return "".join(sign for sign in text.upper() if sign in ALPHABET)


# P(the reader says the first sign | the plate shows the second), whatever its stated confidence:
# look-alikes are read by context, so such errors repeat from frame to frame of one vehicle.
# Measured for O on drawn plates (0 between letters is read O in 10 of 14) and on photographed ones
# (I and O at a row's end are read 1 and 0 in 5 of 54). Pairs across kinds are set high enough that
# where both kinds may stand three reads must agree and none differ.
_LOOK_ALIKES: dict[tuple[str, str], float] = {
    ("O", "0"): 0.50,
    ("0", "O"): 0.30,
    **{
        pair: share
        for share, pairs in (
            (0.30, ("1I",)),
            (0.22, ("8B", "5S", "2Z")),
            (0.10, ("6G", "4A")),
            (0.05, ("OD", "OQ", "1L", "1T", "7T")),
            (0.03, ("0D", "0Q")),
            (0.005, ("VY", "UV")),
        )
        for both in pairs
        for pair in ((both[0], both[1]), (both[1], both[0]))
    },
}
_MOST_CERTAIN = 0.98


def look_alikes(sign: str) -> frozenset[str]:
    """Signs that a reader may have meant when it said `sign`, itself included."""
    return frozenset({sign}).union(true for read, true in _LOOK_ALIKES if read == sign)


def log_likelihood(read: str, true: str, confidence: float) -> float:
    """Natural logarithm of P(the reader says `read` | the plate shows `true`)."""
    sure = min(max(confidence, 1.0 / len(ALPHABET)), _MOST_CERTAIN)
    if read == true:
        return math.log(sure)
    by_chance = (1.0 - sure) / (len(ALPHABET) - 1)
    return math.log(max(by_chance, _LOOK_ALIKES.get((read, true), 0.0)))


def could_be(text: str, row: PlateGrammar) -> bool:
    """Whether look-alikes alone turn the text into a plate of this kind."""
    return len(text) == len(row.slots) and all(
        not look_alikes(sign).isdisjoint(slot) for sign, slot in zip(text, row.slots, strict=True)
    )


def loses_a_sign(longer: PlateGrammar, shorter: PlateGrammar) -> bool:
    """Whether a plate of the longer kind, one sign of it unread, passes for one of the shorter."""
    if longer.lines is not None and shorter.lines is not None and longer.lines != shorter.lines:
        return False
    slots = longer.slots
    return len(slots) == len(shorter.slots) + 1 and any(
        slots[:gone] + slots[gone + 1 :] == shorter.slots for gone in range(len(slots))
    )


def changes(text: str, plate: Sequence[str]) -> int:
    """Number of positions at which two texts of one length differ."""
    return sum(a != b for a, b in zip(text, plate, strict=True))


def edits(a: str, b: str) -> int:
    """Signs put in, left out or exchanged to turn one text into the other (Levenshtein)."""
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, right in enumerate(b, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (left != right))
    return row[-1]
