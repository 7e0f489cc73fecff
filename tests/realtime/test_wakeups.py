"""What servers tell each other by Redis: every word once, to the others, and nothing of it matters when it is lost."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.faults.servers import RedisServer
from tests.realtime.waking import LINES, Waking

AWAY = "Redis does not answer; screens on other servers follow a second later."


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    yield server
    server.kill()


def test_words_reach_the_other_servers_of_this_installation_and_a_redis_that_goes_is_found_again(
    redis: RedisServer,
) -> None:
    with Waking(redis.url) as servers:
        servers.until_it_is("one", AWAY)
        redis.start()
        for name in LINES:
            servers.until_it_is(name, "None")
            looked = f"{name} looks in trouble"
            assert looked in servers.heard, "it may have missed something and looks before it calls itself well"

        for nonsense in ("", "{}", "[]", '{"from": 1, "branches": {"x": "y"}, "ended": 0}', "\xff", "null"):
            with Redis.from_url(redis.url) as client:
                client.publish("giliran:ours", nonsense)
        servers.say("one moved 7 41")
        servers.say("one moved 7 42")
        servers.say("one moved 8 5")
        servers.until("other moved 7 42")
        servers.until("other moved 8 5")
        assert "other looks well" not in servers.heard
        servers.say("one ended")
        servers.until("other looks well")
        servers.say("other moved 9 1")
        servers.until("one moved 9 1")
        assert not any(line.startswith("one moved 7") for line in servers.heard), "nobody hears what it said itself"
        assert not any(line.startswith("stranger moved") for line in servers.heard)

        # it takes connections, and answers nobody
        redis.signal(signal.SIGSTOP)
        servers.until_it_is("one", AWAY)
        redis.signal(signal.SIGCONT)
        for name in LINES:
            servers.until_it_is(name, "None")
        servers.say("one moved 7 43")
        servers.until("other moved 7 43")
