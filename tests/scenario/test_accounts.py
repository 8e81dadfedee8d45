"""People and programs: who gets in, what they may do, and how soon a change of it holds."""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta, timezone

import psycopg2
import pytest
import requests
from system import SAMPLE, wait_for

GOOD = "correct horse battery"


@pytest.fixture
def shop(make_system):
    system = make_system()
    system.start_redis()
    system.start("account-1", "dealer-1", "scheduler-1", "analytics-1", "dgi_sim", "gateway-api", "gateway-admin",
                 "gateway-analytics")
    wait_for("the gateway to be ready", lambda: system.api("GET", "/readyz").ok)
    system.add_upstream()
    system.add_dealer()
    system.add_dealer("77777")
    return system


def user(shop, login="ann", role="viewer", **more):
    body = {"login": login, "role": role, "password": GOOD, **more}
    answer = shop.api("POST", "/api/v1/users", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def sign_in(shop, login="ann", password=GOOD, role="admin"):
    """A browser that is signed in: a session of requests with its cookie."""
    browser = requests.Session()
    browser.base = f"http://127.0.0.1:{shop.port(role)}"
    browser.headers["Origin"] = browser.base
    answer = browser.post(f"{browser.base}/api/v1/session", json={"login": login, "password": password}, timeout=15)
    browser.answer = answer
    return browser


def get(browser, path, **options):
    return browser.get(browser.base + path, timeout=15, **options)


def code(answer):
    return answer.json()["code"]


def key(shop, role="viewer", **more):
    answer = shop.api("POST", "/api/v1/keys", json={"name": "test", "role": role, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_user_signs_in_with_login_and_password(shop):
    made = user(shop, all_dealers=True, name="Ann Example")
    assert made["has_password"] and "password" not in made
    browser = sign_in(shop)
    assert browser.answer.status_code == 201, browser.answer.text
    said = browser.answer.json()
    assert (said["principal"], said["role"], said["name"]) == ("ann", "viewer", "Ann Example")
    cookie = browser.answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "ds_" in cookie
    assert get(browser, "/api/v1/session").json()["principal"] == "ann"
    assert get(browser, "/api/v1/dealers").status_code == 200


def test_a_wrong_login_and_a_wrong_password_look_alike(shop):
    user(shop)
    wrong, nobody = sign_in(shop, password="wrong").answer, sign_in(shop, login="bob").answer
    assert wrong.status_code == nobody.status_code == 401
    assert wrong.json()["detail"] == nobody.json()["detail"] == "Login or password is wrong."


def test_wrong_passwords_in_a_row_lock_the_login_for_a_growing_time(shop):
    user(shop)
    for _ in range(5):
        assert sign_in(shop, password="wrong").answer.status_code == 401
    locked = sign_in(shop).answer
    assert locked.status_code == 429 and code(locked) == "auth.locked"
    assert 1 <= int(locked.headers["Retry-After"]) <= 5
    wait_for("the lock to end", lambda: sign_in(shop).answer.status_code == 201, seconds=8, pause=0.3)
    assert shop.query("SELECT count(*) AS n FROM account.sign_in")[0]["n"] == 0


def test_a_login_that_nobody_has_is_written_nowhere(shop):
    """It may be a password, typed into the wrong field."""
    for _ in range(5):
        assert sign_in(shop, login="Typed-Too-Early-1", password=GOOD).answer.status_code == 401
    assert sign_in(shop, login="Typed-Too-Early-1").answer.status_code == 429
    assert len(shop.query("SELECT 1 FROM account.audit WHERE kind = 'sign_in'")) == 5
    told = str(shop.query("SELECT * FROM account.audit")) + str(shop.query("SELECT * FROM account.sign_in")) + shop.logs(9999)
    assert "sign-in refused" in told and "typed-too-early" not in told.lower()


def test_a_locked_login_is_told_and_unlocked(shop):
    user(shop)
    for _ in range(9):  # the first five tries are counted, those of a locked login are not
        shop.query("UPDATE account.sign_in SET locked_until = NULL")
        sign_in(shop, password="wrong")
    told = shop.api("GET", "/api/v1/users/ann").json()
    assert told["locked_until"] > shop.api("GET", "/health").json()["timestamp"]
    assert sign_in(shop).answer.status_code == 429
    listed = {row["login"]: row.get("locked_until") for row in shop.api("GET", "/api/v1/users").json()["items"]}
    assert listed == {"admin": None, "ann": told["locked_until"]}
    unlocked = shop.api("POST", "/api/v1/users/ANN/unlock")
    assert unlocked.status_code == 200 and "locked_until" not in unlocked.json()
    assert sign_in(shop).answer.status_code == 201
    entry = shop.api("GET", "/api/v1/audit?action=user.unlock").json()["items"]
    assert [(row["kind"], row["target"]) for row in entry] == [("user", "ann")]
    assert shop.api("POST", "/api/v1/users/nobody/unlock").status_code == 404


def test_many_who_sign_in_at_once_are_refused_not_kept_waiting(shop):
    from concurrent.futures import ThreadPoolExecutor
    user(shop)
    with ThreadPoolExecutor(30) as pool:
        codes = list(pool.map(lambda n: sign_in(shop, login=f"flood{n}", password="x").answer.status_code, range(30)))
    assert set(codes) == {401, 429}
    assert shop.api("GET", "/api/v1/users").elapsed.total_seconds() < 1


def test_a_role_may_do_no_more_than_it_may(shop):
    user(shop, all_dealers=True)
    user(shop, "olga", "operator", all_dealers=True)
    viewer, operator = sign_in(shop), sign_in(shop, "olga")
    assert get(viewer, "/api/v1/dealers").status_code == 200
    for browser, method, path, body in ((viewer, "POST", "/api/v1/jobs", {"dealer_ids": [SAMPLE]}),
                                        (viewer, "GET", "/api/v1/pauses", None),
                                        (viewer, "GET", "/metrics", None),
                                        (operator, "PATCH", f"/api/v1/dealers/{SAMPLE}", {"dealer_name": "X"}),
                                        (operator, "GET", "/api/v1/users", None),
                                        (operator, "GET", "/api/v1/audit", None)):
        answer = browser.request(method, browser.base + path, json=body, timeout=15)
        assert answer.status_code == 403 and code(answer) == "auth.forbidden", (path, answer.text)
    assert operator.post(operator.base + "/api/v1/jobs", json={"dealer_ids": [SAMPLE]}, timeout=15).status_code == 202


def test_another_dealer_is_like_none(shop):
    user(shop, role="admin", dealers=[SAMPLE])
    browser = sign_in(shop)
    assert get(browser, f"/api/v1/dealers/{SAMPLE}").status_code == 200
    other, none = get(browser, "/api/v1/dealers/77777"), get(browser, "/api/v1/dealers/55555")
    assert other.status_code == none.status_code == 404
    assert {**other.json(), "request_id": ""} == {**none.json(), "request_id": ""}
    assert get(browser, "/api/v1/users").status_code == 403


def test_a_service_trusts_no_gateway(shop):
    with shop.wire("dealer-1") as wire:
        for context in ({"role": "viewer"}, {"role": "admin", "dealers": ["77777"]}):
            with pytest.raises(Exception) as refused:
                wire.call("dealer.update", {"dealer_id": SAMPLE, "dealer_name": "X"}, **context)
            assert refused.value.code in ("auth.forbidden", "record.not_found")


def test_a_key_is_shown_once_and_found_by_its_hash_alone(shop):
    made = key(shop, all_dealers=True)
    whole = made["key"]
    assert whole.startswith(made["id"] + "_")
    assert shop.api("GET", "/api/v1/dealers", key=whole).status_code == 200
    listed = shop.api("GET", "/api/v1/keys").json()["items"]
    assert [row["id"] for row in listed] == [made["id"]] and "key" not in listed[0]
    dump = str(shop.query("SELECT * FROM account.api_key")) + str(shop.query("SELECT * FROM account.audit"))
    assert whole not in dump and whole.split("_")[2] not in dump
    assert shop.api("GET", "/api/v1/dealers", key=whole[:-1] + ("E" if whole[-1] == "A" else "A")).status_code == 401


def test_a_revoked_key_is_refused_within_two_seconds(shop):
    made = key(shop, all_dealers=True)
    assert shop.api("GET", "/api/v1/dealers", key=made["key"]).status_code == 200
    assert shop.api("DELETE", f"/api/v1/keys/{made['id']}").status_code == 200
    begun = time.monotonic()
    wait_for("the key to be refused", lambda: shop.api("GET", "/api/v1/dealers", key=made["key"]).status_code == 401, 2)
    assert time.monotonic() - begun < 2


def test_a_rotated_key_overlaps_with_the_old_one(shop):
    old = key(shop, "operator", dealers=[SAMPLE])
    new = shop.api("POST", f"/api/v1/keys/{old['id']}/rotate", json={"overlap_hours": 1}).json()
    assert (new["role"], new["dealers"]) == ("operator", [SAMPLE])
    for whole in (old["key"], new["key"]):
        assert shop.api("GET", f"/api/v1/dealers/{SAMPLE}", key=whole).status_code == 200
    row = shop.query("SELECT successor, expires_at < now() + interval '61 minutes' AS soon FROM account.api_key"
                     " WHERE id = %s", (old["id"],))[0]
    assert row == {"successor": new["id"], "soon": True}
    assert shop.api("POST", f"/api/v1/keys/{old['id']}/rotate", json={}).status_code == 404


def test_an_expired_key_is_refused(shop):
    made = key(shop, all_dealers=True, expires_at="2099-01-01T00:00:00Z")
    shop.query("UPDATE account.api_key SET expires_at = now() + interval '1 second' WHERE id = %s", (made["id"],))
    assert shop.api("GET", "/api/v1/dealers", key=made["key"]).status_code == 200
    wait_for("its end", lambda: shop.api("GET", "/api/v1/dealers", key=made["key"]).status_code == 401, 4)
    past = shop.api("POST", "/api/v1/keys", json={"name": "x", "role": "viewer", "expires_at": "2020-01-01T00:00:00Z"})
    assert past.status_code == 422 and past.json()["errors"][0]["field"] == "expires_at"


def test_a_lesser_role_holds_at_once_everywhere(shop):
    user(shop, role="operator", all_dealers=True)
    admin_page, analytics_page = sign_in(shop), sign_in(shop, role="analytics")
    assert get(admin_page, "/api/v1/pauses").status_code == 200
    assert get(analytics_page, "/api/v1/report/dealers").status_code == 200
    assert shop.api("PATCH", "/api/v1/users/ann", json={"role": "viewer"}).json()["role"] == "viewer"
    wait_for("the new role", lambda: get(admin_page, "/api/v1/pauses").status_code == 403, 2)
    assert shop.api("PATCH", "/api/v1/users/ann", json={"is_active": False}).status_code == 200
    for browser in (admin_page, analytics_page):
        wait_for("the end", lambda b=browser: get(b, "/api/v1/session").status_code == 401, 2)
    assert sign_in(shop).answer.status_code == 401


def test_signing_out_ends_the_session_for_every_gateway(shop):
    user(shop)
    browser = sign_in(shop)
    cookie = dict(browser.cookies)
    assert browser.delete(browser.base + "/api/v1/session", timeout=15).status_code == 204
    again = requests.get(browser.base + "/api/v1/session", cookies=cookie, timeout=15)
    assert again.status_code == 401


def test_signing_out_everywhere(shop):
    user(shop)
    first, second = sign_in(shop), sign_in(shop, role="analytics")
    assert first.delete(first.base + "/api/v1/session/all", timeout=15).status_code == 200
    for browser in (first, second):
        wait_for("the end", lambda b=browser: get(b, "/api/v1/session").status_code == 401, 2)


def test_a_password_is_changed_by_who_knows_it(shop):
    user(shop)
    browser = sign_in(shop)
    url = browser.base + "/api/v1/session/password"
    short = browser.post(url, json={"current": GOOD, "password": "short"}, timeout=15)
    assert short.status_code == 422 and short.json()["errors"][0]["field"] == "password"
    wrong = browser.post(url, json={"current": "wrong", "password": GOOD + "!"}, timeout=15)
    assert wrong.status_code == 422 and wrong.json()["errors"][0]["field"] == "current"
    assert browser.post(url, json={"current": GOOD, "password": GOOD + "!"}, timeout=15).status_code == 200
    assert sign_in(shop).answer.status_code == 401
    assert sign_in(shop, password=GOOD + "!").answer.status_code == 201


def test_a_password_that_is_changed_while_it_is_compared_lets_nobody_in(shop):
    user(shop)
    hasher = psycopg2.connect(shop.database_url)
    with ThreadPoolExecutor(1) as pool, hasher, hasher.cursor() as cursor:
        cursor.execute("UPDATE account.users SET password = '$argon2id$another' WHERE login = 'ann'")
        signing_in = pool.submit(sign_in, shop)
        wait_for("the sign-in to wait for the change", lambda: shop.query(
            "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%account.session%'"), 5)
        hasher.commit()
        assert signing_in.result().answer.status_code == 401
    hasher.close()
    assert not shop.query("SELECT s.id FROM account.session s JOIN account.users u ON u.id = s.user_id WHERE u.login = 'ann'")


def test_a_password_is_not_set_over_one_that_somebody_else_set_meanwhile(shop):
    """Whoever knew the old one does not undo what an administrator does against that."""
    user(shop)
    browser = sign_in(shop)
    another = "$argon2id$v=19$m=65536,t=2,p=1$of$another"
    with closing(psycopg2.connect(shop.database_url)) as owner, ThreadPoolExecutor(1) as pool, owner.cursor() as cursor:
        cursor.execute("UPDATE account.users SET password = %s WHERE login = 'ann'", [another])
        changing = pool.submit(browser.post, browser.base + "/api/v1/session/password", timeout=15,
                               json={"current": GOOD, "password": GOOD + "!"})
        wait_for("the change to wait for the other", lambda: shop.query(
            "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%UPDATE account.users%'"), 5)
        owner.commit()
        answer = changing.result()
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "current", answer.text
    assert shop.query("SELECT password FROM account.users WHERE login = 'ann'") == [{"password": another}]


def test_a_link_signs_in_once(shop):
    shop.api("POST", "/api/v1/users", json={"login": "new", "role": "viewer"})
    link = shop.api("POST", "/api/v1/users/new/link").json()
    url = f"http://127.0.0.1:{shop.port('admin')}/api/v1/session"
    first = requests.post(url, json={"token": link["token"]}, timeout=15)
    assert first.status_code == 201 and first.json()["principal"] == "new" and not first.json()["has_password"]
    assert requests.post(url, json={"token": link["token"]}, timeout=15).status_code == 401
    signed = shop.ddctl("link", "admin").stdout.strip().split("token=")[1]
    assert requests.post(url, json={"token": signed}, timeout=15).json()["principal"] == "admin"
    assert requests.post(url, json={"token": signed}, timeout=15).status_code == 401


@pytest.mark.parametrize("end", ["password", "inactive", "sign_out"])
def test_a_link_ends_with_the_sessions_of_its_user(shop, end):
    user(shop, all_dealers=True)
    token = shop.api("POST", "/api/v1/users/ann/link").json()["token"]
    if end == "sign_out":
        assert shop.api("DELETE", "/api/v1/users/ann/sessions").ok
    elif end == "password":
        assert shop.api("PATCH", "/api/v1/users/ann", json={"password": GOOD + " again"}).ok
    else:
        for active in (False, True):
            assert shop.api("PATCH", "/api/v1/users/ann", json={"is_active": active}).ok
    assert shop.api("POST", "/api/v1/session", role="admin", key="", json={"token": token}).status_code == 401
    token = shop.api("POST", "/api/v1/users/ann/link").json()["token"]
    assert shop.api("POST", "/api/v1/session", role="admin", key="", json={"token": token}).status_code == 201


def test_the_last_administrator_stays(shop):
    for change in ({"role": "viewer"}, {"is_active": False}, {"all_dealers": False}):
        assert shop.api("PATCH", "/api/v1/users/admin", json=change).status_code == 422
    user(shop, "boss", "admin", all_dealers=True)
    assert shop.api("PATCH", "/api/v1/users/admin", json={"is_active": False}).status_code == 200
    assert shop.api("PATCH", "/api/v1/users/boss", json={"role": "viewer"}).status_code == 422


@pytest.mark.parametrize("body, field", [
    ({"login": "a b", "role": "viewer"}, "login"), ({"login": "dk_x", "role": "viewer"}, "login"),
    ({"login": "Admin-Key", "role": "viewer"}, "login"),
    ({"login": "a", "role": "king"}, "role"), ({"login": "a"}, "role"),
    ({"login": "a", "role": "viewer", "password": "short"}, "password"),
    ({"login": "aaaabbbbcccc", "role": "viewer", "password": "AAAAbbbbcccc"}, "password"),
    ({"login": "a", "role": "viewer", "dealers": [SAMPLE, "00000"]}, "dealers[1]"),
    ({"login": "ADMIN", "role": "viewer"}, "login"),
])
def test_bad_input_names_the_field(shop, body, field):
    answer = shop.api("POST", "/api/v1/users", json=body)
    assert answer.status_code in (409, 422) and answer.json()["errors"][0]["field"] == field, answer.text


def test_without_the_account_service_known_sessions_read_and_change_nothing(shop):
    user(shop, role="admin", all_dealers=True)
    made = key(shop, "admin", all_dealers=True)
    browser = sign_in(shop)
    assert get(browser, "/api/v1/dealers").status_code == 200
    assert shop.api("GET", "/api/v1/dealers", key=made["key"]).status_code == 200
    shop["account-1"].kill()
    time.sleep(3)
    assert get(browser, "/api/v1/dealers").status_code == 200
    assert shop.api("GET", "/api/v1/dealers", key=made["key"]).status_code == 200
    refused = browser.patch(f"{browser.base}/api/v1/dealers/{SAMPLE}", json={"dealer_name": "X"}, timeout=15)
    assert refused.status_code == 503
    assert get(sign_in(shop), "/api/v1/dealers").status_code == 401
    assert shop.api("PATCH", f"/api/v1/dealers/{SAMPLE}", json={"dealer_name": "By key file"}).status_code == 200
    shop.start("account-1")
    wait_for("changes to be possible again", lambda: browser.patch(
        f"{browser.base}/api/v1/dealers/{SAMPLE}", json={"dealer_name": "Again"}, timeout=15).status_code == 200, 6)


def test_a_target_of_long_characters_is_told_by_the_audit_trail(shop):
    code = "é" * 100
    assert shop.api("PUT", f"/api/v1/labels/district/{code}", json={"label": "Long"}).ok
    told = shop.api("GET", "/api/v1/audit?action=label.set")
    assert told.status_code == 200 and "é" * 40 in told.json()["items"][0]["target"], told.text


def test_without_the_account_service_a_session_that_is_over_reads_nothing(shop):
    user(shop, all_dealers=True)
    browser = sign_in(shop)
    shop.query("UPDATE account.session SET expires_at = now() + interval '4 seconds'")
    assert get(browser, "/api/v1/dealers").status_code == 200
    shop["account-1"].kill()
    wait_for("its end", lambda: get(browser, "/api/v1/dealers").status_code == 503, 8)
    shop.start("account-1")
    wait_for("the end to be told", lambda: get(browser, "/api/v1/dealers").status_code == 401, 8)


def test_changes_are_in_the_audit_trail_with_who_and_what(shop):
    user(shop, role="admin", all_dealers=True)
    browser = sign_in(shop)
    answer = browser.patch(f"{browser.base}/api/v1/dealers/{SAMPLE}", json={"dealer_name": "Audited", "api_key": "k",
                                                                            "secret_key": "s"}, timeout=15)
    assert answer.status_code == 200, answer.text
    entries = shop.api("GET", "/api/v1/audit?principal=ann&kind=dealer").json()["items"]
    assert entries[0]["target"] == SAMPLE and '"Audited"' in entries[0]["after"]
    assert entries[0]["address"] == "127.0.0.1"
    assert entries[0]["action"] == "dealer.update" and entries[0]["request_id"] == answer.headers["X-Request-Id"]
    shop.api("POST", "/api/v1/jobs", json={"dealer_ids": [SAMPLE]})
    assert shop.api("GET", "/api/v1/audit?kind=job").json()["items"][0]["action"] == "job.submit"
    verdict = shop.api("POST", "/api/v1/audit/verify", json={}).json()
    assert verdict["whole"] and verdict["links"] > 3


def test_a_long_audit_trail_is_verified_to_its_end(shop):
    """It is done in parts of 1,000 links; the break is in the third."""
    with closing(psycopg2.connect(shop.database_url)) as owner, owner.cursor() as cursor:
        for n in range(2200):
            cursor.execute("SELECT set_config('dd.principal', 'ann', true), account.note('test', %s, NULL, NULL)", [str(n)])
            owner.commit()
        whole = shop.api("POST", "/api/v1/audit/verify", json={}).json()
        last, = shop.query("SELECT n, encode(hash, 'hex') AS hash FROM account.audit_link ORDER BY n DESC LIMIT 1")
        assert (whole["whole"], whole["links"], whole["head"]) == (True, last["n"], last["hash"])
        cursor.execute("ALTER TABLE account.audit DISABLE TRIGGER USER")
        cursor.execute("UPDATE account.audit SET target = 'x' WHERE tx = (SELECT tx FROM account.audit_link WHERE n = 2100)")
        cursor.execute("ALTER TABLE account.audit ENABLE TRIGGER USER")
        owner.commit()
    broken = shop.api("POST", "/api/v1/audit/verify", json={}).json()
    assert (broken["whole"], broken["broken_at"]) == (False, 2100), broken
    assert "not those" in broken["why"]


def test_who_may_see_some_dealers_sees_their_jobs_alone(shop):
    """Whoever may see one dealer learns nothing of another, nor of a job that also covers another."""
    own, other, both = (shop.api("POST", "/api/v1/jobs", json={"dealer_ids": codes, "slice_hours": 24}).json()["id"]
                        for codes in ([SAMPLE], ["77777"], [SAMPLE, "77777"]))
    limited = key(shop, "operator", dealers=[SAMPLE])["key"]

    def ask(method, path, **options):
        return shop.api(method, f"/api/v1{path}", key=limited, **options)

    assert [d["dealer_id"] for d in ask("GET", "/dealers").json()["items"]] == [SAMPLE]
    report = requests.get(f"http://127.0.0.1:{shop.port('analytics')}/api/v1/report/dealers", timeout=15,
                          headers={"Authorization": f"Bearer {limited}"})
    assert [d["dealer_id"] for d in report.json()["items"]] == [SAMPLE]
    assert {j["id"] for j in ask("GET", "/jobs").json()["items"]} == {own}
    assert {t["job_id"] for t in ask("GET", "/tasks").json()["items"]} == {own}
    for job in (other, both):
        task = shop.api("GET", f"/api/v1/jobs/{job}/tasks").json()["items"][0]["id"]
        for method, path in (("GET", f"/jobs/{job}"), ("GET", f"/jobs/{job}/tasks"), ("POST", f"/jobs/{job}/cancel"),
                             ("GET", f"/tasks/{task}/attempts")):
            assert ask(method, path).status_code == 404, (method, path)
    assert ask("POST", f"/jobs/{own}/cancel").status_code == 202
    assert ask("POST", "/jobs", json={"all_dealers": True}).status_code == 403
    assert ask("POST", "/jobs", json={"dealer_ids": [SAMPLE, "77777"]}).json()["errors"][0]["field"] == "dealer_ids[1]"


@pytest.mark.parametrize("path", ["/dealers/{}", "/report/prospects?dealer_id={}"])
def test_what_names_another_dealer_is_answered_as_for_none(shop, path):
    limited = key(shop, "viewer", dealers=[SAMPLE])["key"]
    role = "analytics" if "report" in path else "api"
    hidden, none = (shop.api("GET", f"/api/v1{path.format(code)}", role=role, key=limited).json()
                    for code in ("77777", "55555"))
    known_to_none = shop.api("GET", f"/api/v1{path.format('55555')}", role=role).json()
    assert {**hidden, "request_id": ""} == {**none, "request_id": ""} == {**known_to_none, "request_id": ""}


def read_events(shop, whole, seconds):
    """What a stream of events says within so many seconds."""
    said = b""
    with requests.get(f"http://127.0.0.1:{shop.port('admin')}/api/v1/events", stream=True, timeout=seconds,
                      headers={"Authorization": f"Bearer {whole}"}) as answer:
        assert answer.status_code == 200
        yield None  # it is open
        try:
            for piece in answer.iter_content(None):
                said += piece
        except requests.ConnectionError:
            said += b"(time)"
    yield said.decode()


def test_events_of_other_dealers_are_not_heard(shop):
    stream = read_events(shop, key(shop, "viewer", dealers=[SAMPLE])["key"], 3)
    next(stream)
    for code in (SAMPLE, "77777"):
        shop.api("PATCH", f"/api/v1/dealers/{code}", json={"dealer_name": "Other"})
    said = next(stream)
    assert f'"{SAMPLE}"' in said and "77777" not in said


def test_a_stream_ends_when_its_key_is_revoked(shop):
    made = key(shop, "viewer", all_dealers=True)
    stream = read_events(shop, made["key"], 8)
    next(stream)
    begun = time.monotonic()
    shop.api("DELETE", f"/api/v1/keys/{made['id']}")
    assert "(time)" not in next(stream) and time.monotonic() - begun < 3


def test_a_stream_ends_when_its_key_is_over(shop):
    soon = datetime.now(timezone.utc) + timedelta(seconds=4)
    made = key(shop, "viewer", all_dealers=True, expires_at=soon.strftime("%Y-%m-%dT%H:%M:%SZ"))
    stream = read_events(shop, made["key"], 8)
    next(stream)
    assert "(time)" not in next(stream)


def test_streams_end_when_more_has_changed_than_is_told(shop):
    made = key(shop, "viewer", all_dealers=True)
    stream, stays = read_events(shop, made["key"], 8), read_events(shop, shop.admin_key, 8)
    next(stream)
    next(stays)
    shop.query(f"UPDATE account.api_key SET revoked_at = now() WHERE id = '{made['id']}';"
               " INSERT INTO account.change (kind, target) SELECT 'key', 'dk_' || g FROM generate_series(1, 600) g")
    assert "(time)" not in next(stream)
    assert "(time)" in next(stays)


def test_a_stream_ends_when_the_administrators_key_is_replaced(shop):
    stream = read_events(shop, shop.admin_key, 8)
    next(stream)
    file, beside = (shop.folder / "keys" / name for name in ("admin.key", "admin.key.new"))
    beside.write_text(f"dd_{secrets.token_hex(32)}\n")
    beside.chmod(0o600)
    beside.rename(file)
    assert "(time)" not in next(stream)


def test_names_are_masked_until_somebody_says_why(shop):
    """Whoever needs a name says why, is allowed to, and is in the trail."""
    shop.start("fetcher-1")
    shop.sim("POST", "/_sim/settings", json={"bulk_rows": 3})
    shop.wait_job(shop.api("POST", "/api/v1/jobs", json={"dealer_ids": [SAMPLE]}).json())
    viewer, operator = (key(shop, role, dealers=[SAMPLE])["key"] for role in ("viewer", "operator"))

    def names(whole, query="", status=200):
        answer = requests.get(f"http://127.0.0.1:{shop.port('analytics')}/api/v1/prospects?dealer_id={SAMPLE}{query}",
                              headers={"Authorization": f"Bearer {whole}"}, timeout=15)
        assert answer.status_code == status, answer.text
        return [p["nama_lengkap"] for p in answer.json()["items"]] if status == 200 else answer.json()

    masked = names(operator)
    assert masked and all("***" in name for name in masked)
    assert names(viewer, "&reveal=true&reason=Complaint", 403)["errors"][0]["field"] == "reveal"
    assert names(operator, "&reveal=true", 422)["errors"][0]["field"] == "reason"
    before = shop.query("SELECT count(*) AS n FROM account.audit WHERE kind = 'prospect'")[0]["n"]
    full = names(operator, "&reveal=true&reason=Complaint%204711")
    assert len(full) == len(masked) and not any("*" in name for name in full)
    entry = shop.query("SELECT * FROM account.audit WHERE kind = 'prospect' ORDER BY seq DESC LIMIT 1")[0]
    assert before == 0 and entry["target"] == SAMPLE and entry["after"] == {"reason": "Complaint 4711"}
    assert not any(name in str(entry) for name in full)


def test_an_order_that_changes_no_row_is_in_the_trail_too(shop):
    whole = key(shop, "admin", all_dealers=True)
    assert shop.api("POST", "/api/v1/services/analytics-1/drain", key=whole["key"]).status_code == 202
    shop["analytics-1"].child.wait(10)
    entry, = shop.api("GET", "/api/v1/audit?kind=process").json()["items"]
    assert (entry["principal"], entry["action"], entry["target"]) == (whole["id"], "process.drain", "analytics-1")
    assert shop.api("POST", "/api/v1/upstreams/sim/reset", key=whole["key"]).status_code == 200
    entry = shop.api("GET", "/api/v1/audit?kind=upstream").json()["items"][0]
    assert (entry["principal"], entry["action"], entry["target"]) == (whole["id"], "upstream.reset", "sim")
    assert shop.api("POST", "/api/v1/upstreams/none/reset", key=whole["key"]).status_code == 404
    assert not shop.query("SELECT 1 FROM account.audit WHERE target = 'none'")
