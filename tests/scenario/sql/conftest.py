"""Fixtures of the SQL tests: an engine on a freshly migrated database."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from engine import Engine  # noqa: E402


@pytest.fixture
def engine(database):
    engine = Engine(database)
    yield engine
    engine.close()
