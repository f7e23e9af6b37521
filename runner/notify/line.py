"""A line to the server on which a silent server holds nobody: each question is answered in time, or the line is cut."""

from __future__ import annotations

import math
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg.rows import DictRow

from runner import database


class Connection(psycopg.Connection[DictRow]):
    """A connection that is cut when the server is silent for longer than its line says."""

    line: Line
    _is_listening = False

    def wait(self, *arguments: Any, **options: Any) -> Any:
        """Wait for the server as the driver does, but not for longer than the line says."""
        if self._is_listening:
            return super().wait(*arguments, **options)
        is_late = False
        with socket.socket(fileno=os.dup(self.fileno())) as own:

            def cut() -> None:
                nonlocal is_late
                is_late = True
                with suppress(OSError):  # it is gone already
                    own.shutdown(socket.SHUT_RDWR)

            timer = threading.Timer(self.line.answer, cut)
            timer.daemon = True
            timer.start()
            try:
                result = super().wait(*arguments, **options)
            except psycopg.OperationalError as error:
                if is_late:
                    raise psycopg.errors.ConnectionTimeout(f"no answer for {self.line.answer:g} seconds") from error
                raise
            finally:
                timer.cancel()
                timer.join()
        self.line.answered_at = time.monotonic()
        return result

    def listen(self, seconds: float) -> bool:
        """Wait for a notification for so long; return whether there was one. Of silence meanwhile nothing follows."""
        self._is_listening = True
        try:
            return bool(list(self.notifies(timeout=seconds, stop_after=1)))
        finally:
            self._is_listening = False


class Line:
    """The way to the server. answer: seconds that it may take to answer. answered_at: when it last did, on time.monotonic()."""

    def __init__(self, answer: float) -> None:
        self.answer = answer
        self.answered_at = time.monotonic()

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """Connect. The server itself gives up earlier than the line: who is slow or waits for a lock is not taken for dead."""
        with database.connect(opened=self._open) as connection:
            assert isinstance(connection, Connection)
            connection.execute(
                "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false)",
                (f"{int(self.answer * 600)}ms", f"{int(self.answer * 800)}ms"),
            )
            yield connection

    def _open(self, target: str, **options: Any) -> Connection:
        """Open a connection; the system, too, is to notice that the other machine is gone."""
        connection = Connection.connect(
            target,
            **options,
            connect_timeout=max(2, math.ceil(self.answer)),  # the driver takes less for two seconds
            keepalives=1,
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
            tcp_user_timeout=int(self.answer * 1000),
        )
        connection.line = self
        return connection
