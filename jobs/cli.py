"""The frame of every command: arguments, one-line errors, exit codes, progress.

Exit codes of all commands: 0 done, 1 the answer is no, 2 bad input or usage. A command never shows a
traceback for what a user gave it; a defect of ours still does.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from enforcement.errors import BadInput, VigiaError

DONE, NO, BAD_INPUT = 0, 1, 2


class OneLineParser(argparse.ArgumentParser):
    """Usage errors are one line on stderr and exit code 2."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Print the one line and leave."""
        self.exit(BAD_INPUT, f"{self.prog}: {message} (see --help)\n")


def parser(name: str, description: str, epilog: str = "") -> OneLineParser:
    """A parser for `python -m jobs.NAME` whose help keeps the line breaks it was written with."""
    return OneLineParser(
        prog=f"python -m jobs.{name}",
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def run(
    main: Callable[[Sequence[str]], int], name: str, arguments: Sequence[str] | None = None
) -> int:
    """Run a command's main and turn named errors into one line on stderr.

    Returns the exit code; Ctrl-C is 130 as shells expect.
    """
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(message)s"
    )
    try:
        return main(sys.argv[1:] if arguments is None else arguments)
    except BadInput as error:
        sys.stderr.write(f"{name}: {_one_line(error)}\n")
        return BAD_INPUT
    except VigiaError as error:
        sys.stderr.write(f"{name}: {_one_line(error)}\n")
        return NO
    except KeyboardInterrupt:
        return 130


def progress(*, quiet: bool = False) -> Progress:
    """A progress bar on stderr, so that stdout stays machine-readable."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True, quiet=quiet),
        transient=False,
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
