"""Risk models in the store: written once under their version, read back and refused when altered.

It must not know what is in them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from adapters.remote_files import open_place
from adapters.risk_model import digests
from adapters.settings import Settings
from enforcement.errors import BadModel, Unavailable


def put_model(settings: Settings, name: str, version: str, files: Mapping[str, bytes]) -> str:
    """Write a model's files, read them back; returns the folder's URL. Raises Unavailable."""
    url = f"{_root(settings)}/models/{name}/{version}"
    place = open_place(url, s3_endpoint=settings.s3_endpoint)
    with tempfile.TemporaryDirectory() as folder:
        for file, content in files.items():
            local = Path(folder) / file
            local.write_bytes(content)
            if "://" not in url:
                Path(url).mkdir(parents=True, exist_ok=True)
            place.write(file, local)
    try:
        get_model(settings, url, digests(files))
    except BadModel as error:
        raise Unavailable(f"{url}: what was written does not read back ({error})") from None
    return url


def get_model(settings: Settings, url: str, expected: Mapping[str, str]) -> dict[str, bytes]:
    """A model's files, by the digests they must have. Raises BadModel for others, Unavailable."""
    place = open_place(url, s3_endpoint=settings.s3_endpoint)
    files: dict[str, bytes] = {}
    for name in expected:
        content = place.read(name)
        if content is None:
            raise BadModel(f"{url}/{name}: missing")
        files[name] = content
    altered = [name for name, digest in digests(files).items() if digest != expected[name]]
    if altered:
        raise BadModel(f"{url}/{altered[0]}: altered since it was registered (SHA-256 differs)")
    return files


def _root(settings: Settings) -> str:
    return (settings.store_url or str(settings.local_dir.resolve() / "store")).rstrip("/")
