"""Options and the table of the chaos tests.

    tests/run chaos --scale 0.1 --seed 1234 --part zombies

A part strikes its full number times the scale, and at least a few times. The seed decides who is
struck when; the same seed strikes the same way, as far as the machine's timing allows.
"""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from postgres import Cluster  # noqa: E402
from system import migrate  # noqa: E402

COLUMNS = ("strikes", "jobs", "tasks", "rows", "attempts", "leases_lost", "calls_failed", "posts_cut", "lost",
           "doubled", "seconds")
TABLE = []


def pytest_addoption(parser):
    parser.addoption("--scale", type=float, default=1.0, help="part of the full number of strikes; 1 unless told")
    parser.addoption("--seed", type=int, default=None, help="any unless told")
    parser.addoption("--part", default="", help="only parts whose name contains this")


def pytest_configure(config):
    if config.getoption("--seed") is None:
        config.option.seed = random.randrange(1_000_000)


@pytest.fixture(scope="session")
def cluster():
    """As everywhere, but what was committed outlives a kill -9 of the server."""
    cluster = Cluster(synchronous_commit="on")
    try:
        yield cluster.start()
    finally:
        cluster.remove()


@pytest.fixture
def database(cluster):
    name = cluster.migrated(migrate)
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def strikes(request):
    """strikes(full): how often this run strikes."""
    scale = request.config.getoption("--scale")
    return lambda full, least=3: max(min(full, least), round(full * scale))


@pytest.fixture
def dice(request):
    return random.Random(f"{request.config.getoption('--seed')} {request.node.name}")


@pytest.fixture
def judge(request):
    """Keeps a part's figures for the table, and fails with all that the checker found."""
    option = request.config.getoption
    part = request.node.name.removeprefix("test_")
    line = f"repeat: tests/run chaos --seed {option('--seed')} --scale {option('--scale'):g} --part {part}"
    print(line)

    def judged(report):
        TABLE.append((part, report))
        print(report)
        assert report.ok, f"{line}\n{report}"
        return report

    return judged


def pytest_collection_modifyitems(config, items):
    part = config.getoption("--part")
    items[:] = [item for item in items if part in item.name]


def pytest_terminal_summary(terminalreporter, config):
    write = terminalreporter.write_line
    write(f"seed {config.getoption('--seed')}, scale {config.getoption('--scale'):g}")
    write(f"{'part':>14} " + " ".join(f"{name:>12}" for name in COLUMNS))
    total = dict.fromkeys(COLUMNS, 0)
    for part, report in TABLE:
        figures = {name: report.counts[name] for name in COLUMNS}
        total = {name: total[name] + figures[name] for name in COLUMNS}
        write(f"{part:>14} " + " ".join(f"{figures[name]:12}" for name in COLUMNS))
    write(f"{'total':>14} " + " ".join(f"{total[name]:12}" for name in COLUMNS))
