"""Puts the API together: routes, errors, doorway, console. Runs under any ASGI server, Ray Serve among them.

Nothing happens at import; a process makes one app by `build_app`, and its pool opens when it starts.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from adapters.password_hash import Passwords
from adapters.registry_http import open_registry
from adapters.settings import Settings
from adapters.software import software
from adapters.state_redis import open_state
from enforcement.errors import BadInput
from schema.api_errors import NOT_NOW
from schema.api_idempotency import forget_keys
from schema.api_pool import open_pool
from serve import problems, verify_page
from serve.access import ACCESS, API
from serve.live import LiveFeed
from serve.middleware import Doorway, Limits
from serve.parts import Parts
from serve.rate_limit import RateLimiter
from serve.risk_asking import RiskAsking
from serve.routes import ROUTERS
from serve.snapshots import Snapshots
from serve.state import Api
from serve.tokens import AccessTokens, token_key
from serve.vehicle_lookup import VehicleLookup

_LOG = logging.getLogger(__name__)
CONSOLE = Path(__file__).parent / "console"
DESCRIPTION = "Operators' API: review of sealed infractions, fines, accounts, audit."


class VigiaApp(FastAPI):
    """The doorway stands outside everything, so that even a defect's answer carries its headers."""

    def build_middleware_stack(self) -> ASGIApp:
        """The framework's own layers inside ours."""
        api: Api = self.state.api
        return Doorway(super().build_middleware_stack(), limits=api.limits, limiter=api.limiter)

    def openapi(self) -> dict[str, Any]:
        """The framework's description, with what each endpoint needs said on it."""
        if self.openapi_schema is None:
            document = super().openapi()
            bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            document.setdefault("components", {})["securitySchemes"] = {"bearer": bearer}
            for path, methods in document["paths"].items():
                for method, operation in methods.items():
                    access = ACCESS[f"{method.upper()} {path}"]
                    operation["security"] = [] if access.public else [{"bearer": []}]
                    if access.permission is not None:
                        operation["x-permission"] = access.permission.value
        return dict(self.openapi_schema or {})


def build_app(
    *,
    settings: Settings,
    pool: Any = None,
    pool_size: int = 10,
    limits: Limits | None = None,
    passwords: Passwords | None = None,
    console: Path = CONSOLE,
    now: Callable[[], datetime] | None = None,
) -> VigiaApp:
    """An app on this database and store.

    pool: an open asyncpg pool, which stays its owner's; None: one of pool_size is opened at start and
    closed at the end. Raises BadInput when the key file is damaged, RuntimeError for a route without
    a row in the access table.
    """
    key = token_key(settings.local_dir / "keys")
    shared = open_state(settings)
    app = VigiaApp(
        title="Vigía",
        version=software().version,
        description=DESCRIPTION,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(settings, pool, pool_size),
        separate_input_output_schemas=False,
    )
    app.state.api = Api(
        settings=settings,
        tokens=AccessTokens(key),
        passwords=passwords or Passwords(),
        limiter=RateLimiter(time.monotonic, None if settings.redis_url is None else shared),
        limits=limits or Limits(),
        live=LiveFeed(),
        shared=shared,
        parts=Parts(settings, time.monotonic),
        vehicles=VehicleLookup(open_registry(settings), shared),
        risks=RiskAsking(),
        snapshots=Snapshots(settings, time.monotonic),
        now=now or (lambda: datetime.now(UTC)),
        monotonic=time.monotonic,
        pool=pool,
    )
    problems.install(app)
    for router in ROUTERS:
        _add(app, router)
    _check_access(app)
    _add_pages(app, console)
    return app


def _lifespan(settings: Settings, pool: Any, size: int) -> Any:
    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        api: Api = app.state.api
        opened = None
        if pool is None:
            if settings.database_url is None:
                raise BadInput("VIGIA_DATABASE_URL: the API needs a database")
            opened = api.pool = await open_pool(settings.database_url, size)
        forgetting = asyncio.create_task(_forget_old_answers(api))
        try:
            yield
        finally:
            forgetting.cancel()
            await api.live.close()
            await api.vehicles.close()
            await api.shared.close()
            if opened is not None:
                await opened.close()

    return life


async def _forget_old_answers(api: Api) -> None:
    """Answers kept by Idempotency-Key are dropped a day later, by whichever process comes to it."""
    while True:
        try:
            async with api.pool.acquire() as connection:
                await forget_keys(connection)
        except NOT_NOW as error:
            _LOG.warning("old answers stay for now: %s", type(error).__name__)
        await asyncio.sleep(3600)


def _add(app: FastAPI, router: APIRouter) -> None:
    """Routes one by one, whole paths on them, so that a route knows its own row in the table."""
    app.router.routes.extend(router.routes)


def _check_access(app: FastAPI) -> None:
    for route in app.routes:
        if isinstance(route, APIRoute):
            for key in route_keys(route):
                if key not in ACCESS:
                    raise RuntimeError(f"{key}: not in the access table")


def route_keys(route: APIRoute) -> list[str]:
    """The route's rows in the access table."""
    return [f"{method} {route.path}" for method in sorted(route.methods or ())]


def _add_pages(app: FastAPI, console: Path) -> None:
    async def home(_: Any) -> RedirectResponse:
        return RedirectResponse("/console/")

    app.add_route("/", home, include_in_schema=False)
    app.add_route("/verificar", verify_page.show, include_in_schema=False)
    if console.is_dir():
        app.mount("/console", StaticFiles(directory=console, html=True), name="console")
