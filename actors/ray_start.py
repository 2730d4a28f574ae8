"""Joins a Ray or starts one on this machine, and says how its workers stand beside other work there."""

from __future__ import annotations

from typing import Any

import ray

from actors.ray_ports import last_line
from adapters.settings import REPOSITORY, set_for_children
from enforcement.errors import Unavailable

LIVE, BACKGROUND = 0, 15
"""Niceness of workers. Ray's own is 15 for all, which leaves a camera or an API one part in thirty of a core
that anything else on the machine wants whole."""


def start_ray(address: str | None, *, niceness: int = LIVE) -> None:
    """Join the cluster at an address or start Ray here; a loaded machine gets a second try.

    niceness: of workers of a Ray that is started; a cluster's was given where its nodes were.
    Raises Unavailable when it does not start.
    """
    arguments: dict[str, Any] = {
        "address": address or "local",
        "log_to_driver": False,
        "logging_level": "ERROR",
        "configure_logging": False,
    }
    if address is None:
        arguments["include_dashboard"] = False
        arguments["runtime_env"] = {"env_vars": {"PYTHONPATH": str(REPOSITORY)}}
        set_for_children({"RAY_worker_niceness": str(niceness)})
    for attempt in (1, 2):
        try:
            ray.init(**arguments)
        except Exception as error:
            # Ray raises a bare Exception when its node is slow to start.
            ray.shutdown()
            if attempt == 2 or "timed out" not in str(error):
                raise Unavailable(f"Ray does not start: {last_line(error)}") from error
        else:
            return
