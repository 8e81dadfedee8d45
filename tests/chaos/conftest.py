"""Options of the chaos tests: tests/run chaos --scale 5 --seed 1234 repeats five storms by number."""

import random


def pytest_addoption(parser):
    parser.addoption("--scale", type=int, default=1, help="how many storms; 1 unless told")
    parser.addoption("--seed", type=int, default=None, help="of the first storm; any unless told")


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        first = metafunc.config.getoption("--seed")
        first = random.randrange(1_000_000) if first is None else first
        metafunc.parametrize("seed", range(first, first + metafunc.config.getoption("--scale")))
