"""API8:2023 - what a server tells and allows without being asked: headers, methods, banners, traces, defaults, files."""

import re
import socket
import stat

import pytest
import requests
from answers import read_all, split
from shop import OPERATIONS, OTHER, name_of, query_of, refused, schema_of, wait_for

FACES = ("api", "analytics", "admin")
FIXED = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
         "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"}
# What tells of what stands behind.
TALKATIVE = re.compile(r"/usr/|/tmp/|/var/|/build/|\.[ch]:\d|Traceback|SELECT |INSERT |libpq|PostgreSQL|psql|postgres|SQLSTATE|"
                       r"relation \"|column \"|errno|zmq|ZeroMQ|msgpack|libmicrohttpd|Redis|redis|nginx|stack|0x[0-9a-f]{6,}", re.I)


def path_of(operation):
    path = operation[1].replace("{dealer_id}", OTHER)
    while "{" in path:
        path = path[:path.index("{")] + "1" + path[path.index("}") + 1:]
    return path


def protects(answer):
    assert {name: answer.headers.get(name) for name in FIXED} == FIXED, (answer.url, answer.status_code)
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy and "unsafe-eval" not in policy
    assert "script-src 'self'" in policy or "default-src 'none'" in policy
    assert answer.headers["Cache-Control"], answer.url
    for name in answer.headers:
        assert name not in ("Server", "X-Powered-By", "Via", "X-AspNet-Version", "X-Runtime", "X-Backend") and not name.startswith(
            "Access-Control"), (answer.url, name)


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_every_answer_protects_the_browser_and_names_nobody(shop, operation):
    """With everything, with nothing, with a wrong key, and wrong in itself: at every operation."""
    method, path = operation[0], path_of(operation)
    for role in operation[2]["x-roles"]:
        for key in (shop.system.admin_key, "", "wrong"):
            for body in ([{}, {"wrong": 1}] if schema_of(operation[2])[0] else [None]):
                if path == "/api/v1/services/1/drain" and key:
                    continue
                with requests.request(method, shop.base(role) + path, json=body, timeout=20, stream=True,
                                      headers={"Authorization": f"Bearer {key}"} if key else {}) as answer:
                    protects(answer)
                    if not answer.headers.get("Content-Type", "").startswith("text/event-stream") and answer.status_code >= 400:
                        assert not TALKATIVE.search(answer.text), answer.text


def test_assets_and_pages_protect_the_browser_too(shop, tmp_path):
    (tmp_path / "admin" / "assets").mkdir(parents=True)
    (tmp_path / "admin" / "index.html").write_text("<!doctype html><title>x</title>")
    for name, text in (("app-1.js", "1"), ("app-1.css", "a{}"), ("logo.svg", "<svg/>"), ("x.bin", "?"), (".env", "SECRET=1")):
        (tmp_path / "admin" / "assets" / name).write_text(text)
    (tmp_path / "secret.txt").write_text("outside")
    second = shop.system.start("gateway-admin-2", DD_UI_DIR=tmp_path)
    base = shop.base("admin-2")
    for path, kind in (("/", "text/html"), ("/jobs", "text/html"), ("/assets/app-1.js", "text/javascript"), ("/assets/app-1.css", "text/css"),
                       ("/assets/logo.svg", "image/svg+xml"), ("/assets/x.bin", "application/octet-stream"), ("/assets/none.js", "application/problem")):
        answer = requests.get(base + path, timeout=10)
        protects(answer)
        assert answer.headers["Content-Type"].startswith(kind), path
    for path in ("/assets/../../secret.txt", "/..%2fsecret.txt", "/assets/%2e%2e/%2e%2e/secret.txt", "/assets/", "/assets",
                 "/assets/.env", "/.env", "//etc/passwd", "/assets/..%5c..%5csecret.txt"):
        with socket.create_connection(("127.0.0.1", shop.port("admin-2")), timeout=5) as s:
            s.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
            status, fields, body = split(read_all(s)[0])[0]
        assert b"outside" not in body and b"SECRET" not in body and b"root:" not in body and b"Index of" not in body, path
    assert second.stop() == 0
    shop.forget(second)


@pytest.mark.parametrize("role", FACES)
def test_no_other_origin_may_read_or_write_by_default(shop, role):
    for origin in ("https://evil.example", "null", "http://localhost:3000", f"http://127.0.0.1:{shop.port(role)}.evil.example"):
        for method in ("OPTIONS", "GET"):
            answer = requests.request(method, f"{shop.base(role)}/api/v1/session", timeout=10, headers={
                "Origin": origin, "Access-Control-Request-Method": "DELETE", "Authorization": f"Bearer {shop.system.admin_key}"})
            assert not [name for name in answer.headers if name.lower().startswith("access-control")]
            assert method == "GET" or answer.status_code == 405


@pytest.mark.parametrize("role", FACES)
def test_methods_that_no_route_has_are_refused_and_send_nothing_back(shop, role):
    for method in ("TRACE", "TRACK", "CONNECT", "OPTIONS", "PROPFIND", "MKCOL", "MOVE", "DEBUG", "LINK"):
        with socket.create_connection(("127.0.0.1", shop.port(role)), timeout=5) as s:
            s.sendall(f"{method} /livez HTTP/1.1\r\nHost: a\r\nX-Secret: echo-me\r\nConnection: close\r\n\r\n".encode())
            status, fields, body = split(read_all(s)[0])[0]
        assert status in (400, 405) and b"echo-me" not in body and "server" not in fields
        assert status == 400 or "GET" in fields["allow"]


@pytest.mark.parametrize("path", [
    "/debug", "/debug/pprof", "/_debug", "/console", "/actuator", "/actuator/env", "/actuator/heapdump", "/trace", "/env", "/config",
    "/status", "/server-status", "/server-info", "/info", "/phpinfo.php", "/test", "/swagger-ui.html", "/graphql", "/graphiql", "/.env",
    "/.git/config", "/.git/HEAD", "/.svn/entries", "/.DS_Store", "/backup.sql", "/dump.sql", "/api/v1/debug", "/api/v1/config",
    "/api/v1/internal", "/api/v1/env", "/api/v1/sql", "/api/v1/logs", "/wp-login.php", "/_sim/clock", "/_sim/settings", "/var/keys/admin.key"])
def test_nothing_is_left_open_for_whoever_built_it(shop, path):
    for key in ("", shop.system.admin_key):
        refused(shop.api("GET", path, key=key), 404)
        refused(shop.api("POST", path, key=key, json={}), 404)


@pytest.mark.parametrize("login", ["admin", "root", "dealer_user", "demo"])
def test_nobody_is_there_from_the_start(shop, login):
    """The administrator of a new system has no password at all: it signs in by a link that the machine prints."""
    for password in ("admin", "password", "", login):
        answer = shop.sign_in(login, password).answer
        assert answer.status_code in (401, 429), (login, password)
        shop.query("DELETE FROM account.sign_in")
    assert shop.query("SELECT password FROM account.users WHERE created_at = (SELECT min(created_at) FROM account.users)") == [
        {"password": None}]


def test_keys_that_everybody_knows_open_nothing(shop):
    for key in ("admin", "secret", "changeme", "test", "dd_", "dd_" + "0" * 64, "dk_0000000000_" + "A" * 43, "null", "undefined", "*"):
        assert shop.api("GET", "/api/v1/users", key=key).status_code == 401
        answer = requests.post(f"{shop.base()}/api/v1/session", json={"key": key}, timeout=10)
        refused(answer, 401)


def test_what_lies_on_disk_is_for_its_owner_alone(shop):
    """Sockets in a folder of mode 0700; nothing in it or beside that somebody else may write, no key that others read."""
    run = shop.system.run
    assert stat.S_IMODE(run.stat().st_mode) == 0o700
    sockets = [p for p in run.iterdir() if stat.S_ISSOCK(p.stat().st_mode)]
    assert len(sockets) > 4
    for path in shop.system.folder.rglob("*"):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if not path.is_symlink() and run not in path.parents:
            assert not mode & 0o022, (path, oct(mode))
        if path.suffix == ".key" and path.parent.name == "keys":
            assert not mode & 0o077, (path, oct(mode))


def test_a_folder_of_sockets_that_others_may_enter_is_not_used(shop):
    """On these sockets everybody is believed: who gets to one is a service."""
    run = shop.system.folder / "open"
    run.mkdir(mode=0o700)
    for mode in (0o755, 0o770, 0o707, 0o777):
        run.chmod(mode)
        process = shop.system.launch("analytics-9", DD_RUN=run, DD_BUS_ANALYTICS=f"ipc://{run}/analytics-9.ipc")
        try:
            assert process.child.wait(10) == 2, oct(mode)
        finally:
            process.stop()
            shop.forget(process)
        assert str(run) in process.text()


def test_a_key_file_that_others_read_is_not_used(shop):
    key = shop.system.folder / "loose.key"
    key.write_text((shop.system.folder / "keys" / "master.key").read_text())
    key.chmod(0o644)
    process = shop.system.launch("dealer-9", DD_MASTER_KEY_FILE=key, DD_BUS_DEALER=f"ipc://{shop.system.run}/dealer-9.ipc")
    try:
        assert process.child.wait(10) != 0
    finally:
        process.stop()
        shop.forget(process)
    assert "loose.key" in process.text()


def test_ddctl_writes_keys_for_their_owner_alone(shop):
    shop.system.ddctl("keys", "new", "gateway-x")
    written = [p for p in (shop.system.folder / "keys").rglob("*") if "gateway-x" in p.name]
    assert written
    for path in [*written, *{p.parent for p in written}]:
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_what_is_wrong_inside_is_told_without_what_is_inside(shop):
    """A broken table is a problem like any other for who asks; the log has the rest."""
    shop.query("ALTER TABLE jobs.pause RENAME TO pause_away")
    try:
        for key in (shop.system.admin_key, shop.keys["operator"]):
            answer = shop.api("GET", "/api/v1/pauses", key=key)
            problem = refused(answer, 500, 503)
            assert not TALKATIVE.search(answer.text), problem
    finally:
        shop.query("ALTER TABLE jobs.pause_away RENAME TO pause")
    wait_for("it to work again", lambda: shop.api("GET", "/api/v1/pauses").ok)


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if query_of(o[2])], ids=name_of)
def test_hostile_values_are_refused_in_our_own_words(shop, operation):
    for value in ("' OR 1=1 --", "\"; DROP TABLE users; --", "${jndi:ldap://x}", "{{7*7}}", "../../../../etc/passwd", "%00", "\u202e",
                  "<script>alert(1)</script>", "9" * 50, "\ud7ff", "NaN", "0x10", "{}", "[]", "true;false"):
        for name in query_of(operation[2])[:6]:
            answer = shop.ask(operation, shop.system.admin_key, path_of(operation), params={name: value})
            assert answer.status_code in (200, 202, 404, 422), (name, value, answer.text)
            if answer.status_code != 200:
                own_words = answer.text.replace(value, "")
                for asked_for in ("postgresql|redis", '"postgresql","redis"'):  # by /storage
                    own_words = own_words.replace(asked_for, "")
                assert not TALKATIVE.search(own_words), answer.text
                assert answer.headers["Content-Type"] == "application/problem+json"
