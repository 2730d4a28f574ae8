"""Every error of the product, one tree.

VigiaError
├── BadInput            what the caller gave cannot be used: commands exit 2 with this line
│   ├── BadSite         a site file or its rows contradict themselves
│   ├── BadVideo        a source that is not usable video
│   ├── BadModel        a model file that is missing, foreign or damaged
│   └── ReasonMissing   a decision that must say why does not
├── Unavailable         an outside part does not answer now; retrying later may work
│   └── DiskRefuses     a folder that is full, read-only or not ours; also a BadInput, for commands
├── EvidenceBroken      a bundle whose content does not match its seal
├── PoorCalibration     points that do not determine the road well enough to measure on it
├── NotFound            what was asked for does not exist, or no longer stands
├── NotPermitted        this person may not do this
├── TransitionRefused   an infraction does not go from its status to that one
├── StaleVersion        it changed since it was read; carries the version it has now
└── AlreadyTaken        a name or key is in use by something else

It must not know who raises or shows them.
"""

from __future__ import annotations


class VigiaError(Exception):
    """Something Vigía names rather than lets crash."""


class BadInput(VigiaError):
    """The input cannot be used; the message is one line naming the culprit."""


class BadSite(BadInput):
    """The site description contradicts itself."""


class BadVideo(BadInput):
    """The source is not usable video."""


class BadModel(BadInput):
    """The model file is missing, foreign or damaged."""


class Unavailable(VigiaError):
    """An outside part does not answer now; the caller keeps its work and retries."""


class DiskRefuses(BadInput, Unavailable):
    """The disk does not take a file: a command ends with this line, a live system keeps and retries."""


class EvidenceBroken(VigiaError):
    """A bundle's content does not match its seal; the message says where."""


class PoorCalibration(BadSite):
    """The calibration points do not determine the road well enough; `reason` is a code for programs."""

    def __init__(self, message: str, *, reason: str = "undecided") -> None:
        super().__init__(message)
        self.reason = reason


class ReasonMissing(BadInput):
    """A decision that must say why does not."""


class NotFound(VigiaError):
    """What was asked for does not exist, or no longer stands."""


class NotPermitted(VigiaError):
    """This person may not do this."""


class TransitionRefused(VigiaError):
    """An infraction does not go from its status to that one."""


class StaleVersion(VigiaError):
    """It changed since it was read; `current` is the version it has now."""

    def __init__(self, message: str, *, current: int) -> None:
        super().__init__(message)
        self.current = current


class AlreadyTaken(VigiaError):
    """A name or key is in use by something else."""
