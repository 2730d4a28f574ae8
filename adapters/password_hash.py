"""Passwords by argon2id. It must not know accounts."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from enforcement.errors import BadInput
from enforcement.passwords import LONGEST, SHORTEST


class Passwords:
    """Hashes and checks with argon2id; RFC 9106's second choice of parameters unless told otherwise."""

    def __init__(self, *, time_cost: int = 3, memory_kib: int = 65_536, lanes: int = 4) -> None:
        self._hasher = PasswordHasher(
            time_cost=time_cost, memory_cost=memory_kib, parallelism=lanes, type=Type.ID
        )
        # An unknown name costs as much as a wrong password, so timing tells nothing.
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))

    def hash(self, password: str) -> str:
        """A hash for a new password. Raises BadInput for one that is too short or too long."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise BadInput(f"password: must have {SHORTEST} to {LONGEST} characters")
        return self._hasher.hash(password)

    def matches(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; None for an account that is not there."""
        try:
            self._hasher.verify(self._nobody if kept is None else kept, password)
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether the hash was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(kept)
