"""The rules of the house that no linter knows, kept by reading every room's syntax tree."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.fixtures.source_scan import ROOMS, imported_packages, room_files, uses_of

ENVIRONMENT = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}
CLOCK = {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep"}
NOW = {"now", "utcnow", "today"}

# Outside libraries that stop in one file of adapters/ each.
VENDORS = (
    "av",
    "openvino",
    "onnxruntime",
    "ultralytics",
    "trackers",
    "supervision",
    "rapidocr",
    "easyocr",
    "s3fs",
    "fsspec",
    "pika",
    "redis",
    "httpx",
    "mlflow",
    "xgboost",
    "argon2",
    "jwt",
    "fpdf",
    "segno",
    "apprise",
)
# The same library in another trade: drawing and encoding the simulated road, training, peers.
OTHER_TRADES: dict[str, set[str]] = {
    "av": {"simulation/encode.py", "simulation/rtsp.py"},
    "ultralytics": {
        "jobs/training/ultralytics_run.py",
        "jobs/training/from_onnx.py",
        "jobs/training/shipped.py",
        "jobs/benches/peer_ultralytics.py",
    },
    "openvino": {"jobs/benches/peers.py", "jobs/benches/peer_plain.py"},
    "supervision": {"jobs/benches/peer_supervision.py"},
    "trackers": {"jobs/benches/peer_supervision.py"},
    "xgboost": {"jobs/training/recidivism.py", "jobs/benches/risk_scoring.py"},
}
# A vendor that reads its own variables at import has to be told before; nothing is read here.
ENVIRONMENT_WRITERS = {"jobs/training/ultralytics_run.py"}


def all_uses(repository: Path, package: str, names: set[str]) -> dict[str, list[int]]:
    uses = {path: uses_of(tree, package, names) for path, tree in room_files(repository)}
    return {path: lines for path, lines in uses.items() if lines}


def test_only_settings_reads_the_environment(repository: Path) -> None:
    users = set(all_uses(repository, "os", ENVIRONMENT))
    assert users - ENVIRONMENT_WRITERS == {"adapters/settings.py"}


def test_remote_stands_in_one_file(repository: Path) -> None:
    assert set(all_uses(repository, "ray", {"remote"})) <= {"actors/wiring.py"}


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_library_stops_in_one_adapter(repository: Path, vendor: str) -> None:
    importers = {path for path, tree in room_files(repository) if vendor in imported_packages(tree)}
    rest = importers - OTHER_TRADES.get(vendor, set())
    assert len(rest) <= 1
    assert all(path.startswith("adapters/") for path in rest)


def test_the_api_speaks_to_the_database_through_the_schema_alone(repository: Path) -> None:
    drivers = {"asyncpg", "psycopg", "sqlalchemy"}
    users = {path for path, tree in room_files(repository) if drivers & imported_packages(tree)}
    assert not [path for path in users if path.startswith("serve/")]


def test_the_pure_heart_imports_nothing_but_numbers(repository: Path) -> None:
    forbidden = {"ray", "cv2", "av", "PIL", "sqlalchemy", "psycopg", "asyncpg", "yaml", "pydantic"}
    forbidden |= {*VENDORS, "os", "socket", "subprocess", "time", "random", "logging", "threading"}
    found = {
        path: bad
        for path, tree in room_files(repository)
        if path.startswith("enforcement/") and (bad := imported_packages(tree) & forbidden)
    }
    assert not found


def test_the_pure_heart_never_asks_what_time_it_is(repository: Path) -> None:
    found = {
        path: lines
        for path, tree in room_files(repository)
        if path.startswith("enforcement/")
        and (lines := uses_of(tree, "datetime", NOW) + uses_of(tree, "date", NOW))
    }
    assert not found


def test_no_room_makes_a_naive_now(repository: Path) -> None:
    naive = {
        f"{path}:{node.lineno}"
        for path, tree in room_files(repository)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr == "utcnow" or (node.func.attr == "now" and not _has_arguments(node)))
        and getattr(node.func.value, "id", getattr(node.func.value, "attr", "")) == "datetime"
    }
    assert not naive


def test_every_module_says_why_it_exists(repository: Path) -> None:
    silent = [path for path, tree in room_files(repository) if not ast.get_docstring(tree)]
    assert not silent


def test_no_file_outgrows_the_hard_bound_of_300_lines(repository: Path) -> None:
    sizes = {
        path.relative_to(repository).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for room in (*ROOMS, "tests")
        for path in (repository / room).rglob("*.py")
    }
    assert not {path: size for path, size in sizes.items() if size > 300}


@pytest.mark.parametrize(
    ("source", "package", "names"),
    [
        ("import os\nos.environ['A']", "os", ENVIRONMENT),
        ("import os as system\nsystem.getenv('A')", "os", ENVIRONMENT),
        ("from os import environ", "os", ENVIRONMENT),
        ("import ray\n@ray.remote\nclass A: ...", "ray", {"remote"}),
        ("def f():\n  import ray as r\n  return r.remote(f)", "ray", {"remote"}),
        ("from ray import remote as far", "ray", {"remote"}),
    ],
)
def test_the_scan_sees_a_use_however_it_is_written(
    source: str, package: str, names: set[str]
) -> None:
    assert uses_of(ast.parse(source), package, names)


@pytest.mark.parametrize(
    "source",
    [
        "import pika.exceptions",
        "from pika import BlockingConnection",
        "def f():\n  import pika",
        "import importlib\nimportlib.import_module('pika.spec')",
        "__import__('pika')",
    ],
)
def test_the_scan_sees_an_import_however_it_is_written(source: str) -> None:
    assert "pika" in imported_packages(ast.parse(source))


def test_the_scan_reads_the_whole_house(repository: Path) -> None:
    scanned = {path for path, _ in room_files(repository)}
    assert {"enforcement/errors.py", "adapters/settings.py", "jobs/cli.py"} <= scanned


def _has_arguments(call: ast.Call) -> bool:
    return bool(call.args or call.keywords)
