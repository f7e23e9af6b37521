"""The state of the pipeline: last load, last runs, schedule, installed version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runner import database, schedule


@dataclass(frozen=True)
class Status:
    """clock: config.clock and the newest order's day. Lists are newest first; jobs is None without pg_cron; alerts are open."""

    clock: dict[str, Any]
    loads: list[dict[str, Any]]
    runs: list[dict[str, Any]]
    jobs: list[dict[str, Any]] | None
    alerts: list[dict[str, Any]]


def read(limit: int = 5) -> Status:
    """Return the state with the last few loads and runs."""
    with database.connect() as connection:
        clock = connection.execute(
            "SELECT c.as_of, c.is_fixed, (SELECT max(d.sale_date) FROM rollup.days AS d) AS newest_order_date,"
            " (SELECT max(r.finished_at) FROM ops.run AS r WHERE r.status = 'succeeded') AS published_at"
            " FROM config.clock AS c"
        ).fetchone()
        loads = connection.execute(
            "SELECT l.load_id, l.status, l.folder, l.finished_at, l.error_message,"
            " sum(f.rows_read) AS rows_read, sum(f.rows_inserted) AS rows_inserted,"
            " sum(f.rows_updated) AS rows_updated, sum(f.rows_refused) AS rows_refused"
            " FROM ops.load AS l LEFT JOIN ops.load_file AS f ON l.load_id = f.load_id"
            " GROUP BY l.load_id ORDER BY l.load_id DESC LIMIT %s",
            (limit,),
        ).fetchall()
        runs = connection.execute(
            "SELECT r.run_id, r.status, r.as_of, r.finished_at, r.error_message,"
            " round(extract(EPOCH FROM r.finished_at - r.started_at)::numeric, 2) AS seconds,"
            " count(a.*) FILTER (WHERE a.severity = 'error' AND a.violation_count > 0) AS failures,"
            " count(a.*) FILTER (WHERE a.severity = 'warn' AND a.violation_count > 0) AS warnings"
            " FROM ops.run AS r LEFT JOIN ops.assertion_result AS a ON r.run_id = a.run_id"
            " GROUP BY r.run_id ORDER BY r.run_id DESC LIMIT %s",
            (limit,),
        ).fetchall()
        alerts = connection.execute(
            "SELECT u.raised_at, u.severity, u.kind, u.subject, u.message, u.remedy, u.seen_count"
            " FROM ops.unresolved_failures AS u ORDER BY u.severity, u.alert_id DESC LIMIT %s",
            (limit,),
        ).fetchall()
        return Status(clock or {}, loads, runs, schedule.jobs(connection), alerts)
