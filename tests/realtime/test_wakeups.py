"""Notifications over Redis reach the other servers once; nothing depends on them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.faults.servers import RedisServer
from tests.realtime.waking import SERVERS, WakeupProcess

OUTAGE = "Redis does not answer; screens on other servers follow a second later."


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    yield server
    server.kill()


def test_messages_reach_the_servers_of_this_installation_and_a_lost_redis_is_found_again(
    redis: RedisServer,
) -> None:
    with WakeupProcess(redis.url) as servers:
        servers.until_it_is("one", OUTAGE)
        redis.start()
        for name in SERVERS:
            servers.until_it_is(name, "None")
            looked = f"{name} looks in trouble"
            assert looked in servers.output, "it sweeps for missed messages before it reports no trouble"

        for nonsense in ("", "{}", "[]", '{"from": 1, "branches": {"x": "y"}, "ended": 0}', "\xff", "null"):
            with Redis.from_url(redis.url) as client:
                client.publish("giliran:ours", nonsense)
        servers.send("one moved 7 41")
        servers.send("one moved 7 42")
        servers.send("one moved 8 5")
        servers.until("other moved 7 42")
        servers.until("other moved 8 5")
        assert "other looks well" not in servers.output
        servers.send("one ended")
        servers.until("other looks well")
        servers.send("other moved 9 1")
        servers.until("one moved 9 1")
        assert not any(line.startswith("one moved 7") for line in servers.output), "no server receives its own messages"
        assert not any(line.startswith("stranger moved") for line in servers.output)

        # it accepts connections and answers nothing
        redis.signal(signal.SIGSTOP)
        servers.until_it_is("one", OUTAGE)
        redis.signal(signal.SIGCONT)
        for name in SERVERS:
            servers.until_it_is(name, "None")
        servers.send("one moved 7 43")
        servers.until("other moved 7 43")
