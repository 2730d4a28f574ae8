"""`python -m jobs.notify`: tell people what concerns them, in the console and by mail, SMS and push.

It holds no SQL and no rule: enforcement says who is told, the notifier writes and sends.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy.orm import Session, sessionmaker

from actors.backoff import Backoff
from actors.notifier import Notifier
from actors.outbox_relay import OutboxRelay
from adapters.message_bus import open_bus
from adapters.notify_apprise import AppriseSender
from adapters.notify_email import EmailSender
from adapters.settings import Settings, read_settings
from enforcement.errors import Unavailable
from enforcement.events import MessageBus
from enforcement.notice_rules import TOPICS, Channel
from enforcement.notifications import Sender
from jobs import cli
from jobs.create_user import refuse_old_schema
from jobs.migrate import database_url
from schema.session import open_engine, sessions

_LOG = logging.getLogger(__name__)
_IDLE_S = 1.0
_ENDS_WITHIN_S = 15.0
_SECONDS_OF_ONCE = 2.0
# How often cameras are looked at; who runs them looks too.
_WATCH_S = 15.0

EPILOG = """\
Reads what happened, writes each person's notices for the console, and sends them through the channels
that the person left on (in the console under Avisos) and that are set up here:
  VIGIA_SMTP_URL         mail, smtp://user:password@host:port?from=vigia@muni.example (or smtps://)
  VIGIA_NOTIFY_SMS_URL   SMS, an Apprise URL with {to} for the number, such as twilio://SID:TOKEN@FROM/{to}
  VIGIA_NOTIFY_PUSH_URL  push, an Apprise URL with {to} for the user's name, such as ntfy://host/vigia-{to}
Without one, that channel's notices wait in the database until it is set or they expire.

Events come through RabbitMQ where VIGIA_AMQP_URL names one, else straight from the outbox; an event tells
people once, however often it comes. A channel that is down is tried again, 5 seconds later at first and
15 minutes at most, until the notice expires. Several may run side by side.

Examples:
  python -m jobs.notify                 until Ctrl-C or SIGTERM
  python -m jobs.notify --once          what is due now, for cron and for a look

Which database: --database-url, else VIGIA_DATABASE_URL, else the private PostgreSQL in .local/.
Prints one JSON object on stdout at the end: events, written, sent, waiting by channel, troubles by channel.
Exit codes: 0 done, 1 (--once only) something could not be read or sent now, 2 bad input.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    parser = cli.parser("notify", "Tell people what concerns them.", EPILOG)
    parser.add_argument("--once", action="store_true", help="do what is due now, then end")
    parser.add_argument("--database-url", metavar="URL", help="plain postgresql:// URL")
    options = parser.parse_args(arguments)
    settings = read_settings()
    senders = senders_of(settings)
    bus = None if settings.amqp_url is None else open_bus(settings)
    url = options.database_url or database_url(settings)
    refuse_old_schema(url)
    engine = open_engine(url)
    try:
        service = Notifying(sessions(engine), senders, bus)
        if options.once:
            service.once()
        else:
            service.run(_told_to_stop())
        result = service.result()
    finally:
        if bus is not None:
            bus.close()
        engine.dispose()
    sys.stdout.write(json.dumps(result) + "\n")
    return cli.NO if options.once and result["troubles"] else cli.DONE


def senders_of(settings: Settings) -> dict[Channel, Sender]:
    """The channels that are set up. Raises BadInput naming the variable."""
    found: dict[Channel, Sender] = {}
    if settings.smtp_url is not None:
        found[Channel.EMAIL] = EmailSender(settings.smtp_url)
    if settings.notify_sms_url is not None:
        found[Channel.SMS] = AppriseSender("VIGIA_NOTIFY_SMS_URL", settings.notify_sms_url)
    if settings.notify_push_url is not None:
        found[Channel.PUSH] = AppriseSender("VIGIA_NOTIFY_PUSH_URL", settings.notify_push_url)
    return found


@contextmanager
def notifying(settings: Settings) -> Iterator[None]:
    """The loop beside other work, in a thread of this process; settings must name an answering database."""
    bus = None if settings.amqp_url is None else open_bus(settings)
    engine = open_engine(str(settings.database_url), pool_size=2)
    stop = threading.Event()
    service = Notifying(sessions(engine), senders_of(settings), bus)
    thread = threading.Thread(target=service.run, args=(stop,), name="notify", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_ENDS_WITHIN_S)
        if bus is not None:
            bus.close()
        engine.dispose()


class Notifying:
    """The loop: events in, sendings out. bus: None reads the outbox itself."""

    def __init__(
        self,
        factory: sessionmaker[Session],
        senders: dict[Channel, Sender],
        bus: MessageBus | None,
    ) -> None:
        name = f"notify-{os.uname().nodename}-{os.getpid()}"[:100]
        self.notifier = Notifier(factory, senders, name=name)
        self._bus = bus
        # With a broker, what waits in the outbox is carried there first, should nobody else do it.
        self._relay = None if bus is None else OutboxRelay(factory, bus, name=name)
        self._subscribed = False
        self._watch_at = 0.0
        self._trouble: str | None = None

    def once(self) -> None:
        """Everything that is due now."""
        while self.step(_SECONDS_OF_ONCE):
            pass

    def run(self, stop: threading.Event) -> None:
        """Until told to stop; what does not answer is asked again, ever more rarely."""
        backoff = Backoff(first_s=0.5, longest_s=30.0)
        while not stop.is_set():
            busy = self.step(0.2)
            if self._trouble is not None:
                backoff.failed(0.0)
                stop.wait(backoff.not_before_s)
            else:
                backoff.succeeded()
                if not busy:
                    stop.wait(_IDLE_S)

    def step(self, seconds: float) -> int:
        """Take events and send; returns how many of both. Trouble is kept for `result`."""
        self._trouble = None
        done = 0
        try:
            self._watch()
            done += self._take(seconds)
        except Unavailable as error:
            self._note(error)
        try:
            # A broker that is down does not hold up what was already written.
            done += self.notifier.deliver()
        except Unavailable as error:
            self._note(error)
        return done

    def result(self) -> dict[str, object]:
        """What was done, for a person and for scripts."""
        troubles = {str(channel): words for channel, words in self.notifier.troubles.items()}
        waiting: dict[str, int] = {}
        try:
            waiting = dict(self.notifier.waiting())
        except Unavailable as error:
            self._note(error)
        if self._trouble is not None:
            troubles["events"] = self._trouble
        return {
            "events": self.notifier.events,
            "written": self.notifier.written,
            "sent": self.notifier.sent,
            "waiting": waiting,
            "troubles": troubles,
        }

    def _watch(self) -> None:
        if time.monotonic() >= self._watch_at:
            self.notifier.watch()
            self._watch_at = time.monotonic() + _WATCH_S

    def _take(self, seconds: float) -> int:
        if self._bus is None or self._relay is None:
            return self.notifier.from_outbox()
        if not self._subscribed:
            for name, pattern in TOPICS.items():
                self._bus.subscribe(f"notify-{name}", pattern, self.notifier.handle)
            self._subscribed = True
        relayed = self._relay.step()
        if (trouble := self._relay.status().last_error) is not None:
            raise Unavailable(trouble)
        return relayed + self._bus.pump(seconds)

    def _note(self, error: Unavailable) -> None:
        self._trouble = str(error)
        _LOG.warning("notify waits: %s", error)


def _told_to_stop() -> threading.Event:
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    return stop


if __name__ == "__main__":
    sys.exit(cli.run(main, "notify"))
