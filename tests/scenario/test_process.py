"""What every process does by its skeleton: start without its needs, outlive them, drain, tell."""

import json
import os
import signal
import subprocess
import time

import pytest
from fetching import Pipeline, yesterday
from system import PROGRAMS, wait_for
from wire import BusError

SERVICE = "dealer-1"
CACHED = "analytics-1"  # has a cache, too


def info(system, name=SERVICE, timeout=6.0):
    with system.wire(name) as wire:
        return wire.call("sys.info", timeout=timeout)


def wait_state(system, name, state):
    def reached():
        told = info(system, name)
        return told["state"] == state and told

    return wait_for(f"{name} to be {state}", reached, 15)


def needs(told):
    return {need["name"]: need["ready"] for need in told["needs"]}


def test_starts_without_database_and_cache_and_finds_them_later(system, cluster):
    cluster.stop()
    try:
        system.start(CACHED)
        told = info(system, CACHED)
        assert told["state"] == "degraded" and needs(told) == {"database": False, "cache": False}
        assert any(need.get("detail") for need in told["needs"])
    finally:
        cluster.start()
    wait_for("the database", lambda: needs(info(system, CACHED))["database"])
    system.start_redis()
    told = wait_state(system, CACHED, "ready")
    assert told["pid"] == system[CACHED].pid and told["service"] == "analytics"
    wait_for("its row", lambda: system.query("SELECT 1 FROM ops.process WHERE state = 'ready'"))


def test_a_database_that_restarts_costs_no_call(system, cluster):
    system.start_redis()
    system.start(SERVICE)
    wait_state(system, SERVICE, "ready")
    with system.wire(SERVICE) as wire:
        for how in ("INT", "QUIT"):
            assert wire.call("dealer.list")["items"] == []
            cluster.stop(how)
            cluster.start()
            assert wire.call("dealer.list")["items"] == []


def test_a_database_that_hangs_does_not_hang_the_process(system, cluster):
    system.start_redis()
    system.start(SERVICE)
    wait_state(system, SERVICE, "ready")
    children = subprocess.run(["pgrep", "-P", str(cluster.server.pid)], capture_output=True, text=True, check=True)
    frozen = [cluster.server.pid, *map(int, children.stdout.split())]
    longest = 0
    try:
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        with system.wire(SERVICE) as wire:
            with pytest.raises(BusError) as refused:
                wire.call("dealer.list", timeout=10)
            assert refused.value.code in ("database.away", "database.timeout")
            end = time.monotonic() + 8
            while time.monotonic() < end:
                begun = time.monotonic()
                wire.call("sys.ping", timeout=10)
                longest = max(longest, time.monotonic() - begun)
                time.sleep(0.05)
        assert info(system)["state"] == "degraded"
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    assert longest < 3.5
    wait_state(system, SERVICE, "ready")


def test_redis_that_hangs_or_dies_costs_little(system):
    redis = system.start_redis()
    system.start(CACHED)
    wait_state(system, CACHED, "ready")
    redis.freeze()
    told = wait_for("the loss", lambda: not needs(info(system, CACHED))["cache"] and info(system, CACHED))
    assert told["state"] == "degraded"
    begun = time.monotonic()
    info(system, CACHED)
    assert time.monotonic() - begun < 1
    redis.thaw()
    wait_state(system, CACHED, "ready")
    redis.kill()
    wait_state(system, CACHED, "degraded")
    system.start_redis()
    wait_state(system, CACHED, "ready")


def test_a_second_process_at_an_endpoint_ends_with_1(system):
    system.start(SERVICE)
    second = subprocess.run([PROGRAMS / "dealer"], env=system.environment(SERVICE), capture_output=True, text=True,
                            timeout=15, check=False)
    assert second.returncode == 1 and "cannot answer at the endpoint" in second.stdout
    assert info(system)["pid"] == system[SERVICE].pid


@pytest.mark.parametrize("setting, value", [
    ("DATABASE_URL", ""), ("REDIS_URL", "http://x"), ("DD_LOG_LEVEL", "loud"), ("DD_RUN", "/" + "x" * 99)])
def test_unusable_settings_end_the_start_with_2(system, setting, value):
    result = subprocess.run([PROGRAMS / "analytics"], env=system.environment(CACHED, **{setting: value}),
                            capture_output=True, text=True, timeout=15, check=False)
    assert result.returncode == 2 and setting in result.stdout + result.stderr + "DD_BIND"


@pytest.mark.parametrize("name, setting, value", [
    ("fetcher-1", "DD_BUS_SCHEDULER", "tcp://no!host:5000#scheduler-1"),
    ("gateway-api", "DD_BUS_SCHEDULER", "tcp://no!host:5000#scheduler-1"),
    ("analytics-1", "DD_BIND", "tcp://192.0.2.1:5000")])
def test_a_start_that_fails_half_way_ends(system, name, setting, value):
    """Whatever sockets and threads there were by then."""
    for key in (name, "scheduler-1"):
        system.ddctl("keys", "new", key)
    result = subprocess.run([PROGRAMS / name.split("-")[0]], capture_output=True, text=True, timeout=15, check=False,
                            env=system.environment(name, **{setting: value}))
    assert result.returncode == 2 and "cannot start" in result.stdout


def test_help_lists_the_settings():
    result = subprocess.run([PROGRAMS / "dealer", "--help"], capture_output=True, text=True, check=False)
    assert result.returncode == 0
    for name in ("DATABASE_URL", "DATABASE_URL_FILE", "DD_BIND", "DD_STATE"):
        assert name in result.stdout
    assert subprocess.run([PROGRAMS / "dealer", "now"], capture_output=True, check=False).returncode == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains(system, number):
    process = system.start(SERVICE)
    process.signal(number)
    assert process.child.wait(10) == 0
    states = [line.get("state") for line in process.lines() if line["msg"] == "state"]
    assert states[-2:] == ["draining", "gone"]


def test_a_draining_process_takes_no_work(system):
    system.start_redis()
    process = system.start(SERVICE)
    wait_state(system, SERVICE, "ready")
    with system.wire(SERVICE) as wire:
        wire.call("sys.drain", {"reason": "test"})
        with pytest.raises((BusError, TimeoutError)) as refused:
            while True:
                wire.call("dealer.list", timeout=1)
        if isinstance(refused.value, BusError):
            assert refused.value.code == "sys.draining"
    assert process.child.wait(10) == 0


@pytest.mark.parametrize("name", [SERVICE, "scheduler-1", "fetcher-1"])
def test_no_core_dump_may_hold_a_key(system, name):
    process = system.start(name)
    with open(f"/proc/{process.pid}/limits") as limits:
        line = next(line for line in limits if line.startswith("Max core file size"))
    assert line.split()[4:6] == ["0", "0"]


def in_memory(process, text):
    """Whether the text stands anywhere in what the process may write to."""
    with open(f"/proc/{process.pid}/maps") as maps, open(f"/proc/{process.pid}/mem", "rb") as memory:
        for line in maps:
            first, last = (int(part, 16) for part in line.split()[0].split("-"))
            if last - first > 1 << 30:
                continue  # a sanitizer's shadow, which is no memory of the program
            try:
                memory.seek(first)
                if line.split()[1].startswith("rw") and text.encode() in memory.read(last - first):
                    return True
            except (OSError, ValueError):
                continue  # locked away, or gone by now
    return False


def test_secrets_that_were_sent_or_opened_do_not_stay_in_memory(system):
    pipeline = Pipeline(system)
    pipeline.call("dealer", "dealer.create", {"dealer_id": "name-4711", "dealer_name": "x", "upstream": "sim",
                                              "api_key": "key-known-4711", "secret_key": "secret-unheard-of-0815"})
    assert pipeline.run(yesterday(), yesterday())["state"] == "succeeded"
    assert in_memory(system[SERVICE], "name-4711"), "the search finds nothing at all"
    assert not in_memory(system[SERVICE], "unheard-of-0815")
    assert not in_memory(system["fetcher-1"], "dgi-secret-sim")


def test_each_line_of_the_log_is_json(system):
    process = system.start(SERVICE)
    with system.wire(SERVICE) as wire:
        with pytest.raises(BusError):
            wire.call("dealer.create", {"dealer_id": 'a"\n\x01', "dealer_name": "ä"})
    process.stop()
    lines = [json.loads(line) for line in process.text().splitlines()]
    assert lines and all({"ts", "level", "svc", "instance", "msg"} <= line.keys() for line in lines)
    assert {line["instance"] for line in lines} == {SERVICE}
