"""API2:2023 - guessing passwords, planting, stealing and keeping sessions, forging keys and links."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from shop import OPERATIONS, OTHER, PASSWORD, name_of, plain, refused, wait_for



@pytest.fixture
def ann(shop):
    """A user of this test alone; its login."""
    login = f"ann{uuid.uuid4().hex[:12]}"
    shop.user(login, "operator", all_dealers=True)
    return login


def try_password(shop, login, password, address):
    return shop.sign_in(login, password, **{"X-Forwarded-For": address}).answer


def failures(shop, key):
    rows = shop.query("SELECT failures, extract(epoch FROM locked_until - failed_at)::int AS locked FROM account.sign_in"
                      " WHERE login = %s", (key,))
    return (rows[0]["failures"], rows[0]["locked"]) if rows else (0, None)


def locked(answer):
    problem = refused(answer, 429)
    assert problem["code"] == "auth.locked" and 1 <= int(answer.headers["Retry-After"]) <= 900
    return problem


# ---- guessing ----


def test_one_login_is_locked_from_wherever_it_is_tried(shop, ann):
    """A lock of the address alone would be no lock for who has many."""
    for n in range(5):
        refused(try_password(shop, ann, "wrong", f"198.51.100.{n}"), 401)
    locked(try_password(shop, ann, PASSWORD, "198.51.100.77"))


def test_the_lock_grows_with_each_wrong_password_and_has_an_end(shop, ann):
    spans = []
    shop.query("INSERT INTO account.sign_in (login, failures, failed_at) VALUES (%s, 4, now())", (ann,))
    for _ in range(3):
        refused(try_password(shop, ann, "wrong", "198.51.100.1"), 401)
        spans.append(failures(shop, ann)[1])
        shop.query("UPDATE account.sign_in SET locked_until = now() WHERE login = %s", (ann,))
    assert spans == sorted(set(spans)) and spans[0] >= 2
    shop.query("UPDATE account.sign_in SET failures = 500 WHERE login = %s", (ann,))
    refused(try_password(shop, ann, "wrong", "198.51.100.1"), 401)
    assert failures(shop, ann)[1] == 900


def test_a_right_password_forgets_the_wrong_ones_of_its_login(shop, ann):
    refused(try_password(shop, ann, "wrong", "198.51.100.2"), 401)
    assert failures(shop, ann)[0] == 1
    assert try_password(shop, ann, PASSWORD, "198.51.100.2").status_code == 201
    assert failures(shop, ann) == (0, None)


@pytest.mark.parametrize("address, network, same, other", [
    ("203.0.113.7", "203.0.113.7/32", "203.0.113.7", "203.0.113.8"),
    ("2001:db8:1:2::7", "2001:db8:1:2::/64", "2001:db8:1:2:ffff::1", "2001:db8:1:3::7")])
def test_one_password_on_many_logins_locks_the_address(shop, ann, address, network, same, other):
    key = f"address {network}"
    for n in range(3):
        refused(try_password(shop, f"nobody{n}", "Summer", address), 401)
    assert failures(shop, key) == (3, None)
    shop.query("UPDATE account.sign_in SET failures = 49 WHERE login = %s", (key,))
    refused(try_password(shop, "nobody4", "Summer", address), 401)
    locked(try_password(shop, "nobody5", "Summer", address))
    first = failures(shop, key)[1]
    assert first >= 2
    # Also who knows one password cannot go on, or forgive itself; others are not touched.
    locked(try_password(shop, ann, PASSWORD, same))
    assert try_password(shop, ann, PASSWORD, other).status_code == 201
    shop.query("UPDATE account.sign_in SET locked_until = now() WHERE login = %s", (key,))
    refused(try_password(shop, "nobody7", "Summer", address), 401)
    assert failures(shop, key)[1] > first


def test_wrong_passwords_of_an_address_are_forgotten_by_and_by(shop):
    key = "address 203.0.113.99/32"
    shop.query("INSERT INTO account.sign_in (login, failures, failed_at) VALUES (%s, 45, now() - interval '40 minutes')", (key,))
    refused(try_password(shop, "nobody", "wrong", "203.0.113.99"), 401)
    assert failures(shop, key) == (6, None)


def test_a_password_change_is_no_way_to_guess_beside_the_lock(shop, ann):
    """Whoever found an open browser tries the password by changing it."""
    browser = shop.sign_in(ann)
    url = f"{browser.base}/api/v1/session/password"
    for _ in range(5):
        refused(browser.post(url, json={"current": "wrong", "password": "another long one"}, timeout=15), 422)
    locked(browser.post(url, json={"current": PASSWORD, "password": "another long one"}, timeout=15))
    locked(shop.sign_in(ann).answer)


def test_nothing_tells_which_logins_there_are(shop, ann):
    shop.user("idle-user")
    assert shop.api("PATCH", "/api/v1/users/idle-user", json={"is_active": False}).ok
    assert shop.api("POST", "/api/v1/users", json={"login": "linkonly", "role": "viewer"}).ok
    told = [plain(try_password(shop, login, password, f"192.0.2.{n}"))
            for n, (login, password) in enumerate(((ann, "wrong"), ("no-such-user", "wrong"), ("idle-user", "wrong"),
                                                   ("linkonly", "wrong"), ("linkonly", ""), ("not a login", "wrong"),
                                                   ("dk_0000000000", "wrong"), (ann.upper(), "wrong")))]
    assert told == [told[0]] * len(told) and told[0][0] == 401
    # Of a login that nobody has a hash is kept alone.
    locked_by_now = shop.query("UPDATE account.sign_in SET locked_until = now() + interval '1 minute'"
                               " WHERE login = %s OR login ~ '^[0-9a-f]{64}$' RETURNING login", (ann,))
    assert len(locked_by_now) >= 2
    there, not_there = (plain(try_password(shop, login, PASSWORD, "192.0.2.50")) for login in (ann, "no-such-user"))
    assert there[0] == not_there[0] == 429 and there[2] == not_there[2]


# ---- weak passwords ----


@pytest.mark.parametrize("weak", ["elevenchars", "password1234", "P@ssw0rd!2026", "123456789012", "qwertyuiop12",
                                  "aaaaaaaaaaaaaa", "hondadealer26", "Dealer-Dashboard", "WEAKUSER-2026"])
def test_a_password_that_others_guess_is_taken_nowhere(shop, ann, weak):
    refused(shop.api("POST", "/api/v1/users", json={"login": "weakuser", "role": "viewer", "password": weak}), 422)
    if "WEAKUSER" not in weak:
        browser = shop.sign_in(ann)
        for answer in (shop.api("PATCH", f"/api/v1/users/{ann}", json={"password": weak}),
                       browser.post(f"{browser.base}/api/v1/session/password", json={"current": PASSWORD, "password": weak},
                                    timeout=15)):
            problem = refused(answer, 422)
            assert [e["field"] for e in problem["errors"]] == ["password"] and weak not in answer.text
    assert shop.sign_in(ann).answer.status_code == 201


@pytest.mark.parametrize("good", ["twelve chars", "x" * 100 + "yz" * 50, "ünïcödé ölçü", "     leading blanks"],
                         ids=["twelve", "two hundred", "other letters", "blanks"])
def test_length_is_all_that_a_password_needs(shop, ann, good):
    assert shop.api("PATCH", f"/api/v1/users/{ann}", json={"password": good}).ok
    assert shop.sign_in(ann, good).answer.status_code == 201
    refused(shop.sign_in(ann, good[:-1] + "?").answer, 401)


def test_a_password_is_compared_to_its_end(shop, ann):
    """No hash that looks at the first 72 bytes alone, and no text that ends at a NUL."""
    long = "z" * 100 + "end of it"
    assert shop.api("PATCH", f"/api/v1/users/{ann}", json={"password": long}).ok
    for wrong in (long[:-1], long[:80], long + "x", long.upper()):
        refused(shop.sign_in(ann, wrong).answer, 401)
        shop.query("DELETE FROM account.sign_in WHERE login = %s", (ann,))
    refused(shop.api("PATCH", f"/api/v1/users/{ann}", json={"password": "q" * 201}), 422)
    refused(shop.sign_in(ann, long + "\0").answer, 401, 422)


# ---- sessions ----


def test_a_planted_session_is_worth_nothing(shop, ann):
    """Fixation: somebody puts a cookie of his into the browser, and waits until its owner signs in."""
    planted = "ds_" + "A" * 43
    browser = shop.browser()
    name = f"dd_admin_{shop.port('admin')}"
    browser.cookies.set(name, planted)
    assert shop.sign_in(ann, browser=browser).answer.status_code == 201
    fresh = browser.answer.headers["Set-Cookie"].split("=")[1].split(";")[0]
    assert fresh.startswith("ds_") and fresh != planted and len(fresh) >= 46
    assert requests.get(f"{browser.base}/api/v1/session", cookies={name: planted}, timeout=10).status_code == 401


def test_each_sign_in_has_a_session_of_its_own(shop, ann):
    first, second = shop.sign_in(ann), shop.sign_in(ann)
    assert first.cookies.get_dict() != second.cookies.get_dict()
    assert first.delete(f"{first.base}/api/v1/session", timeout=10).status_code == 204
    assert first.get(f"{first.base}/api/v1/session", timeout=10).status_code == 401
    assert second.get(f"{second.base}/api/v1/session", timeout=10).status_code == 200


def test_the_cookie_is_for_this_site_and_no_script(shop, ann):
    cookie = shop.sign_in(ann).answer.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; ")) and "Domain" not in cookie
    assert "Secure" not in cookie
    assert "Secure" in shop.sign_in(ann, **{"X-Forwarded-Proto": "https"}).answer.headers["Set-Cookie"].split("; ")


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {}, {"Sec-Fetch-Site": "cross-site"},
                                     {"Sec-Fetch-Site": "same-site"}], ids=str)
def test_another_site_cannot_use_a_session(shop, ann, headers):
    browser = shop.sign_in(ann)
    cookies = browser.cookies.get_dict()
    for method, path in (("POST", "/api/v1/jobs"), ("DELETE", "/api/v1/session/all"), ("POST", "/api/v1/session/password")):
        answer = requests.request(method, browser.base + path, cookies=cookies, headers=headers, timeout=10,
                                  json={} if method == "POST" else None)
        assert refused(answer, 403)["code"] == "auth.origin"
    assert browser.get(f"{browser.base}/api/v1/session", timeout=10).status_code == 200


def test_another_site_cannot_sign_anybody_in(shop, ann):
    """Else it could sign a victim in as somebody else, and read what the victim enters."""
    browser = shop.browser()
    browser.headers["Origin"] = "https://evil.example"
    assert refused(shop.sign_in(ann, browser=browser).answer, 403)["code"] == "auth.origin"


def test_a_secret_in_the_address_opens_nothing_and_is_in_no_log(shop, ann):
    token = next(iter(shop.sign_in(ann).cookies.get_dict().values()))
    for secret in (token, shop.keys["admin"], shop.system.admin_key):
        for query in (f"key={secret}", f"token={secret}", f"access_token={secret}", f"session={secret}",
                      f"dd_admin_{shop.port('admin')}={secret}", f"Authorization=Bearer%20{secret}"):
            for path in ("/api/v1/session", "/api/v1/dealers", "/api/v1/events"):
                assert requests.get(f"{shop.base()}{path}?{query}", timeout=10).status_code == 401, query
    for process in shop.system.processes.values():
        if process.name != "redis":
            text = process.text()
            assert token not in text and shop.system.admin_key not in text and shop.keys["admin"] not in text, process.name


def test_signing_out_everywhere_ends_every_session_on_every_face(shop, ann):
    browsers = [shop.sign_in(ann, role=role) for role in ("admin", "analytics", "admin")]
    assert [b.answer.status_code for b in browsers] == [201] * 3
    assert browsers[0].delete(f"{browsers[0].base}/api/v1/session/all", timeout=10).status_code == 200
    for browser in browsers:
        wait_for("its end", lambda b=browser: b.get(f"{b.base}/api/v1/session", timeout=10).status_code == 401, 3)


@pytest.mark.parametrize("how", ["by its owner", "by an administrator", "the user is shut out"])
def test_a_new_password_ends_the_sessions_of_the_old_one(shop, ann, how):
    thief, owner = shop.sign_in(ann, role="analytics"), shop.sign_in(ann)
    assert thief.get(f"{thief.base}/api/v1/session", timeout=10).status_code == 200
    if how == "by its owner":
        answer = owner.post(f"{owner.base}/api/v1/session/password", timeout=15,
                            json={"current": PASSWORD, "password": "a wholly new one"})
    else:
        change = {"password": "a wholly new one"} if how == "by an administrator" else {"is_active": False}
        answer = shop.api("PATCH", f"/api/v1/users/{ann}", json=change)
    assert answer.status_code == 200, answer.text
    wait_for("the end", lambda: thief.get(f"{thief.base}/api/v1/session", timeout=10).status_code == 401, 3)
    refused(shop.sign_in(ann).answer, 401)


# ---- keys and links ----


def test_keys_that_are_put_together_open_nothing(shop):
    one, two = shop.key("viewer", all_dealers=True), shop.key("admin", all_dealers=True)
    (id_one, secret_one), (id_two, secret_two) = ((k["id"], k["key"][len(k["id"]) + 1:]) for k in (one, two))
    for forged in (f"{id_two}_{secret_one}", f"{id_one}_{secret_two}", f"{id_two}_", id_two, f"{id_two}_{secret_two}x",
                   two["key"][:-1], two["key"].upper(), two["key"].swapcase(), f" {two['key'][1:]}", "dk__", "dk_' OR 1=1 --",
                   f"{id_two}_{'A' * 43}", f"{two['key']}, {one['key']}"):
        assert shop.api("GET", "/api/v1/keys", key=forged).status_code == 401, forged
    for scheme in ("Basic", "Token", "bearer:", ""):
        answer = shop.api("GET", "/api/v1/keys", key="", headers={"Authorization": f"{scheme} {two['key']}".strip()})
        assert answer.status_code == 401, scheme
    # A key with a session of somebody else: the key alone counts.
    answer = shop.api("GET", "/api/v1/session", key=one["key"], headers={"Cookie": f"dd_api_1={two['key']}"})
    assert answer.json()["principal"] == id_one


def link_of(shop, login):
    answer = shop.api("POST", f"/api/v1/users/{login}/link")
    assert answer.status_code == 201, answer.text
    return answer.json()["token"]


def use(shop, token, role="admin"):
    return requests.post(f"{shop.base(role)}/api/v1/session", json={"token": token}, timeout=15)


def test_a_link_that_many_use_at_once_opens_once(shop, ann):
    token = link_of(shop, ann)
    with ThreadPoolExecutor(8) as pool:
        codes = sorted(a.status_code for a in pool.map(lambda _: use(shop, token), range(8)))
    assert codes == [201] + [401] * 7


def test_links_that_were_used_ended_or_never_made_are_refused_alike(shop, ann):
    used, ended = link_of(shop, ann), link_of(shop, ann)
    assert use(shop, used).status_code == 201
    shop.query("UPDATE account.link SET expires_at = now() - interval '1 second' WHERE used_at IS NULL")
    flipped = link_of(shop, ann)
    flipped = flipped[:-1] + ("A" if flipped[-1] != "A" else "B")
    told = [plain(use(shop, t)) for t in (used, ended, flipped, "A" * 43, "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "")]
    assert told == [told[0]] * len(told) and told[0][0] == 401


def test_a_link_of_a_user_who_was_shut_out_opens_nothing(shop, ann):
    token = link_of(shop, ann)
    assert shop.api("PATCH", f"/api/v1/users/{ann}", json={"is_active": False}).ok
    refused(use(shop, token), 401)


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o[2]["x-who"] != "anybody" and o[0] == "GET"], ids=name_of)
def test_who_has_signed_out_reads_nothing(shop, operation):
    """With the cookie of an ended session, at every operation that reads."""
    role = operation[2]["x-roles"][-1]
    if not hasattr(shop, "ended"):
        shop.user("leaver", "admin", all_dealers=True)
        shop.ended = shop.sign_in("leaver")
        shop.cookie = next(iter(shop.ended.cookies.get_dict().values()))
        assert shop.ended.delete(f"{shop.ended.base}/api/v1/session", timeout=10).status_code == 204
    path = operation[1].replace("{dealer_id}", OTHER)
    while "{" in path:
        path = path[:path.index("{")] + "1" + path[path.index("}") + 1:]
    answer = requests.get(shop.base(role) + path, cookies={f"dd_{role}_{shop.port(role)}": shop.cookie}, timeout=10)
    refused(answer, 401)
