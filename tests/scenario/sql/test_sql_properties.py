"""2,000 random walks through the job engine's SQL; properties.py tells what must hold after each step."""

import pytest
from engine import Connection, Engine
from properties import WRONG, Walk

SEEDS = 2000
CHUNK = 50


class Walked(Engine):
    """An engine that is emptied 2,000 times and asked 40,000 times whether all is right."""

    def __init__(self, url):
        super().__init__(url)
        self.sql(f"PREPARE wrong AS {WRONG}")
        self.sql("SET statement_timeout = 5000")
        self.other = self.keep(Connection(url))

    def run_wrong(self):
        return self.sql("EXECUTE wrong")

    def sweep(self):
        """As clear(), by DELETE: a walk leaves few rows, and truncating costs more than that."""
        self.sql("""DELETE FROM jobs.attempt; DELETE FROM jobs.task_dealer; DELETE FROM jobs.task;
                    DELETE FROM jobs.job_record; DELETE FROM jobs.lane; DELETE FROM jobs.coverage;
                    DELETE FROM jobs.pause; DELETE FROM jobs.tally; DELETE FROM feed.quarantine;
                    DELETE FROM dealer.dealers; DELETE FROM dealer.credential;
                    DELETE FROM dealer.upstream""")


@pytest.fixture(scope="module")
def walked(shared_database):
    engine = Walked(shared_database)
    yield engine
    engine.close()


def pytest_generate_tests(metafunc):
    if "first" in metafunc.fixturenames:
        one = metafunc.config.getoption("--sql-seed")
        metafunc.parametrize("first", range(0, SEEDS, CHUNK) if one is None else [one])


def test_walks(walked, first, request):
    one = request.config.getoption("--sql-seed")
    walked.clear()
    for seed in range(first, first + (CHUNK if one is None else 1)):
        walked.sweep()
        Walk(walked, seed).run()
