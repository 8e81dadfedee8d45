"""The exit codes of deploy/up, down and ddctl that need no running system."""

import fcntl
import socket

import pytest
from deployment import PORTS, Deployment, free_ports


@pytest.fixture
def deployment(tmp_path):
    return Deployment(tmp_path / "state", **free_ports())


def test_unknown_argument_is_usage(deployment):
    result = deployment.run("up", "--detatch")
    assert result.returncode == 2
    assert "deploy/up [--detach]" in result.stderr


@pytest.mark.parametrize("name", PORTS)
def test_a_port_that_is_none_is_usage(deployment, name):
    deployment.environment[name] = "80x"
    result = deployment.run("up", "--detach")
    assert result.returncode == 2
    assert name in result.stderr


def test_a_state_folder_that_no_configuration_can_hold_is_usage(tmp_path):
    result = Deployment(tmp_path / "a b").run("up", "--detach")
    assert result.returncode == 2


@pytest.mark.parametrize("name", PORTS)
def test_a_port_in_use_is_named(deployment, name):
    with socket.create_server(("127.0.0.1", int(deployment.environment[name]))):
        result = deployment.run("up", "--detach")
    assert result.returncode == 3
    assert name in result.stderr and deployment.environment[name] in result.stderr


def test_a_state_in_use_is_left_alone(deployment):
    (deployment.state / "run").mkdir(parents=True)
    with open(deployment.state / "run" / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = deployment.run("up", "--detach")
    assert result.returncode == 3
    assert str(deployment.state) in result.stderr


def test_down_is_fine_when_nothing_runs(deployment):
    assert deployment.ok("down") == "not running\n"


def test_ddctl_says_that_nothing_runs(deployment):
    assert deployment.run("ddctl", "svc", "ls").returncode == 4
