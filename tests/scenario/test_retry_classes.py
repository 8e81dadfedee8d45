"""Classes of failures with the real processes: what becomes of the call, and of others with the same credential.

12284 and 99901 share a credential, 99902 has one of its own.
"""

import time
from datetime import datetime, timedelta, timezone

import pytest
from fetching import JAKARTA, Pipeline, days_back, yesterday
from system import SAMPLE, wait_for

SISTER, STRANGER = "99901", "99902"


@pytest.fixture
def pipeline(system):
    system.settings.update(DD_RETRY_MAX=3, DD_RETRY_BASE_MS=50)
    pipeline = Pipeline(system)
    pipeline.add_dealer(SISTER)
    pipeline.add_dealer(STRANGER, group="group-b")
    return pipeline


def fault(pipeline, **what):
    return pipeline.sim("POST", "fault", **what)


def run(pipeline, dealer, back=0):
    return pipeline.run(days_back(back), days_back(back), dealers=(dealer,))


def submit(pipeline, dealer, back=0):
    return pipeline.submit(days_back(back), days_back(back), dealers=(dealer,))


def calls(pipeline, dealer):
    return [call for call in pipeline.sim("GET", "calls")["calls"] if call["dealer"] == dealer]


def credential(pipeline, dealer=SAMPLE):
    rows = pipeline.system.query("""
        SELECT s.* FROM jobs.credential_state s JOIN dealer.dealers d ON d.credential_id = s.credential_id
        WHERE d.dealer_id = %s""", (dealer,))
    return rows[0] if rows else {"blocked_until": None, "blocked_code": None, "flagged_at": None, "flag_code": None}


def seconds_left(moment):
    return (moment - datetime.now(timezone.utc)).total_seconds()


@pytest.mark.parametrize("as_date", [False, True])
def test_too_many_calls_rest_the_credential_as_long_as_was_asked(pipeline, as_date):
    fault(pipeline, kind="status", value=429, retry_after=3, retry_date=as_date, dealer=SAMPLE)
    begun = time.monotonic()
    job = submit(pipeline, SAMPLE)
    state = wait_for("the block", lambda: credential(pipeline)["blocked_until"] and credential(pipeline))
    assert state["blocked_code"] == "upstream.too_many" and 0 < seconds_left(state["blocked_until"]) <= 3.1
    sister = submit(pipeline, SISTER)
    # Who has another credential goes on.
    assert run(pipeline, STRANGER)["state"] == "succeeded"
    assert time.monotonic() - begun < 2.5 and calls(pipeline, SISTER) == []
    assert pipeline.wait(job)["state"] == pipeline.wait(sister)["state"] == "succeeded"
    assert time.monotonic() - begun > 2
    attempts = pipeline.attempts(pipeline.tasks(job)[0])
    assert [attempt.get("error_code") for attempt in attempts] == ["upstream.too_many", None]


def test_a_long_wish_fits_into_a_day(pipeline):
    fault(pipeline, kind="status", value=429, retry_after=400000)
    job = submit(pipeline, SAMPLE)
    wait_for("the block", lambda: credential(pipeline)["blocked_until"])
    assert 86300 < seconds_left(credential(pipeline)["blocked_until"]) <= 86400
    assert pipeline.job(job)["state"] == "running"


def test_a_used_up_quota_waits_for_the_upstreams_midnight(pipeline):
    fault(pipeline, kind="quota")
    job = submit(pipeline, SAMPLE)
    state = wait_for("the block", lambda: credential(pipeline)["blocked_until"] and credential(pipeline))
    midnight = datetime.combine(datetime.now(JAKARTA).date() + timedelta(days=1), datetime.min.time(), JAKARTA)
    assert state["blocked_code"] == "upstream.quota"
    assert abs((state["blocked_until"] - midnight).total_seconds()) < 5
    task, = pipeline.tasks(job)
    assert (task["state"], task["error_code"]) == ("queued", "upstream.quota")
    assert run(pipeline, STRANGER)["state"] == "succeeded"
    # The main dealer grants more calls, and somebody says so.
    pipeline.call("scheduler", "credential.unflag", {"credential_id": state["credential_id"]})
    assert pipeline.wait(job)["state"] == "succeeded"


def test_a_refused_credential_stops_its_dealers_until_it_is_changed(pipeline):
    fault(pipeline, kind="status", value=401, dealer=SAMPLE)
    job = run(pipeline, SAMPLE)
    assert (job["state"], job["error_code"], len(calls(pipeline, SAMPLE))) == ("failed", "upstream.credential", 1)
    state = credential(pipeline)
    assert state["flagged_at"] is not None and state["flag_code"] == "upstream.credential"
    waiting = submit(pipeline, SISTER)
    assert run(pipeline, STRANGER)["state"] == "succeeded"
    time.sleep(1.2)  # more than a tick
    assert pipeline.job(waiting)["state"] == "queued" and calls(pipeline, SISTER) == []
    pipeline.call("dealer", "dealer.update", {"dealer_id": SISTER, "api_key": "dgi-key-sim:group-a",
                                              "secret_key": "dgi-secret-sim:group-a", "upstream": "sim"})
    assert pipeline.wait(waiting)["state"] == "succeeded"


def test_no_try_begins_after_the_deadline(pipeline):
    pipeline.system.query("UPDATE jobs.feed SET retry_base_ms = 120000, retry_cap_ms = 120000, deadline_minutes = 1")
    fault(pipeline, kind="status", value=503)
    job = run(pipeline, SAMPLE)
    task, = pipeline.tasks(job)
    assert (task["error_code"], task["attempt"]) == ("upstream.server_error", 1)
    assert "deadline" in task["error_text"]


def test_a_feed_has_its_own_number_of_tries(pipeline):
    pipeline.system.query("UPDATE jobs.feed SET max_attempts = 5, retry_base_ms = 10")
    fault(pipeline, kind="status", value=500, times=4)
    job = run(pipeline, SAMPLE)
    assert (job["state"], pipeline.tasks(job)[0]["attempt"]) == ("succeeded", 5)


def test_no_data_is_a_success_in_each_shape(pipeline):
    fault(pipeline, kind="null_data")
    job = run(pipeline, SAMPLE)
    assert (job["state"], job["rows_read"]) == ("succeeded", 0)


def test_ten_thousand_bad_records_refuse_the_answer(pipeline):
    pipeline.set_upstream(max_body_bytes=200 << 20)
    pipeline.sim("POST", "settings", bulk_rows=10001)
    fault(pipeline, kind="no_key", record=-1)
    job = run(pipeline, SAMPLE)
    assert (job["state"], job["error_code"], job["rows_quarantined"]) == ("failed", "upstream.bad_records", 0)
    assert pipeline.system.query("SELECT count(*) AS n FROM feed.quarantine") == [{"n": 0}]
    fault(pipeline, kind="no_key", record=-1)
    pipeline.sim("POST", "settings", bulk_rows=300)
    assert run(pipeline, SAMPLE)["rows_quarantined"] == 300


def test_a_retry_waits_its_turn_with_jitter(pipeline):
    """Twenty tasks that fail together come back one by one within the back-off, not all at once."""
    pipeline.set_upstream(breaker_failures=1000)
    pipeline.system.query("UPDATE jobs.feed SET retry_base_ms = 2000")
    fault(pipeline, kind="status", value=500, times=20)
    job = pipeline.run(days_back(19), yesterday())
    assert job["state"] == "succeeded"
    waits = pipeline.system.query("""
        SELECT extract(epoch FROM b.started_at - a.finished_at) AS s FROM jobs.attempt a
        JOIN jobs.attempt b ON b.task_id = a.task_id AND b.number = a.number + 1""")
    assert len(waits) == 20 and min(row["s"] for row in waits) > 0.95
    assert max(row["s"] for row in waits) - min(row["s"] for row in waits) > 0.3
