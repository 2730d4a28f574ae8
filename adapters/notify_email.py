"""Notices by mail, over the SMTP server that VIGIA_SMTP_URL names.

A server that is down or says "later" is Unavailable; one that will never take this address is BadInput.
The message's id comes from its idempotency key, so that a mail sent twice can be told for one.
"""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import parse_qs, unquote, urlsplit

from enforcement.errors import BadInput, Unavailable
from enforcement.notifications import Message

VARIABLE = "VIGIA_SMTP_URL"
_SECONDS = 10.0


class EmailSender:
    """`smtp://user:password@host:port?from=vigia@muni.example`; `smtps://` for TLS from the start.

    With `smtp://`, TLS is used where the server offers it; a password is never sent without.
    """

    def __init__(self, url: str) -> None:
        """Raises BadInput for a URL without a host."""
        parts = urlsplit(url)
        if not parts.hostname:
            raise BadInput(f"{VARIABLE}: names no host; expected smtp://host:port")
        self._host = parts.hostname
        self._tls = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._tls else 25)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._from = parse_qs(parts.query).get("from", [f"vigia@{self._host}"])[0]

    def send(self, message: Message) -> None:
        """See Sender. message.to: an e-mail address."""
        mail = self._mail(message)
        try:
            with self._open() as server:
                server.send_message(mail, from_addr=self._from, to_addrs=[message.to])
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            raise _refused(code, "the address") from None
        except smtplib.SMTPAuthenticationError:
            # The server's own words may repeat the account.
            raise Unavailable(f"{VARIABLE}: the server refuses the account") from None
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code, "the mail") from None
        except (smtplib.SMTPException, OSError) as error:
            raise Unavailable(f"{VARIABLE}: no mail server ({type(error).__name__})") from None

    def _open(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=_SECONDS)
        try:
            self._secure(server, context)
        except BaseException:
            server.close()
            raise
        return server

    def _secure(self, server: smtplib.SMTP, context: ssl.SSLContext) -> None:
        server.ehlo()
        secure = self._tls
        if not secure and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
            secure = True
        if self._user and not secure:
            raise Unavailable(f"{VARIABLE}: the server offers no TLS, so no password is sent")
        if self._user:
            server.login(self._user, self._password)

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        try:
            mail["From"] = self._from
            mail["To"] = message.to
            mail["Subject"] = " ".join(message.title.split())
        except ValueError:
            raise BadInput("e-mail: the address holds a line break") from None
        mail["Date"] = formatdate()
        mail["Message-ID"] = f"<{hashlib.sha256(message.key.encode()).hexdigest()}@vigia>"
        mail.set_content(message.text)
        return mail


def _refused(code: int, what: str) -> BadInput | Unavailable:
    """RFC 5321: 4yz may be taken later, 5yz never."""
    words = f"e-mail: the server refused {what} ({code})"
    return BadInput(words) if 500 <= code < 600 else Unavailable(words)
