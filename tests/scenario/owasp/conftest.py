"""One whole system for each suite: two dealers, and principals who may see one of them or all."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from shop import Shop  # noqa: E402


@pytest.fixture(scope="module")
def shop(cluster, request):
    """The system of a suite, which may give settings in SETTINGS; judged at its end as every system is."""
    shop = Shop(cluster, getattr(request.module, "SETTINGS", {}))
    failed = request.session.testsfailed
    faults = []
    try:
        yield shop.start()
    finally:
        faults = shop.system.close()
        if faults or request.session.testsfailed > failed:
            print(shop.system.logs())
        shop.end()
    assert not faults, "\n".join(faults)
