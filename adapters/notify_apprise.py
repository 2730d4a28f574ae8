"""Notices by SMS and push, through whichever service an Apprise URL names.

The only importer of Apprise. The URL comes from configuration alone and holds secrets: it is neither logged
nor shown, and Apprise's own log is silenced, because it prints addresses. `{to}` in it stands for the
person: the telephone number for SMS, the user's name for push.
"""

from __future__ import annotations

import logging
import warnings
from urllib.parse import quote

import apprise

from enforcement.errors import BadInput, Unavailable
from enforcement.notifications import Message


class AppriseSender:
    """One channel behind one Apprise URL."""

    def __init__(self, variable: str, url: str) -> None:
        """Raises BadInput naming the variable, never its value, for a URL that Apprise does not know."""
        self._variable, self._url = variable, url
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        if "{to}" not in url:
            raise BadInput(f"{variable}: holds no {{to}}, so everyone's notices would go to one")
        with warnings.catch_warnings():
            # The first URL has Apprise load its services, one of which still asks for `imghdr`.
            warnings.simplefilter("ignore", DeprecationWarning)
            known = self._service("51900000000")
        if known is None:
            raise BadInput(f"{variable}: not an Apprise URL")

    def send(self, message: Message) -> None:
        """See Sender."""
        service = self._service(message.to)
        if service is None:
            raise BadInput(f"{self._variable}: does not fit this person's number or name")
        # Apprise says yes or no and keeps the reason for its log.
        if not service.notify(body=message.text, title=message.title):
            raise Unavailable(f"{self._variable}: the service did not take it")

    def _service(self, to: str) -> apprise.NotifyBase | None:
        asset = apprise.AppriseAsset(secure_logging=True, async_mode=False)
        return apprise.Apprise.instantiate(
            self._url.replace("{to}", quote(to, safe="")), asset=asset, suppress_exceptions=True
        )
