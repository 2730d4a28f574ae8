"""Requests made from the OpenAPI description, as each role: no server error, nothing beside the schema."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from adapters.settings import Settings
from enforcement.permissions import Role
from schema.api_pool import open_connection
from schema.api_users import NewUser, create_user
from serve.app import VigiaApp, build_app
from serve.middleware import unlimited
from tests.fixtures.api import API, CHEAP, PASSWORD, add_infractions, make_bundle
from tests.fixtures.api_server import listening

EXAMPLES = 4
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# A stream that stays open has no end to check.
ENDLESS = {f"GET {API}/infractions/live"}


@contextmanager
def serving(database_url: str, folder: Path) -> Iterator[tuple[VigiaApp, str]]:
    async def people() -> None:
        connection = await open_connection(database_url)
        for role in Role:
            await create_user(
                connection,
                NewUser(
                    username=role.value,
                    password_hash=CHEAP.hash(PASSWORD),
                    role=role.value,
                    email=f"{role.value}@example.pe",
                ),
            )
        await connection.close()

    asyncio.run(people())
    app = build_app(
        settings=Settings(local_dir=folder, database_url=database_url),
        pool_size=4,
        limits=unlimited(),
        passwords=CHEAP,
        console=folder / "none",
    )
    with listening(app) as address:
        yield app, address


def token(address: str, username: str) -> dict[str, str]:
    given = {"username": username, "password": PASSWORD}
    answer = httpx.post(f"{address}{API}/auth/login", json=given)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def tried(
    operation: Any, address: str, headers: dict[str, str], mode: GenerationMode
) -> str | None:
    """The first failure of one operation, None when there is none."""

    @settings(
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode))
    def attempt(case: Any) -> None:
        response = case.call(base_url=address, headers=headers)
        case.validate_response(response, checks=CHECKS)

    try:
        attempt()
    except Unsatisfiable:
        # An endpoint that takes nothing cannot be asked wrongly; rightly it always can.
        return None if mode is GenerationMode.NEGATIVE else f"{operation.label}: never asked"
    except (FailureGroup, AssertionError) as failure:
        inner = getattr(failure, "exceptions", [failure])
        return f"{operation.label}: {' / '.join(str(one)[:700] for one in inner)}"
    return None


@pytest.mark.filterwarnings("ignore")  # schemathesis and the strategies it makes
def test_requests_made_from_the_description_meet_no_server_error_and_no_surprise(
    database_url: str, tmp_path: Path
) -> None:
    bundle = make_bundle(tmp_path)
    add_infractions(database_url, 3, store_url=bundle.as_uri())
    failures: list[str] = []
    with serving(database_url, tmp_path) as (app, address):
        schema = schemathesis.openapi.from_dict(app.openapi())
        for role in Role:
            modes = list(GenerationMode) if role is Role.ADMIN else [GenerationMode.POSITIVE]
            for found in schema.get_all_operations():
                operation: Any = found.ok()  # type: ignore[union-attr]
                if operation.label in ENDLESS:
                    continue
                headers = token(address, role.value)
                for mode in modes:
                    failure = tried(operation, address, headers, mode)
                    if failure is not None:
                        failures.append(f"{role} {failure}")
    assert failures == []
