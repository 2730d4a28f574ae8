"""Conditions of a list, put together from fixed fragments; values only ever travel as parameters.

It must not know any table: the fragments come from its callers' own text.
"""

from __future__ import annotations

from typing import Any


class Where:
    """Fragments joined by AND, with numbered parameters. Fragments are code, never input."""

    def __init__(self, *values: Any) -> None:
        self.values: list[Any] = list(values)
        self._fragments: list[str] = []

    def add(self, fragment: str, *values: Any) -> None:
        """Add a condition; each `{}` in it becomes the number of one value."""
        self._fragments.append(fragment.format(*(self.number(value) for value in values)))

    def number(self, value: Any) -> str:
        """Take a value as a parameter; returns how SQL names it."""
        self.values.append(value)
        return f"${len(self.values)}"

    @property
    def sql(self) -> str:
        """The conditions, to follow another one."""
        return "".join(f"\n    AND {fragment}" for fragment in self._fragments)
