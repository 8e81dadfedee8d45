"""One whole system for all the suites of a pytest process: two dealers, and principals who may see one of them or all.

A suite leaves it as it found it, but for records of its own: it takes logins, dealers and upstreams that no other has.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from shop import Shop  # noqa: E402


@pytest.fixture(scope="session")
def shop(cluster, request):
    """Judged at its end as every system is: exit codes, sanitizers."""
    shop = Shop(cluster)
    try:
        yield shop.start()
    finally:
        faults = shop.system.close()
        if faults or request.session.testsfailed:
            print(shop.system.logs())
        shop.end()
    assert not faults, "\n".join(faults)
