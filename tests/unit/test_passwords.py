"""What a password must be."""

from __future__ import annotations

import pytest

from enforcement.errors import BadInput
from enforcement.passwords import check_password


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "12 to 256"),
        ("Ab3$fgh", "12 to 256"),
        ("x" * 300, "12 to 256"),
        ("abababababab", "different"),
        ("rosaquispe-2026", "user's name"),
        ("QUISPE-tr4nv1a-sol", "user's name"),
        ("password1234", "common"),
        ("Password2026!!", "common"),
        ("qwertyuiop123456", "common"),
        ("admin-lima-peru", "common"),
        ("abcdefghijklmnop", "common"),
        ("0987654321poiuyt", "common"),
    ],
)
def test_an_easy_password_is_refused_without_repeating_it(password: str, why: str) -> None:
    with pytest.raises(BadInput, match=why) as raised:
        check_password(password, ["rosa", "Rosa Quispe", "rosa@muni.example"])
    assert not password or password not in str(raised.value)


@pytest.mark.parametrize(
    "password", ["tres tristes tigres comen", "v7#Kd-92mQz!", "ñandú-ciruela-9-olla"]
)
def test_a_long_password_needs_no_kinds_of_characters(password: str) -> None:
    check_password(password, ["rosa", "Rosa Quispe"])
