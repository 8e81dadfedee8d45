"""Fixtures of the scenario, chaos and deploy tests: a private PostgreSQL, databases, Redis, and whole systems."""

import sys
from pathlib import Path

import psycopg2
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent / "scenario"))
from postgres import Cluster  # noqa: E402
from system import PROGRAMS, System, migrate  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--sql-seed", type=int, default=None, help="walks this seed alone (test_sql_properties.py)")
    parser.addoption("--properties-seed", type=int, default=1, help="sends this seed's requests, 0 = a new one (test_properties.py)")


@pytest.fixture(scope="session")
def cluster():
    """The PostgreSQL of this pytest process."""
    cluster = Cluster()
    try:
        yield cluster.start()
    finally:
        cluster.remove()


@pytest.fixture
def empty_database(cluster):
    """URL of a database without any schema."""
    name = cluster.create()
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def database(cluster):
    """URL of a freshly migrated database."""
    name = cluster.migrated(migrate)
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture(scope="session")
def shared_database(cluster):
    """URL of a migrated database for the tests of this process that clean up by themselves."""
    name = cluster.migrated(migrate)
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def sql(database):
    """A function that runs one statement in `database` and returns its rows as dictionaries."""
    connection = psycopg2.connect(database)
    connection.autocommit = True

    def run(statement, parameters=None):
        from psycopg2.extras import RealDictCursor

        with connection.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    yield run
    connection.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Lets the fixture below know whether the test failed."""
    outcome = yield
    if call.when == "call":
        item.failed = outcome.get_result().failed


@pytest.fixture
def make_system(request, database):
    """A function that makes a System on this test's database; all of them are ended and judged:
    each process must exit with 0 on SIGTERM, and no sanitizer may have spoken."""
    systems = []

    def make(**options):
        systems.append(System(PROGRAMS, database, **options))
        return systems[-1]

    yield make
    faults = []
    for system in systems:
        faults += system.close()
        if faults or getattr(request.node, "failed", True):
            print(system.logs())
        system.remove()
    assert not faults, "\n".join(faults)


@pytest.fixture
def system(make_system):
    """One system of which nothing runs yet."""
    return make_system()


@pytest.fixture
def running(make_system):
    """A whole system with the sample dealer, nothing fetched yet."""
    system = make_system()
    system.start_all()
    system.add_upstream()
    system.add_dealer(uuid="e3a18c82-c500-450f-b6e1-5c5fbe68bf41")
    return system
