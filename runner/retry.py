"""Tries again what may go well a moment later: the server was starting, or the connection was lost."""

from __future__ import annotations

from collections.abc import Callable

from tenacity import Retrying, retry_if_exception, stop_after_attempt

from runner import database
from runner.errors import PipelineError

PAUSES = (0.3, 1.0)  # seconds


def tries(may_retry: Callable[[], bool] = lambda: True) -> Retrying:
    """Return an iterator over the tries of a piece of work: one more than there are pauses, as long as errors are transient.

    may_retry: asked after an error; False when the work has gone so far that it must not begin anew.
    """
    return Retrying(
        retry=retry_if_exception(
            lambda error: isinstance(error, PipelineError) and error.is_transient and may_retry(),
        ),
        stop=stop_after_attempt(len(PAUSES) + 1),
        wait=lambda state: (*PAUSES, 0)[state.attempt_number - 1],
        reraise=True,
    )


def count(connection: database.Connection, attempt: int) -> None:
    """Have the log rows of this session say which try of the client they are."""
    if attempt > 1:
        connection.execute("SELECT set_config('pipeline.client_attempt', %s, false)", (str(attempt),))
