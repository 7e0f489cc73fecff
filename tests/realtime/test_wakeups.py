"""What servers tell each other by Redis: every word once, to the others, and nothing of it matters when it is lost."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.faults.servers import RedisServer
from tests.realtime.waking import Waking

AWAY = "Redis does not answer; screens on other servers follow a second later."


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    yield server
    server.kill()


def test_words_reach_the_other_servers_of_this_installation_and_a_redis_that_goes_is_found_again(
    redis: RedisServer,
) -> None:
    with Waking(redis.url) as one, Waking(redis.url) as other, Waking(redis.url, "another") as stranger:
        one.until_it_is(AWAY)
        redis.start()
        for each in (one, other, stranger):
            each.until_it_is("None")
            assert "look in trouble" in each.heard, "it may have missed something and looks before it calls itself well"

        for nonsense in ("", "{}", "[]", '{"from": 1, "branches": {"x": "y"}, "ended": 0}', "\xff", "null"):
            with Redis.from_url(redis.url) as client:
                client.publish("giliran:ours", nonsense)
        one.say("moved 7 41")
        one.say("moved 7 42")
        one.say("moved 8 5")
        other.until("moved 7 42")
        other.until("moved 8 5")
        assert "look well" not in other.heard
        one.say("ended")
        other.until("look well")
        other.say("moved 9 1")
        one.until("moved 9 1")
        assert not any(line.startswith("moved 7") for line in one.heard), "nobody hears what it said itself"
        assert not any(line.startswith("moved") for line in stranger.heard)

        # it takes connections, and answers nobody
        redis.signal(signal.SIGSTOP)
        one.until_it_is(AWAY)
        redis.signal(signal.SIGCONT)
        for each in (one, other):
            each.until_it_is("None")
        one.say("moved 7 43")
        other.until("moved 7 43")
