"""The three faces on one domain: nginx by deploy/nginx before real gateways and services."""

import json
import subprocess
import time

import pytest
import requests
from nginx import Nginx
from system import wait_for
from test_gateway import DEALER, ready, refused, submit, token_of

INDEX = '<!doctype html><html><head><title>{0}</title><script src="./assets/{0}.js"></script></head></html>'


@pytest.fixture
def domain(make_system, tmp_path):
    """Services, gateways with pages, and nginx; a session that trusts its certificate and sends no key."""
    system = make_system()
    system.query("""INSERT INTO dealer.upstream (name, base_url, history_days)
                    VALUES ('main', 'https://upstream.invalid', 3000)""")
    system.query("""INSERT INTO dealer.credential (upstream_id, fingerprint, api_key, secret_key)
                    SELECT id, 'f', 'sealed', 'sealed' FROM dealer.upstream""")
    system.query("""INSERT INTO dealer.dealers (dealer_id, dealer_name, credential_id)
                    SELECT %s, 'A Dealer', id FROM dealer.credential""", (DEALER,))
    for face in ("analytics", "admin", "docs"):
        (tmp_path / face / "assets").mkdir(parents=True)
        (tmp_path / face / "index.html").write_text(INDEX.format(face))
        (tmp_path / face / "assets" / f"{face}.js").write_text(f"// {face}")
    system.settings.update(DD_UI_DIR=tmp_path, DD_TRUSTED_PROXIES="127.0.0.1")
    system.start_redis()
    system.start("account-1", "dealer-1", "scheduler-1", "analytics-1", "gateway-api", "gateway-analytics", "gateway-admin")
    ready(system)
    system.nginx = Nginx(system).start()
    system.browser = requests.Session()
    system.browser.trust_env = False  # a bundle of certificates in the environment would win
    system.browser.verify = str(system.nginx.certificate)
    return system


def get(system, path, **options):
    options.setdefault("timeout", 10)
    return system.browser.get(system.nginx.url + path, **options)


def with_key(system):
    return {"Authorization": f"Bearer {system.admin_key}"}


def test_each_face_has_its_base_path(domain):
    home = get(domain, "/")
    assert home.history[0].status_code == 302 and home.url == domain.nginx.url + "/analytics/"
    assert home.text == INDEX.format("analytics")
    for face in ("analytics", "admin"):
        assert get(domain, f"/{face}").url == f"{domain.nginx.url}/{face}/"
        assert get(domain, f"/{face}/").text == get(domain, f"/{face}/jobs/7").text == INDEX.format(face)
        assert get(domain, f"/{face}/assets/{face}.js").text == f"// {face}"
        assert get(domain, f"/{face}/livez").text == "ok"
        assert get(domain, f"/{face}/docs/").text == INDEX.format("docs")
    assert get(domain, "/docs/").text == INDEX.format("docs") and get(domain, "/health").json()["status"] == "healthy"
    assert get(domain, "/openapi.json").json()["servers"] == [{"url": "./"}]
    assert get(domain, "/api/v1/dealers", headers=with_key(domain)).json()["items"][0]["dealer_id"] == DEALER
    assert get(domain, "/dealers", headers=with_key(domain)).json()[0]["dealer_id"] == DEALER
    page = get(domain, "/admin/")
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]


def test_a_session_belongs_to_its_face(domain):
    here = {"Origin": domain.nginx.url}
    answer = domain.browser.post(f"{domain.nginx.url}/admin/api/v1/session", json={"token": token_of(domain, "admin")},
                                 headers=here, timeout=5)
    assert answer.status_code == 201, answer.text
    cookie = answer.headers["Set-Cookie"]
    assert "; Secure" in cookie and "HttpOnly" in cookie and "Path=/admin/" in cookie
    assert get(domain, "/admin/api/v1/session").json()["role"] == "admin"
    refused(get(domain, "/analytics/api/v1/session"), 401, "auth.required")
    refused(get(domain, "/api/v1/session"), 401, "auth.required")
    change = {"json": {"dealer_name": "Neu"}, "timeout": 5}
    url = f"{domain.nginx.url}/admin/api/v1/dealers/{DEALER}"
    refused(domain.browser.patch(url, headers={"Origin": "https://evil.example"}, **change), 403, "auth.origin")
    assert domain.browser.patch(url, headers=here, **change).status_code == 200
    answer = domain.browser.post(f"{domain.nginx.url}/admin/api/v1/dealers", headers=here, timeout=5,
                                 json={"dealer_id": "10002", "dealer_name": "Zwei"})
    assert answer.headers["Location"] == "/admin/api/v1/dealers/10002"


def test_events_come_at_once(domain):
    stream = get(domain, "/admin/api/v1/events", stream=True, headers=with_key(domain))
    assert stream.status_code == 200
    lines = stream.iter_lines(chunk_size=1)
    assert next(lines) == b"retry: 3000"
    begin = time.monotonic()
    job = submit(domain)
    data = next(line for line in lines if line.startswith(b"data: ") and job["id"].encode() in line)
    assert json.loads(data[6:])["id"] == job["id"] and time.monotonic() - begin < 2
    stream.close()


def address_of(system, **headers):
    answer = system.browser.delete(f"{system.nginx.url}/api/v1/pauses", timeout=5, headers={
        **headers, "X-Request-Id": f"at-{time.monotonic_ns()}"})
    return wait_for("the request in the log", lambda: [
        line["address"] for line in system["gateway-api"].lines()
        if line["msg"] == "request" and line["req"] == answer.headers["X-Request-Id"]])[0]


def test_nginx_tells_who_the_client_is(domain):
    """Whatever a client says about itself: nginx saw 127.0.0.1."""
    assert address_of(domain) == "127.0.0.1"
    assert address_of(domain, **{"X-Forwarded-For": "198.51.100.1", "Forwarded": "for=198.51.100.1"}) == "127.0.0.1"
    assert address_of(domain, **{"X-Forwarded_For": "198.51.100.1"}) == "127.0.0.1"


def test_a_proxy_before_nginx(domain):
    """As README.md tells for one more proxy: nginx adds to the chain."""
    config = domain.nginx.folder / "dashboard.conf"
    config.write_text(config.read_text().replace("X-Forwarded-For $remote_addr", "X-Forwarded-For $proxy_add_x_forwarded_for"))
    domain["nginx"].stop()
    domain["nginx"].start()
    wait_for("nginx", domain.nginx._listens)
    assert address_of(domain, **{"X-Forwarded-For": "1.1.1.1, 198.51.100.1"}) == "198.51.100.1"


def test_what_is_encoded_stays_encoded(domain):
    for base in ("", "/admin"):
        answer = get(domain, f"{base}/api/v1/dealers/{DEALER}%2Ffreshness", headers=with_key(domain))
        assert answer.status_code in (404, 422) and answer.json()["code"] != "http.not_found", answer.text
    # What means another face than it says is refused.
    said_by_nginx(get(domain, "/admin/%2e%2e/analytics/none.js"), 400, "http.bad_request")


def said_by_nginx(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json" and answer.json()["status"] == status
    assert answer.headers["Strict-Transport-Security"] and answer.headers["X-Content-Type-Options"] == "nosniff"


def test_refusals_of_nginx_are_problems(domain):
    for path in ("/metrics", "/admin/metrics", "/analytics/metrics"):
        said_by_nginx(get(domain, path, headers=with_key(domain)), 404, "http.not_found")
    said_by_nginx(get(domain, "/", headers={"Host": "other.example"}), 421, "http.not_found")
    said_by_nginx(get(domain, "/_problem/400"), 404, "http.not_found")
    said_by_nginx(get(domain, "/" + "x" * 20000), 414, "http.target_too_long")
    said_by_nginx(domain.browser.post(f"{domain.nginx.url}/api/v1/dealers", data=b"x" * 1100000, timeout=5), 413,
                  "http.body_too_large")
    domain["gateway-api"].stop()
    answer = get(domain, "/api/v1/dealers", headers=with_key(domain))
    said_by_nginx(answer, 502, "bus.no_service")
    assert answer.headers["Retry-After"] == "1"


def test_limits_of_nginx(domain):
    config = domain.nginx.folder / "dashboard.conf"
    config.write_text(config.read_text().replace("rate=100r/s", "rate=1r/s").replace("burst=500", "burst=5"))
    domain["nginx"].stop()
    domain["nginx"].start()
    wait_for("nginx", domain.nginx._listens)
    answers = [get(domain, "/livez") for _ in range(12)]
    assert {a.status_code for a in answers} == {200, 429}
    said_by_nginx(answers[-1], 429, "http.rate")


def test_the_plain_port_leads_to_tls(domain):
    url = f"http://127.0.0.1:{domain.port('nginx-plain')}/admin/?a=b"
    answer = requests.get(url, timeout=5, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (308, domain.nginx.url + "/admin/?a=b")


def test_http_2(domain):
    said = subprocess.run(["curl", "-sS", "--http2", "--cacert", domain.nginx.certificate, "-H",
                           f"Authorization: Bearer {domain.admin_key}", "-w", "\n%{http_version} %{http_code}",
                           f"{domain.nginx.url}/api/v1/dealers/{DEALER}"], capture_output=True, text=True, check=True)
    body, last = said.stdout.rsplit("\n", 1)
    assert last == "2 200" and json.loads(body)["dealer_id"] == DEALER
