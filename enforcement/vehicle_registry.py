"""What a vehicle registry says of a plate, and whether it agrees with what a camera saw.

A word that is not known names no mismatch: reviewers are told of contradictions, not of gaps. It must
not know which registry answers, nor how.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleRecord:
    """A vehicle as registered; None is not said.

    vehicle_class, colour: in the registry's own words. owner_*: personal. simulated: no registry said
    it. fetched_at: aware. stale: older than it should be, because the registry does not answer.
    """

    plate: str
    vehicle_class: str | None = None
    make: str | None = None
    model: str | None = None
    year: int | None = None
    colour: str | None = None
    owner_name: str | None = None
    owner_document: str | None = None
    owner_address: str | None = None
    district: str | None = None
    status: str | None = None
    simulated: bool
    fetched_at: datetime
    stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """field: `class`, `color` or `plate`, the last when the registry does not know it."""

    field: str
    seen: str
    registered: str | None


class VehicleRegistry(Protocol):
    """Whoever knows vehicles by their plates."""

    @property
    def simulated(self) -> bool:
        """Whether its records are made up."""

    def degraded(self) -> bool:
        """Whether it has failed so often of late that it is not asked now."""

    async def look_up(self, plate: str) -> VehicleRecord:
        """The record of a plate as printed.

        Raises NotFound when the registry does not know it, Unavailable when it does not answer in time,
        answers what cannot be understood, or is not asked because it failed too often.
        """

    async def close(self) -> None:
        """Let connections go."""


# Which of our four classes a registered class can look like; a pick-up passes for a car or a truck.
_CLASSES: Mapping[str, frozenset[str]] = {
    word: frozenset(labels.split())
    for words, labels in (
        ("CAR AUTOMOVIL AUTO SEDAN HATCHBACK COUPE M1 SUV", "car"),
        ("PICKUP CAMIONETA N1 PANEL FURGON VAN", "car truck"),
        ("RURAL M2 COMBI MICROBUS MINIBUS", "car bus"),
        ("BUS OMNIBUS M3", "bus"),
        ("TRUCK CAMION REMOLCADOR VOLQUETE N2 N3 TRACTO", "truck"),
        ("MOTORCYCLE MOTOCICLETA MOTO L1 L3 SCOOTER", "motorcycle"),
    )
    for word in words.split()
}
_COLOURS: Mapping[str, str] = {
    word: name
    for words, name in (
        ("BLANCO BLANCA WHITE", "white"),
        ("NEGRO NEGRA BLACK", "black"),
        ("GRIS GRAY GREY PLOMO", "grey"),
        ("PLATA PLATEADO SILVER", "silver"),
        ("ROJO ROJA RED GUINDA", "red"),
        ("AZUL BLUE", "blue"),
        ("VERDE GREEN", "green"),
        ("AMARILLO AMARILLA YELLOW", "yellow"),
        ("NARANJA ORANGE", "orange"),
        ("MARRON BROWN", "brown"),
    )
    for word in words.split()
}
# What light and dirt turn into each other.
_CONFUSED = ({"white", "silver"}, {"silver", "grey"}, {"grey", "black"}, {"orange", "red"})


def classes_of(word: str | None) -> frozenset[str] | None:
    """Labels of `VehicleClass` that a registered class can look like; None for words not known."""
    words = _words(word)
    if {"CAMIONETA", "RURAL"} <= set(words):
        return _CLASSES["RURAL"]
    return next((_CLASSES[one] for one in words if one in _CLASSES), None)


def colour_of(word: str | None) -> str | None:
    """A colour's plain English name; None for words not known."""
    return next((_COLOURS[one] for one in _words(word) if one in _COLOURS), None)


def mismatches(
    record: VehicleRecord, *, seen_class: str | None, seen_colour: str | None = None
) -> tuple[Mismatch, ...]:
    """What a camera saw and a registry contradicts."""
    found = []
    possible = classes_of(record.vehicle_class)
    if seen_class is not None and possible is not None and seen_class not in possible:
        found.append(Mismatch(field="class", seen=seen_class, registered=record.vehicle_class))
    seen, registered = colour_of(seen_colour), colour_of(record.colour)
    if seen and registered and seen != registered and {seen, registered} not in _CONFUSED:
        found.append(Mismatch(field="color", seen=str(seen_colour), registered=record.colour))
    return tuple(found)


def _words(text: str | None) -> list[str]:
    plain = unicodedata.normalize("NFKD", text or "").encode("ascii", "ignore").decode()
    return plain.upper().replace("-", "").replace("/", " ").split()
