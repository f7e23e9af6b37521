"""Serves the page, and pushes new figures when the database says on its channel "pipeline" that there are some.

One thread with one database connection listens and draws; however many look on, they are given what it drew.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import socket
import threading
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import FrameType

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from runner import database
from runner.dashboard import render
from runner.errors import ConfigurationError, PipelineError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SECONDS_BETWEEN_SIGNS = 15  # of life, so that a proxy does not end a quiet stream
SECONDS_BEFORE_ANOTHER_TRY = 2


@dataclass(frozen=True)
class Drawn:
    """What was drawn last. version: changes with the content."""

    page: str
    policy: str
    content: str
    version: str


class Feed:
    """Keeps the newest drawing, and wakes those who wait for another."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        """Make a feed that follows nothing yet. warn: is told when the database is lost."""
        self._warn = warn
        self.drawn: Drawn | None = None
        self.problem: str | None = "not drawn yet"
        self._ending = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed = asyncio.Event()
        self._thread = threading.Thread(target=self._follow, name="feed", daemon=True)

    @asynccontextmanager
    async def running(self, _: Starlette) -> AsyncIterator[None]:
        """Follow the database while the server runs."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()
        yield
        self.end()
        await asyncio.to_thread(self._thread.join, 5)

    def end(self) -> None:
        """End following, and the streams of all who look on."""
        self._ending.set()
        self._tell(self.drawn, "ending")

    async def versions(self) -> AsyncIterator[str]:
        """Yield the version and, as they come, those after it; an empty one as a sign of life."""
        seen = ""
        while not self._ending.is_set():
            changed = self._changed
            version = self.drawn.version if self.drawn and not self.problem else "away"
            if version != seen:
                seen = version
                yield version
            try:
                await asyncio.wait_for(changed.wait(), SECONDS_BETWEEN_SIGNS)
            except TimeoutError:
                yield ""

    def _follow(self) -> None:
        """Draw at the start and after each notification; when the database is lost, try again until it is back."""
        while not self._ending.is_set():
            try:
                with database.connect() as connection:
                    connection.execute("LISTEN pipeline")
                    self._draw(connection)
                    while not self._ending.is_set():
                        if list(connection.notifies(timeout=1, stop_after=1)):
                            list(connection.notifies(timeout=0))  # several at once are one piece of news
                            self._draw(connection)
            except PipelineError as error:
                if error.message != self.problem:
                    self._warn(f"{error.message}; trying again until it is there")
                self._tell(self.drawn, error.message)
                self._ending.wait(SECONDS_BEFORE_ANOTHER_TRY)
            except Exception as error:
                self._tell(self.drawn, f"{type(error).__name__}: {error}")  # a fault of ours: /healthz says so
                raise

    def _draw(self, connection: database.Connection) -> None:
        content = render.content(found := render.figures(connection))
        version = hashlib.sha256(content.encode()).hexdigest()[:16]
        page, policy = render.page(found, content, version=version)
        self._tell(Drawn(page, policy, content, version), None)

    def _tell(self, drawn: Drawn | None, problem: str | None) -> None:
        def take() -> None:
            self.drawn, self.problem = drawn, problem
            former, self._changed = self._changed, asyncio.Event()
            former.set()

        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(take)


def application(feed: Feed, hosts: tuple[str, ...] = ()) -> Starlette:
    """Return the web application. hosts: the only names it answers to, against pages elsewhere that rebind theirs to us."""

    def drawn(text: Callable[[Drawn], str]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(_: Request) -> Response:
            if feed.drawn is None:
                return PlainTextResponse(f"Not yet: {feed.problem}.\n", 503, {"Retry-After": "2", "Refresh": "2"})
            headers = {"Content-Security-Policy": f"{feed.drawn.policy}; frame-ancestors 'none'"}
            return HTMLResponse(text(feed.drawn), headers=headers)

        return answer

    async def events(_: Request) -> Response:
        async def stream() -> AsyncIterator[str]:
            async for version in feed.versions():
                yield f"data: {version}\n\n" if version else ": still here\n\n"

        return StreamingResponse(stream(), media_type="text/event-stream")

    async def health(_: Request) -> Response:
        return JSONResponse({"status": feed.problem or "ok"}, 503 if feed.problem else 200)

    return Starlette(
        routes=[
            Route("/", drawn(lambda one: one.page)),
            Route("/content", drawn(lambda one: one.content)),
            Route("/events", events),
            Route("/healthz", health),
        ],
        middleware=[
            *([Middleware(TrustedHostMiddleware, allowed_hosts=[*hosts])] if hosts else []),
            Middleware(Guard, secret=secret()),
        ],
        lifespan=feed.running,
    )


class Guard(BaseHTTPMiddleware):
    """Asks for the user and password of the environment, if they are set, and adds the headers that all answers have."""

    def __init__(self, app: ASGIApp, secret: bytes | None) -> None:
        super().__init__(app)
        self._secret = secret

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Answer a request, or send it on. Whether the server is well is told to everybody."""
        if self._secret is None or request.url.path == "/healthz" or self._knows(request):
            response = await call_next(request)
        else:
            response = PlainTextResponse("Who are you?\n", 401, {"WWW-Authenticate": 'Basic realm="dashboard"'})
        response.headers.update(
            {
                "Cache-Control": "no-store",
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
                "X-Frame-Options": "DENY",
            }
        )
        return response

    def _knows(self, request: Request) -> bool:
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        try:
            return kind.lower() == "basic" and secrets.compare_digest(b64decode(given), self._secret or b"")
        except ValueError:
            return False


def secret() -> bytes | None:
    """Return what basic authentication must say, from the environment; None when everybody may look."""
    user, password = (os.environ.get(f"PIPELINE_DASHBOARD_{name}", "") for name in ("USER", "PASSWORD"))
    if bool(user) != bool(password):
        raise ConfigurationError(
            "only one of PIPELINE_DASHBOARD_USER and PIPELINE_DASHBOARD_PASSWORD is set", "Set both, or neither."
        )
    return f"{user}:{password}".encode() if user else None


def serve(address: str, tell: Callable[[str], None], warn: Callable[[str], None]) -> None:
    """Serve the page at [HOST:]PORT until interrupted. tell is given the page's address, warn what is unsafe."""
    host, port = parse(address)
    feed = Feed(warn)
    app = application(feed, LOOPBACK if host in LOOPBACK else ())
    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise ConfigurationError(f"cannot listen at {host}:{port}: {error.strerror}", "Name another port.") from error
    with listening:
        shown = f"[{host}]" if ":" in host else host
        if host not in LOOPBACK and secret() is None:
            warn(
                "Everybody who can reach this address can read the page: see PIPELINE_DASHBOARD_USER in docs/dashboard.md."
            )
        tell(f"http://{shown}:{listening.getsockname()[1]}/")
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1, lifespan="on")
        _Server(config, feed).run(sockets=[listening])


class _Server(uvicorn.Server):
    """Ends the streams first when it is asked to end, which would wait for them otherwise."""

    def __init__(self, config: uvicorn.Config, feed: Feed) -> None:
        super().__init__(config)
        self._feed = feed

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal to end."""
        self._feed.end()
        super().handle_exit(sig, frame)


def parse(address: str) -> tuple[str, int]:
    """Return host and port of [HOST:]PORT; the host is 127.0.0.1 unless it is named."""
    host, _, port = address.rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        raise ConfigurationError(f"{address!r} is no address to serve at", "Write PORT or HOST:PORT, such as 8080.")
    return host.strip("[]") or "127.0.0.1", int(port)
