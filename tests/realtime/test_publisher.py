"""What is pushed after commits: everything once, in order, with exactly the events that led to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.local import local
from sqlalchemy.exc import OperationalError

from server.domain.people.principal import COMMAND_LINE, Principal
from server.realtime import feed as feed_module
from server.realtime.commit_notifier import CommitNotifier
from server.realtime.feed import Feed
from server.realtime.publisher import Publisher
from server.store.engines.transaction import Committed
from server.store.tables import branch_snapshot, branches
from tests.scene import Scene


class Wall:
    """One display, and everything that it was told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.there = True

    def watched(self, branch_id: int) -> tuple[bool, bool, list[int]]:
        return self.there, False, []

    def push(self, room: str, message: dict[str, Any]) -> None:
        self.told.append(message)

    @property
    def types(self) -> list[list[str]]:
        return [[event["type"] for event in message["events"]] for message in self.told]


class Late:
    """A branch whose commits the publisher hears of when the test says so."""

    def __init__(self, path: Path) -> None:
        self.scene = Scene(path)
        self.commits: list[Sequence[Committed]] = []
        self.wall = Wall()
        self.publisher = Publisher(self.scene.store, self.scene.clock, CommitNotifier(), self.wall)
        self.scene.store.on_commit = self.commits.append

    def hear(self, commit: Sequence[Committed]) -> None:
        self.publisher.committed(commit)
        gevent.sleep(0)

    def sweep(self) -> None:
        self.publisher.sweep()
        gevent.sleep(0)


@pytest.fixture
def late(tmp_path: Path) -> Late:
    return Late(tmp_path)


def test_a_commit_that_a_push_has_seen_already_is_not_pushed_again_and_its_events_are_told(late: Late) -> None:
    late.scene.open()
    late.scene.issue()
    late.scene.call_next()
    for commit in late.commits:
        late.hear(commit)
    assert late.wall.types == [["counter_opened", "issued", "called"]]
    late.scene.no_show()
    late.hear(late.commits[-1])
    assert late.wall.types[1:] == [["no_show"]]
    seqs = [message["seq"] for message in late.wall.told]
    assert seqs == [seqs[0], seqs[0] + 1]


def test_what_another_process_has_done_is_pushed_with_its_events(late: Late) -> None:
    late.sweep()
    late.scene.issue()
    late.sweep()
    late.sweep()
    assert late.wall.types == [["issued"]]


def test_a_word_of_another_server_is_a_reason_to_look_and_nothing_more(late: Late) -> None:
    late.sweep()
    late.scene.issue()
    seq = late.scene.store.read(branches.seqs)[1]
    for word in (seq, seq, seq - 1, 10**12, 1):
        late.publisher.on_remote_commit(1, word)
        gevent.sleep(0)
    late.publisher.on_remote_commit(99, 1)
    assert late.wall.types == [["issued"]], "doubled, late and made up words push nothing"
    late.scene.open()
    late.publisher.on_remote_commit(1, seq + 1)
    gevent.sleep(0)
    assert late.wall.types[1:] == [["counter_opened"]], "nor do they hide what comes after them"


def test_words_of_another_server_about_a_branch_that_nobody_watches_lose_nothing(late: Late) -> None:
    late.sweep()
    late.wall.there = False
    late.publisher.on_remote_commit(1, 10**12)
    late.wall.there = True
    late.scene.issue()
    late.sweep()
    assert late.wall.types == [["issued"]]


def test_nobody_who_comes_later_is_told_what_happened_before(late: Late) -> None:
    late.sweep()
    late.wall.there = False
    late.scene.issue()
    late.hear(late.commits[-1])
    late.wall.there = True
    late.scene.open()
    late.hear(late.commits[-1])
    assert late.wall.types == [["counter_opened"]]


def test_a_push_that_failed_is_made_up_for(late: Late, monkeypatch: pytest.MonkeyPatch) -> None:
    late.sweep()
    with monkeypatch.context() as broken:

        def fail(_query: Any) -> None:
            raise OperationalError("select", {}, Exception("disk I/O error"))

        broken.setattr(late.scene.store, "read", fail)
        late.scene.issue()
        late.hear(late.commits[-1])
    assert late.wall.told == []
    late.sweep()
    assert late.wall.types == [["issued"]]


class Sockets:
    """Takes what the feed emits."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def emit(self, _event: str, message: dict[str, Any], **_to: Any) -> None:
        self.told.append(message)


class Anybody:
    """Does not count who is known."""

    def show(self, _client: None) -> None:
        pass

    def hide(self, _client: None) -> None:
        pass


@pytest.fixture
def feed(late: Late, monkeypatch: pytest.MonkeyPatch) -> Feed:
    """The feed of that branch, with its commits pushed at once, and everybody who asks let in."""
    monkeypatch.setattr(feed_module, "join_room", lambda _room: None)
    scene, here = late.scene, local()
    anybody: Any = Anybody()
    monkeypatch.setattr(Feed, "_client", staticmethod(lambda: None))
    feed = Feed(Sockets(), anybody, scene.store, scene.clock, b"key", "build", "cookie")

    def sid() -> str:
        name = str(vars(here).setdefault("sid", f"client {len(feed._principals)}"))
        feed._principals.setdefault(name, COMMAND_LINE)
        feed._rooms.setdefault(name, set())
        return name

    monkeypatch.setattr(Feed, "_sid", staticmethod(sid))
    scene.store.on_commit = Publisher(scene.store, scene.clock, CommitNotifier(), feed).committed
    return feed


BOARD = {"branch": "central", "view": "board"}


def test_an_answer_to_a_subscription_is_never_older_than_a_push_before_it(
    late: Late, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snapshot is read, then an action is committed and pushed, and only then does the reading come back."""
    scene, read, reads = late.scene, late.scene.store.read, 0

    def overtaken(query: Any) -> Any:
        nonlocal reads
        answer, reads = read(query), reads + 1
        if reads == 2:  # the first one looks the branch up
            scene.issue()
            gevent.sleep(0)
        return answer

    monkeypatch.setattr(scene.store, "read", overtaken)
    answer = feed.on_subscribe(BOARD)
    (push,) = feed._socketio.told
    assert answer["seq"] == push["seq"]
    assert answer["waiting"] == answer["board"]["waiting"] == push["board"]["waiting"] == {"A": 1}


def test_a_socket_that_hangs_up_while_its_branch_is_read_is_told_so_and_watches_nothing(
    late: Late, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = late.scene.store.read

    def and_is_gone(query: Any) -> Any:
        answer = read(query)
        feed.on_disconnect()
        return answer

    monkeypatch.setattr(late.scene.store, "read", and_is_gone)
    assert feed.on_subscribe(BOARD)["error"]["code"] == "unauthenticated"
    assert feed.watched(1) == (False, False, [])


def test_a_socket_that_hangs_up_while_its_token_is_read_never_counts_as_there(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall = replace(COMMAND_LINE, token_id=7)
    monkeypatch.setattr(Feed, "_sid", staticmethod(lambda: "wall"))
    monkeypatch.setattr(feed, "_identify", lambda _auth: wall)
    feed.on_connect()
    assert feed.online_tokens() == {7}
    feed.on_disconnect()

    def and_is_gone(_auth: Any) -> Principal:
        feed.on_disconnect()
        return wall

    monkeypatch.setattr(feed, "_identify", and_is_gone)
    feed.on_connect()
    assert feed.online_tokens() == set()


def test_many_who_come_at_once_share_one_reading_and_none_misses_what_is_pushed_meanwhile(
    late: Late, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, read, floors = late.scene, branch_snapshot.read, 0

    def counted(*arguments: Any) -> Any:
        nonlocal floors
        floors += 1
        return read(*arguments)

    def slow(query: Any, read: Any = scene.store.read) -> Any:
        answer = read(query)
        gevent.sleep(0.01)
        return answer

    monkeypatch.setattr(branch_snapshot, "read", counted)
    monkeypatch.setattr(scene.store, "read", slow)
    first = gevent.spawn(feed.on_subscribe, BOARD)
    while not floors:
        gevent.sleep(0)
    scene.issue()
    others = [gevent.spawn(feed.on_subscribe, BOARD) for _ in range(20)]
    gevent.joinall([first, *others], 30)
    while not feed._socketio.told:
        gevent.sleep(0.01)
    (push,) = feed._socketio.told
    assert floors <= 4, "the first one's, one that the others share, one of the push, one for who came in between"
    for client in others:
        assert client.value is not None
        assert client.value["seq"] == push["seq"] or client.value["seq"] == push["seq"] - 1
