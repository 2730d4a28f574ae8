"""The only reader of the environment: every outside part, embedded by default, real by one variable.

A wrong value is one clear line that names the variable; secrets are never printed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from adapters.camera_address import Network, parse_networks
from enforcement.errors import BadInput

REPOSITORY = Path(__file__).resolve().parent.parent
SECOND_REVIEW_SHARE = 0.05
DEFAULT_WEIGHTS = REPOSITORY / "weights" / "vigia-vehicles.onnx"

_SCHEMES = {
    "VIGIA_DATABASE_URL": ("postgresql", "postgres"),
    "VIGIA_STORE_URL": ("s3", "file", ""),
    "VIGIA_AMQP_URL": ("amqp", "amqps"),
    "VIGIA_REDIS_URL": ("redis", "rediss"),
    "VIGIA_SUNARP_URL": ("http", "https"),
    "VIGIA_SMTP_URL": ("smtp", "smtps"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the outside parts are. None means the embedded part is used.

    local_dir holds embedded data: database cluster, evidence store, spool, keys.
    secret_key: urlsafe base64 32-byte key that encrypts camera credentials (VIGIA_SECRET_KEY).
    sunarp_token: sent to the registry as a bearer token (VIGIA_SUNARP_TOKEN).
    notify_sms_url, notify_push_url: Apprise URLs with {to} for the person (VIGIA_NOTIFY_…_URL).
    camera_networks: where cameras set over the API may be (VIGIA_CAMERA_NETWORKS); see camera_address.
    s3_endpoint: endpoint of an S3-compatible server (VIGIA_S3_ENDPOINT), AWS when None.
    second_review_share: 0..1 of verdicts that another person is asked for again (VIGIA_SECOND_REVIEW_SHARE).
    """

    local_dir: Path
    database_url: str | None = None
    store_url: str | None = None
    amqp_url: str | None = None
    redis_url: str | None = None
    sunarp_url: str | None = None
    sunarp_token: str | None = None
    smtp_url: str | None = None
    notify_sms_url: str | None = None
    notify_push_url: str | None = None
    s3_endpoint: str | None = None
    signing_key: Path | None = None
    secret_key: str | None = None
    ray_address: str | None = None
    mlflow_tracking_uri: str | None = None
    second_review_share: float = SECOND_REVIEW_SHARE
    camera_networks: tuple[Network, ...] = ()

    @property
    def signing_key_path(self) -> Path:
        """Private key that seals evidence; made on first use in the local folder."""
        return self.signing_key or self.local_dir / "keys" / "evidence-ed25519.pem"

    @property
    def spool_dir(self) -> Path:
        """Local spool of sealed bundles not yet in the store."""
        return self.local_dir / "spool"

    def __repr__(self) -> str:
        """Names what is set, never its value: URLs carry passwords."""
        real = [n for n in self.__slots__ if n.endswith("_url") and getattr(self, n)]
        return f"Settings(local_dir={self.local_dir}, real={real})"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment.

    Raises BadInput with one line naming the variable whose value cannot be used.
    """
    env = os.environ if environ is None else environ
    urls = {name: _checked_url(name, env.get(name)) for name in _SCHEMES}
    key = env.get("VIGIA_SIGNING_KEY")
    return Settings(
        local_dir=Path(env.get("VIGIA_LOCAL_DIR") or REPOSITORY / ".local"),
        database_url=urls["VIGIA_DATABASE_URL"],
        store_url=urls["VIGIA_STORE_URL"],
        amqp_url=urls["VIGIA_AMQP_URL"],
        redis_url=urls["VIGIA_REDIS_URL"],
        sunarp_url=urls["VIGIA_SUNARP_URL"],
        sunarp_token=env.get("VIGIA_SUNARP_TOKEN") or None,
        smtp_url=urls["VIGIA_SMTP_URL"],
        notify_sms_url=env.get("VIGIA_NOTIFY_SMS_URL") or None,
        notify_push_url=env.get("VIGIA_NOTIFY_PUSH_URL") or None,
        s3_endpoint=env.get("VIGIA_S3_ENDPOINT") or None,
        signing_key=Path(key) if key else None,
        secret_key=env.get("VIGIA_SECRET_KEY") or None,
        ray_address=env.get("RAY_ADDRESS") or None,
        mlflow_tracking_uri=env.get("MLFLOW_TRACKING_URI") or None,
        second_review_share=_share("VIGIA_SECOND_REVIEW_SHARE", env, SECOND_REVIEW_SHARE),
        camera_networks=parse_networks("VIGIA_CAMERA_NETWORKS", env.get("VIGIA_CAMERA_NETWORKS")),
    )


def set_for_children(values: Mapping[str, str]) -> None:
    """Variables that processes started from here must find, such as those Ray reads before it starts."""
    os.environ.update(values)


def _share(name: str, env: Mapping[str, str], otherwise: float) -> float:
    text = env.get(name)
    if not text:
        return otherwise
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise BadInput(f"{name}: expected a share from 0 to 1")
    return share


def _checked_url(name: str, value: str | None) -> str | None:
    if not value:
        return None
    try:
        parts = urlsplit(value)
        port_is_number = parts.port is None or parts.port > 0
    except ValueError as error:
        raise BadInput(f"{name}: not a URL ({error})") from None
    allowed = _SCHEMES[name]
    if parts.scheme not in allowed or not port_is_number:
        wanted = " or ".join(f"{s}://…" for s in allowed if s)
        raise BadInput(f"{name}: expected {wanted}, got scheme {parts.scheme or '(none)'!r}")
    return value
