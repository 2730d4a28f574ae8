"""A camera's stream as somebody gives it: its address checked, its password apart and encrypted.

It must not know rows, nor how a stream is opened.
"""

from __future__ import annotations

from contextlib import suppress

from anyio import to_thread

from adapters.camera_address import admitted, checked_url, endpoint
from enforcement.errors import BadInput, Unavailable
from schema.api_devices import Stream
from schema.api_pool import Row
from schema.credentials import encrypted, split_credentials
from serve.place_types import StreamGiven
from serve.problems import Problem
from serve.state import Api

_LONGEST_USER = 150


async def checked_stream(api: Api, given: StreamGiven, kept: Row | None) -> Stream:
    """The stream to keep. kept: what is there (schema.api_devices.stream_of), None for a new camera.

    Raises BadInput for an address that may not be watched, Problem 409 without a key to encrypt with, 422
    `credentials_needed` where kept ones would go to a host they were not given for.
    """
    url, username, password = split_credentials(checked_url(given.url))
    # A name unknown now may be known later; the address is looked at again whenever it is opened.
    with suppress(Unavailable):
        await to_thread.run_sync(admitted, url, api.settings.camera_networks)
    if username is not None:
        return _with(api, url, username, password or "")
    if given.credentials is not None:
        return _with(api, url, given.credentials.username, given.credentials.password)
    if "credentials" in given.model_fields_set or kept is None or not kept["username"]:
        return Stream(url=url)
    if endpoint(url) != endpoint(str(kept["source"])):
        raise Problem(
            422,
            "credentials_needed",
            "stream: another host or port needs its credentials given, or null for none",
        )
    return Stream(url=url, username=kept["username"], token=kept["password_encrypted"])


def told(given: StreamGiven) -> dict[str, object]:
    """What the audit may hold of it."""
    url, username, _ = split_credentials(given.url)
    changed = username is not None or "credentials" in given.model_fields_set
    return {"url": url, **({"password": "(changed)"} if changed else {})}


def _with(api: Api, url: str, username: str, password: str) -> Stream:
    if api.settings.secret_key is None:
        raise Problem(
            409, "no_secret_key", "VIGIA_SECRET_KEY is not set: passwords cannot be kept encrypted"
        )
    if len(username) > _LONGEST_USER:
        raise BadInput("stream: the user's name is too long")
    token = encrypted(password, key=api.settings.secret_key)
    return Stream(url=url, username=username, token=token)
