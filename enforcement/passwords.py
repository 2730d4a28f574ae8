"""What a password must be: long, of enough different characters, and not what anybody would try first.

NIST SP 800-63B asks for length and a list of what is commonly used, not for kinds of characters. It must
not know how passwords are kept; messages never repeat one.
"""

from __future__ import annotations

from collections.abc import Sequence

from enforcement.errors import BadInput

SHORTEST, LONGEST = 12, 256
_FEWEST_DIFFERENT = 6
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiopasdfghjklzxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
)
_RUN = 6
# Words that make a long password of no worth when little else is in it.
_COMMON = (
    "password",
    "contraseña",
    "contrasena",
    "clave",
    "admin",
    "administrador",
    "operador",
    "supervisor",
    "auditor",
    "vigia",
    "vigía",
    "peru",
    "perú",
    "lima",
    "bienvenido",
    "welcome",
    "letmein",
    "changeme",
    "cambiame",
    "secret",
    "secreto",
)
_LEAST_BESIDE = 8


def check_password(password: str, about: Sequence[str] = ()) -> None:
    """Raise BadInput, saying why, for a password that is too easily guessed.

    about: what anybody may know of its owner: user name, full name, e-mail.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInput(f"password: must have {SHORTEST} to {LONGEST} characters")
    if len(set(password)) < _FEWEST_DIFFERENT:
        raise BadInput(f"password: must have at least {_FEWEST_DIFFERENT} different characters")
    plain = password.casefold()
    for word in _words(about):
        if word in plain:
            raise BadInput("password: must not contain the user's name or e-mail")
    if _beside(plain) < _LEAST_BESIDE:
        raise BadInput("password: is mostly common words and rows of keys")


def _words(about: Sequence[str]) -> list[str]:
    parts = [part for text in about for part in text.casefold().replace("@", " ").split()]
    return [part for part in parts if len(part) >= 4]


def _beside(plain: str) -> int:
    """How many characters are left without common words and runs along the keys or the alphabet."""
    for word in sorted(_COMMON, key=len, reverse=True):
        plain = plain.replace(word, "")
    for row in _ROWS:
        for line in (row, row[::-1]):
            for length in range(len(line), _RUN - 1, -1):
                for start in range(len(line) - length + 1):
                    plain = plain.replace(line[start : start + length], "")
    return len(plain)
