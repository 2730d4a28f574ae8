"""What .ci/run does with make's answers, with a Makefile that only plays them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PASSED = "========= 2 passed in 3.21s ========="
FAILED = "==== 1 failed, 2 passed in 63.21s (0:01:03) ===="


@pytest.mark.parametrize(
    ("check", "test", "succeeds", "last_line"),
    [
        ("true", f"echo '{PASSED}'", True, PASSED),
        ("true", f"echo '{FAILED}'; exit 1", False, FAILED),
        ("true", "echo no space left; exit 2", False, "make test ended before pytest did"),
        ("echo types; exit 1", f"echo '{PASSED}'", False, "types"),
    ],
)
def test_ci_fails_when_make_does_and_ends_with_pytests_closing_line(
    tmp_path: Path, repository: Path, check: str, test: str, succeeds: bool, last_line: str
) -> None:
    (tmp_path / ".ci").mkdir()
    script = shutil.copy(repository / ".ci" / "run", tmp_path / ".ci")
    (tmp_path / "Makefile").write_text(f"check:\n\t@{check}\ntest:\n\t@{test}\n", encoding="utf-8")
    answer = subprocess.run(
        ["/bin/bash", script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        # Under `make check` this make would be a nested one and say so in its output.
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
    )
    assert (answer.returncode == 0) is succeeds
    assert answer.stdout.splitlines()[-1] == last_line
