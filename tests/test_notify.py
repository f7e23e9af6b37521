"""Alerts reach people: by a real SMTP server and a real HTTP endpoint, once for each state, whatever is down."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from runner import cli, database, install, load, notify, wheel
from runner.errors import ConfigurationError, PipelineError
from runner.notify.channels import Mail, MailServer, Webhook
from runner.notify.line import Connection
from tests import shop
from tests.conftest import SERVER, Db, database_url
from tests.test_refresh import VIOLATIONS

SECRET = "pa55 word/%"
DRAW = notify._chart


class Inbox:
    """What a mail server was given. is_down: it refuses everything for now."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.is_down = False
        self.is_encrypted: list[bool] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.is_down:
            return "451 try again later"
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients += envelope.rcpt_tos
        self.is_encrypted.append(session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None)
        return "250 taken"

    @property
    def subjects(self) -> list[str]:
        return [mail["Subject"] for mail in self.mails]

    def body(self, kind: str) -> str:
        """Return the last mail's text in plain or html."""
        part = self.mails[-1].get_body((kind,))
        assert part is not None
        text: str = part.get_content()
        return text


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told anything but whom a test names, and without a picture."""
    for name in ("MAIL_TO", "MAIL_FROM", "SMTP_URL", "SMTP_PASSWORD", "WEBHOOK_URL", "WEBHOOK_TOKEN"):
        monkeypatch.delenv(f"PIPELINE_{name}", raising=False)
    monkeypatch.setenv("PIPELINE_NOTIFY_STATE", str(tmp_path / "state" / "down.json"))
    monkeypatch.setattr(notify, "_chart", lambda _: None)  # drawing takes a moment; one test does


def free_port() -> int:
    """Return a port that nobody listens on; aiosmtpd wants to be told one."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    """A mail server that alerts go to."""
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    monkeypatch.setenv("PIPELINE_SMTP_URL", f"smtp+plain://127.0.0.1:{controller.port}")
    monkeypatch.setenv("PIPELINE_MAIL_TO", "Night <night@example.com>")
    yield inbox
    controller.stop()


class Endpoint(ThreadingHTTPServer):
    """An HTTP server that keeps what it is sent. answer: the status that it gives."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answer = 204


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Endpoint)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.answer == 204:  # kept before it is answered: the sender reads on at once
            self.server.bodies.append(json.loads(body))
            self.server.headers.append(dict(self.headers))
        self.send_response(self.server.answer)
        if self.server.answer == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    do_GET = do_POST  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Be silent."""


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """An HTTP endpoint that alerts go to."""
    with Endpoint() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("PIPELINE_WEBHOOK_URL", f"http://127.0.0.1:{server.server_port}/hook/secret-path")
        yield server
        server.shutdown()
        thread.join()


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(list(arguments))
    return int(ended.value.code or 0)


def fail(db: Db, name: str = "customer_names_present") -> None:
    """Break an assertion of severity error and refresh in vain."""
    db.execute(VIOLATIONS[name].encode())
    assert run("refresh") == 1


def mend(db: Db) -> None:
    db.execute("UPDATE staging.customers SET first_name = 'Ada', last_name = 'Lovelace' WHERE email ~ 'ada'")
    assert run("refresh") == 0


def later(db: Db) -> None:
    """Let the time until the next try pass."""
    db.execute("UPDATE ops.delivery SET next_attempt_at = now()")


def now(db: Db) -> datetime:
    """Return the time by the server's clock."""
    row = db.execute("SELECT clock_timestamp() AS at").fetchone()
    assert row is not None
    at: datetime = row["at"]
    return at


def until(condition: Callable[[], Any], seconds: float = 20) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_failed_refresh_is_mailed_once_and_once_that_it_is_over(
    published: Db, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "_chart", DRAW)
    published.execute("UPDATE config.shop SET shop_name = 'Tea & Cups', time_zone = 'Europe/Dublin'")
    fail(published)
    for _ in range(3):
        assert run("notify") == 0
    assert inbox.subjects == ["[error] Tea & Cups: refresh failed"]
    assert inbox.recipients == ["night@example.com"]
    text, page = inbox.body("plain"), inbox.body("html")
    for words in (
        "customer_names_present",
        "What to do: ",
        "runner refresh (docs/runbook.md#refresh-failed)",
        "customer_id: C1",
    ):
        assert words in text
    assert "<b>What to do:</b>" in page
    assert "C1</td>" in page
    (picture,) = [part for part in inbox.mails[0].walk() if part.get_content_type() == "image/png"]
    assert picture.get_content().startswith(b"\x89PNG\r\n")
    assert picture["Content-ID"].strip("<>") in page

    assert run("refresh") == 1
    assert run("notify") == 0
    assert len(inbox.mails) == 1, "it failed again: the same alert"
    mend(published)
    for _ in range(2):
        assert run("notify") == 0
    assert inbox.subjects[1:] == ["[resolved] Tea & Cups: refresh failed"]
    assert "It is gone" in inbox.body("plain")
    assert len({mail["Message-ID"] for mail in inbox.mails}) == 2


def test_two_notifiers_at_once_tell_each_address_once(published: Db, inbox: Inbox, endpoint: Endpoint) -> None:
    fail(published)
    threads = [threading.Thread(target=notify.notify) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(inbox.mails), len(endpoint.bodies)) == (1, 1)


def test_a_mail_server_that_is_down_is_tried_again_later_and_holds_up_nobody_else(
    published: Db, inbox: Inbox, endpoint: Endpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox.is_down = True
    fail(published)
    assert run("notify") == 1
    assert "451" in capsys.readouterr().err
    assert (len(inbox.mails), len(endpoint.bodies)) == (0, 1)
    assert run("notify") == 0, "not before its time"
    for wait in (60, 120, 240, 480, 960, 1920, 3600, 3600, 3600):
        later(published)
        begun = now(published)
        run("notify")
        row = published.execute("SELECT next_attempt_at AS at FROM ops.delivery WHERE delivered_at IS NULL").fetchone()
        assert row is not None
        assert begun <= row["at"] - timedelta(seconds=wait) <= now(published)
    mend(published)
    run("notify")
    assert inbox.mails == [], "not that it is over to whom it was not told that it began"
    inbox.is_down = False
    later(published)
    assert run("notify") == 0
    assert [subject.split()[0] for subject in inbox.subjects] == ["[error]", "[resolved]"]
    assert [body["state"] for body in endpoint.bodies] == ["open", "closed"]


def test_a_webhook_gets_json_and_its_token_and_its_address_is_kept_secret(
    published: Db, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIPELINE_WEBHOOK_TOKEN", SECRET)
    fail(published)
    for answer in (500, 302, 404):
        endpoint.answer = answer
        later(published)
        assert run("notify") == 1
    endpoint.answer = 204
    later(published)
    assert run("notify") == 0
    (body,) = endpoint.bodies
    assert {key: body[key] for key in ("state", "severity", "kind", "closed_at", "seen_count")} == {
        "state": "open",
        "severity": "error",
        "kind": "refresh failed",
        "closed_at": None,
        "seen_count": 1,
    }
    assert body["details"][0]["customer_id"] == "C1"
    assert endpoint.headers[0]["Authorization"] == "Bearer pa55 word/%"
    assert endpoint.headers[0]["Idempotency-Key"]
    kept = published.execute("SELECT channel, error_message, attempts FROM ops.delivery").fetchall()
    assert kept[0]["attempts"] == 4
    shown = capsys.readouterr()
    assert "secret-path" not in f"{kept}{shown}"


@pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")  # aiosmtpd does not see that all of it is TLS
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_mail_goes_by_tls_with_a_password_that_stands_nowhere(
    published: Db, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], security: str
) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
        f" -addext subjectAltName=DNS:localhost -keyout {key} -out {certificate}".split(),
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    given: list[LoginPassword] = []

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        given.append(data)
        return AuthResult(success=data == LoginPassword(b"shop@example.com", SECRET.encode()), handled=False)

    inbox = Inbox()
    tls: dict[str, Any] = (
        {"ssl_context": context} if security == "tls" else {"tls_context": context, "require_starttls": True}
    )
    controller = Controller(
        inbox,
        hostname="127.0.0.1",
        port=free_port(),
        server_hostname="localhost",
        authenticator=authenticate,
        auth_required=True,
        auth_require_tls=security == "starttls",
        **tls,
    )
    try:
        controller.start()
        scheme = {"tls": "smtps", "starttls": "smtp"}[security]
        monkeypatch.setenv("PIPELINE_SMTP_URL", f"{scheme}://shop%40example.com@localhost:{controller.port}")
        monkeypatch.setenv("PIPELINE_SMTP_PASSWORD", SECRET)
        monkeypatch.setenv("PIPELINE_MAIL_TO", "a@example.com,b@example.com")
        fail(published)
        assert run("notify") == 1
        assert "certificate" in capsys.readouterr().err, "a server that nobody vouches for is told nothing"
        assert given == []

        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        later(published)
        assert run("notify") == 0
        assert sorted(inbox.recipients) == ["a@example.com", "b@example.com"]
        monkeypatch.setenv("PIPELINE_SMTP_PASSWORD", "wrong")
        mend(published)
        assert run("notify") == 1
        monkeypatch.setenv("PIPELINE_SMTP_PASSWORD", "wörd")
        later(published)
        assert run("notify") == 1
        shown = capsys.readouterr()
        kept = published.execute("SELECT * FROM ops.delivery").fetchall()
        assert "535" in str(shown)
        assert "not plain ASCII" in str(kept)
        assert SECRET not in f"{shown}{kept}{MailServer.parse('smtps://u:x@h')!r}"
    finally:
        controller.stop()


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, "nobody is named"),
        ({"MAIL_TO": "a@example.com"}, "PIPELINE_SMTP_URL"),
        ({"MAIL_TO": "a@example.com", "SMTP_URL": "smtp.example.com"}, "PIPELINE_SMTP_URL"),
        ({"MAIL_TO": "a@example.com", "SMTP_URL": "smtp+plain://u@h"}, "everyone on the way"),
        ({"MAIL_TO": "a@example.com\nBcc: all@example.com, x", "SMTP_URL": "smtp://h"}, "not a mail address"),
        ({"MAIL_TO": "a@example.com", "SMTP_URL": "smtp://"}, "PIPELINE_SMTP_URL"),
        ({"MAIL_TO": "a@example.com", "SMTP_URL": "smtp://u:hush@h:port"}, "PIPELINE_SMTP_URL"),
        ({"MAIL_TO": "a@example.com", "SMTP_URL": "smtps://u:h\u20acush@h"}, "PIPELINE_SMTP_URL"),
        ({"MAIL_TO": "a@example.com", "SMTP_URL": "smtps://u:hush\x07@h"}, "PIPELINE_SMTP_URL"),
        ({"MAIL_TO": "a@example.com", "MAIL_FROM": "hush", "SMTP_URL": "smtp://h"}, "PIPELINE_MAIL_FROM"),
        ({"WEBHOOK_URL": "file:///etc/passwd"}, "https://"),
        ({"WEBHOOK_URL": "https://h/hush\u20ac"}, "PIPELINE_WEBHOOK_URL"),
        ({"WEBHOOK_URL": "https://h/hush\x07"}, "PIPELINE_WEBHOOK_URL"),
        ({"WEBHOOK_URL": "https://h:hush/"}, "PIPELINE_WEBHOOK_URL"),
        ({"WEBHOOK_URL": "https://[hush/"}, "PIPELINE_WEBHOOK_URL"),
        ({"WEBHOOK_URL": "https://u:hush@h/"}, "PIPELINE_WEBHOOK_TOKEN"),
        ({"WEBHOOK_URL": "https://h/", "WEBHOOK_TOKEN": "hush\u20ac"}, "PIPELINE_WEBHOOK_TOKEN"),
        ({"WEBHOOK_URL": "https://h/", "WEBHOOK_TOKEN": "hush\r\nX: y"}, "PIPELINE_WEBHOOK_TOKEN"),
    ],
)
def test_what_is_set_up_wrongly_is_told(
    db: Db, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variables: dict[str, str], words: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"PIPELINE_{name}", value)
    assert run("notify") == 2
    shown = capsys.readouterr().err
    assert words in shown
    assert "hush" not in shown


def test_a_blank_or_a_line_end_round_a_secret_is_not_part_of_it(
    published: Db, inbox: Inbox, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_WEBHOOK_TOKEN", " hush\r\n")
    for name in ("SMTP_URL", "MAIL_TO", "WEBHOOK_URL"):
        monkeypatch.setenv(f"PIPELINE_{name}", os.environ[f"PIPELINE_{name}"] + "\n")
    fail(published)
    assert run("notify") == 0
    assert endpoint.headers[0]["Authorization"] == "Bearer hush"
    assert inbox.recipients == ["night@example.com"]


def test_what_nobody_thought_of_in_one_channel_holds_up_no_other_and_is_not_quoted(
    published: Db, inbox: Inbox, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def explode(*_: Any) -> None:
        raise ValueError("hush")

    monkeypatch.setattr(Mail, "message", explode)
    monkeypatch.setattr(Webhook, "_post", explode)
    fail(published)
    assert run("notify") == 1
    kept = published.execute("SELECT channel, error_message FROM ops.delivery").fetchall()
    assert len(kept) == 2
    assert all("ValueError" in row["error_message"] for row in kept)
    assert "hush" not in f"{kept}{capsys.readouterr()}"


NASTY = '<script>alert(1)</script>\r\nBcc: all@example.com\x1b[31m=HYPERLINK("x") & {{ 7*7 }}'


def test_nothing_in_the_data_becomes_markup_a_header_or_a_control_character(published: Db, inbox: Inbox) -> None:
    published.execute("UPDATE config.shop SET shop_name = %s", (NASTY,))
    published.execute(
        "INSERT INTO ops.alert (kind, subject, severity, message, remedy, details, cause)"
        " VALUES ('refresh failed', %s, 'error', %s, 'x', jsonb_build_array(jsonb_build_object(%s::text, %s::text)), 'x')",
        (NASTY, NASTY, NASTY, NASTY),
    )
    published.execute("CALL ops.note_deliveries('mail x')")
    alert = published.execute("SELECT * FROM ops.take_delivery('mail x')").fetchone()
    assert alert is not None
    channel = Mail("night@example.com", "ops@example.com", MailServer.parse(os.environ["PIPELINE_SMTP_URL"]))
    channel.send(alert, None)
    (mail,) = inbox.mails
    assert mail["Bcc"] is None
    assert inbox.recipients == ["night@example.com"]
    page = inbox.body("html")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    for text in (page, inbox.body("plain"), mail["Subject"]):
        assert "\x1b" not in text
        assert "49" not in text
    assert "<" not in Webhook.body(alert)["text"]


def test_follow_tells_at_once_and_watches_from_outside(
    published: Db, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is put out of reach and back by the address that the watch is given."""
    told: list[str] = []

    class Over(BaseException):
        """Ends the watch."""

    is_over = False

    def tell(text: str) -> None:
        told.append(text)

    real = database.conninfo
    is_up = True

    def conninfo() -> str:
        if is_over:
            raise Over
        return real() if is_up else "host=/nowhere dbname=test_shop"

    monkeypatch.setattr(database, "conninfo", conninfo)

    def watch() -> None:
        with pytest.raises(Over):
            notify.follow(tell, patience=0.3, interval=0.3)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        until(
            lambda: (
                published.execute(
                    "SELECT FROM pg_stat_activity WHERE query ~ '^LISTEN|ops' AND pid <> pg_backend_pid()"
                ).rowcount
            )
        )
        published.execute("UPDATE config.freshness SET max_age = '1 microsecond'")
        published.execute("CALL ops.update_alerts()")
        until(lambda: len(inbox.mails) == 1)
        assert "data stale" in inbox.subjects[0]
        until(lambda: published.execute("SELECT FROM ops.delivery WHERE delivered_at IS NOT NULL").rowcount)

        is_up = False
        _cut(published)
        until(lambda: len(inbox.mails) == 2)
        assert inbox.subjects[1] == "[error] test_shop: server down"
        time.sleep(1.2)
        assert len(inbox.mails) == 2, "once"
        is_up = True
        until(lambda: len(inbox.mails) == 3)
        assert inbox.subjects[2].startswith("[resolved]")
        assert "server down" in inbox.subjects[2]
    finally:
        is_over = True
        _cut(published)
        thread.join(30)
    assert not thread.is_alive()
    assert any("does not answer" in text for text in told)


def _cut(db: Db) -> None:
    """End the connections of others."""
    db.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def test_a_server_that_is_down_is_told_once_also_by_a_command_that_cron_calls(
    inbox: Inbox, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, published: Db
) -> None:
    up = database_url(published)
    monkeypatch.setenv("DATABASE_URL", "postgresql://x@127.0.0.1:1/shop")
    inbox.is_down = True
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            notify.notify(patience=0.1)
    inbox.is_down = False
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            notify.notify(patience=0.1)
    assert inbox.subjects == ["[error] shop: server down"]
    assert [body["kind"] for body in endpoint.bodies] == [notify.SERVER_DOWN]
    monkeypatch.setenv("DATABASE_URL", up)
    for _ in range(2):
        assert notify.notify() == 0
    assert [body["state"] for body in endpoint.bodies] == ["open", "closed"]
    assert len(inbox.mails) == 2
    kind = published.execute("SELECT * FROM ops.alert_kind WHERE kind = %s", (notify.SERVER_DOWN,)).fetchone()
    assert kind is not None
    assert kind["remedy"] == notify.SERVER_REMEDY


class Over(BaseException):
    """Ends a watch."""


@contextmanager
def watch(monkeypatch: pytest.MonkeyPatch, patience: float) -> Iterator[list[str]]:
    """Let a watch run meanwhile; yield what it says."""
    told: list[str] = []
    is_over = threading.Event()
    real = database.conninfo

    def conninfo() -> str:
        if is_over.is_set():
            raise Over
        return real()

    def follow() -> None:
        with pytest.raises(Over):
            notify.follow(told.append, patience=patience, interval=1, answer=1)

    def listen(self: Connection, seconds: float) -> bool:
        if is_over.is_set():
            raise Over
        return real_listen(self, seconds)

    real_listen = Connection.listen
    monkeypatch.setattr(database, "conninfo", conninfo)
    monkeypatch.setattr(Connection, "listen", listen)
    thread = threading.Thread(target=follow)
    thread.start()
    try:
        yield told
    finally:
        is_over.set()
        thread.join(30)
    assert not thread.is_alive()


@pytest.fixture
def own_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server of the test's own with the pipeline in it, which commands use; yield the process number of its postmaster."""
    server = wheel.launch(tmp_path / "data", int(SERVER) if SERVER != "15" else 18, cleanup_mode="stop")
    try:
        monkeypatch.setenv("DATABASE_URL", server.get_uri(database="postgres"))
        install.migrate()
        yield int((tmp_path / "data" / "postmaster.pid").read_text().splitlines()[0])
    finally:
        server.stop()


@pytest.mark.takes(20)
def test_a_server_that_hangs_is_told_in_time_and_that_it_answers_again(
    own_server: int, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as other, watch(monkeypatch, 3) as told:
        backends: list[int] = []

        def found() -> list[int]:
            rows = other.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'runner' AND state = 'idle'"
            )
            backends[:] = [row[0] for row in rows]
            return backends

        until(found)
        stopped = [own_server, *backends]
        for process in stopped:
            os.kill(process, signal.SIGSTOP)
        begun = time.monotonic()
        try:
            until(lambda: inbox.mails, 15)
            assert 1.5 < time.monotonic() - begun < 10
            assert inbox.subjects == ["[error] postgres: server down"]
            assert re.search("no answer for 1 seconds|timeout expired", inbox.body("plain"))
            time.sleep(1.5)
            with pytest.raises(PipelineError):
                notify.notify(patience=0.5, answer=0.5)
            assert len(inbox.mails) == 1, "once, also by a second command"
        finally:
            for process in stopped:
                os.kill(process, signal.SIGCONT)
        until(lambda: len(inbox.mails) == 2)
        assert inbox.subjects[1] == "[resolved] postgres: server down"
        assert any("does not answer" in text for text in told)


def test_a_lock_on_the_alerts_is_told_and_holds_the_watch_for_no_longer_than_its_patience(
    published: Db, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watch(monkeypatch, 2):
        with published.transaction():
            published.execute("LOCK TABLE ops.alert")
            until(lambda: inbox.mails, 15)
            assert inbox.subjects == ["[error] test_shop: watch failed"]
            assert "lock timeout" in inbox.body("plain")
            assert "pg_stat_activity" in inbox.body("plain")
        until(lambda: len(inbox.mails) == 2)
    assert inbox.subjects[1:] == ["[resolved] test_shop: watch failed"]


def test_a_moment_without_the_server_is_told_to_nobody(
    published: Db, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watch(monkeypatch, 20) as told:
        sessions = "SELECT pid FROM pg_stat_activity WHERE application_name = 'runner' AND state = 'idle'"
        until(lambda: published.execute(sessions.encode()).rowcount)
        _cut(published)
        until(lambda: told)
        until(lambda: published.execute(sessions.encode()).rowcount)
    assert inbox.mails == []


def test_a_server_that_answers_and_refuses_is_told_with_its_own_words(
    published: Db, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    up = database_url(published)
    published.execute("CREATE ROLE stranger LOGIN")
    try:
        for user, name, reason, remedy in (
            ("postgres", "nodb", 'database "nodb" does not exist', "createdb"),
            ("stranger", "test_shop", "permission denied for schema ops", "pipeline_runner"),
        ):
            monkeypatch.setenv("DATABASE_URL", up.replace("postgres@", f"{user}@").replace("/test_shop", f"/{name}"))
            for _ in range(2):
                with pytest.raises(ConfigurationError):
                    notify.notify(patience=0.1)
            assert inbox.subjects == [f"[error] {name}: watch failed"], "once"
            assert reason in inbox.body("plain")
            assert remedy in inbox.body("plain")
            assert "does not answer" not in inbox.body("plain")
            monkeypatch.setenv("DATABASE_URL", up)
            assert notify.notify() == 0
            assert inbox.subjects[1:] == ["[resolved] test_shop: watch failed"]
            inbox.mails.clear()
    finally:
        published.execute("DROP ROLE stranger")


def test_a_server_that_is_up_again_and_refuses_is_another_alert(
    published: Db, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    up = database_url(published)
    for url in ("postgresql://x@127.0.0.1:1/shop", up.replace("/test_shop", "/shop")):
        monkeypatch.setenv("DATABASE_URL", url)
        with pytest.raises(PipelineError):
            notify.notify(patience=0.1)
    assert inbox.subjects == ["[error] shop: server down", "[resolved] shop: server down", "[error] shop: watch failed"]


def test_databases_of_one_user_do_not_end_each_others_outages(
    published: Db, inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIPELINE_NOTIFY_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    up = database_url(published)
    for _ in range(2):
        monkeypatch.setenv("DATABASE_URL", "postgresql://x:secret@127.0.0.1:1/shop")
        with pytest.raises(ConfigurationError):
            notify.notify(patience=0.1)
        monkeypatch.setenv("DATABASE_URL", up)
        assert notify.notify() == 0
    assert inbox.subjects == ["[error] shop: server down"]
    (file,) = (tmp_path / "ecommerce-analytics-pipeline").iterdir()
    assert re.fullmatch(r"server-down-[0-9a-f]{12}\.json", file.name)


def load_orders(tmp_path: Path, *lines: str, folder: str = "in") -> None:
    """Load the small shop with more lines of orders."""
    load.load(shop.write(tmp_path / folder, orders=[*shop.ROWS["orders"], *lines]))


def test_the_same_refused_rows_are_told_once_however_often_they_are_loaded_and_others_are_told(
    published: Db, inbox: Inbox, tmp_path: Path
) -> None:
    nights = [
        (["O8,C1,never,completed,1.00"], ["[warn] My shop: rows refused (orders)"]),
        (["O8,C1,never,completed,1.00"], []),
        (["O7,C1,2024-01-01,completed,2.00", "O8,C1,never,completed,1.00"], []),
        (["O8,C1,never,completed,1.00", "O9,C1,never,completed,1.00"], ["[warn] My shop: rows refused (orders)"]),
        (["O9,C1,never,completed,1.00"], []),
        (["O8,C1,2024-01-01,completed,1.00", "O9,C1,never,completed,1.00"], []),
        ([], ["[resolved] My shop: rows refused (orders)"]),
        (["O8,C1,never,completed,1.00"], ["[warn] My shop: rows refused (orders)"]),
    ]
    for lines, subjects in nights:
        told = len(inbox.mails)
        load_orders(tmp_path, *lines)
        for _ in range(2):
            assert notify.notify() == 0
        assert inbox.subjects[told:] == subjects, lines
    assert len({mail["Message-ID"] for mail in inbox.mails}) == len(inbox.mails)
    seen = published.execute(
        "SELECT seen_count, closed_at IS NULL AS is_open FROM ops.alert ORDER BY alert_id"
    ).fetchall()
    assert [row["is_open"] for row in seen] == [False, True]


def test_news_of_an_open_alert_wake_the_watch(published: Db, tmp_path: Path) -> None:
    load_orders(tmp_path, "O8,C1,never,completed,1.00")
    with psycopg.connect(database_url(published), autocommit=True) as listener:
        listener.execute("LISTEN pipeline")
        for lines, events in (
            (["O8,C1,never,completed,1.00"], ["load"]),
            (["O8,C1,never,completed,1.00", "O9,C1,x,completed,1.00"], ["alert", "load"]),
        ):
            load_orders(tmp_path, *lines)
            assert [json.loads(note.payload)["event"] for note in listener.notifies(timeout=0.5)] == events
