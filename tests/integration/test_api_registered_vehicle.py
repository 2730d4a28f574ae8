"""What a look at an infraction shows of its vehicle, whatever state the registry is in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from adapters.circuit import Circuit
from adapters.registry_http import HttpRegistry
from adapters.settings import Settings
from serve.vehicle_lookup import VehicleLookup
from tests.fixtures.api import Served, add_infractions, served
from tests.fixtures.provider import Provider


@asynccontextmanager
async def with_provider(
    database_url: str, folder: Path, provider: Provider, patience_s: float = 3.0
) -> AsyncIterator[Served]:
    settings = Settings(local_dir=folder, database_url=database_url, sunarp_url=provider.url)
    async with served(database_url, folder, settings=settings) as api:
        state = api.app.state.api
        await state.vehicles.close()
        registry = HttpRegistry(
            provider.url, circuit=Circuit(time.monotonic, failures=1, open_s=60)
        )
        state.vehicles = VehicleLookup(registry, state.shared, patience_s=patience_s)
        yield api


def test_two_replicas_ask_once_and_the_second_finds_what_the_first_was_told(
    database_url: str, tmp_path: Path, provider: Provider
) -> None:
    add_infractions(database_url, 1)
    provider.slow_s = 0.3

    async def run() -> None:
        async with served(database_url, tmp_path) as api:
            state = api.app.state.api
            replicas = [
                VehicleLookup(HttpRegistry(provider.url), state.shared, patience_s=3.0)
                for _ in range(2)
            ]
            await asyncio.gather(
                *(one.refresh(api.pool, "ABC-123", state.now()) for one in replicas)
            )
            token = await api.sign_in("supervisor")
            assert (await api.get("/vehicles/ABC-123", token)).json()["make"] == "Volvo"
            assert len(provider.asked) == 1
            for one in replicas:
                await one.close()

    asyncio.run(run())


async def vehicle_of(api: Served, infraction: UUID, token: dict[str, str]) -> dict[str, Any]:
    answer = await api.get(f"/infractions/{infraction}", token)
    assert answer.status_code == 200, answer.text
    vehicle: dict[str, Any] = answer.json()["vehicle"]
    return vehicle


async def see_a_car(api: Served) -> None:
    async with api.pool.acquire() as connection:
        await connection.execute('UPDATE infractions SET metadata = \'{"vehicle_class": "car"}\'')


def test_a_mismatch_is_shown_once_per_plate_it_is_asked_and_stale_answers_say_so(
    database_url: str, tmp_path: Path, provider: Provider
) -> None:
    one, two, *_ = add_infractions(database_url, 2)
    provider.slow_s = 0.2

    async def run() -> None:
        async with with_provider(database_url, tmp_path, provider) as api:
            chief, auditor = await api.sign_in("supervisor"), await api.sign_in("auditor")
            await see_a_car(api)
            shown = await asyncio.gather(
                *(vehicle_of(api, n, who) for n in (one, two) for who in (chief, auditor)),
            )
            assert len(provider.asked) == 1
            for vehicle in shown:
                assert vehicle["mismatch"] == [
                    {"field": "class", "seen": "car", "registered": "CAMIÓN"}
                ]
                assert (vehicle["simulated"], vehicle["stale"]) == (False, False)
            assert [v.get("owner_name") for v in shown] == ["Ana Huamán", None] * 2
            assert (await vehicle_of(api, one, chief))["district"] == "Ate"
            assert len(provider.asked) == 1
            async with api.pool.acquire() as connection:
                await connection.execute(
                    "UPDATE vehicles SET sunarp_cache_expires = now() - INTERVAL '1 day'"
                )
            provider.status = 500
            old = await vehicle_of(api, one, chief)
            assert (old["stale"], old["make"]) == (True, "Volvo")
            asked = len(provider.asked)
            same = (await api.get("/vehicles/ABC-123", chief)).json()
            assert (same["stale"], same["owner_name"]) == (True, "Ana Huamán")
            assert len(provider.asked) == asked  # the circuit is open
            ready = await api.get("/system/ready", {})
            assert (ready.status_code, ready.json()["degraded"]) == (200, ["sunarp"])

    asyncio.run(run())


def test_a_registry_that_is_too_slow_delays_a_look_a_little_and_its_answer_is_kept(
    database_url: str, tmp_path: Path, provider: Provider
) -> None:
    one, *_ = add_infractions(database_url, 1)
    provider.slow_s = 0.8

    async def run() -> None:
        async with with_provider(database_url, tmp_path, provider, patience_s=0.1) as api:
            token = await api.sign_in()
            began = time.monotonic()
            first = await vehicle_of(api, one, token)
            assert time.monotonic() - began < 0.7
            assert (first["make"], first["mismatch"], first["class"]) == (None, [], None)
            await asyncio.sleep(1.2)
            assert (await vehicle_of(api, one, token))["make"] == "Volvo"
            assert len(provider.asked) == 1

    asyncio.run(run())


def test_a_plate_that_no_registry_knows_is_named_and_nobody_looks_up_a_neighbour(
    database_url: str, tmp_path: Path, provider: Provider
) -> None:
    one, *_ = add_infractions(database_url, 1)
    provider.status = 404

    async def run() -> None:
        # What the simulated registry had said goes with the first word of a real one.
        async with served(database_url, tmp_path) as api:
            token = await api.sign_in()
            made_up = await vehicle_of(api, one, token)
            assert made_up["simulated"]
            assert "simulado" in made_up["make"]
            assert (made_up["mismatch"], made_up["stale"]) == ([], False)
            async with api.pool.acquire() as connection:
                await connection.execute("UPDATE vehicles SET sunarp_cache_expires = now()")
            state = api.app.state.api
            state.vehicles = VehicleLookup(HttpRegistry(provider.url), state.shared)
            vehicle = await vehicle_of(api, one, token)
            assert vehicle["mismatch"] == [
                {"field": "plate", "seen": "ABC-123", "registered": None}
            ]
            assert (vehicle["simulated"], vehicle["make"], vehicle["found"]) == (False, None, False)
            assert (await api.get("/vehicles/XYZ-987", token)).status_code == 404
            assert len(provider.asked) == 1

    asyncio.run(run())
