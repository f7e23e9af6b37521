"""Superset takes our export and draws every chart of it. Asked for by PIPELINE_SUPERSET=1; where pip cannot install it, left out.

It gets a virtual environment of its own, .venv-superset (800 MB, made once), because its dependencies clash with the project's.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen
from uuid import uuid4

import psycopg
import pytest
from pytest_postgresql.executors import NoopExecutor

from runner.bi import files
from tests.conftest import ROOT, Db
from tests.relay import relay

VENV = ROOT / ".venv-superset"
PINS = [  # it lacks some of what it needs
    "apache-superset==6.1.*",
    "psycopg2-binary",
    "rich",
    "cachetools",
    "flask-caching<2.4",
]
CHROMIUM = shutil.which("chromium")
SETTINGS = """
SECRET_KEY = "of-a-test"
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/superset.db"
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False
"""
READER = "bi_reader_of_superset"


class Site:
    """A Superset at a port, with a user."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._headers: dict[str, str] = {}
        sign_in = {"username": "admin", "password": "admin", "provider": "db"}
        token = self.ask("/api/v1/security/login", json.dumps(sign_in).encode(), "application/json")["access_token"]
        self._headers = {"Authorization": f"Bearer {token}"}

    def ask(self, path: str, body: bytes | None = None, kind: str = "") -> dict[str, Any]:
        headers = self._headers | ({"Content-Type": kind} if kind else {})
        with urlopen(Request(self.url + path, body, headers)) as answer:
            return dict(json.load(answer))

    def take(self, export: bytes, passwords: dict[str, str]) -> None:
        """Import a dashboard, as its page Import dashboard does."""
        line = uuid4().hex
        head = f'--{line}\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n'
        body = (head % ("passwords", "")).encode() + json.dumps(passwords).encode() + b"\r\n"
        body += (head % ("formData", '; filename="export.zip"')).encode() + export + f"\r\n--{line}--\r\n".encode()
        self.ask("/api/v1/dashboard/import/", body, f"multipart/form-data; boundary={line}")


def install() -> str:
    """Return the path of superset, installed in .venv-superset unless it is there; an error says why it cannot be had."""
    whole = VENV / "installed"  # the program is there before all that it needs is
    if not whole.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
        command = [str(VENV / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *PINS]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError("pip cannot install apache-superset: " + done.stderr.strip().splitlines()[-1])
        whole.touch()
    return str(VENV / "bin" / "superset")


@pytest.mark.slow
@pytest.mark.takes(300)
@pytest.mark.timeout(600)  # with the installation
@pytest.mark.skipif(
    not os.environ.get("PIPELINE_SUPERSET"),
    reason="PIPELINE_SUPERSET=1 installs Superset (800 MB, minutes) and asks it",
)
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_superset_imports_the_dashboard_and_draws_every_chart(
    sample: Db,
    installed: NoopExecutor,
    admin: psycopg.Connection[Any],
    server: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sync = pytest.importorskip("playwright.sync_api")
    try:
        program = install()
    except RuntimeError as error:
        pytest.skip(str(error))
    admin.execute(f"CREATE ROLE {READER} LOGIN PASSWORD 'reader' IN ROLE pipeline_reader".encode())
    (tmp_path / "superset_config.py").write_text(SETTINGS.format(folder=tmp_path))
    environment = {
        **os.environ,
        "SUPERSET_CONFIG_PATH": str(tmp_path / "superset_config.py"),
        "FLASK_APP": "superset.app:create_app()",
    }
    log = (tmp_path / "log").open("w")

    def superset(*arguments: str) -> list[str]:
        return [program, *arguments]

    user = ["--username", "admin", "--password", "admin", "--firstname", "A", "--lastname", "B", "--email", "a@b.c"]
    for command in (["db", "upgrade"], ["init"], ["fab", "create-admin", *user]):
        subprocess.run(superset(*command), env=environment, stdout=log, stderr=log, check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = subprocess.Popen(
        superset("run", "--port", str(port), "--with-threads"), env=environment, stdout=log, stderr=log
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urlopen(f"http://127.0.0.1:{port}/health").close()
                break
            except URLError:
                assert time.monotonic() < deadline, (tmp_path / "log").read_text()[-2000:]
                time.sleep(0.5)
        with relay(f"{server}/.s.PGSQL.5432") as database_port:
            monkeypatch.setenv("DATABASE_URL", f"postgresql://postgres@127.0.0.1:{database_port}/{sample.info.dbname}")
            files.write(tmp_path / "bi", READER)
            site = Site(port)
            site.take((tmp_path / "bi" / "superset-dashboard.zip").read_bytes(), {"databases/shop.yaml": "reader"})
            dashboards = site.ask("/api/v1/dashboard/")["result"]
            assert [dashboard["dashboard_title"] for dashboard in dashboards] == [f"Shop: {sample.info.dbname}"]
            _draw(sync, site.url, dashboards[0]["url"])
    finally:
        running.terminate()
        running.wait()
        log.close()
        admin.execute(f"DROP ROLE {READER}".encode())


def _draw(sync: Any, site: str, path: str) -> None:
    """Open the dashboard and assert that each chart shows something and none an error."""
    asked = files.questions()
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": 1400, "height": 4000}
        )  # so that every chart is in sight, and asked for
        refused: list[str] = []
        page.on("response", lambda got: refused.append(got.url) if got.status >= 400 and "/api/" in got.url else None)
        page.goto(f"{site}/login/")
        page.locator("#username").fill("admin")
        page.locator("#password").fill("admin")
        page.locator("#password").press("Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        page.goto(f"{site}{path}?standalone=2")
        drawn = page.locator(".slice_container canvas, .slice_container table, .slice_container .header-line")
        empty = page.get_by_text("No results were returned")  # what to reorder: the sample has no stock
        deadline = time.monotonic() + 60
        while drawn.count() + empty.count() < len(asked) or page.locator(".loading").count():
            assert time.monotonic() < deadline, page.locator("body").inner_text()
            time.sleep(0.5)
        holders = page.locator(".dashboard-component-chart-holder")
        assert holders.count() == len(asked)
        texts = holders.all_inner_texts()
        for question, text in zip(asked, texts, strict=True):
            assert question.title in text
            assert "error" not in text.lower(), text
        assert empty.count() == 1
        assert refused == []
        assert "191,296" in texts[0]  # 191,296.27 by a count of orders.csv from 2 to 31 December
        if pictures := os.environ.get("PIPELINE_SCREENSHOTS"):
            page.screenshot(path=Path(pictures) / "superset.png")
        browser.close()
