"""One Ray for the whole folder, and one running system for the tests that disturb it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.wiring import Cluster
from adapters.settings import Settings
from jobs.benches.recovery import start_of
from jobs.system import System, database, system


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A Ray on this machine; everything in the folder joins it."""
    with Cluster.connect() as made:
        yield made


# Gone before the next file begins: two detectors do not fit on two cores beside it.
@pytest.fixture(scope="module")
def running(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The system on a private database of its own, with no camera yet."""
    folder: Path = tmp_path_factory.mktemp("system")
    with (
        database(Settings(local_dir=folder), durable=False) as settings,
        system(settings, paced=False, start=start_of(0)) as made,
    ):
        yield made
