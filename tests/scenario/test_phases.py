"""What a running call is doing, as its lease tells: waiting for the first byte, receiving so many bytes."""

import pytest
from fetching import Pipeline, yesterday
from system import wait_for


@pytest.fixture
def pipeline(system):
    system.settings.update(DD_LEASE_MS=800)  # five beats a second
    return Pipeline(system)


def lease(pipeline):
    rows = pipeline.system.query("SELECT phase, bytes, rows FROM jobs.lease")
    return rows[0] if rows else None


def wait_phase(pipeline, phase):
    def seen():
        row = lease(pipeline)
        return row if row and row["phase"] == phase else None

    return wait_for(f"the phase {phase}", seen, 30)


def test_a_call_waits_and_then_receives(pipeline):
    pipeline.sim("POST", "fault", kind="stall", value=1500, delay_ms=1500)
    job = pipeline.submit(yesterday(), yesterday())
    assert wait_phase(pipeline, "waiting")["bytes"] == 0
    assert wait_phase(pipeline, "receiving")["bytes"] > 1000
    assert pipeline.wait(job)["state"] == "succeeded"
    pipeline.assert_exact(yesterday(), yesterday())


def test_a_large_answer_is_parsed_and_stored(pipeline):
    pipeline.set_upstream(max_body_bytes=200 << 20)
    pipeline.sim("POST", "settings", bulk_rows=60000)
    job = pipeline.submit(yesterday(), yesterday())
    parsing = wait_phase(pipeline, "parsing")
    assert parsing["bytes"] > 1000000
    assert wait_phase(pipeline, "storing")["rows"] == 60000
    assert pipeline.wait(job)["state"] == "succeeded"


def test_the_time_of_a_call_is_the_databases(pipeline):
    pipeline.run(yesterday(), yesterday())
    row, = pipeline.system.query("""
        SELECT max(abs(extract(epoch FROM p.requested_at - a.started_at))) AS apart, count(*) AS n
        FROM feed.prospect p JOIN jobs.attempt a ON a.task_id = p.task_id""")
    assert row["n"] > 0 and row["apart"] < 0.5
