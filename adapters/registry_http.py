"""A licensed provider of vehicle look-ups over HTTP. The only importer of httpx.

The plate travels in the body, so that no address in any log holds one; the address comes from the
configuration alone, redirects are not followed and proxies of the environment are not used.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters.circuit import Circuit
from adapters.registry_simulated import SimulatedRegistry
from adapters.settings import Settings
from enforcement.errors import NotFound, Unavailable
from enforcement.vehicle_registry import VehicleRecord, VehicleRegistry

MOST_BYTES = 64 * 1024
_TIMEOUT = httpx.Timeout(2.0, connect=1.0)
_WHOLE_S = 6.0
_TRIES = 3
_FIRST_WAIT_S = 0.1


def open_registry(settings: Settings) -> VehicleRegistry:
    """The provider that VIGIA_SUNARP_URL names, else a simulated registry."""
    if settings.sunarp_url is None:
        return SimulatedRegistry()
    return HttpRegistry(settings.sunarp_url, token=settings.sunarp_token)


class _Answer(BaseModel):
    """What the provider sends: these fields, these types; what it sends besides is not kept."""

    model_config = ConfigDict(strict=True, extra="ignore")

    plate: Annotated[str, Field(min_length=1, max_length=20)]
    vehicle_class: Annotated[str | None, Field(max_length=50)] = None
    make: Annotated[str | None, Field(max_length=100)] = None
    model: Annotated[str | None, Field(max_length=100)] = None
    year: Annotated[int | None, Field(gt=1900)] = None
    color: Annotated[str | None, Field(max_length=50)] = None
    owner_name: Annotated[str | None, Field(max_length=255)] = None
    owner_document: Annotated[str | None, Field(max_length=20)] = None
    owner_address: Annotated[str | None, Field(max_length=500)] = None
    district: Annotated[str | None, Field(max_length=100)] = None
    status: Annotated[str | None, Field(max_length=50)] = None


class _Again(Exception):
    """Worth another try: no connection, too slow, or an error of theirs."""


class HttpRegistry:
    """POST {"plate": …} to one address; 200 with a record, 404 for a plate that is not registered."""

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        timeout: httpx.Timeout = _TIMEOUT,
        circuit: Circuit | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        address = httpx.URL(url)
        # httpx logs addresses: a password must not be in one.
        auth = (address.username, address.password) if address.userinfo else None
        self._url = address.copy_with(userinfo=b"")
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._client = httpx.AsyncClient(
            timeout=timeout, auth=auth, headers=headers, follow_redirects=False, trust_env=False
        )
        self._circuit = circuit or Circuit(time.monotonic, failures=5, open_s=30.0)
        self._chance = random.Random()  # noqa: S311 - spreads retries, keeps no secret
        self._now = now

    @property
    def simulated(self) -> bool:
        """No."""
        return False

    def degraded(self) -> bool:
        """See VehicleRegistry."""
        return self._circuit.open

    async def look_up(self, plate: str) -> VehicleRecord:
        """See VehicleRegistry."""
        if not self._circuit.admits():
            raise Unavailable("registry: failed too often, left alone for now")
        try:
            async with asyncio.timeout(_WHOLE_S):
                record = await self._tried(plate)
        except NotFound:
            self._circuit.succeeded()
            raise
        except (Unavailable, TimeoutError) as error:
            self._circuit.failed()
            raise Unavailable(str(error) or "registry: too slow") from None
        except asyncio.CancelledError:
            # Nobody heard how it ended; a probe that vanishes must not hold the circuit.
            self._circuit.failed()
            raise
        self._circuit.succeeded()
        return record

    async def close(self) -> None:
        """See VehicleRegistry."""
        await self._client.aclose()

    async def _tried(self, plate: str) -> VehicleRecord:
        for number in range(_TRIES):
            try:
                return await self._once(plate)
            except _Again as error:
                if number == _TRIES - 1:
                    raise Unavailable(f"registry: {error}") from None
                await asyncio.sleep(_FIRST_WAIT_S * 2**number * (0.5 + self._chance.random()))
        raise AssertionError("unreachable")

    async def _once(self, plate: str) -> VehicleRecord:
        try:
            async with self._client.stream("POST", self._url, json={"plate": plate}) as answer:
                body = await _bounded(answer)
        except httpx.DecodingError:
            raise Unavailable("registry: an answer that cannot be decoded") from None
        except httpx.HTTPError as error:
            raise _Again(type(error).__name__) from None
        status = answer.status_code
        if status == httpx.codes.NOT_FOUND:
            raise NotFound("registry: does not know this plate")
        if status == httpx.codes.TOO_MANY_REQUESTS or status >= 500:
            raise _Again(f"status {status}")
        if status != httpx.codes.OK:
            raise Unavailable(f"registry: status {status}")
        return self._record(plate, body)

    def _record(self, plate: str, body: bytes) -> VehicleRecord:
        try:
            said = _Answer.model_validate_json(body)
        except ValidationError:
            # Its words hold what was sent, a person's name among it.
            raise Unavailable("registry: an answer that cannot be understood") from None
        if said.plate.strip().upper() != plate or b"\\u0000" in body:
            raise Unavailable("registry: an answer that cannot be believed")
        now = self._now()
        if said.year is not None and said.year > now.year + 1:
            raise Unavailable("registry: a year that has not come")
        fields = said.model_dump(exclude={"plate", "color"})
        return VehicleRecord(
            plate=plate, colour=said.color, simulated=False, fetched_at=now, **fields
        )


async def _bounded(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Unavailable("registry: an answer that is too long")
    return bytes(body)
