"""A system that deploy/up brought up: its files, a second up, a killed process, one beside it.

DD_ENDPOINTS names the endpoints.json of a running system (tests/browser/run sets it).
"""

import json
import os
import shutil
import signal
import stat
import time
from pathlib import Path

import psycopg2
import pytest
import requests
from deployment import PORTS, Deployment, free_ports

WARM_SECONDS = 15


@pytest.fixture(scope="module")
def deployment():
    endpoints = json.loads(Path(os.environ["DD_ENDPOINTS"]).read_text())
    ports = {name: str(endpoints["ports"][name.split("_")[1].lower()]) for name in PORTS}
    return Deployment(endpoints["state"], **ports)


def ask(deployment, path, **options):
    endpoints = deployment.endpoints()
    key = Path(endpoints["admin_key_file"]).read_text().strip()
    return requests.get(endpoints["api"] + path, headers={"Authorization": f"Bearer {key}"}, timeout=10, **options)


def reached(deployment, path):
    return ask(deployment, path).status_code == 200


def get(deployment, path, **options):
    answer = ask(deployment, path, **options)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ready(deployment):
    """The processes that work, with their pids."""
    return {name: row["pid"] for name, row in deployment.services().items() if row["state"] == "ready"}


def jobs(deployment):
    return {job["id"] for job in get(deployment, "/api/v1/jobs?limit=200")["items"]}


def test_the_sample_dealer_has_its_last_29_days(deployment):
    summary = get(deployment, "/api/v1/report/prospects?dealer_id=12284")
    assert summary["total"] > 0 and summary["simulated"] is True
    assert get(deployment, "/api/v1/dealers/12284")["id"] == "e3a18c82-c500-450f-b6e1-5c5fbe68bf41"


def test_the_sample_dealers_data_go_on_coming(deployment):
    target, = get(deployment, "/api/v1/freshness")["items"]
    assert (target["dealer_id"], target["minutes"], target["active"]) == ("12284", 120, True)
    assert not [job for job in get(deployment, "/api/v1/jobs?limit=200")["items"] if job["kind"] == "freshness"]


def test_keys_and_sockets_are_private(deployment):
    endpoints = deployment.endpoints()
    for name in ("admin_key_file", "master_key_file"):
        assert stat.S_IMODE(os.stat(endpoints[name]).st_mode) == 0o600
        assert stat.S_IMODE(os.stat(Path(endpoints[name]).parent).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(endpoints["sockets"]).st_mode) == 0o700


def test_the_database_has_no_tcp_port(deployment):
    connection = psycopg2.connect(deployment.endpoints()["database_url"])
    with connection.cursor() as cursor:
        cursor.execute("SHOW listen_addresses")
        assert cursor.fetchone() == ("",)
    connection.close()


def test_svc_ls_names_every_process(deployment):
    names = {"account-1", "dealer-1", "scheduler-1", "analytics-1", "fetcher-1", "gateway-api", "gateway-analytics", "gateway-admin"}
    assert names <= set(deployment.services())


def test_a_second_up_leaves_what_runs_alone(deployment):
    pids = {name: row["pid"] for name, row in deployment.services().items()}
    had = jobs(deployment)
    begin = time.monotonic()
    deployment.ok("up", "--detach")
    assert time.monotonic() - begin < WARM_SECONDS
    assert {name: row["pid"] for name, row in deployment.services().items()} == pids
    assert jobs(deployment) == had


def test_fetchers_come_and_go_while_the_others_run(deployment):
    pids = ready(deployment)
    Deployment(deployment.state, **{**deployment.environment, "DD_FETCHERS": "3"}).ok("up", "--detach")
    more = ready(deployment)
    assert set(more) - set(pids) == {"fetcher-2", "fetcher-3"}
    deployment.ok("up", "--detach")
    assert ready(deployment) == more, "what is not said stays as it was"
    Deployment(deployment.state, **{**deployment.environment, "DD_FETCHERS": "1"}).ok("up", "--detach")
    assert pids == ready(deployment) == {name: more[name] for name in pids}


def test_a_killed_process_is_started_again(deployment):
    before = deployment.services()["analytics-1"]
    os.kill(before["pid"], signal.SIGKILL)
    end = time.monotonic() + 15
    while time.monotonic() < end:
        now = deployment.services().get("analytics-1")
        if now and now["pid"] != before["pid"] and now["state"] == "ready":
            break
        time.sleep(0.2)
    assert now["pid"] != before["pid"]
    # The gateway finds it again in a moment of its own.
    while not reached(deployment, "/api/v1/report/prospects?dealer_id=12284") and time.monotonic() < end:
        time.sleep(0.1)
    get(deployment, "/api/v1/report/prospects?dealer_id=12284")


def test_down_and_up_again_keep_the_data(deployment):
    had = jobs(deployment)
    deployment.ok("down")
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{deployment.environment['DD_API_PORT']}/health", timeout=2)
    begin = time.monotonic()
    deployment.ok("up", "--detach")
    assert time.monotonic() - begin < WARM_SECONDS
    assert jobs(deployment) == had


def test_a_second_system_beside_it_with_a_long_path(deployment, tmp_path):
    state = tmp_path / ("a-folder-with-a-rather-long-name-" * 3)
    beside = Deployment(state, DD_FETCHERS="2", **free_ports())
    try:
        beside.ok("up", "--detach")
        assert {"fetcher-1", "fetcher-2"} <= set(beside.services())
        assert len(beside.endpoints()["sockets"]) < 90
        pids = {row["pid"] for row in beside.services().values()}
        assert not pids & {row["pid"] for row in deployment.services().values()}
        folder = beside.endpoints()["database_folder"]
    finally:
        beside.run("down")
    shutil.rmtree(folder)
