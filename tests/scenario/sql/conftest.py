"""Fixtures of the SQL tests: an engine on an empty, migrated database."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from engine import Engine  # noqa: E402


@pytest.fixture
def engine(shared_database):
    engine = Engine(shared_database)
    engine.clear()
    yield engine
    engine.close()
