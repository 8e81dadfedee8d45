"""API3:2023 - properties that a request may not set, and that an answer must not show."""

import pytest
from shop import DESCRIPTION, OPERATIONS, OTHER, OWN, PASSWORD, ROLES, days_ago, name_of, query_of, refused, schema_of, wait_for

# What other programs have let through: everything that decides who somebody is, and what a record is.
PLANTED = ["role", "all_dealers", "dealers", "is_active", "id", "version", "created_by", "created_at", "requested_by", "principal",
           "password_hash", "has_password", "simulated", "state", "etag", "has_credential", "credential_id", "sessions", "kind",
           "owner_id", "__proto__", "constructor", "$where", "dealer_ids", "priority", "revoked_at", "key", "token"]
NO_JOB = "0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f60"
BODIED = [o for o in OPERATIONS if schema_of(o[2])[0]]
READS = [o for o in OPERATIONS if o[0] == "GET" and o[1] not in ("/api/v1/events", "/metrics", "/")]


def path_of(operation, **values):
    values = {"dealer_id": OTHER, "name": "sim", "login": "admin", **values}
    path = operation[1]
    while "{" in path:
        field = path[path.index("{") + 1:path.index("}")]
        path = path.replace("{" + field + "}", str(values.get(field, 1)))
    return path


@pytest.mark.parametrize("operation", BODIED, ids=name_of)
def test_what_is_no_property_of_a_request_is_refused_by_its_name(shop, operation):
    in_path = [p["name"] for p in operation[2].get("parameters", []) if p["in"] == "path"]
    for field in PLANTED:
        if field in schema_of(operation[2])[1] or field in in_path:
            continue
        answer = shop.ask(operation, shop.system.admin_key if operation[2]["x-who"] != "anybody" else "", path_of(operation),
                          json={field: "admin"})
        problem = refused(answer, 422)
        assert (field, "field.unknown") in {(e["field"], e["code"]) for e in problem["errors"]}, (field, problem)


@pytest.mark.parametrize("operation", BODIED, ids=name_of)
def test_what_stands_in_the_path_cannot_be_said_anew_in_the_body(shop, operation):
    """Else the check of one and the deed with the other."""
    for name in (p["name"] for p in operation[2].get("parameters", []) if p["in"] == "path"):
        answer = shop.ask(operation, shop.system.admin_key, path_of(operation), json={name: OWN})
        # What is wrong with a path of the old API is not found.
        assert answer.status_code == (404 if operation[2].get("deprecated") else 422), answer.text
        # A word of a choice is judged wherever it stands.
        named = [e["field"] for e in answer.json().get("errors", [])]
        assert operation[2].get("deprecated") or name in named or named == ["list"], answer.text


@pytest.mark.parametrize("operation", [o for o in READS if "x-scope" in o[2]], ids=name_of)
def test_a_query_holds_what_is_described_and_nothing_else(shop, operation):
    for query in ("role=admin", "dealers=*", "all_dealers=true", "fields=secret_key", "include=password_hash", "limit=1&limit=2"):
        if query.split("=")[0] not in query_of(operation[2]) or query.count("limit") > 1:
            answer = shop.ask(operation, shop.system.admin_key, f"{path_of(operation, task_id=NO_JOB)}?{query}")
            refused(answer, 422, *([404] if operation[2].get("deprecated") and "{" in operation[1] else []))


@pytest.mark.parametrize("body", ['{"role": "admin", "role": "viewer"}', '{"login": "x", "login": "y"}'])
def test_a_property_that_is_said_twice_is_refused(shop, body):
    answer = shop.api("POST", "/api/v1/users", data=body, headers={"Content-Type": "application/json"})
    assert "field.duplicate" in {e["code"] for e in refused(answer, 422)["errors"]}


def test_nobody_makes_himself_more(shop):
    shop.user("climber", "operator", dealers=[OWN])
    browser = shop.sign_in("climber")
    for method, path, body in (("PATCH", "/api/v1/users/climber", {"role": "admin"}),
                               ("PATCH", "/api/v1/users/climber", {"all_dealers": True}),
                               ("POST", "/api/v1/session/password", {"current": PASSWORD, "password": "a new long one", "role": "admin"}),
                               ("POST", "/api/v1/session", {"login": "climber", "password": PASSWORD, "role": "admin"}),
                               ("POST", "/api/v1/keys", {"name": "x", "role": "admin", "all_dealers": True})):
        answer = browser.request(method, browser.base + path, json=body, timeout=15)
        assert answer.status_code in (403, 422), (path, answer.text)
    told = shop.api("GET", "/api/v1/users/climber").json()
    assert (told["role"], told["all_dealers"], told["dealers"]) == ("operator", False, [OWN])


# ---- what is shown ----


@pytest.fixture(scope="module")
def secrets(shop):
    """All that must stay where it is, and things of which it could come out."""
    shop.user("keeper", "admin", all_dealers=True)
    browser = shop.sign_in("keeper")
    link = shop.api("POST", "/api/v1/users/keeper/link").json()["token"]
    shop.api("PATCH", f"/api/v1/dealers/{OTHER}", json={"api_token": "token-nobody-sees"})
    hashes = [row["password"] for row in shop.query("SELECT password FROM account.users WHERE password IS NOT NULL")]
    master = (shop.system.folder / "keys" / "master.key").read_text().strip()
    sealed = [value for row in shop.query("SELECT api_key, api_token, secret_key FROM dealer.dealers") for value in row.values()
              if value]
    return [PASSWORD, link, master, shop.system.admin_key, "dgi-key-sim:group-a", "dgi-secret-sim:group-a", "token-nobody-sees",
            next(iter(browser.cookies.get_dict().values())), shop.keys["admin"], *hashes, *sealed, "$argon2id"]


@pytest.mark.parametrize("operation", READS, ids=name_of)
def test_no_answer_holds_a_secret(shop, secrets, operation):
    path = path_of(operation, login="keeper")
    params = {"reveal": "true", "reason": "looking for secrets"} if "reveal" in query_of(operation[2]) else {}
    for form in ({}, {"format": "csv"}) if "format" in query_of(operation[2]) else ({},):
        answer = shop.ask(operation, shop.system.admin_key, path, params={**params, **form})
        assert answer.status_code in (200, 404, 422), answer.text
        for secret in secrets:
            assert secret not in answer.text, (path, secret)


def test_no_problem_repeats_a_secret(shop, secrets):
    for path, body in (("/api/v1/users", {"login": "x y", "role": "viewer", "password": "my own secret 1"}),
                       ("/api/v1/dealers", {"dealer_id": "%%", "dealer_name": "x", "api_key": "my own secret 1"}),
                       ("/api/v1/dealers", {"dealer_id": "1", "dealer_name": "x", "secret_key": "my own secret 1"}),
                       (f"/api/v1/dealers/{OTHER}/test", {"api_key": "my own secret 1" * 20})):
        answer = shop.api("POST", path, json=body)
        assert answer.status_code == 422 and "my own secret" not in answer.text


def test_no_log_holds_a_secret(shop, secrets):
    for process in shop.system.processes.values():
        if process.name not in ("redis", "dgi_sim"):
            text = process.text()
            assert not [s for s in secrets if s in text], process.name


def test_a_key_is_told_once(shop):
    made = shop.key("viewer", all_dealers=True)
    secret = made["key"][len(made["id"]):]
    for path in ("/api/v1/keys", "/api/v1/audit?kind=key", "/api/v1/audit"):
        assert secret not in shop.api("GET", path).text
    again = shop.api("POST", f"/api/v1/keys/{made['id']}/rotate", json={}).text
    assert secret not in again


# What identifies a person: columns of the upstream that no message has, but the one that asks who somebody is.
PERSONAL = {"alamat", "no_kontak", "no_ktp", "no_hp", "email", "kode_pos", "facebook", "latitude", "longitude", "npwp"}


def test_no_record_of_the_contract_has_a_place_for_personal_data():
    for name, schema in DESCRIPTION["components"]["schemas"].items():
        assert name == "person_found" or not set(schema.get("properties", {})) & PERSONAL, name


@pytest.fixture(scope="module")
def fetched(shop):
    assert shop.wait_job(shop.job(OTHER, OWN))["state"] == "succeeded"


def test_names_are_masked_for_every_role_and_on_every_way(shop, fetched):
    full = {row["nama_lengkap"] for row in shop.query("SELECT nama_lengkap FROM feed.prospect WHERE nama_lengkap IS NOT NULL")}
    for role in ROLES:
        for at, path in (("api", "/api/v1/prospects"), ("analytics", "/api/v1/prospects"), ("api", "/prospect-data")):
            for form in ({}, {"format": "csv"}) if "v1" in path else ({},):
                answer = shop.api("GET", path, role=at, key=shop.keys[role], params={"dealer_id": OTHER, "limit": 200, **form})
                assert answer.status_code == 200 and "***" in answer.text
                assert not [name for name in full if name in answer.text]


def test_names_in_full_are_for_operators_with_a_reason_and_for_their_own_dealers(shop, fetched):
    def ask(key, dealer, **more):
        return shop.api("GET", "/api/v1/prospects", key=key, params={"dealer_id": dealer, "reveal": "true",
                                                                    "reason": "Complaint 4711", **more})

    before = shop.query("SELECT count(*) AS n FROM account.audit WHERE kind = 'prospect'")[0]["n"]
    refused(ask(shop.keys["viewer"], OTHER), 403)
    refused(ask(shop.keys["operator"], OTHER, reason="x"), 422)
    refused(ask(shop.limited["operator"], OTHER), 404)
    assert shop.query("SELECT count(*) AS n FROM account.audit WHERE kind = 'prospect'")[0]["n"] == before
    assert ask(shop.limited["operator"], OWN).ok
    assert shop.query("SELECT count(*) AS n FROM account.audit WHERE kind = 'prospect'")[0]["n"] == before + 1
    # The old route knows the same rule.
    in_full = {"dealer_id": OTHER, "reveal": "true", "reason": "Complaint 4711"}
    refused(shop.api("GET", "/prospect-data", key=shop.keys["viewer"], params=in_full), 403)
    refused(shop.api("GET", "/prospect-data", key=shop.limited["operator"], params=in_full), 404)
    refused(shop.api("GET", "/prospect-data", params={**in_full, "reason": "x"}), 422)


def test_a_viewer_is_not_shown_what_an_upstream_answered(shop, fetched):
    """The beginning of an answer that could not be used may be a record with all its personal data."""
    shop.spoil(kind="malformed", times=1)
    job = shop.api("POST", "/api/v1/jobs", json={"dealer_ids": [OTHER], "from": days_ago(9), "to": days_ago(9)}).json()["id"]
    shop.wait_job(job)
    task = shop.api("GET", f"/api/v1/jobs/{job}/tasks").json()["items"][0]["id"]
    shop.query("UPDATE jobs.attempt SET body_head = '{\"namaLengkap\":\"Citra Lestari\",' WHERE task_id = %s", (task,))

    def ask(role, **form):
        return shop.api("GET", f"/api/v1/tasks/{task}/attempts", key=shop.keys[role], params=form).text

    assert "Citra" in ask("operator") and "Citra" in ask("admin", format="csv")
    assert "Citra" not in ask("viewer") and "Citra" not in ask("viewer", format="csv")
    assert '"outcome"' in ask("viewer")


def test_a_quarantined_record_is_for_operators_one_by_one(shop, fetched):
    shop.spoil(kind="long_value", field="alamat", value=2500, record=0, times=1)
    shop.wait_job(shop.job(OTHER))
    row = wait_for("a record", lambda: shop.query("SELECT id, raw FROM feed.quarantine LIMIT 1"))[0]
    refused(shop.api("GET", f"/api/v1/quarantine/{row['id']}", key=shop.keys["viewer"]), 403)
    refused(shop.api("GET", "/api/v1/quarantine", key=shop.keys["viewer"]), 403)
    assert "xxxxxxxx" not in shop.api("GET", "/api/v1/quarantine", params={"format": "csv"}).text
    assert '"raw"' not in shop.api("GET", "/api/v1/quarantine").text
    assert shop.api("GET", f"/api/v1/quarantine/{row['id']}", key=shop.keys["operator"]).json()["raw"]
