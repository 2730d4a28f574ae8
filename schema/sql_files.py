"""SQL lives in files next to this module; here is how they are read.

It must not know what any of them does.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "sql"


@cache
def read_sql(name: str) -> str:
    """Text of `schema/sql/NAME.sql`."""
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def read_folder(name: str) -> list[tuple[str, str]]:
    """(file name, text) of each file of `schema/sql/NAME/`, in the order of their names."""
    return [
        (path.name, path.read_text(encoding="utf-8"))
        for path in sorted((FOLDER / name).glob("*.sql"))
    ]
