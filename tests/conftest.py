"""What every test stands on: where assets are, how much Hypothesis tries, what unit tests may touch.

Fixtures of a service or of the database live in tests/fixtures/, one file for each.
"""

from __future__ import annotations

import importlib.util
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A shell that starts the suite in the background has it ignore Ctrl-C, and so would the commands that tests
# start and end by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

REPOSITORY = Path(__file__).resolve().parent.parent
ASSETS = REPOSITORY.parent / "shared" / "assets"
UNIT = REPOSITORY / "tests" / "unit"

pytest_plugins = [
    name
    for name in (
        "tests.fixtures.guards",
        "tests.fixtures.services",
        "tests.fixtures.postgres",
        "tests.fixtures.clips",
        "tests.fixtures.console",
        "tests.fixtures.provider",
        "tests.fixtures.history",
    )
    if importlib.util.find_spec(name)
]

# Few examples, always the same: the suite says the same thing twice in a row and stays quick.
settings.register_profile(
    "house",
    max_examples=25,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository's root."""
    return REPOSITORY


@pytest.fixture(scope="session")
def assets() -> Path:
    """Real footage, plates and weights beside the repository; the test is skipped without them."""
    if not ASSETS.is_dir():
        pytest.skip("no ../shared/assets beside the repository")
    return ASSETS


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Unit tests get the guards of tests/fixtures/guards.py without asking for them."""
    for item in items:
        if item.path.is_relative_to(UNIT) and isinstance(item, pytest.Function):
            item.fixturenames.insert(0, "unit_guard")
