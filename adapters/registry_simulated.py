"""A vehicle registry that is made up: the same answer for the same plate, and every one says simulated.

It must not know which vehicles there are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

from enforcement.vehicle_registry import VehicleRecord

_MOTORCYCLES = (("Honda", "CB125"), ("Bajaj", "Pulsar"), ("Yamaha", "FZ"))
_CARS = (("Toyota", "Yaris"), ("Hyundai", "Accent"), ("Kia", "Rio"), ("Nissan", "Versa"))
_COLOURS = ("blanco", "negro", "gris", "plata", "rojo", "azul")
_DISTRICTS = ("Lima", "San Isidro", "Ate", "Comas", "Surco", "Callao")


class SimulatedRegistry:
    """Knows every plate; a class only where its form gives it away, so that chance contradicts nothing."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now

    @property
    def simulated(self) -> bool:
        """Always."""
        return True

    def degraded(self) -> bool:
        """Never."""
        return False

    async def look_up(self, plate: str) -> VehicleRecord:
        """See VehicleRegistry."""
        digest = hashlib.sha256(plate.encode()).digest()
        signs = plate.replace("-", "")
        # Four digits first or last are plates of motorcycles; all other forms may be on anything else.
        motorcycle = signs[:4].isdigit() or signs[-4:].isdigit()
        makes = _MOTORCYCLES if motorcycle else _CARS
        make, model = makes[digest[0] % len(makes)]
        number = int.from_bytes(digest[4:8], "big") % 1_000_000
        return VehicleRecord(
            plate=plate,
            vehicle_class="motocicleta" if motorcycle else None,
            make=f"{make} (simulado)",
            model=model,
            year=2008 + digest[1] % 17,
            colour=_COLOURS[digest[2] % len(_COLOURS)],
            owner_name=f"Titular simulado {number:06d}",
            # No DNI begins with 00: nobody real is named.
            owner_document=f"00{number:06d}",
            district=_DISTRICTS[digest[3] % len(_DISTRICTS)],
            status="simulado",
            simulated=True,
            fetched_at=self._now(),
        )

    async def close(self) -> None:
        """Nothing to let go."""
