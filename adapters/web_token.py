"""JSON web tokens signed with one key (HS256). It must not know whom they speak of, nor the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jwt

ALGORITHM = "HS256"


def signed(claims: Mapping[str, Any], key: bytes) -> str:
    """A token that says so."""
    return jwt.encode(dict(claims), key, algorithm=ALGORITHM)


def opened(
    token: str, key: bytes, *, audience: str, issuer: str, required: Sequence[str]
) -> dict[str, Any] | None:
    """What a token says, None for one that this key did not sign for them. Its times are the caller's."""
    try:
        said: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=audience,
            issuer=issuer,
            options={
                "require": list(required),
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError, OverflowError):
        return None
    return said
