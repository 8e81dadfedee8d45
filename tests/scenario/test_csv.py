"""Lists as files of CSV, and links to the next page."""

import csv
import io
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from past import Past, ago
from system import wait_for


@pytest.fixture
def past(make_system):
    system = make_system()
    past = Past(system)
    system.start("account-1", "dealer-1", "scheduler-1", "analytics-1", "gateway-api")
    wait_for("the gateway to be ready", lambda: system.api("GET", "/readyz").ok)
    return past


def get(past, path, **options):
    return past.system.api("GET", f"/api/v1/{path}", **options)


def rows(answer):
    """The rows of a file by the names of its columns, as a spreadsheet reads them."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert answer.content.endswith(b"\r\n")
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline=""), strict=True))


def test_a_list_over_all_pages_in_its_order(past):
    made = [past.job(ago(minutes=n), "failed" if n % 4 == 0 else "succeeded") for n in range(450, 0, -1)]
    answer = get(past, "jobs?format=csv")
    assert [row["id"] for row in rows(answer)] == list(reversed(made))
    assert "Link" not in answer.headers
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="jobs-2')
    failed = rows(get(past, "jobs?state=failed", headers={"Accept": "text/csv"}))
    assert len(failed) == 112 and {row["state"] for row in failed} == {"failed"}


def test_columns_are_the_fields_and_cells_their_values(past):
    job = past.job(ago(hours=1), "partial", ["10001", "10002"], error_code="upstream.refused",
                   error_text='=cmd|"calc", says\r\nthe "upstream"', requested_by="+62 811")
    told = get(past, f"jobs/{job}").json()
    row = rows(get(past, "jobs?format=csv"))[0]
    assert row["error_text"] == "'=cmd|\"calc\", says\r\nthe \"upstream\""
    assert row["requested_by"] == "'+62 811"
    assert row["dealer_ids"] == "10001;10002"
    assert row["created_at"] == told["created_at"] and row["tasks_total"] == "0"
    assert row["schedule_id"] == "" and row["cancelling"] == "false"
    document = get(past, "../../openapi.json").json()
    assert list(row) == list(document["components"]["schemas"]["job"]["properties"])


def test_a_limit_is_one_for_the_file_and_the_rest_is_linked(past):
    made = [past.job(ago(minutes=n)) for n in range(9, 0, -1)]
    answer = get(past, "jobs?limit=4&format=csv&state=succeeded")
    seen = [row["id"] for row in rows(answer)]
    while "next" in answer.links:
        answer = requests.get(requests.compat.urljoin(answer.url, answer.links["next"]["url"]), timeout=15,
                              headers={"Authorization": f"Bearer {past.system.admin_key}", "Accept": "text/csv"})
        seen += [row["id"] for row in rows(answer)]
    assert seen == list(reversed(made))


def test_pages_of_json_name_the_next_one_by_a_link(past):
    made = [past.job(ago(minutes=n)) for n in range(9, 0, -1)]
    answer = get(past, "jobs?limit=4&state=succeeded")
    seen = []
    while True:
        seen += [item["id"] for item in answer.json()["items"]]
        assert ("next" in answer.json()) == ("next" in answer.links)
        if "next" not in answer.links:
            break
        answer = requests.get(requests.compat.urljoin(answer.url, answer.links["next"]["url"]), timeout=15,
                              headers={"Authorization": f"Bearer {past.system.admin_key}"})
    assert seen == list(reversed(made))


def test_every_list_is_a_file_as_well(past):
    job = past.job(ago(hours=1))
    task = past.task(job, ago(hours=1))
    document = get(past, "../../openapi.json").json()
    lists = [path for path, item in document["paths"].items()
             if "text/csv" in item.get("get", {}).get("responses", {}).get("200", {}).get("content", {})]
    assert {"/api/v1/jobs", "/api/v1/tasks", "/api/v1/quarantine", "/api/v1/dealers", "/api/v1/jobs/statistics",
            "/api/v1/jobs/{job_id}/tasks"} <= set(lists)
    for path in lists:
        needed = [p["name"] for p in document["paths"][path]["get"]["parameters"] if p["required"]]
        if set(needed) <= {"job_id", "task_id"}:
            answer = past.system.api("GET", path.format(job_id=job, task_id=task), params={"format": "csv"})
            assert isinstance(rows(answer), list), path


def test_an_unknown_form_and_faults_in_between_are_problems(past):
    answer = get(past, "jobs?format=xml")
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "format"
    answer = get(past, "jobs?format=csv&state=broken")
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "state"
    past.system["scheduler-1"].kill()
    answer = get(past, "jobs?format=csv")
    assert answer.status_code in (503, 504) and answer.headers["Content-Type"] == "application/problem+json"
    assert get(past, "dealers?format=csv").status_code == 200


def test_a_large_file_is_bounded_and_holds_nobody_up(past):
    job = past.job(ago(hours=1))
    past.query("""INSERT INTO jobs.task (job_id, upstream_id, credential_id, dealer_id, feed, from_at, to_at, priority,
                                         state, created_at, finished_at)
                  SELECT %s, %s, %s, '10001', 'prsp', '2026-03-01', '2026-03-01', 0, 'failed', now(), now()
                  FROM generate_series(1, 100100)""", (job, past.upstream, past.credential))
    with ThreadPoolExecutor(1) as pool:
        export = pool.submit(get, past, "tasks?format=csv", timeout=120)
        others = []
        while not export.done():
            begun = time.monotonic()
            assert get(past, "../../livez").ok
            others.append(time.monotonic() - begun)
        answer = export.result()
    found = rows(answer)
    assert len(found) == 100000 and len({row["id"] for row in found}) == 100000
    assert "next" in answer.links
    assert len(others) > 20 and sorted(others)[len(others) // 2] < 0.2
