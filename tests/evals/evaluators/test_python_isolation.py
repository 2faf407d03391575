"""What a check in Python reaches: the suite decides on the network, nobody on keys and other processes."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from promptops.sandbox import isolation
from tests.sandbox.listening import listening

from .fakes import FakeServices, score

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux isolates")

CONNECTS = """
import socket
def f(reply, case):
    with socket.create_connection(("127.0.0.1", int(reply)), 5) as connection:
        return connection.recv(9) == b"hello"
"""
LOOKS = """
import os
def f(reply, case):
    return not os.path.exists(f"/proc/{reply}") and set(filter(str.isdecimal, os.listdir("/proc"))) == {"1", "2"}
"""


@pytest.fixture
def port() -> Iterator[int]:
    with listening() as port:
        yield port


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that has refused namespaces already."""
    monkeypatch.setattr(isolation, "_REFUSED", dict.fromkeys((True, False), "unshare: Operation not permitted"))


def options(**more: bool) -> dict[str, object]:
    return {"file": "checks.py", "function": "f", **more}


@pytest.mark.usefixtures("namespaces")
def test_a_check_has_no_network(port: int) -> None:
    services = FakeServices(files={"checks.py": CONNECTS})
    found = score("python", options(), str(port), services)
    assert (found.status, found.reason) == ("error", "checks.py line 4: OSError: [Errno 101] Network is unreachable")
    assert score("python", options(network=False), str(port), services).status == "error"
    assert services.notices == []


def test_a_check_has_the_network_where_the_suite_says_so(port: int) -> None:
    services = FakeServices(files={"checks.py": CONNECTS})
    assert score("python", options(network=True), str(port), services).passed


@pytest.mark.usefixtures("refused")
def test_where_the_network_cannot_be_cut_off_one_line_says_so(port: int) -> None:
    services = FakeServices(files={"checks.py": CONNECTS})
    score("python", options(), str(port), services)
    assert set(services.notices) == {
        "the network is not cut off from Python checks here (unshare: Operation not permitted); "
        "Ubuntu allows it after: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
    }


@pytest.mark.usefixtures("refused")
def test_nothing_is_said_where_the_network_is_wished_for(port: int) -> None:
    services = FakeServices(files={"checks.py": CONNECTS})
    assert score("python", options(network=True), str(port), services).passed
    assert services.notices == []


@pytest.mark.usefixtures("refused")
def test_a_strangers_suite_runs_no_python_that_is_not_cut_off(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    code = f"open({str(mark)!r}, 'w').write('x')\n{CONNECTS}"
    found = score("python", options(), "1", FakeServices(files={"checks.py": code}, untrusted=True))
    assert found.status == "error"
    assert found.reason == (
        "checks.py cannot be kept from the network and from other processes here (unshare: Operation not permitted)"
    )
    assert not mark.exists()


@pytest.mark.usefixtures("namespaces")
def test_no_other_process_is_there() -> None:
    services = FakeServices(files={"checks.py": LOOKS})
    assert score("python", options(), str(os.getpid()), services).passed


def test_the_listener_of_these_tests_answers(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        assert connection.recv(9) == b"hello"
