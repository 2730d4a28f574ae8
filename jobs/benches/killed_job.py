"""A job in a process of its own, left to its end or killed with kill -9 at an instant.

It must not know what the job does.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from adapters.settings import set_for_children
from enforcement.errors import Unavailable
from jobs import cli

Main = Callable[[Sequence[str]], int]
_PATIENCE_S = 60


def run_job(
    main: Main,
    name: str,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    kill_after_s: float | None,
    preload: str,
) -> tuple[float, bool]:
    """Run it; (seconds, whether it was killed while it ran).

    environment: variables for it; it does not see what this process has set since the first of them began.
    preload: the module whose imports the processes start with. Without an instant it is run again until it
    is done: the server notices a dead client a moment later, and until then the dead job's lock is taken.
    Raises Unavailable when it does not get done within a minute.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([preload])
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        process = context.Process(
            target=_in_process, args=(main, name, list(arguments), dict(environment))
        )
        process.start()
        begin = time.monotonic()
        process.join(kill_after_s)
        killed = process.is_alive() and kill_after_s is not None
        if killed and process.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        process.join()
        if kill_after_s is not None or process.exitcode in (cli.DONE, cli.NO):
            return time.monotonic() - begin, killed
        if time.monotonic() > deadline:
            raise Unavailable(f"{name} ended with {process.exitcode}")
        time.sleep(0.05)


def _in_process(
    main: Main, name: str, arguments: Sequence[str], environment: Mapping[str, str]
) -> None:
    set_for_children(environment)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        sys.stdout = sys.stderr = nowhere
        os._exit(cli.run(main, name, arguments))
