"""The upstream's clock differs from ours: measured, corrected once in the same attempt, remembered, forgotten."""

import pytest
from fetching import Pipeline, days_back, yesterday


@pytest.fixture
def pipeline(system):
    system.settings.update(DD_RETRY_MAX=2, DD_RETRY_BASE_MS=50)
    return Pipeline(system)


def outcomes(pipeline):
    return [call["outcome"] for call in pipeline.sim("GET", "calls")["calls"]]


def one_day(pipeline, back=0):
    """A job over one day: its state and error, and the skews of its attempts."""
    job = pipeline.run(days_back(back), days_back(back))
    skews = pipeline.system.query("SELECT a.skew_ms FROM jobs.attempt a JOIN jobs.task t ON t.id = a.task_id"
                                  " WHERE t.job_id = %s ORDER BY a.task_id, a.epoch", (job["id"],))
    return (job["state"], job.get("error_code")), [row["skew_ms"] for row in skews]


def remembered(pipeline):
    rows = pipeline.system.query("SELECT skew_ms FROM jobs.upstream_state")
    return rows[0]["skew_ms"] if rows else None


@pytest.mark.parametrize("seconds", [3600, -3600, 12])
def test_a_wrong_clock_is_corrected_within_the_attempt_and_remembered(pipeline, seconds):
    pipeline.sim("POST", "clock", skew_s=seconds)
    ended, skews = one_day(pipeline)
    assert ended == ("succeeded", None)
    assert len(skews) == 1 and abs(skews[0] - seconds * 1000) < 3000
    assert outcomes(pipeline) == ["clock", "ok"]
    assert pipeline.counters()["clock_corrections"] == 1
    assert remembered(pipeline) == skews[0]
    # The next lease begins corrected: no call is refused any more.
    ended, skews = one_day(pipeline, back=1)
    assert ended == ("succeeded", None) and abs(skews[0] - seconds * 1000) < 3000
    assert outcomes(pipeline) == ["clock", "ok", "ok"]
    pipeline.assert_exact(days_back(1), yesterday())


def test_a_skew_that_is_gone_is_forgotten(pipeline):
    pipeline.sim("POST", "clock", skew_s=600)
    assert one_day(pipeline)[0] == ("succeeded", None)
    assert abs(remembered(pipeline) - 600000) < 3000
    pipeline.sim("POST", "clock", skew_s=0)
    ended, skews = one_day(pipeline, back=1)
    assert ended == ("succeeded", None) and abs(skews[0]) < 2000
    assert remembered(pipeline) is None
    assert outcomes(pipeline) == ["clock", "ok", "clock", "ok"]
    assert one_day(pipeline, back=2) == (("succeeded", None), [None])
    assert outcomes(pipeline)[4:] == ["ok"]


def test_a_small_skew_that_nobody_minds_is_left_alone(pipeline):
    pipeline.sim("POST", "clock", skew_s=6)
    assert one_day(pipeline) == (("succeeded", None), [None])
    assert remembered(pipeline) is None and pipeline.counters()["clock_corrections"] == 0


def test_a_refusal_that_the_date_does_not_explain_is_tried_as_usual(pipeline):
    pipeline.sim("POST", "fault", kind="skew", times=-1)
    assert one_day(pipeline) == (("failed", "upstream.clock"), [None, None])
    assert outcomes(pipeline) == ["clock", "clock"]


def test_a_correction_that_does_not_help_is_told(pipeline):
    pipeline.sim("POST", "clock", skew_s=600)
    pipeline.sim("POST", "fault", kind="skew", value=-3600, times=-1)
    ended, skews = one_day(pipeline)
    assert ended == ("failed", "upstream.clock")
    assert all(abs(skew - 600000) < 3000 for skew in skews) and len(skews) == 2
    # Two calls the first time; the second try began corrected, and its Date agreed.
    assert outcomes(pipeline) == ["clock"] * 3


def test_a_gateway_that_calls_it_unauthorized_is_corrected_too(system):
    pipeline = Pipeline(system, profile="gateway")
    pipeline.sim("POST", "clock", skew_s=300)
    assert one_day(pipeline)[0] == ("succeeded", None)
    assert outcomes(pipeline) == ["clock", "ok"]
