"""Where alerts go: a mail to each address, a JSON object to each webhook. Addresses and secrets come from the environment."""

from __future__ import annotations

import hashlib
import json
import os
import re
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from runner.errors import ConfigurationError

_TIMEOUT = 20  # seconds that the other side may take for each answer
_ROWS_SHOWN = 5
_LENGTH_SHOWN = 200
_REMEDY = 'Set PIPELINE_SMTP_URL and PIPELINE_MAIL_TO, or PIPELINE_WEBHOOK_URL: see docs/operations.md, "Alerts".'

Alert = Mapping[str, Any]
"""A row of ops.take_delivery(): the alert and which of its states is told."""


class DeliveryError(Exception):
    """The other side did not take it; trying again later may help. Holds no secret."""


class Channel(Protocol):
    """One address. name: what ops.delivery calls it; it tells no secret."""

    name: str

    def send(self, alert: Alert, chart: bytes | None) -> None:
        """Tell it; raise DeliveryError when it was not taken. chart: a PNG, or None."""


def from_environment() -> list[Channel]:
    """Return the channels that the environment names; raise ConfigurationError when there is none, or one is not understood."""
    found: list[Channel] = []
    if addresses := os.environ.get("PIPELINE_MAIL_TO", "").strip():
        to = [_address("PIPELINE_MAIL_TO", address) for address in addresses.split(",") if address.strip()]
        server = MailServer.parse(_plain_variable("PIPELINE_SMTP_URL"))
        named = os.environ.get("PIPELINE_MAIL_FROM", "").strip()
        sender = _address("PIPELINE_MAIL_FROM", named) if named else to[0]
        found += [Mail(address, sender, server) for address in to]
    token = _plain_variable("PIPELINE_WEBHOOK_TOKEN")
    found += [Webhook(url, token) for url in os.environ.get("PIPELINE_WEBHOOK_URL", "").split()]
    if not found:
        raise ConfigurationError("nobody is named whom alerts are told to", _REMEDY)
    return found


def _plain_variable(name: str) -> str:
    """Return an environment variable without blanks around it; raise ConfigurationError, without its value, if not plain."""
    return _plain_ascii(name, os.environ.get(name, "").strip())


def _plain_ascii(name: str, text: str) -> str:
    """Return a text of printable ASCII; raise ConfigurationError, without the text, if it is of anything else."""
    if not (text.isascii() and text.isprintable()):
        raise ConfigurationError(
            f"{name} has characters that are not printable ASCII",
            "Look for what was copied along; in a URL write them as %XX.",
        )
    return text


def _address(name: str, text: str) -> str:
    """Return the plain address in a text such as "Ops <ops@example.com>", which a variable of that name has."""
    address = parseaddr(text)[1]
    if not re.fullmatch(r"[^\s@]+@[^\s@]+", address) or not text.strip().isprintable():
        raise ConfigurationError(f"{name}: there is something in it that is not a mail address", _REMEDY)
    return address


def _digest(text: str) -> str:
    """Return a short digest of an address."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def plain(value: Any) -> str:
    """Return a value as one line without control characters, cut where it is long."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= _LENGTH_SHOWN else f"{line[: _LENGTH_SHOWN - 1]}…"


def title(alert: Alert) -> str:
    """Return what a mail's subject says."""
    word = "resolved" if alert["state"] == "closed" else alert["severity"]
    about = f" ({alert['subject']})" if alert["subject"] else ""
    return plain(f"[{word}] {alert['shop_name']}: {alert['kind']}{about}")


def _worded(alert: Alert) -> dict[str, Any]:
    """Return what the templates show of an alert."""

    def local(moment: datetime | None) -> str:
        return f"{moment.astimezone(ZoneInfo(alert['time_zone'])):%Y-%m-%d %H:%M %Z}" if moment else ""

    rows = [{plain(key): plain(value) for key, value in row.items()} for row in alert["details"][:_ROWS_SHOWN]]
    return {
        **alert,
        "title": title(alert),
        "message": plain(alert["message"]),
        "rows": rows,
        "more": max(0, len(alert["details"]) - _ROWS_SHOWN),
        "raised": local(alert["raised_at"]),
        "closed": local(alert["closed_at"]),
    }


@dataclass(frozen=True)
class MailServer:
    """security: "tls" from the start, "starttls", or "none". The password is not part of what is printed."""

    host: str
    port: int
    security: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> MailServer:
        """Return the server that a URL names: smtps:// (TLS), smtp:// (STARTTLS), smtp+plain:// (neither, no password)."""
        schemes = {"smtps": ("tls", 465), "smtp": ("starttls", 587), "smtp+plain": ("none", 25)}
        try:
            parts = urlsplit(url)
            security, port = schemes[parts.scheme]
            host, port = parts.hostname or "", parts.port or port
        except (KeyError, ValueError):
            host = ""
        if not host:
            raise ConfigurationError("PIPELINE_SMTP_URL is not a mail server's", _REMEDY)
        user = unquote(parts.username) if parts.username else None
        password = os.environ.get("PIPELINE_SMTP_PASSWORD", "").strip("\r\n") or None
        if password is None and parts.password:
            password = unquote(parts.password)
        if user and security == "none":
            raise ConfigurationError(
                "PIPELINE_SMTP_URL would send a password that everyone on the way can read", "Use smtp:// or smtps://."
            )
        return cls(host, port, security, user, password)

    def send(self, message: EmailMessage) -> None:
        """Send a message; raise DeliveryError when the server does not take it."""
        try:
            context = ssl.create_default_context()
            with (
                smtplib.SMTP_SSL(self.host, self.port, timeout=_TIMEOUT, context=context)
                if self.security == "tls"
                else smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT)
            ) as connection:
                if self.security == "starttls":
                    connection.starttls(context=context)
                if self.user:
                    connection.login(self.user, self.password or "")
                connection.send_message(message)
        except UnicodeEncodeError:
            raise DeliveryError("the user or the password of the mail server is not plain ASCII") from None
        except (OSError, smtplib.SMTPException) as error:
            reason = plain(str(error)) or type(error).__name__
            raise DeliveryError(f"{self.host}:{self.port}: {reason}") from error


class Mail:
    """Mail to one address, so that each is told exactly once whatever becomes of the others."""

    def __init__(self, address: str, sender: str, server: MailServer) -> None:
        self.name = f"mail {_digest(address)}"
        self._address = address
        self._sender = sender
        self._server = server

    def send(self, alert: Alert, chart: bytes | None) -> None:
        """Send a mail in plain text and HTML."""
        try:
            self._server.send(self.message(alert, chart))
        except DeliveryError:
            raise
        except Exception as error:  # whatever it is: the other channels are to be told, and its text may quote a secret
            raise DeliveryError(f"the mail could not be sent: {type(error).__name__}") from None

    def message(self, alert: Alert, chart: bytes | None) -> EmailMessage:
        """Return the mail. Its id is the same whenever this state of the alert is told: a second copy is known as one."""
        worded = _worded(alert) | {"has_chart": chart is not None}
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = self._address
        message["Subject"] = worded["title"]
        message["Date"] = alert["closed_at"] if alert["state"] == "closed" else alert["raised_at"]
        domain = self._sender.rpartition("@")[2]
        message["Message-ID"] = f"<{_key(alert)}.{_digest(self.name)}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(_TEMPLATES.get_template("mail.txt.j2").render(worded))
        message.add_alternative(_TEMPLATES.get_template("mail.html.j2").render(worded), subtype="html")
        if chart is not None:
            html = message.get_payload()[1]  # type: ignore[index]
            html.add_related(chart, "image", "png", cid="<runs>", filename="runs.png")  # type: ignore[union-attr]
        return message


def _key(alert: Alert) -> str:
    """Return what tells this state and cause of this alert from all others, also from those of other databases."""
    return _digest(f"{alert['shop_name']} {alert['alert_id']} {alert['raised_at']} {alert['state']} {alert['cause']}")


class Webhook:
    """A URL that takes JSON. token: goes along as a bearer token, if there is one."""

    def __init__(self, url: str, token: str = "") -> None:
        _plain_ascii("PIPELINE_WEBHOOK_URL", url)
        try:
            parts = urlsplit(url)
            is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:  # it may quote the URL
            is_whole = False
        if not is_whole:
            raise ConfigurationError(
                "PIPELINE_WEBHOOK_URL is not a URL that begins with https:// or http:// and names a host", _REMEDY
            )
        if "@" in parts.netloc:
            raise ConfigurationError(
                "PIPELINE_WEBHOOK_URL has a user before its host, which is not sent",
                "Put a secret into PIPELINE_WEBHOOK_TOKEN.",
            )
        self.name = f"webhook {_digest(url)}"
        self._url = url
        self._token = token
        self._host = parts.hostname

    def send(self, alert: Alert, chart: bytes | None) -> None:
        """Post the alert as JSON; raise DeliveryError unless the answer is 2xx."""
        del chart
        try:
            self._post(alert)
        except urllib.error.HTTPError as error:
            with error:
                raise DeliveryError(f"{self._host} answered {error.code}") from None
        except OSError as error:
            raise DeliveryError(f"{self._host}: {plain(str(getattr(error, 'reason', error)))}") from None
        except Exception as error:  # whatever it is: the other channels are to be told, and its text may quote a secret
            raise DeliveryError(f"{self._host}: it could not be posted: {type(error).__name__}") from None

    def _post(self, alert: Alert) -> None:
        """Post the alert as JSON."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": _key(alert)}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(  # noqa: S310 - the scheme was looked at
            self._url, json.dumps(self.body(alert), ensure_ascii=False, default=str).encode(), headers, method="POST"
        )
        with _OPENER.open(request, timeout=_TIMEOUT):
            pass

    @staticmethod
    def body(alert: Alert) -> dict[str, Any]:
        """Return what is posted. text: one line for chat programs, in which <, > and & are written as they ask for."""
        worded = _worded(alert)
        text = f"{worded['title']}: {worded['message']}"
        for character, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            text = text.replace(character, written)
        keys = ("alert_id", "state", "severity", "kind", "subject", "message", "remedy", "seen_count", "shop_name")
        moments = {key: alert[key].isoformat() if alert[key] else None for key in ("raised_at", "closed_at")}
        return {"text": text, **{key: alert[key] for key in keys}, **moments, "details": alert["details"][:_ROWS_SHOWN]}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would turn the POST into a GET, and carry the token elsewhere: it is an error."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""
        return


_OPENER = urllib.request.build_opener(_NoRedirects)
_TEMPLATES = Environment(
    loader=PackageLoader("runner.notify", "."),
    autoescape=select_autoescape(["html.j2"], default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
HERE = Path(__file__).parent
