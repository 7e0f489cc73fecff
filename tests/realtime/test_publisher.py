"""Pushes after commits: each state once, in order, with exactly the events since the last one."""

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
    """One display, and all messages pushed to it."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.watching = True

    def watched(self, branch_id: int) -> tuple[bool, bool, list[int]]:
        return self.watching, False, []

    def push(self, room: str, message: dict[str, Any]) -> None:
        self.messages.append(message)

    @property
    def types(self) -> list[list[str]]:
        return [[event["type"] for event in message["events"]] for message in self.messages]


class ManualPublishing:
    """A branch whose commits reach the publisher only when the test passes them on."""

    def __init__(self, path: Path) -> None:
        self.scene = Scene(path)
        self.commits: list[Sequence[Committed]] = []
        self.wall = Wall()
        self.publisher = Publisher(self.scene.store, self.scene.clock, CommitNotifier(), self.wall)
        self.scene.store.on_commit = self.commits.append

    def publish(self, commit: Sequence[Committed]) -> None:
        self.publisher.committed(commit)
        gevent.sleep(0)

    def sweep(self) -> None:
        self.publisher.sweep()
        gevent.sleep(0)


@pytest.fixture
def manual(tmp_path: Path) -> ManualPublishing:
    return ManualPublishing(tmp_path)


def test_a_commit_within_an_earlier_push_is_not_pushed_again(manual: ManualPublishing) -> None:
    manual.scene.open()
    manual.scene.issue()
    manual.scene.call_next()
    for commit in manual.commits:
        manual.publish(commit)
    assert manual.wall.types == [["counter_opened", "issued", "called"]]
    manual.scene.no_show()
    manual.publish(manual.commits[-1])
    assert manual.wall.types[1:] == [["no_show"]]
    seqs = [message["seq"] for message in manual.wall.messages]
    assert seqs == [seqs[0], seqs[0] + 1]


def test_commits_of_another_process_are_pushed_with_their_events(manual: ManualPublishing) -> None:
    manual.sweep()
    manual.scene.issue()
    manual.sweep()
    manual.sweep()
    assert manual.wall.types == [["issued"]]


def test_a_notification_of_another_server_only_triggers_a_read(manual: ManualPublishing) -> None:
    manual.sweep()
    manual.scene.issue()
    seq = manual.scene.store.read(branches.seqs)[1]
    for announced in (seq, seq, seq - 1, 10**12, 1):
        manual.publisher.on_remote_commit(1, announced)
        gevent.sleep(0)
    manual.publisher.on_remote_commit(99, 1)
    assert manual.wall.types == [["issued"]], "doubled, manual and made up words push nothing"
    manual.scene.open()
    manual.publisher.on_remote_commit(1, seq + 1)
    gevent.sleep(0)
    assert manual.wall.types[1:] == [["counter_opened"]], "nor do they hide later commits"


def test_notifications_about_an_unwatched_branch_lose_nothing(manual: ManualPublishing) -> None:
    manual.sweep()
    manual.wall.watching = False
    manual.publisher.on_remote_commit(1, 10**12)
    manual.wall.watching = True
    manual.scene.issue()
    manual.sweep()
    assert manual.wall.types == [["issued"]]


def test_later_watchers_do_not_get_earlier_events(manual: ManualPublishing) -> None:
    manual.sweep()
    manual.wall.watching = False
    manual.scene.issue()
    manual.publish(manual.commits[-1])
    manual.wall.watching = True
    manual.scene.open()
    manual.publish(manual.commits[-1])
    assert manual.wall.types == [["counter_opened"]]


def test_the_next_sweep_replaces_a_failed_push(manual: ManualPublishing, monkeypatch: pytest.MonkeyPatch) -> None:
    manual.sweep()
    with monkeypatch.context() as broken:

        def fail(_query: Any) -> None:
            raise OperationalError("select", {}, Exception("disk I/O error"))

        broken.setattr(manual.scene.store, "read", fail)
        manual.scene.issue()
        manual.publish(manual.commits[-1])
    assert manual.wall.messages == []
    manual.sweep()
    assert manual.wall.types == [["issued"]]


class EmittedMessages:
    """Collects what the feed emits."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def emit(self, _event: str, message: dict[str, Any], **_to: Any) -> None:
        self.messages.append(message)


class NoClients:
    """A stand-in for `Clients` that counts nobody."""

    def mark_identified(self, _client: None) -> None:
        pass

    def mark_unidentified(self, _client: None) -> None:
        pass


@pytest.fixture
def feed(manual: ManualPublishing, monkeypatch: pytest.MonkeyPatch) -> Feed:
    """The feed of that branch; its commits are pushed at once, and every client is accepted."""
    monkeypatch.setattr(feed_module, "join_room", lambda _room: None)
    scene, greenlet = manual.scene, local()
    clients: Any = NoClients()
    monkeypatch.setattr(Feed, "_client", staticmethod(lambda: None))
    feed = Feed(EmittedMessages(), clients, scene.store, scene.clock, b"key", "build", "cookie")

    def sid() -> str:
        name = str(vars(greenlet).setdefault("sid", f"client {len(feed._principals)}"))
        feed._principals.setdefault(name, COMMAND_LINE)
        feed._rooms.setdefault(name, set())
        return name

    monkeypatch.setattr(Feed, "_sid", staticmethod(sid))
    scene.store.on_commit = Publisher(scene.store, scene.clock, CommitNotifier(), feed).committed
    return feed


BOARD = {"branch": "central", "view": "board"}


def test_an_answer_to_a_subscription_is_never_older_than_a_push_before_it(
    manual: ManualPublishing, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snapshot is read, then an action is committed and pushed, and only then does the reading come back."""
    scene, read, reads = manual.scene, manual.scene.store.read, 0

    def overtaken(query: Any) -> Any:
        nonlocal reads
        answer, reads = read(query), reads + 1
        if reads == 2:  # the first one looks the branch up
            scene.issue()
            gevent.sleep(0)
        return answer

    monkeypatch.setattr(scene.store, "read", overtaken)
    answer = feed.on_subscribe(BOARD)
    (push,) = feed._socketio.messages
    assert answer["seq"] == push["seq"]
    assert answer["waiting"] == answer["board"]["waiting"] == push["board"]["waiting"] == {"A": 1}


def test_a_socket_that_disconnects_during_its_subscription_watches_nothing(
    manual: ManualPublishing, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = manual.scene.store.read

    def read_and_disconnect(query: Any) -> Any:
        answer = read(query)
        feed.on_disconnect()
        return answer

    monkeypatch.setattr(manual.scene.store, "read", read_and_disconnect)
    assert feed.on_subscribe(BOARD)["error"]["code"] == "unauthenticated"
    assert feed.watched(1) == (False, False, [])


def test_a_socket_that_disconnects_during_its_sign_in_never_counts_as_online(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall = replace(COMMAND_LINE, token_id=7)
    monkeypatch.setattr(Feed, "_sid", staticmethod(lambda: "wall"))
    monkeypatch.setattr(feed, "_identify", lambda _auth: wall)
    feed.on_connect()
    assert feed.online_tokens() == {7}
    feed.on_disconnect()

    def read_and_disconnect(_auth: Any) -> Principal:
        feed.on_disconnect()
        return wall

    monkeypatch.setattr(feed, "_identify", read_and_disconnect)
    feed.on_connect()
    assert feed.online_tokens() == set()


def test_simultaneous_subscribers_share_one_read_and_miss_no_push(
    manual: ManualPublishing, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, read, snapshots_read = manual.scene, branch_snapshot.read, 0

    def counting_read(*arguments: Any) -> Any:
        nonlocal snapshots_read
        snapshots_read += 1
        return read(*arguments)

    def slow(query: Any, read: Any = scene.store.read) -> Any:
        answer = read(query)
        gevent.sleep(0.01)
        return answer

    monkeypatch.setattr(branch_snapshot, "read", counting_read)
    monkeypatch.setattr(scene.store, "read", slow)
    first = gevent.spawn(feed.on_subscribe, BOARD)
    while not snapshots_read:
        gevent.sleep(0)
    scene.issue()
    others = [gevent.spawn(feed.on_subscribe, BOARD) for _ in range(20)]
    gevent.joinall([first, *others], 30)
    while not feed._socketio.messages:
        gevent.sleep(0.01)
    (push,) = feed._socketio.messages
    assert snapshots_read <= 4, (
        "the first one's, one that the others share, one of the push, one for who came in between"
    )
    for client in others:
        assert client.value is not None
        assert client.value["seq"] == push["seq"] or client.value["seq"] == push["seq"] - 1
