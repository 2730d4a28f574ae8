"""Ed25519 keys that seal evidence, kept in files that only their owner may read.

The only importer of `cryptography` for signatures. A key's name is the SHA-256 of its raw public half, so
that it cannot be given to another key. What is signed is not known here.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from adapters.durable import refusals, sync_folder, write_new
from adapters.settings import Settings
from enforcement.errors import BadInput

VARIABLE = "VIGIA_SIGNING_KEY"


class PublicKey:
    """A key someone trusts."""

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key
        self.raw = key.public_bytes_raw()
        self.key_id = hashlib.sha256(self.raw).hexdigest()

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Whether this key signed exactly data."""
        try:
            self._key.verify(signature, data)
        except InvalidSignature:
            return False
        return True

    def pem(self) -> bytes:
        """The key in the usual text form."""
        return self._key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )


class SigningKey:
    """A private key; its repr shows the key's name only."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(key.public_key())

    def __repr__(self) -> str:
        return f"SigningKey({self.key_id[:16]}…)"

    @property
    def key_id(self) -> str:
        """SHA-256 of the raw public key, hex."""
        return self.public.key_id

    @property
    def public_key(self) -> bytes:
        """The raw public key, 32 bytes."""
        return self.public.raw

    def sign(self, data: bytes) -> bytes:
        """Ed25519 signature over data, 64 bytes."""
        return self._key.sign(data)


def public_key_path(private: Path) -> Path:
    """Where the public half lies: beside the private one."""
    return private.with_suffix(".pub.pem")


def open_signing_key(settings: Settings) -> SigningKey:
    """The key that seals here; made on first use, unless VIGIA_SIGNING_KEY names one.

    Raises BadInput when the named one is missing, or either is no Ed25519 private key.
    """
    path = settings.signing_key_path
    if not path.exists():
        if settings.signing_key is not None:
            raise BadInput(f"{VARIABLE}: no such file: {path}")
        _create(path)
    key = _load_private(path, VARIABLE if settings.signing_key is not None else str(path))
    public = public_key_path(path)
    if settings.signing_key is None and not public.exists():
        with refusals(public):
            _write_once(public, key.public.pem(), 0o644)
    return key


def load_public_key(path: Path) -> PublicKey:
    """A public key from a PEM file. Raises BadInput naming the file."""
    data = _read(path, str(path))
    if b"PRIVATE KEY" in data:
        raise BadInput(f"{path}: holds a private key; keep it secret and name the public one")
    try:
        key = serialization.load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        raise BadInput(f"{path}: not a public key in PEM form") from None
    if not isinstance(key, Ed25519PublicKey):
        raise BadInput(f"{path}: a public key, but not an Ed25519 one")
    return PublicKey(key)


def trusted_key(settings: Settings) -> PublicKey:
    """This installation's own public key. Raises BadInput when it has none yet."""
    private = settings.signing_key_path
    public = public_key_path(private)
    if public.exists():
        return load_public_key(public)
    if private.exists():
        return _load_private(private, str(private)).public
    raise BadInput(f"{public}: no trusted key on this machine; name one with --public-key FILE")


def _create(path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with refusals(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.chmod(0o700)
        _write_once(path, pem, 0o600)


def _write_once(path: Path, data: bytes, mode: int) -> None:
    """Whole or not at all; of two writers at once, the first wins and both then read the same."""
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        write_new(new, data, mode=mode)
        os.link(new, path)
    except FileExistsError:
        return
    finally:
        new.unlink(missing_ok=True)
    sync_folder(path.parent)


def _load_private(path: Path, name: str) -> SigningKey:
    data = _read(path, name)
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadInput(f"{name}: {path.name} is not a private key in PEM form") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput(f"{name}: {path.name} is a private key, but not an Ed25519 one")
    return SigningKey(key)


def _read(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{name}: cannot read {path} ({error.strerror})") from None
