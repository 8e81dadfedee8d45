"""`ddctl migrate`: up, back, and what it refuses to do."""

import json
import os
import shutil
import subprocess
import time

import psycopg2
import pytest
from postgres import REPOSITORY
from system import PROGRAMS

MIGRATIONS = REPOSITORY / "sql" / "migrations"
NUMBERS = sorted(int(path.name[:4]) for path in MIGRATIONS.glob("*.up.sql"))
COUNT = len(NUMBERS)
LOCK_KEY = 0x64646D67


class Runner:
    """ddctl on one database with a folder of migrations that the test may change."""

    def __init__(self, url, folder):
        self.url = url
        self.folder = folder / "migrations"
        shutil.copytree(MIGRATIONS, self.folder)

    def __call__(self, *arguments, check=True):
        environment = {**os.environ, "DATABASE_URL": self.url, "DD_SQL_DIR": str(self.folder)}
        result = subprocess.run([PROGRAMS / "ddctl", "migrate", *arguments], env=environment, text=True,
                                capture_output=True, timeout=60, check=False)
        assert not check or result.returncode == 0, result.stderr
        return result

    def refused(self, *arguments):
        """What it says when it fails."""
        result = self(*arguments, check=False)
        assert result.returncode == 1, result.stdout
        return result.stderr

    def states(self):
        items = json.loads(self("status", "--json", check=False).stdout)["items"]
        return [item["state"] for item in items]

    def query(self, statement):
        connection = psycopg2.connect(self.url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else None
        finally:
            connection.close()

    def schemas(self):
        names = "'dealer', 'jobs', 'feed', 'report'"
        return self.query(f"SELECT count(*) FROM pg_namespace WHERE nspname IN ({names})")[0][0]


@pytest.fixture
def migrate(empty_database, tmp_path):
    return Runner(empty_database, tmp_path)


def test_up_applies_each_once_and_records_it(migrate):
    assert migrate.states() == ["pending"] * COUNT
    first = migrate("up").stdout.splitlines()
    assert len(first) == COUNT and first[0] == "up   0001_schemas"
    assert migrate("up").stdout == "nothing to do\n"
    assert migrate.states() == ["applied"] * COUNT
    rows = migrate.query("SELECT version, name, sha256, applied_at FROM ops.migration ORDER BY version")
    assert [row[0] for row in rows] == NUMBERS
    assert all(len(row[2]) == 64 and row[3] for row in rows)


def test_back_and_up_again_over_filled_tables(migrate):
    migrate("up")
    migrate.query("INSERT INTO dealer.dealers (dealer_id, dealer_name) VALUES ('12284', 'Sample Dealer')")
    migrate.query("INSERT INTO report.day_count (dealer_id, feed, dimension, day, code, n)"
                  " VALUES ('12284', 'prsp', 'total', '2026-03-01', '', 1)")
    assert migrate("down").stdout.startswith(f"down {NUMBERS[-1]:04d}_")
    assert migrate.states() == ["applied"] * (COUNT - 1) + ["pending"]
    migrate("up")
    assert migrate.query("SELECT dealer_id FROM dealer.dealers") == [("12284",)]
    assert len(migrate("down", "all").stdout.splitlines()) == COUNT
    assert migrate.schemas() == 0
    assert migrate("down", "3").stdout == "nothing is applied\n"
    migrate("up")
    assert migrate.schemas() == 4


def test_an_edited_one_is_refused(migrate):
    migrate("up")
    file = sorted(migrate.folder.glob("0002_*.up.sql"))[0]
    file.write_text(file.read_text() + "-- an afterthought\n")
    assert "0002_dealer was changed after it was applied" in migrate.refused("up")
    assert "0002_dealer was changed" in migrate.refused("down")
    assert migrate("status", check=False).returncode == 1
    assert migrate.states()[1] == "edited"
    assert migrate.query("SELECT count(*) FROM ops.migration") == [(COUNT,)]


def test_a_missing_one_is_refused(migrate):
    migrate("up")
    for file in migrate.folder.glob("0003_*"):
        file.unlink()
    assert "0003_jobs was applied, but its file is missing" in migrate.refused("up")
    assert "missing" in migrate.states()


def test_one_that_comes_too_late_is_refused(migrate):
    moved = {file: file.read_text() for file in migrate.folder.glob("0004_*")}
    for file in moved:
        file.unlink()
    for file in migrate.folder.glob("00*"):
        if file.name[:4] > "0004":
            file.unlink()
    (migrate.folder / "0005_last.up.sql").write_text("SELECT 1;\n")
    (migrate.folder / "0005_last.down.sql").write_text("SELECT 1;\n")
    migrate("up")
    for file, text in moved.items():
        file.write_text(text)
    assert "0004_prospect comes before 0005" in migrate.refused("up")


def test_a_failing_one_leaves_nothing_behind(migrate):
    (migrate.folder / "0900_broken.up.sql").write_text(
        "CREATE TABLE ops.half (n int);\nINSERT INTO ops.half VALUES (1);\nSELECT * FROM nowhere;\n")
    (migrate.folder / "0900_broken.down.sql").write_text("DROP TABLE ops.half;\n")
    said = migrate.refused("up")
    assert "LINE 3" in said and "0900_broken.up.sql: ERROR:" in said.splitlines()[-1]
    assert migrate.states() == ["applied"] * COUNT + ["pending"]
    assert migrate.query("SELECT to_regclass('ops.half')") == [(None,)]


def test_a_file_that_ends_its_transaction_is_refused(migrate):
    migrate("up")
    (migrate.folder / "0900_rude.up.sql").write_text("SELECT 1; COMMIT;\n")
    assert "the file ends its transaction" in migrate.refused("up")
    assert migrate.states()[-1] == "pending"


def test_two_of_one_version_are_refused(migrate):
    (migrate.folder / "0002_twin.up.sql").write_text("SELECT 1;\n")
    assert "version 2 is there twice" in migrate.refused("up")


def test_a_second_runner_waits_and_then_gives_up(migrate):
    holder = psycopg2.connect(migrate.url)
    with holder.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK_KEY,))
    begun = time.monotonic()
    assert "another migration of this database is running" in migrate.refused("up", "--lock-wait", "1")
    assert 1 <= time.monotonic() - begun < 5
    assert migrate.schemas() == 0
    holder.close()
    migrate("up", "--lock-wait=5")


def test_two_runners_at_once_apply_each_once(migrate):
    environment = {**os.environ, "DATABASE_URL": migrate.url, "DD_SQL_DIR": str(migrate.folder)}
    command = [PROGRAMS / "ddctl", "migrate", "up", "--lock-wait", "60"]
    runners = [subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE) for _ in range(3)]
    said = [runner.communicate(timeout=90)[0] for runner in runners]
    assert [runner.returncode for runner in runners] == [0, 0, 0]
    assert sorted(len(text.splitlines()) for text in said) == [1, 1, COUNT]


@pytest.mark.parametrize("arguments", [["down", "0"], ["down", "some"], ["up", "now"], ["sideways"],
                                       ["up", "--lock-wait", "soon"]])
def test_wrong_usage(migrate, arguments):
    assert migrate(*arguments, check=False).returncode == 2


def test_without_a_database(migrate):
    migrate.url = ""
    assert "DATABASE_URL" in migrate.refused("up")
    migrate.url = "postgresql:///none?host=/nowhere"
    assert "database.away" in migrate.refused("status")
