"""Camera passwords, encrypted apart from the address; the key is handed in and never stored.

It must not know where the key comes from, and never puts a password in a message.
"""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit, urlunsplit

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from enforcement.errors import BadInput
from schema.devices import CameraCredential


def save_credentials(
    session: Session, device_id: str, *, username: str, password: str, key: str
) -> None:
    """Keep or replace a camera's user and password.

    key: urlsafe base64 of 32 bytes. Raises BadInput when it is not one.
    """
    token = encrypted(password, key=key)
    statement = insert(CameraCredential).values(
        device_id=device_id, username=username, password_encrypted=token
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[CameraCredential.device_id],
            set_={
                "username": username,
                "password_encrypted": token,
                "updated_at": func.current_timestamp(),
            },
        )
    )


def address_with_credentials(session: Session, device_id: str, url: str, *, key: str | None) -> str:
    """The URL to open the camera with; unchanged when it has no credentials. Never log it.

    Raises BadInput when there are credentials and the key is missing or not theirs.
    """
    row = session.get(CameraCredential, device_id)
    if row is None:
        return url
    return with_credentials(url, device_id, row.username, row.password_encrypted, key=key)


def encrypted(password: str, *, key: str) -> bytes:
    """A password as it is kept. Raises BadInput for a key that is none."""
    return _cipher(key).encrypt(password.encode())


def with_credentials(
    url: str, device_id: str, username: str | None, token: bytes | None, *, key: str | None
) -> str:
    """The URL with user and password in it; unchanged without a user. Never log it.

    token: the password, encrypted. Raises BadInput when the key is missing or not theirs.
    """
    if not username or token is None:
        return url
    if key is None:
        raise BadInput(f"VIGIA_SECRET_KEY: not set, and camera {device_id} has a password")
    try:
        password = _cipher(key).decrypt(token).decode()
    except InvalidToken:
        raise BadInput(
            f"VIGIA_SECRET_KEY: does not open the password of camera {device_id}"
        ) from None
    parts = urlsplit(url)
    login = f"{quote(username, safe='')}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc}"))


def split_credentials(url: str) -> tuple[str, str | None, str | None]:
    """A URL as people paste it, apart: (URL without credentials, user, password)."""
    parts = urlsplit(url)
    if parts.username is None:
        return url, None, None
    host = parts.netloc.rpartition("@")[2]
    password = None if parts.password is None else unquote(parts.password)
    return urlunsplit(parts._replace(netloc=host)), unquote(parts.username), password


def _cipher(key: str) -> Fernet:
    try:
        return Fernet(key)
    except ValueError:
        raise BadInput("VIGIA_SECRET_KEY: expected urlsafe base64 of 32 bytes") from None
