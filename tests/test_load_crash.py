"""What a server that dies, a disk that is full and a refresh that is under way do to a load. On servers of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from runner import install, retry, wheel
from runner import load as loading
from runner.errors import WorkFailedError
from tests import shop
from tests.conftest import SERVER, Db, database_url
from tests.faults import connected

pytestmark = pytest.mark.skipif(SERVER == "15", reason="the servers of these tests come from the wheel")


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of a database on a server that a test may break; it comes up again by itself."""
    server = wheel.launch(tmp_path_factory.mktemp("own") / "data", int(SERVER), cleanup_mode="stop")
    url = server.get_uri()
    install.migrate(url)
    yield url
    server.stop()


@pytest.mark.parametrize("table", ["customers", "orders", "order_items"])
@pytest.mark.parametrize("is_first", [True, False], ids=["into empty tables", "into full tables"])
def test_a_backend_killed_by_force_leaves_nothing_of_the_load(
    own_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str, is_first: bool
) -> None:
    monkeypatch.setenv("DATABASE_URL", own_server)
    monkeypatch.setattr(retry, "PAUSES", ())
    tables = ", ".join(f"staging.{name}" for name in shop.HEADERS)
    with connected(own_server) as connection:
        connection.execute(f"TRUNCATE {tables}, ops.load CASCADE".encode())
    more = {name: [*rows, rows[0].replace("1", "7", 1)] for name, rows in shop.ROWS.items()}
    if not is_first:
        loading.load(shop.write(tmp_path / "in"))

    def kill(name: str, *_: int) -> None:
        if name == f"{table}.csv":
            with connected(own_server) as other:
                backend = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = 729384003"
                (row,) = other.execute(backend).fetchall()
                os.kill(row["pid"], signal.SIGKILL)

    bystander = connected(own_server)
    with pytest.raises(WorkFailedError) as caught:
        loading.load(shop.write(tmp_path / "in", **more), progress=kill)
    with pytest.raises(psycopg.OperationalError):  # the server breaks all connections off before it recovers
        bystander.execute("SELECT pg_sleep(60)")
    assert "Nothing of this command was kept" in str(caught.value.remedy)
    assert "\n" not in caught.value.message
    with connected(own_server) as connection:
        for name in shop.HEADERS:
            kept = connection.execute(f"SELECT count(*) AS n FROM staging.{name}".encode()).fetchone()
            assert kept == {"n": 0 if is_first else len(shop.ROWS[name])}
            assert connection.execute(f"SELECT FROM landing.{name}".encode()).rowcount == 0
        assert connection.execute("SELECT FROM pg_locks WHERE locktype = 'advisory'").rowcount == 0
        loaded = loading.load(tmp_path / "in")
        assert sum(file["rows_inserted"] for file in loaded.files) == (17 if is_first else 4)
        states = [row["status"] for row in connection.execute("SELECT status FROM ops.load ORDER BY load_id")]
        assert states[-2:] == ["abandoned", "succeeded"]


@pytest.fixture
def small_disk(own_server: str, tmp_path: Path) -> Iterator[None]:
    """Put new tables and those of landing on a disk of 2 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("only root can mount a small disk")
    try:
        with connected(own_server) as connection:
            owner = Path(str(connection.execute("SHOW data_directory").fetchone()["data_directory"])).stat()  # type: ignore[index]
            os.chown(disk, owner.st_uid, owner.st_gid)
            for folder in (tmp_path, *tmp_path.parents):
                if folder.stat().st_mode & 0o001 == 0:
                    folder.chmod(folder.stat().st_mode | 0o011)
            connection.execute(f"CREATE TABLESPACE small LOCATION '{disk}'".encode())
            connection.execute("TRUNCATE staging.orders CASCADE")
            connection.execute("ALTER TABLE staging.orders SET TABLESPACE small")
            yield
            connection.execute("ALTER TABLE staging.orders SET TABLESPACE pg_default")
            connection.execute("CHECKPOINT")
            connection.execute("DROP TABLESPACE small")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.slow
@pytest.mark.usefixtures("small_disk")
@pytest.mark.parametrize("prove", [True, False], ids=["fast", "slow"])
def test_a_full_disk_gives_one_message_and_leaves_nothing(
    own_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prove: bool
) -> None:
    monkeypatch.setenv("DATABASE_URL", own_server)
    with connected(own_server) as connection:
        tables = ", ".join(f"staging.{name}" for name in shop.HEADERS)
        connection.execute(f"TRUNCATE {tables} CASCADE".encode())
        many = [f"N{number},C1,2024-03-01,completed,1.00" for number in range(60_000)]
        with pytest.raises(WorkFailedError) as caught:
            loading.load(shop.write(tmp_path / "in", orders=many, order_items=[]), loading.Options(prove=prove))
        assert "full" in f"{caught.value.message} {caught.value.remedy}" or "space" in caught.value.message
        assert "othing was kept" in str(caught.value.remedy)
        for name in shop.HEADERS:
            assert connection.execute(f"SELECT FROM staging.{name}".encode()).rowcount == 0
            assert connection.execute(f"SELECT FROM landing.{name}".encode()).rowcount == 0
        last = connection.execute("SELECT status FROM ops.load ORDER BY load_id DESC LIMIT 1").fetchone()
        assert last == {"status": "failed"}
        subprocess.run(["mount", "-o", "remount,size=16m", str(tmp_path / "disk")], check=True)  # there is room again
        assert sum(file["rows_inserted"] for file in loading.load(shop.write(tmp_path / "in")).files) == 13


def test_a_load_waits_for_a_refresh_and_both_end_right(db: Db, tmp_path: Path) -> None:
    """An assertion that waits holds the refresh open; the load that comes meanwhile is not in it, but in the next."""
    folder = shop.write(tmp_path / "in")
    loading.load(folder)
    db.execute("CREATE VIEW assertions.slow AS SELECT 1 AS one WHERE pg_sleep(1.5) IS NULL")
    db.execute("COMMENT ON VIEW assertions.slow IS 'warn: waits.'")

    def refresh() -> None:
        with psycopg.connect(database_url(db), autocommit=True) as connection:
            connection.execute("CALL refresh_analytics(%s::date)", (shop.AS_OF,))

    thread = threading.Thread(target=refresh)
    thread.start()
    while not db.execute("SELECT FROM ops.run_progress WHERE step_name = 'assertions'").rowcount:
        threading.Event().wait(0.02)
    loading.load(shop.write(folder, orders=[*shop.ROWS["orders"], "O5,C1,2024-03-03,completed,1.00"]))
    figures = "SELECT total_orders FROM bi.kpi_summary"
    assert db.execute(figures).fetchall() == [{"total_orders": 4}]
    thread.join()
    db.execute("CALL refresh_analytics()")
    assert db.execute(figures).fetchall() == [{"total_orders": 5}]
    assert db.execute("SELECT FROM ops.run WHERE status = 'succeeded'").rowcount == 2
