"""API1:2023 - whoever may see one dealer asks for another's records: by its code, by ids, by lists, by events.

Made from the served description: a new operation that takes a dealer or an id is in here, or fails a test. An answer
about another's record has to be that about none, byte by byte but for what the request itself said.
"""

import uuid

import pytest
import requests
from shop import NONE, OPERATIONS, OTHER, OWN, ROLES, name_of, plain, query_of, refused, schema_of, wait_for, yesterday

NO_JOB = "0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f60"
NO_ID = 987654
SCOPED = [o for o in OPERATIONS if o[2].get("x-scope") in ("named", "own")]
# What a body needs beside the dealer.
BODIES = {"freshness_set": {"minutes": 60}, "dealer_update": {"dealer_name": "Mine"}, "old_dealer_update": {"dealer_name": "Mine"},
          "schedule_create": {"cron": "0 3 * * *"}, "old_config_create": {"schedule_type": "daily"},
          "pause_set": {"scope": "dealer"}, "job_rerun": {"dry_run": True}}
QUERIES = {"DELETE /api/v1/pauses": {"scope": "dealer"}}


def dealer_places(operation):
    """Where an operation takes a dealer: path, query, or fields of its body."""
    properties = schema_of(operation[2])[1]
    return [*(["path"] if "{dealer_id}" in operation[1] else []),
            *[("query", n) for n in query_of(operation[2]) if n in ("dealer_id", "target")],
            *[("body", n) for n in properties if n in ("dealer_id", "dealer_ids", "target") and "{dealer_id}" not in operation[1]]]


TAKES_DEALER = [o for o in SCOPED if dealer_places(o)]
TAKES_ID = [o for o in SCOPED if "{" in o[1] and "{dealer_id}" not in o[1]]


def about(operation, place, *codes):
    """Path and options of a request that names these dealers there."""
    body = dict(BODIES.get(schema_of(operation[2])[0], {}))
    options = {"params": dict(QUERIES.get(name_of(operation), {}))}
    path = operation[1]
    if place == "path":
        path = path.replace("{dealer_id}", codes[-1])
    elif place[0] == "query":
        options["params"][place[1]] = codes[-1]
    else:
        body[place[1]] = list(codes) if place[1] == "dealer_ids" else codes[-1]
    for field in ("{id}", "{schedule_id}"):
        path = path.replace(field, str(NO_ID))
    path = path.replace("{job_id}", NO_JOB)
    if operation[0] in ("POST", "PUT", "PATCH"):
        options["json"] = body
    return path, options


@pytest.fixture(scope="module")
def things(shop):
    """Records of the other dealer, of both together and of the own one, each with what came of it."""
    made = {}
    for name, dealers in (("other", [OTHER]), ("both", [OTHER, OWN]), ("own", [OWN])):
        # A record of each first task is set aside.
        shop.spoil(kind="long_value", field="alamat", value=2500, record=0, times=1)
        job = shop.job(*dealers)
        shop.wait_job(job)
        schedule = shop.schedule(*dealers)
        made[name] = {"job": job, "schedule": schedule,
                      "task": shop.api("GET", f"/api/v1/jobs/{job}/tasks").json()["items"][0]["id"]}
        made[name]["quarantine"] = [r["id"] for r in shop.query(
            "SELECT q.id FROM feed.quarantine q JOIN jobs.task t ON t.id = q.task_id WHERE t.job_id = %s"
            " AND q.dealer_id = %s", (job, dealers[0]))]
        assert made[name]["quarantine"] or name != "other", "no record was set aside"
    made["all"] = {"schedule": shop.schedule()}
    for dealer in (OTHER, OWN):
        assert shop.api("PUT", f"/api/v1/dealers/{dealer}/freshness", json={"minutes": 43200}).ok
    return made


def kind_of(path):
    """Which thing a path's id is of."""
    for part, kind in (("schedules", "schedule"), ("fetch-configurations", "schedule"), ("quarantine", "quarantine"),
                       ("tasks/{", "task"), ("jobs", "job")):
        if part in path:
            return kind
    raise AssertionError(f"whose id is in {path}?")


@pytest.mark.parametrize("operation", TAKES_DEALER, ids=name_of)
def test_another_dealer_is_answered_like_none(shop, things, operation):
    for role in ROLES[ROLES.index(operation[2]["x-who"]):]:
        for place in dealer_places(operation):
            for before in ([], [OWN]):
                answers = []
                for code in (OTHER, NONE):
                    path, options = about(operation, place, *before, code)
                    answers.append(shop.ask(operation, shop.limited[role], path, **options))
                other, none = (plain(a, code) for a, code in zip(answers, (OTHER, NONE), strict=True))
                assert other == none, (role, place, before)
                assert other[0] < 500 and "Hidden Dealer" not in answers[0].text


@pytest.mark.parametrize("operation", [o for o in TAKES_DEALER if "format" in query_of(o[2])], ids=name_of)
def test_a_file_of_another_dealer_is_as_empty_as_that_of_none(shop, things, operation):
    role = operation[2]["x-who"]
    files = []
    for code in (OTHER, NONE):
        path, options = about(operation, next(p for p in dealer_places(operation) if p[0] == "query"), code)
        options["params"]["format"] = "csv"
        files.append(plain(shop.ask(operation, shop.limited[role], path, **options), code))
    assert files[0] == files[1] and len(files[0][2].splitlines()) <= 1


@pytest.mark.parametrize("operation", TAKES_ID, ids=name_of)
def test_another_ones_id_is_answered_like_a_guessed_one(shop, things, operation):
    kind = kind_of(operation[1])
    hidden = [made[kind] for name, made in things.items() if name != "own" and kind in made]
    hidden = [i for made in hidden for i in (made if isinstance(made, list) else [made])]
    nobodys = NO_JOB if kind == "job" else NO_ID
    for role in ROLES[ROLES.index(operation[2]["x-who"]):]:
        def ask(identity, role=role):
            path = operation[1][:operation[1].index("{")] + str(identity) + operation[1][operation[1].index("}") + 1:]
            options = {"json": {"name": "mine"}} if operation[0] == "PATCH" else {}
            return plain(shop.ask(operation, shop.limited[role], path, **options), identity)

        none = ask(nobodys)
        assert none[0] == 404
        for identity in hidden:
            assert ask(identity) == none, (role, identity)


def test_what_was_asked_for_in_vain_has_changed_nothing(shop, things):
    """Whoever is refused has not got half of it done; this is asked behind all of the above."""
    for operation in TAKES_DEALER + TAKES_ID:
        for place in dealer_places(operation):
            path, options = about(operation, place, OTHER)
            shop.ask(operation, shop.limited["admin"], path, **options)
    dealer = shop.api("GET", f"/api/v1/dealers/{OTHER}").json()
    assert (dealer["dealer_name"], dealer["is_active"]) == ("Hidden Dealer", True)
    assert shop.query("SELECT minutes FROM jobs.freshness WHERE dealer_id = %s", (OTHER,)) == [{"minutes": 43200}]
    assert shop.query("SELECT 1 AS one FROM jobs.pause WHERE target = %s", (OTHER,)) == []
    assert shop.query("SELECT 1 AS one FROM jobs.job_dealer d JOIN jobs.job_record j ON j.id = d.job_id WHERE d.dealer_id = %s"
                      " AND j.requested_by LIKE 'dk\\_%%'", (OTHER,)) == []
    ids = {row["id"] for row in shop.query("SELECT id FROM jobs.schedule")}
    assert {made["schedule"] for made in things.values()} <= ids
    assert shop.query("SELECT 1 AS one FROM feed.quarantine WHERE dealer_id = %s AND state <> 'open'", (OTHER,)) == []


@pytest.mark.parametrize("path, of", [
    ("/api/v1/dealers", lambda r: r["dealer_id"]), ("/api/v1/freshness", lambda r: r["dealer_id"]),
    ("/api/v1/coverage", lambda r: r["dealer_id"]), ("/api/v1/quarantine", lambda r: r["dealer_id"]),
    ("/api/v1/tasks", lambda r: r["dealer_id"]), ("/api/v1/jobs", lambda r: " ".join(r["dealer_ids"])),
    ("/api/v1/schedules", lambda r: " ".join(r["dealer_ids"])), ("/api/v1/report/dealers", lambda r: r["dealer_id"])])
def test_a_list_without_a_filter_holds_own_records_alone(shop, things, path, of):
    role = "analytics" if "report" in path else "api"
    rows = shop.api("GET", path, role=role, key=shop.limited["operator"], params={"limit": 200} if "report" not in path
                    else {}).json()["items"]
    assert {of(row) for row in rows} == {OWN}
    everything = shop.api("GET", path, role=role).json()["items"]
    assert OTHER in {code for row in everything for code in of(row).split()}, "there is something to be hidden"


def test_a_pause_is_seen_by_who_sees_its_dealer(shop):
    pauses = [{"scope": "dealer", "target": OTHER}, {"scope": "dealer", "target": OWN}, {"scope": "feed", "target": "prsp"}]
    for pause in pauses:
        assert shop.api("POST", "/api/v1/pauses", json={**pause, "reason": "hidden reason"}).status_code == 201
    try:
        listed = shop.api("GET", "/api/v1/pauses", key=shop.limited["operator"]).json()["items"]
        assert [(p["scope"], p["target"]) for p in listed] == [("dealer", OWN)]
    finally:
        for pause in pauses:
            assert shop.api("DELETE", "/api/v1/pauses", params=pause).ok


@pytest.mark.parametrize("operation", [o for o in SCOPED if o[2]["x-scope"] == "named" and "dealer_id" in query_of(o[2])],
                         ids=name_of)
def test_figures_of_all_dealers_are_refused_by_the_field_that_is_missing(shop, operation):
    problem = refused(shop.ask(operation, shop.limited["admin"]), 403, 422)
    assert [e["field"] for e in problem["errors"]] == ["dealer_id"]


def test_dealers_cannot_be_widened(shop):
    limited = shop.limited["operator"]

    def post(path, body, *statuses):
        return refused(shop.api("POST", path, key=limited, json=body), *statuses)

    assert post("/api/v1/jobs", {"all_dealers": True}, 403)["errors"][0]["field"] == "dealer_ids"
    assert post("/api/v1/jobs", {"dealer_ids": [OWN], "all_dealers": True}, 422)
    assert post("/api/v1/schedules", {"cron": "0 3 * * *", "all_dealers": True}, 403)
    mine = shop.api("POST", "/api/v1/schedules", key=limited, json={"cron": "0 3 * * *", "dealer_ids": [OWN]}).json()["id"]
    for change, status in (({"dealer_ids": [OWN, OTHER]}, 422), ({"all_dealers": True}, 403), ({"dealer_ids": []}, 422)):
        problem = refused(shop.api("PATCH", f"/api/v1/schedules/{mine}", key=limited, json=change), status)
        assert problem["errors"][0]["field"] in ("dealer_ids", "all_dealers")
    assert shop.api("GET", f"/api/v1/schedules/{mine}").json()["dealer_ids"] == [OWN]
    for scope, target in (("all", ""), ("feed", "prsp"), ("upstream", "sim"), ("credential", "1")):
        body = {"scope": scope, **({"target": target} if target else {})}
        assert post("/api/v1/pauses", body, 403)["errors"][0]["field"] == "scope"
        refused(shop.api("DELETE", "/api/v1/pauses", key=limited, params=body), 403)


def test_own_schedules_pauses_and_records_are_ones_own_to_work_with(shop, things):
    limited = shop.limited["operator"]

    def ok(method, path, status=200, **options):
        answer = shop.api(method, f"/api/v1{path}", key=limited, **options)
        assert answer.status_code == status, (method, path, answer.text)
        return answer.json()

    mine = ok("POST", "/schedules", 201, json={"cron": "0 3 1 1 *", "dealer_ids": [OWN]})["id"]
    assert ok("PATCH", f"/schedules/{mine}", json={"name": "Mine"})["name"] == "Mine"
    assert not ok("POST", f"/schedules/{mine}/pause", json={})["active"]
    assert ok("POST", f"/schedules/{mine}/resume", json={})["active"]
    job = ok("POST", f"/schedules/{mine}/run", 202, json={})
    assert job["dealer_ids"] == [OWN] and ok("GET", f"/jobs/{job['id']}")["id"] == job["id"]
    assert ok("GET", f"/schedules/{mine}/ticks")["items"] == []
    ok("DELETE", f"/schedules/{mine}")
    assert ok("POST", "/pauses", 201, json={"scope": "dealer", "target": OWN})["target"] == OWN
    ok("DELETE", "/pauses", params={"scope": "dealer", "target": OWN})
    assert ok("POST", "/jobs/rerun", 202, json={"dealer_ids": [OWN], "dry_run": True})["tasks"] == 0
    assert ok("POST", "/quarantine/dismiss", json={"reason": "row.none"})["count"] == 0


def test_a_dealer_cannot_be_turned_into_another_one(shop):
    """A key of a group fetches what every dealer of the group holds: the code at the upstream decides whose."""
    limited = shop.limited["admin"]
    path = f"/api/v1/dealers/{OWN}"
    for change in ({"upstream_dealer_id": OTHER}, {"upstream_dealer_id": NONE}, {"upstream": "sim"}, {"upstream": "none"}):
        problem = refused(shop.api("PATCH", path, key=limited, json=change), 403)
        assert problem["errors"][0]["field"] in change
    problem = refused(shop.api("PATCH", path, key=limited, json={"secret_key": "spoils-the-group"}), 403)
    assert problem["errors"][0]["field"] == "secret_key"
    row, = shop.query("SELECT upstream_dealer_id FROM dealer.dealers WHERE dealer_id = %s", (OWN,))
    assert row["upstream_dealer_id"] is None
    assert shop.wait_job(shop.job(OTHER))["state"] == "succeeded"
    assert shop.api("PATCH", path, key=limited, json={"dealer_name": "Own Dealer"}).ok


@pytest.mark.parametrize("guess", ["0", "-1", "1e3", "1%20or%201=1", "%2e%2e", "null", str(2**63), "07", "a" * 300])
def test_ids_that_are_none_find_nothing(shop, guess):
    for path in ("/jobs/{}", "/jobs/{}/tasks", "/tasks/{}/attempts", "/schedules/{}", "/quarantine/{}"):
        answer = shop.api("GET", f"/api/v1{path.format(guess)}", key=shop.limited["admin"])
        refused(answer, 400, 404, 422)
        assert "Hidden" not in answer.text and "SELECT" not in answer.text


def test_a_cursor_of_somebody_else_shows_no_more(shop, things):
    """Cursors of lists over all dealers, used by who may see one."""
    for path in ("/api/v1/jobs", "/api/v1/tasks", "/api/v1/dealers", "/api/v1/quarantine", "/api/v1/schedules", "/api/v1/coverage"):
        cursor = shop.api("GET", path, params={"limit": 1}).json().get("next")
        assert cursor, path
        answer = shop.api("GET", path, key=shop.limited["admin"], params={"cursor": cursor})
        assert answer.status_code == 200 and f'"{OTHER}"' not in answer.text, (path, answer.text[:300])


def test_events_about_others_are_not_heard_also_when_a_stream_goes_on(shop):
    """The ids of events count for everybody: a stream that begins at an early one is filtered like any other."""
    url = f"{shop.base('admin')}/api/v1/events"

    def hear(key, last=None, until=b"Heard Last"):
        headers = {"Authorization": f"Bearer {key}", **({"Last-Event-ID": last} if last else {})}
        with requests.get(url, headers=headers, stream=True, timeout=10) as answer:
            assert answer.status_code == 200
            yield None
            said = b""
            for piece in answer.iter_content(None):
                said += piece
                if until in said:
                    break
        yield said.decode()

    everything, mine = hear(shop.keys["viewer"], until=OWN.encode()), hear(shop.limited["viewer"], until=OWN.encode())
    next(everything), next(mine)
    shop.schedule(OTHER)
    for code in (OTHER, OWN):
        assert shop.api("PATCH", f"/api/v1/dealers/{code}", json={"is_active": True}).ok
    whole = next(everything)
    assert OTHER in whole and OTHER not in next(mine)
    first = whole.split("id: ")[1].split("\n")[0]
    again = hear(shop.limited["viewer"], first, OWN.encode())
    next(again)
    assert OTHER not in next(again)


def test_another_ones_idempotency_key_opens_nothing(shop):
    key = str(uuid.uuid4())
    body = {"dealer_ids": [OTHER], "from": yesterday(), "to": yesterday()}
    made = shop.api("POST", "/api/v1/jobs", headers={"Idempotency-Key": key}, json=body).json()["id"]
    for dealers in ([OTHER], [OWN]):
        answer = shop.api("POST", "/api/v1/jobs", headers={"Idempotency-Key": key}, key=shop.limited["operator"],
                          json={**body, "dealer_ids": dealers})
        assert answer.status_code == (404 if dealers == [OTHER] else 202) and made not in answer.text


def test_dealers_taken_away_are_gone_at_once(shop):
    shop.user("mover", "operator", dealers=[OWN, OTHER])
    browser = shop.sign_in("mover")
    url = f"{browser.base}/api/v1/dealers/{OTHER}"
    assert browser.get(url, timeout=10).status_code == 200
    assert shop.api("PATCH", "/api/v1/users/mover", json={"dealers": [OWN]}).ok
    wait_for("the narrower sight", lambda: browser.get(url, timeout=10).status_code == 404, 3)
    assert browser.get(f"{browser.base}/api/v1/dealers/{OWN}", timeout=10).status_code == 200
