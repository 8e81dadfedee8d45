"""How often the calls of a feed are tried: told, changed, and what the next failed call goes by."""

import json

import pytest
from fetching import Pipeline, yesterday
from system import wait_for

URL = "/api/v1/feeds/prsp"


@pytest.fixture
def pipeline(system):
    system.settings.update(DD_RETRY_MAX=3, DD_RETRY_BASE_MS=50)
    pipeline = Pipeline(system)
    system.start_redis()
    system.start("account-1", "analytics-1", "gateway-api")
    wait_for("the gateway", lambda: system.api("GET", "/readyz").ok)
    return pipeline


def change(pipeline, status=200, headers=None, key=None, **body):
    answer = pipeline.system.api("PATCH", URL, json=body, headers=headers or {}, key=key)
    assert answer.status_code == status, answer.text
    return answer.json()


def run(pipeline, failures):
    """A job whose first calls fail, and the waits between its tries in seconds."""
    pipeline.sim("POST", "fault", kind="status", value=500, times=failures)
    job = pipeline.run(yesterday(), yesterday())
    waits = pipeline.system.query("""
        SELECT extract(epoch FROM b.started_at - a.finished_at) AS s FROM jobs.attempt a
        JOIN jobs.attempt b ON b.task_id = a.task_id AND b.number = a.number + 1
        WHERE a.task_id = %s ORDER BY a.number""", (pipeline.tasks(job)[0]["id"],))
    return job, [float(row["s"]) for row in waits]


def test_a_feed_tells_what_is_usual_until_somebody_gives_it_numbers_of_its_own(pipeline):
    feed, = pipeline.system.api("GET", "/api/v1/feeds").json()["items"]
    assert (feed["feed"], feed["usual_max_attempts"], feed["usual_retry_base_ms"], feed["usual_retry_cap_ms"],
            feed["usual_deadline_minutes"]) == ("prsp", 3, 50, 60000, 2880)
    assert not {"max_attempts", "retry_base_ms", "retry_cap_ms", "deadline_minutes", "changed_at", "changed_by"} & set(feed)
    changed = change(pipeline, max_attempts=7, retry_cap_ms=5000)
    assert (changed["max_attempts"], changed["retry_cap_ms"], changed["changed_by"]) == (7, 5000, "admin-key")
    assert changed["changed_at"] and "retry_base_ms" not in changed
    assert pipeline.system.api("GET", URL).json() == changed
    back = change(pipeline, max_attempts=0)
    assert "max_attempts" not in back and back["retry_cap_ms"] == 5000


def test_the_next_failed_call_goes_by_what_was_changed(pipeline):
    job, waits = run(pipeline, failures=3)
    assert (job["state"], len(waits)) == ("failed", 2)
    change(pipeline, max_attempts=2, retry_base_ms=1500)
    job, waits = run(pipeline, failures=2)
    assert (job["state"], len(waits)) == ("failed", 1) and waits[0] >= 0.75  # half of it at the least
    change(pipeline, max_attempts=5, retry_base_ms=10)
    job, waits = run(pipeline, failures=4)
    assert (job["state"], len(waits)) == ("succeeded", 4)
    # Longer than the time that is left: no further try.
    change(pipeline, retry_base_ms=120000, retry_cap_ms=120000, deadline_minutes=1)
    job, waits = run(pipeline, failures=1)
    assert (job["state"], waits) == ("failed", [])


def test_what_does_not_fit_is_refused_by_its_field_and_changes_nothing(pipeline):
    before = pipeline.system.api("GET", URL).json()
    for body, field in (({"max_attempts": 101}, "max_attempts"), ({"retry_base_ms": -1}, "retry_base_ms"),
                        ({"retry_base_ms": 60001}, "retry_base_ms"), ({"retry_cap_ms": 49}, "retry_cap_ms"),
                        ({"retry_base_ms": 11, "retry_cap_ms": 10}, "retry_base_ms"),
                        ({"deadline_minutes": 525601}, "deadline_minutes")):
        error, = change(pipeline, 422, **body)["errors"]
        assert (error["field"], error["code"]) == (field, "field.range"), (body, error)
    assert change(pipeline, 422)["code"] == "field.empty"
    assert pipeline.system.api("PATCH", "/api/v1/feeds/none", json={"max_attempts": 1}).status_code == 404
    assert pipeline.system.api("GET", "/api/v1/feeds/none").status_code == 404
    assert pipeline.system.api("GET", URL).json() == before


def test_a_change_fits_the_version_it_was_made_from(pipeline):
    read = pipeline.system.api("GET", URL)
    tag = read.headers["ETag"]
    assert tag == f'"{read.json()["etag"]}"'
    assert pipeline.system.api("GET", URL, headers={"If-None-Match": tag}).status_code == 304
    first = change(pipeline, max_attempts=4, headers={"If-Match": tag})
    refused = change(pipeline, 412, max_attempts=5, headers={"If-Match": tag})
    assert (refused["code"], refused["errors"][0]["field"]) == ("record.changed", "if_match")
    assert change(pipeline, max_attempts=6, headers={"If-Match": f'"{first["etag"]}"'})["max_attempts"] == 6


def test_everybody_reads_it_an_administrator_changes_it_and_the_audit_trail_tells(pipeline):
    api = pipeline.system.api
    keys = [api("POST", "/api/v1/keys", json={"name": "a", **scope}).json()["key"] for scope in (
        {"role": "viewer", "all_dealers": True}, {"role": "operator", "all_dealers": True},
        {"role": "admin", "dealers": ["12284"]})]
    for key in keys:  # the administrator's is for one dealer
        assert api("GET", "/api/v1/feeds", key=key).json()["items"][0]["feed"] == "prsp"
        assert change(pipeline, 403, key=key, max_attempts=9)
    change(pipeline, max_attempts=9)
    entry, = api("GET", "/api/v1/audit?kind=feed").json()["items"]
    assert (entry["action"], entry["target"], entry["principal"]) == ("feed.update", "prsp", "admin-key")
    assert (json.loads(entry["before"]), json.loads(entry["after"])) == ({"max_attempts": None}, {"max_attempts": 9})


def test_on_the_command_line(pipeline):
    ddctl = pipeline.system.ddctl
    assert "prsp" in ddctl("feed", "ls").stdout
    ddctl("feed", "set", "prsp", "--attempts", "8", "--wait-ms", "70", "--longest-wait-ms", "900")
    feed = json.loads(ddctl("feed", "show", "prsp", "--json").stdout)
    assert (feed["max_attempts"], feed["retry_base_ms"], feed["retry_cap_ms"]) == (8, 70, 900)
    assert ddctl("feed", "set", "prsp", "--wait-ms", "901", check=False).returncode == 1
    assert ddctl("feed", "set", "prsp", "--attempts", "9", "--if-match", "old", check=False).returncode == 1
