"""The bus by tcp: who is let in, who is refused and says so, what may be sent, and how keys change."""

import os
import subprocess
import time

import pytest
from guarded import GuardedWire, Keys
from system import PROGRAMS, wait_for
from wire import BusError, Wire

NAMES = ("dealer-1", "scheduler-1", "fetcher-9", "gateway-api", "ddctl-1")


@pytest.fixture
def keys(system):
    return Keys(system, *NAMES)


def tcp(system, name):
    return f"tcp://127.0.0.1:{system.port('bus ' + name)}"


def start(system, keys, name):
    """Starts a service that answers locally and by tcp."""
    return system.start(name, **keys.bind(name, system.port("bus " + name)))


def run_ddctl(system, *arguments, **settings):
    return subprocess.run([PROGRAMS / "ddctl", *arguments], env=system.environment(**settings), text=True,
                          capture_output=True, timeout=30, check=False)


def test_known_keys_work_over_tcp(system, keys):
    dealer = start(system, keys, "dealer-1")
    dealer.wait_log("strangers are refused")
    told = run_ddctl(system, "upstream", "ls", DD_BUS_DEALER=tcp(system, "dealer-1") + "#dealer-1")
    assert told.returncode == 0, told.stderr
    with keys.wire(tcp(system, "dealer-1"), "dealer-1", "gateway-api") as wire:
        assert wire.call("dealer.list")["items"] == []


def test_messages_follow_the_kind_of_the_sender(system, keys):
    dealer = start(system, keys, "dealer-1")
    with keys.wire(tcp(system, "dealer-1"), "dealer-1", "fetcher-9") as wire:
        wire.call("sys.ping")
        for message, body in (("dealer.update", {"dealer_id": "12284", "dealer_name": "Mine"}), ("sys.drain", {}),
                              ("dealer.list", {}), ("nothing.like_it", {})):
            with pytest.raises(BusError) as refused:
                wire.call(message, body, principal="admin")
            assert refused.value.code == "bus.not_allowed" and "fetcher-9" in refused.value.text
    dealer.wait_log(r"its sender may not send it.*\"peer\":\"fetcher-9\".*\"detail\":\"dealer.update\"")
    with keys.wire(tcp(system, "dealer-1"), "dealer-1", "fetcher-9") as wire:
        keys.allow(keys.list().replace("fetcher-9 fetcher", "fetcher-9 ddctl"))
        wait_for("the list to be read", lambda: len(wire_answer(wire, "dealer.list")) == 0, 5)
        system.ddctl("keys", "rm", "fetcher-9")
        wait_for("the key to be forgotten", lambda: wire_answer(wire, "sys.ping") == "bus.not_allowed", 5)


def wire_answer(wire, message):
    try:
        return wire.call(message)["items" if message.endswith("list") else "now"]
    except BusError as error:
        return error.code


def test_a_client_without_a_key_is_refused(system, keys):
    dealer = start(system, keys, "dealer-1")
    with Wire(tcp(system, "dealer-1")) as wire, pytest.raises(TimeoutError):
        wire.call("sys.ping", timeout=1)
    dealer.wait_log("somebody came and was not let in")


def test_an_unknown_key_is_refused_and_both_sides_say_so(system, keys):
    """A process that was refused is let in once its key is in the list, without a restart."""
    scheduler = start(system, keys, "scheduler-1")
    system.start("dealer-1")
    row, whole = keys.rows("fetcher-9")[0], keys.list()
    keys.allow("".join(line for line in whole.splitlines(True) if "fetcher-9" not in line))
    fetcher = system.start("fetcher-9", DD_BUS_SCHEDULER=tcp(system, "scheduler-1") + "#scheduler-1")
    said = fetcher.wait_log("a server refuses our key.*").group(0)
    assert all(word in said for word in ("scheduler-1", tcp(system, "scheduler-1"), row["key"])), said
    assert row["key"] in scheduler.wait_log("somebody was refused.*").group(0)
    with system.wire("fetcher-9") as wire:
        assert wait_for("the need", lambda: wire.call("sys.info")["needs"][-1:])[0]["ready"] is False
    keys.allow(whole)
    fetcher.wait_log("a server takes us again")
    with system.wire("fetcher-9") as wire:
        wait_for("it to be ready", lambda: wire.call("sys.info")["state"] == "ready")


def test_ddctl_says_that_it_is_refused(system, keys):
    start(system, keys, "dealer-1")
    keys.allow(keys.list().replace(keys.public("ddctl-1"), "ab" * 32))
    result = run_ddctl(system, "upstream", "ls", DD_BUS_DEALER=tcp(system, "dealer-1") + "#dealer-1")
    assert result.returncode == 1 and "bus.refused" in result.stderr and "dealer-1" in result.stderr
    result = run_ddctl(system, "upstream", "ls", DD_BUS_DEALER=tcp(system, "dealer-1") + "#dealer-1",
                       DD_BUS_KEYS=system.folder / "none")
    assert result.returncode == 1 and "ddctl keys new" in result.stderr


def test_a_wrong_server_is_not_spoken_to(system, keys):
    start(system, keys, "dealer-1")
    with GuardedWire(tcp(system, "dealer-1"), keys.public("scheduler-1"), keys.secret("gateway-api")) as wire:
        with pytest.raises(TimeoutError):
            wire.call("sys.ping", timeout=1)


@pytest.mark.parametrize("spoil, says", [
    (lambda keys: (keys.folder / "dealer-1.key").unlink(), "No such file"),
    (lambda keys: (keys.folder / "dealer-1.key").chmod(0o640), "open to others"),
    (lambda keys: keys.folder.chmod(0o755), "open to others"),
    (lambda keys: keys.allow("dealer-1 dealer\n"), "line 1"),
    (lambda keys: (keys.folder / "allowed").unlink(), "No such file"),
])
def test_without_usable_keys_there_is_no_tcp(system, keys, spoil, says):
    spoil(keys)
    result = subprocess.run([PROGRAMS / "dealer"], capture_output=True, text=True, timeout=15, check=False,
                            env=system.environment("dealer-1", DD_BIND=tcp(system, "dealer-1")))
    assert result.returncode == 2 and "no usable keys" in result.stdout and says in result.stdout, result.stdout


@pytest.mark.parametrize("setting, value", [
    ("DD_BUS_SCHEDULER", "tcp://127.0.0.1:7102"), ("DD_BUS_DEALER", "udp://x"), ("DD_BIND", "tcp://127.0.0.1")])
def test_an_address_that_names_no_server_is_refused(system, setting, value):
    result = subprocess.run([PROGRAMS / "dealer"], capture_output=True, text=True, timeout=15, check=False,
                            env=system.environment("dealer-1", **{setting: value}))
    assert result.returncode == 2 and setting in result.stderr


def test_keys_are_made_listed_and_removed(system):
    keys = Keys(system, "fetcher-9")
    assert os.stat(keys.folder).st_mode & 0o777 == 0o700
    assert {os.stat(path).st_mode & 0o777 for path in keys.folder.iterdir()} == {0o600}
    again = system.ddctl("keys", "new", "fetcher-9", check=False)
    assert again.returncode == 1 and "rotate" in again.stderr
    assert system.ddctl("keys", "new", "house", check=False).returncode == 2
    assert system.ddctl("keys", "new", "../x", check=False).returncode == 2
    system.ddctl("keys", "new", "office", "--kind", "ddctl")
    assert [(row["name"], row["kind"], row["here"]) for row in keys.rows()] == [
        ("fetcher-9", "fetcher", True), ("office", "ddctl", True)]
    assert keys.public("office") in system.ddctl("keys", "ls").stdout
    system.ddctl("keys", "rotate", "office", "--overlap", "0")
    assert len(keys.rows("office")) == 1 and keys.rows("office")[0]["until"] is None
    system.ddctl("keys", "rm", "office")
    assert not keys.rows("office") and not (keys.folder / "office.key").exists()
    assert system.ddctl("keys", "rotate", "office", check=False).returncode == 1


def test_rotation_cuts_nobody_off(system, keys):
    """Server and clients change their keys while calls go on, at ends a few seconds away."""
    system.start_redis()
    scheduler = start(system, keys, "scheduler-1")
    address = tcp(system, "scheduler-1") + "#scheduler-1"
    system.start("dealer-1", "analytics-1")
    system.start("gateway-api", "fetcher-9", DD_BUS_SCHEDULER=address)
    wait_for("the scheduler", lambda: system.api("GET", "/api/v1/jobs").ok)
    for name in ("scheduler-1", "gateway-api", "fetcher-9"):
        system.ddctl("keys", "rotate", name, "--overlap", "4")
        assert [bool(row["until"]) for row in keys.rows(name)] == [True, False]
    end, silent, last = time.monotonic() + 8, 0, time.monotonic()
    while time.monotonic() < end:
        if system.api("GET", "/api/v1/jobs").ok:
            silent, last = max(silent, time.monotonic() - last), time.monotonic()
        time.sleep(0.05)
    print(f"longest silence {silent:.2f} s")
    scheduler.wait_log("our next key is in use")
    assert silent < 4, "the calls that were on their way have a deadline of 3 s"
    for name in ("gateway-api", "fetcher-9"):
        assert "refuses our key" not in system[name].text()
        assert system[name].stop() == 0
    system.start("gateway-api", "fetcher-9", DD_BUS_SCHEDULER=address)
    wait_for("the scheduler", lambda: system.api("GET", "/api/v1/jobs").ok)
    with system.wire("fetcher-9") as wire:
        wait_for("it to be ready", lambda: wire.call("sys.info")["state"] == "ready")
    assert all(row["ended"] == bool(row["until"]) for row in keys.rows())
