"""Site files: YAML in, a checked mapping out.

YAML and JSON Schema stop here; what a site means is `enforcement.scene`'s matter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from adapters.settings import REPOSITORY
from enforcement.errors import BadSite

SCHEMA_FILE = REPOSITORY / "enforcement" / "site.schema.json"


def load_site(path: Path) -> Mapping[str, Any]:
    """The mapping of a site file.

    Raises BadSite, one line naming the file and the part, when it is missing, not text, not YAML or not
    in the documented shape (docs/site-file.md).
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadSite(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise BadSite(f"{path}: not a text file") from None
    try:
        site = yaml.safe_load(text)
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 1}" if where is not None else ""
        raise BadSite(f"{path}: not YAML{line}") from None
    if not isinstance(site, dict):
        raise BadSite(f"{path}: expected a mapping with camera, zone, …")
    check_shape(site, str(path))
    return site


def check_shape(site: Mapping[str, Any], name: str) -> None:
    """Raise BadSite naming the first part that is not in the documented shape."""
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    problem = jsonschema.exceptions.best_match(validator.iter_errors(site))
    if problem is not None:
        part = "/".join(str(step) for step in problem.absolute_path) or "top level"
        raise BadSite(f"{name}: {part}: {problem.message[:160]}")
