"""What counts as a contradiction between a camera and a registry, and when a failing part is left alone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.circuit import Circuit
from adapters.registry_simulated import SimulatedRegistry
from enforcement.vehicle_registry import Mismatch, VehicleRecord, mismatches

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def record(**changes: Any) -> VehicleRecord:
    return VehicleRecord(**{"plate": "ABC-123", "simulated": False, "fetched_at": NOON, **changes})


@pytest.mark.parametrize(
    ("registered", "seen", "agrees"),
    [
        ("Automóvil", "car", True),
        ("AUTOMOVIL SEDAN", "truck", False),
        ("CAMIONETA PICK UP", "truck", True),
        ("CAMIONETA PICK UP", "car", True),
        ("CAMIONETA", "motorcycle", False),
        ("Camioneta rural", "bus", True),
        ("ÓMNIBUS", "bus", True),
        ("OMNIBUS", "car", False),
        ("CAMIÓN", "bus", False),
        ("motocicleta", "car", False),
        ("ESPECIAL", "car", True),
        (None, "car", True),
        ("car", None, True),
    ],
)
def test_a_class_is_contradicted_only_by_a_word_that_is_known(
    registered: str | None, seen: str | None, agrees: bool
) -> None:
    found = mismatches(record(vehicle_class=registered), seen_class=seen)
    assert (found == ()) is agrees
    if not agrees:
        assert found == (Mismatch(field="class", seen=str(seen), registered=registered),)


@pytest.mark.parametrize(
    ("registered", "seen", "agrees"),
    [
        ("ROJO", "red", True),
        ("Rojo", "azul", False),
        ("BLANCO", "plata", True),
        ("BLANCO", "negro", False),
        ("TORNASOL", "red", True),
        (None, "red", True),
        ("ROJO", None, True),
    ],
)
def test_colours_agree_across_languages_and_where_light_confuses_them(
    registered: str | None, seen: str | None, agrees: bool
) -> None:
    found = mismatches(record(colour=registered), seen_class=None, seen_colour=seen)
    assert [one.field for one in found] == ([] if agrees else ["color"])


def test_the_simulated_registry_repeats_itself_says_so_and_contradicts_no_four_wheels() -> None:
    registry = SimulatedRegistry(lambda: NOON)
    plates = ("ABC-123", "XYZ-987", "1234-5A", "ABC-1234")
    first, again = ([asyncio.run(registry.look_up(one)) for one in plates] for _ in range(2))
    assert first == again
    assert all(one.simulated and "simulado" in str(one.owner_name) for one in first)
    assert len({one.owner_document for one in first}) == len(plates)
    assert [one.vehicle_class for one in first] == [None, None, "motocicleta", "motocicleta"]
    assert mismatches(first[2], seen_class="car")[0].field == "class"


def test_a_circuit_opens_after_failures_in_a_row_and_one_call_tries_it_again() -> None:
    clock = [0.0]
    circuit = Circuit(lambda: clock[0], failures=2, open_s=10)
    circuit.failed()
    circuit.succeeded()
    circuit.failed()
    assert circuit.admits()
    circuit.failed()
    assert circuit.open
    assert not circuit.admits()
    clock[0] = 10.0
    assert [circuit.admits(), circuit.admits()] == [True, False]
    circuit.failed()
    clock[0] = 19.9
    assert not circuit.admits()
    clock[0] = 20.0
    assert circuit.admits()
    circuit.succeeded()
    assert [circuit.admits() for _ in range(3)] == [True] * 3
