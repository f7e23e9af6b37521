"""A port on 127.0.0.1 for a server that listens on a socket file alone: drivers of other tools know no socket files."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import inf


@contextmanager
def relay(socket_file: str, cut_after: float = inf) -> Iterator[int]:
    """Yield a free port; what comes in there is handed on to the socket file, and what comes back, back.

    cut_after: of each connection, how many bytes reach the server before it is broken off, on both sides at once.
    """
    started: list[int] = []
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    done = asyncio.Event()

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter, left: float = inf) -> None:
        with suppress(ConnectionError):
            while left > 0 and (part := await source.read(int(min(left, 65536)))):
                left -= len(part)
                target.write(part)
                await target.drain()
        if left <= 0:
            raise ConnectionAbortedError
        target.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_unix_connection(socket_file)
        try:
            with suppress(ConnectionAbortedError):
                await asyncio.gather(pump(reader, to_server, cut_after), pump(from_server, writer))
        finally:  # a driver that never said goodbye must not leave an open socket behind
            to_server.transport.abort()
            writer.transport.abort()

    async def serve() -> None:
        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        started.append(server.sockets[0].getsockname()[1])
        ready.set()
        await done.wait()
        server.close()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:  # cancels what is left, and waits for it
            runner.run(serve())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait()
    try:
        yield started[0]
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
