"""The dealer service over the plain wire: the register, its rules, its secrets, its events."""

import base64
import re
import time
from concurrent.futures import ThreadPoolExecutor

import msgpack
import pytest
import zmq
from wire import BusError, Wire

CODE = "12284"
UUID = "e3a18c82-c500-450f-b6e1-5c5fbe68bf41"
KEY, SECRET, TOKEN = "plain-api-key-4711", "plain-secret-0815", "plain-token-1234"
URL = "http://127.0.0.1:20401/dgi-api/v1.3"


class Dealer:
    """The service on this test's database, with one upstream and a wire to it."""

    def __init__(self, system):
        self.system = system
        self.process = system.start("dealer-1")
        self.wire = system.wire("dealer-1")
        self.answers = []
        self.call("upstream.set", name="sim", base_url=URL, allow_private=True, simulated=True)

    def call(self, method, **body):
        answer = self.wire.call(method, body)
        self.answers.append(answer)
        return answer

    def refused(self, method, **body):
        """(code, field) of the refusal."""
        with pytest.raises(BusError) as caught:
            self.wire.call(method, body)
        self.answers.append(str(caught.value))
        fields = caught.value.fields
        return caught.value.code, fields[0][0] if fields else ""

    def create(self, code=CODE, **more):
        return self.call("dealer.create", **{"dealer_id": code, "dealer_name": f"Dealer {code}", **more})

    def query(self, statement, *parameters):
        return self.system.query(statement, parameters or None)


@pytest.fixture
def dealer(system):
    dealer = Dealer(system)
    yield dealer
    dealer.wire.close()
    everything = dealer.process.text() + repr(dealer.answers)
    for secret in (KEY, SECRET, TOKEN):
        assert secret not in everything
        assert base64.b64encode(secret.encode()).decode() not in everything


def test_a_dealer_is_added_read_and_changed(dealer):
    before = int(time.time() * 1000)
    added = dealer.create(id=UUID, dealer_name="  Sample Dealer ", api_key=KEY, secret_key=SECRET, upstream="sim")
    assert added == {"id": UUID, "dealer_id": CODE, "dealer_name": "Sample Dealer", "is_active": True,
                     "upstream": "sim", "simulated": True, "has_credential": True,
                     "credential_hint": KEY[-2:], "credential_since": added["credential_since"],
                     "created_at": added["created_at"], "updated_at": added["updated_at"], "etag": added["etag"]}
    assert abs(added["created_at"] - before) < 5000
    assert dealer.call("dealer.get", dealer_id=CODE) == added

    changed = dealer.call("dealer.update", dealer_id=CODE, is_active=False, upstream_dealer_id="99")
    assert changed == {**added, "is_active": False, "upstream_dealer_id": "99", "updated_at": changed["updated_at"],
                       "etag": changed["etag"]}
    assert changed["etag"] != added["etag"]
    assert changed["updated_at"] >= added["updated_at"]
    same = dealer.call("dealer.update", dealer_id=CODE, upstream_dealer_id=CODE)
    assert "upstream_dealer_id" not in same


def test_a_dealer_needs_no_keys(dealer):
    added = dealer.create("7")
    assert not added["has_credential"] and not added["simulated"] and "upstream" not in added
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", added["id"])


@pytest.mark.parametrize("body, expected", [
    ({"dealer_name": "x"}, ("field.missing", "dealer_id")),
    ({"dealer_id": "1 2", "dealer_name": "x"}, ("field.format", "dealer_id")),
    ({"dealer_id": "12345678901", "dealer_name": "x"}, ("field.limit", "dealer_id")),
    ({"dealer_id": "1", "dealer_name": "  "}, ("field.format", "dealer_name")),
    ({"dealer_id": "1", "dealer_name": "x" * 256}, ("field.limit", "dealer_name")),
    ({"dealer_id": "1", "dealer_name": b"x"}, ("field.type", "dealer_name")),
    ({"dealer_id": "1", "dealer_name": "x", "api_key": KEY}, ("field.missing", "secret_key")),
    ({"dealer_id": "1", "dealer_name": "x", "secret_key": SECRET}, ("field.missing", "api_key")),
    ({"dealer_id": "1", "dealer_name": "x", "upstream": "sim"}, ("field.missing", "api_key")),
    ({"dealer_id": "1", "dealer_name": "x", "api_key": KEY, "secret_key": SECRET, "upstream": "nowhere"},
     ("record.reference", "upstream")),
    ({"dealer_id": "1", "dealer_name": "x", "api_key": KEY + "\r\nX: 1", "secret_key": SECRET},
     ("field.format", "api_key")),
    ({"dealer_id": "1", "dealer_name": "x", "api_key": "k" * 129, "secret_key": SECRET}, ("field.limit", "api_key")),
    ({"dealer_id": "1", "dealer_name": "x", "id": "not-a-uuid"}, ("field.format", "id")),
])
def test_what_cannot_be_a_dealer_is_refused_by_its_field(dealer, body, expected):
    assert dealer.refused("dealer.create", **body) == expected
    assert dealer.query("SELECT count(*) AS n FROM dealer.dealers") == [{"n": 0}]
    assert dealer.query("SELECT count(*) AS n FROM dealer.credential") == [{"n": 0}]


def test_codes_and_ids_are_unique(dealer):
    dealer.create(id=UUID)
    assert dealer.refused("dealer.create", dealer_id=CODE, dealer_name="x") == ("record.exists", "dealer_id")
    assert dealer.refused("dealer.create", dealer_id="2", dealer_name="x", id=UUID) == ("record.exists", "id")
    assert dealer.refused("dealer.get", dealer_id="3") == ("record.not_found", "dealer_id")
    assert dealer.refused("dealer.update", dealer_id="3", is_active=True) == ("record.not_found", "dealer_id")


def test_an_update_changes_something_and_nothing_else(dealer):
    dealer.create()
    assert dealer.refused("dealer.update", dealer_id=CODE) == ("field.empty", "")
    assert dealer.refused("dealer.update", dealer_id=CODE, api_key="  ") == ("field.empty", "")
    assert dealer.refused("dealer.update", dealer_id=CODE, dealer_name=" ") == ("field.format", "dealer_name")
    changed = dealer.call("dealer.update", dealer_id=CODE, dealer_name="Other")
    assert changed["dealer_name"] == "Other" and changed["is_active"] is True


def test_secrets_are_sealed_in_every_column(dealer):
    dealer.create(api_key=KEY, secret_key=SECRET, api_token=TOKEN)
    rows = dealer.query("SELECT d.api_key, d.api_token, d.secret_key, c.api_key AS k, c.secret_key AS s,"
                        " encode(c.fingerprint, 'hex') AS f FROM dealer.dealers d"
                        " JOIN dealer.credential c ON c.id = d.credential_id")
    for text in rows[0].values():
        assert text and len(text) <= 255
        for secret in (KEY, SECRET, TOKEN):
            assert secret not in text and secret.encode() not in base64.b64decode(text.split(":")[-1] + "==")
    assert len(set(rows[0].values())) >= 4
    assert len({text.split(":")[0] for name, text in rows[0].items() if name != "f"}) == 1


def test_how_a_key_ends_is_told_and_since_when(dealer):
    added = dealer.create(api_key=KEY, secret_key=SECRET)
    assert (added["credential_hint"], added["has_credential"]) == (KEY[-2:], True)
    assert dealer.call("dealer.get", dealer_id=CODE) == added == dealer.call("dealer.list")["items"][0]
    changed = dealer.call("dealer.update", dealer_id=CODE, secret_key=SECRET + "2")
    assert changed["credential_hint"] == KEY[-2:] and changed["credential_since"] > added["credential_since"]
    renamed = dealer.call("dealer.update", dealer_id=CODE, dealer_name="Other")
    assert renamed["credential_since"] == changed["credential_since"]
    assert dealer.call("dealer.update", dealer_id=CODE, api_key="another-key-93")["credential_hint"] == "93"
    assert "credential_hint" not in dealer.create("2", api_key="short-7", secret_key=SECRET)
    assert dealer.create("3", api_key="eight-78", secret_key=SECRET)["credential_hint"] == "78"
    bare = dealer.create("4")
    assert "credential_hint" not in bare and "credential_since" not in bare
    dealer.call("upstream.set", name="other", base_url=URL, allow_private=True)
    assert dealer.call("dealer.update", dealer_id="3", upstream="other")["credential_hint"] == "78"


def credentials(dealer):
    return dealer.query("SELECT c.id, c.secret_key, u.name AS upstream, array_agg(d.dealer_id ORDER BY d.dealer_id)"
                        " FILTER (WHERE d.dealer_id IS NOT NULL) AS dealers FROM dealer.credential c"
                        " JOIN dealer.upstream u ON u.id = c.upstream_id"
                        " LEFT JOIN dealer.dealers d ON d.credential_id = c.id GROUP BY c.id, u.name ORDER BY c.id")


def test_dealers_with_the_same_key_share_a_credential(dealer):
    dealer.create("1", api_key=KEY, secret_key=SECRET)
    dealer.create("2", api_key=KEY, secret_key=SECRET)
    dealer.create("3", api_key=KEY + "x", secret_key=SECRET)
    assert [row["dealers"] for row in credentials(dealer)] == [["1", "2"], ["3"]]

    dealer.call("upstream.set", name="other", base_url=URL, allow_private=True)
    dealer.call("dealer.update", dealer_id="2", upstream="other")
    moved = credentials(dealer)
    assert [(row["upstream"], row["dealers"]) for row in moved] == [("sim", ["1"]), ("sim", ["3"]), ("other", ["2"])]
    assert moved[2]["secret_key"] == moved[0]["secret_key"]


def test_a_key_needs_its_secret_once(dealer):
    dealer.create()
    assert dealer.refused("dealer.update", dealer_id=CODE, api_key=KEY) == ("field.missing", "secret_key")
    assert dealer.refused("dealer.update", dealer_id=CODE, secret_key=SECRET) == ("field.missing", "api_key")
    assert dealer.refused("dealer.update", dealer_id=CODE, upstream="sim") == ("field.missing", "api_key")
    assert dealer.call("dealer.update", dealer_id=CODE, api_key=KEY, secret_key=SECRET)["has_credential"]
    first = credentials(dealer)
    dealer.call("dealer.update", dealer_id=CODE, secret_key=SECRET + "2")
    rotated = credentials(dealer)
    assert rotated[0]["id"] == first[0]["id"] and rotated[0]["secret_key"] != first[0]["secret_key"]
    dealer.call("dealer.update", dealer_id=CODE, api_key=KEY + "2")
    assert [row["dealers"] for row in credentials(dealer)] == [None, [CODE]]


def test_a_dealer_that_joins_a_group_does_not_spoil_its_secret(dealer):
    dealer.create("1", api_key=KEY, secret_key=SECRET)
    dealer.create("2", api_key=KEY + "2", secret_key=SECRET + "2")
    group = credentials(dealer)[0]["secret_key"]
    dealer.call("dealer.update", dealer_id="2", api_key=KEY)
    row = credentials(dealer)[0]
    assert row["dealers"] == ["1", "2"] and row["secret_key"] == group


def test_the_only_upstream_needs_no_name(dealer):
    assert dealer.create("1", api_key=KEY, secret_key=SECRET)["upstream"] == "sim"
    # A simulator beside a real upstream is not meant.
    dealer.call("upstream.set", name="real", base_url=URL, allow_private=True)
    dealer.call("upstream.set", name="sim", base_url=URL, allow_private=True, simulated=True)
    assert dealer.create("3", api_key=KEY + "3", secret_key=SECRET)["upstream"] == "real"
    dealer.call("upstream.set", name="other", base_url=URL, allow_private=True)
    assert dealer.refused("dealer.create", dealer_id="2", dealer_name="x", api_key=KEY,
                          secret_key=SECRET) == ("field.missing", "upstream")
    dealer.query("TRUNCATE dealer.dealers, dealer.credential CASCADE")
    dealer.query("DELETE FROM dealer.upstream")
    assert dealer.refused("dealer.create", dealer_id="2", dealer_name="x", api_key=KEY,
                          secret_key=SECRET) == ("field.missing", "upstream")


def test_pages_of_dealers_meet_without_gap_or_overlap(dealer):
    codes = sorted(f"d{n:03}" for n in range(25))
    for code in reversed(codes):
        dealer.create(code, is_active=int(code[1:]) % 2 == 0)
    seen, cursor = [], {}
    while True:
        page = dealer.call("dealer.list", limit=10, **cursor)
        seen += [item["dealer_id"] for item in page["items"]]
        if "next" not in page:
            break
        cursor = {"cursor": page["next"]}
    assert seen == codes
    assert len(dealer.call("dealer.list")["items"]) == 25
    assert "next" not in dealer.call("dealer.list", limit=25)
    assert [d["dealer_id"] for d in dealer.call("dealer.list", skip=23)["items"]] == codes[23:]
    assert len(dealer.call("dealer.list", active=True)["items"]) == 13
    assert len(dealer.call("dealer.list", active=False)["items"]) == 12
    assert [d["dealer_id"] for d in dealer.call("dealer.list", q="DEALER D01", limit=3)["items"]] == codes[10:13]
    assert dealer.call("dealer.list", q="100%")["items"] == []
    assert dealer.call("dealer.list", q="d_0")["items"] == []
    assert dealer.refused("dealer.list", cursor="' OR 1=1") == ("field.format", "cursor")
    assert dealer.refused("dealer.list", limit=0) == ("field.range", "limit")


def unversioned(upstream):
    """An upstream without what is another one after each change."""
    return {name: value for name, value in upstream.items() if name not in ("etag", "changed_at", "changed_by")}


def test_an_upstream_is_added_and_changed_field_by_field(dealer):
    added = unversioned(dealer.call("upstream.set", name="dgi", base_url="https://example.com/dgi-api/v1.3/"))
    assert added == {"name": "dgi", "base_url": "https://example.com/dgi-api/v1.3", "formula": "concat",
                     "zone": "Asia/Jakarta", "max_days": 7, "history_days": 30, "concurrency": 8,
                     "connect_timeout_ms": 5000, "first_byte_timeout_ms": 30000, "total_timeout_ms": 60000,
                     "max_body_bytes": 67108864, "allow_private": False, "simulated": False,
                     "quota_reserve": 20, "burst": 10, "breaker_failures": 10, "breaker_seconds": 30,
                     "group_calls": False, "overlap_hours": 24, "body_timeout_ms": 15000}
    changed = dealer.call("upstream.set", name="dgi", formula="colon", zone="Asia/Makassar", quota=300)
    assert unversioned(changed) == {**added, "formula": "colon", "zone": "Asia/Makassar", "quota": 300}
    assert unversioned(dealer.call("upstream.set", name="dgi", max_days=1, quota=0)) == {
        **added, "formula": "colon", "zone": "Asia/Makassar", "max_days": 1}
    assert [u["name"] for u in dealer.call("upstream.list")["items"]] == ["dgi", "sim"]
    assert [u["name"] for u in dealer.call("upstream.list", name="sim")["items"]] == ["sim"]


def test_an_upstreams_manners_are_set_and_taken_back(dealer):
    before = unversioned(dealer.call("upstream.list", name="sim")["items"][0])
    manners = {"quota_reserve": 0, "credential_concurrency": 3, "dealer_concurrency": 2, "calls_per_minute": 90,
               "burst": 5, "breaker_failures": 4, "breaker_seconds": 7, "group_calls": True, "overlap_hours": 0,
               "body_timeout_ms": 900}
    assert unversioned(dealer.call("upstream.set", name="sim", **manners)) == {**before, **manners}
    assert dealer.call("upstream.set", name="new", base_url=URL, allow_private=True,
                       **manners).items() >= manners.items()
    without = ("credential_concurrency", "dealer_concurrency", "calls_per_minute")
    assert unversioned(dealer.call("upstream.set", name="sim", **dict.fromkeys(without, 0))) == {
        **before, **{name: value for name, value in manners.items() if name not in without}}


@pytest.mark.parametrize("body, expected", [
    ({"name": "new"}, ("field.missing", "base_url")),
    ({"name": "a b", "base_url": URL}, ("field.format", "name")),
    ({"name": "new", "base_url": "ftp://x"}, ("field.format", "base_url")),
    ({"name": "new", "base_url": "http://user:secret@x/"}, ("field.format", "base_url")),
    ({"name": "new", "base_url": URL}, ("field.format", "base_url")),
    ({"name": "new", "base_url": "http://localhost/"}, ("field.format", "base_url")),
    ({"name": "new", "base_url": "http://169.254.169.254/"}, ("field.format", "base_url")),
    ({"name": "new", "base_url": "http://[::ffff:127.0.0.1]/"}, ("field.format", "base_url")),
    ({"name": "new", "base_url": "http://0x7f.1/", "allow_private": True}, ("field.format", "base_url")),
    ({"name": "new", "base_url": "http://2130706433/", "allow_private": True}, ("field.format", "base_url")),
    ({"name": "new", "base_url": "http://127.0.0.1./", "allow_private": True}, ("field.format", "base_url")),
    ({"name": "sim", "allow_private": False}, ("field.format", "allow_private")),
    ({"name": "new", "base_url": URL, "zone": "Mars/Olympus"}, ("field.choice", "zone")),
    ({"name": "new", "base_url": URL, "zone": "+07"}, ("field.choice", "zone")),
    ({"name": "new", "base_url": URL, "formula": "md5"}, ("field.choice", "formula")),
    ({"name": "new", "base_url": URL, "max_days": 0}, ("field.range", "max_days")),
])
def test_what_cannot_be_an_upstream_is_refused_by_its_field(dealer, body, expected):
    assert dealer.refused("upstream.set", **body) == expected
    assert [(u["name"], u["allow_private"]) for u in dealer.call("upstream.list")["items"]] == [("sim", True)]


def test_a_broken_rule_of_the_table_names_its_field(dealer):
    dealer.query("ALTER TABLE dealer.upstream DROP CONSTRAINT upstream_history_days_check,"
                 " ADD CONSTRAINT upstream_history_days_check CHECK (history_days <= 100)")
    assert dealer.refused("upstream.set", name="sim", history_days=101) == ("record.check", "history_days")


def test_processes_report_and_those_that_fell_silent_are_gone(dealer):
    me = {"name": "gateway-api", "service": "gateway", "instance": UUID, "pid": 7, "endpoint": "ipc:///x",
          "version": "0.1.0", "state": "ready", "started": 1772676900000}
    assert dealer.call("process.report", process=me) == {}
    found = {p["name"]: p for p in dealer.call("process.list")["items"]}
    assert found["gateway-api"] == {**me, "seen_at": found["gateway-api"]["seen_at"]}
    assert found["dealer-1"]["state"] == "ready" and found["dealer-1"]["pid"] == dealer.process.pid
    dealer.query("UPDATE ops.process SET seen_at = now() - interval '30 seconds' WHERE name = 'gateway-api'")
    assert {p["name"]: p["state"] for p in dealer.call("process.list")["items"]}["gateway-api"] == "gone"
    recent = dealer.call("process.list", seen_within_ms=20000)["items"]
    assert [p["name"] for p in recent] == ["dealer-1"]
    assert dealer.refused("process.report", process={**me, "state": "happy"}) == ("field.choice", "process.state")


def test_every_change_is_told(dealer, sql):
    subscriber = zmq.Context.instance().socket(zmq.SUB)
    subscriber.setsockopt(zmq.LINGER, 0)
    subscriber.setsockopt(zmq.SUBSCRIBE, b"")
    subscriber.connect(dealer.system.endpoint("dealer-1") + ".events")
    time.sleep(0.3)
    dealer.create("1")
    dealer.call("dealer.update", dealer_id="1", is_active=False)
    events = []
    while len(events) < 2:
        assert subscriber.poll(3000), f"only {events}"
        kind, name, body = msgpack.unpackb(subscriber.recv_multipart()[-1])
        if name == "dealer.changed":
            assert kind == 2
            events.append(body)
    subscriber.close()
    assert [(e["source"], e["dealer_id"]) for e in events] == [("dealer-1", "1")] * 2
    assert events[1]["seq"] == events[0]["seq"] + 1


def test_the_wire_is_plain_and_newer_peers_are_understood(dealer):
    frame = msgpack.packb([0, 77, "dealer.list", {"request_id": "r-1", "role": "viewer", "later": [1, {"a": 2}]},
                           {"news": {"deep": [1, 2, {"x": None}]}, "q": None, "limit": 5}])
    dealer.wire.send_raw(frame)
    assert msgpack.unpackb(dealer.wire.receive_raw()) == [1, 77, None, {"items": []}]
    dealer.wire.send_raw(msgpack.packb([0, 78, "dealer.explode", {}, {}]))
    answer = msgpack.unpackb(dealer.wire.receive_raw())
    assert answer[:2] == [1, 78] and answer[2][0] == "bus.unknown_message"


def test_hostile_frames_do_no_harm(dealer):
    prefix = msgpack.packb([0, 5, "dealer.list", {"role": "viewer"}, 0])[:-1]
    for body in (b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\x81\xa1q\xdb\xff\xff\xff\xff", b"\x80\x80",
                 b"\x91" * 5000, b"\xc1", b"\x82\xa1q\xa1a\xa1q\xa1b"):
        dealer.wire.send_raw(prefix + body)
        answer = msgpack.unpackb(dealer.wire.receive_raw())
        assert answer[:2] == [1, 5] and answer[2][0].startswith("field."), (body[:20], answer)
    for frame in (b"", b"\x00", b"hello", b"\x95", msgpack.packb([9, 1, "x", {}, {}])):
        dealer.wire.send_raw(frame)
    assert dealer.call("dealer.list") == {"items": []}


def test_the_same_dealer_from_many_sides_exists_once(dealer):
    def create(number):
        with Wire(dealer.system.endpoint("dealer-1")) as wire:
            try:
                wire.call("dealer.create", {"dealer_id": "1", "dealer_name": f"n{number}", "api_key": KEY,
                                            "secret_key": SECRET})
                return "added"
            except BusError as error:
                return error.code

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(create, range(8)))
    assert sorted(results) == ["added"] + ["record.exists"] * 7
    assert len(credentials(dealer)) == 1


def test_it_stays_up_while_the_database_is_away(dealer, cluster):
    dealer.create()
    cluster.stop("INT")
    try:
        code, _ = dealer.refused("dealer.get", dealer_id=CODE)
        assert code == "database.away"
        assert dealer.call("sys.info")["state"] == "degraded"
    finally:
        cluster.start()
    end = time.monotonic() + 10
    while True:
        try:
            assert dealer.call("dealer.get", dealer_id=CODE)["dealer_id"] == CODE
            break
        except BusError as error:
            assert error.code.startswith("database.") and time.monotonic() < end, error
            time.sleep(0.1)


def test_without_its_key_it_does_not_start(system):
    (system.folder / "keys" / "master.key").write_text("short\n")
    process = system.launch("dealer-1")
    process.expect = None
    process.child.wait(10)
    assert process.child.returncode == 2
    assert "master key" in process.text() and "short" not in process.text()
