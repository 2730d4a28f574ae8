"""Which software this is: its version and a digest of its own source files.

WELMEC 7.2 wants an identification that cannot be separated from the software, so it is computed from what
runs. It must not know who asks.
"""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache

from adapters.settings import REPOSITORY
from enforcement.evidence import Software

ROOMS = ("enforcement", "adapters", "schema", "simulation", "actors", "jobs")


@cache
def software() -> Software:
    """Version from pyproject.toml, SHA-256 over names and contents of all source files."""
    digest = hashlib.sha256()
    for room in ROOMS:
        for path in sorted((REPOSITORY / room).rglob("*")):
            if path.suffix in (".py", ".sql", ".json") and path.is_file():
                digest.update(str(path.relative_to(REPOSITORY)).encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    return Software(version=project["project"]["version"], source_sha256=digest.hexdigest())
