"""The live feed against a real Socket.IO server: never old, never silent about being cut off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.stage import JSON, Stage

NOW = "2026-11-21T03:00:00Z"

# Opens a feed whose messages and changes of liveness are kept on the page.
OPEN = """(options) => {
    window.messages = []; window.changes = []; window.refusal = null;
    window.feed = new giliran.Feed({
        branch: 'mal', view: 'board', build: 'one', isIdle: () => window.idle !== false, ...options,
        onMessage: (message) => messages.push(message),
        onLiveness: (liveness) => changes.push(liveness),
        onRefused: (problem) => { window.refusal = problem; },
    });
}"""


def a_board(**more: object) -> JSON:
    return {"now": NOW, "calls": [], "waiting": {"A": 0}, **more}


def open_feed(page: Page, **options: object) -> None:
    page.evaluate(OPEN, options)


def wait_for_messages(page: Page, count: int) -> list[JSON]:
    page.wait_for_function(f"() => messages.length >= {count}")
    messages: list[JSON] = page.evaluate("messages")
    return messages


def wait_until_live(page: Page, *, live: bool = True) -> None:
    wanted = str(live).lower()
    page.wait_for_function(f"() => changes.length && changes[changes.length - 1].live === {wanted}")


@pytest.fixture
def hall(lab: Stage) -> Stage:
    """A stage with a board to subscribe to."""
    lab.state = a_board()
    return lab


def test_a_subscriber_gets_the_snapshot_and_then_each_newer_state(hall: Stage, page: Page) -> None:
    open_feed(page, token="device")
    wait_for_messages(page, 1)
    call = {"seq": 2, "type": "called", "number": "A001", "counter": 2, "at": NOW}
    hall.push(a_board(waiting={"A": 1}), event=call)
    snapshot, pushed = wait_for_messages(page, 2)
    assert (snapshot["seq"], snapshot["fresh"]) == (1, True)
    assert (pushed["seq"], pushed["fresh"], pushed["state"]["waiting"]) == (2, False, {"A": 1})
    assert pushed["event"] == call
    assert hall.auths == [{"token": "device"}]
    assert hall.subscriptions == [{"branch": "mal", "view": "board"}]


def test_a_customer_subscribes_with_the_token_of_the_ticket(hall: Stage, page: Page) -> None:
    hall.view = "ticket"
    hall.state = {"number": "A001"}
    open_feed(page, view="ticket", ticket="t0k3n")
    assert wait_for_messages(page, 1)[0]["state"] == {"number": "A001"}
    assert hall.subscriptions == [{"branch": "mal", "view": "ticket", "token": "t0k3n"}]


def test_what_is_not_newer_is_dropped(hall: Stage, page: Page) -> None:
    hall.seq = 7
    open_feed(page)
    wait_for_messages(page, 1)
    hall.push(a_board(waiting={"A": 99}), seq=7)
    hall.push(a_board(waiting={"A": 99}), seq=6)
    hall.push(a_board(waiting={"A": 1}))
    assert [message["seq"] for message in wait_for_messages(page, 2)] == [7, 8]


def test_a_push_that_overtakes_the_snapshot_is_kept_and_an_older_one_is_not(hall: Stage, page: Page) -> None:
    hall.seq = 5
    hall.before_answering = [
        {"seq": 4, "state": a_board(waiting={"A": 4})},
        {"seq": 6, "state": a_board(waiting={"A": 6})},
    ]
    open_feed(page)
    messages = wait_for_messages(page, 2)
    assert [(message["seq"], message["fresh"]) for message in messages] == [(5, True), (6, False)]
    assert messages[1]["state"]["waiting"] == {"A": 6}


def test_after_a_lost_connection_it_takes_a_new_snapshot_even_of_a_lower_seq(hall: Stage, page: Page) -> None:
    hall.seq = 50
    open_feed(page)
    wait_until_live(page)
    hall.seq, hall.state = 3, a_board(waiting={"A": 3})  # restored from a backup, say
    page.evaluate("feed.socket.io.engine.close()")
    wait_until_live(page, live=False)
    before, after = wait_for_messages(page, 2)
    assert (before["seq"], after["seq"], after["fresh"]) == (50, 3, True)
    wait_until_live(page)


def test_silence_is_not_live_and_says_since_when_by_the_servers_clock(
    staged: Callable[..., Stage], probe: Path, page: Page
) -> None:
    quiet = staged(probe, ping_interval=600)
    quiet.pages["/"] = {"page": "probe", "language": "en"}
    quiet.state = a_board()
    page.goto(quiet.url)
    open_feed(page, silence=200)
    wait_until_live(page)
    wait_until_live(page, live=False)
    since = page.evaluate("changes.filter((each) => !each.live).pop().since.toISOString()")
    assert since.startswith("2026-11-21T03:00:0")
    assert wait_for_messages(page, 2)[1]["fresh"], "it asked anew instead of waiting for ever"


def test_pings_alone_keep_it_live(staged: Callable[..., Stage], probe: Path, page: Page) -> None:
    calm = staged(probe, ping_interval=1)
    calm.pages["/"] = {"page": "probe", "language": "en"}
    calm.state = a_board()
    page.goto(calm.url)
    open_feed(page, silence=2500)
    wait_until_live(page)
    page.evaluate("window.pings = 0; feed.socket.io.on('ping', () => { window.pings++; })")
    page.wait_for_function("() => pings >= 4")
    assert page.evaluate("changes") == [{"live": True, "since": None}]


def test_a_server_that_was_never_reached_is_not_live_either(hall: Stage, page: Page) -> None:
    open_feed(page, url="http://127.0.0.1:9")
    wait_until_live(page, live=False)
    assert page.evaluate("changes[0].since instanceof Date")


def test_a_revoked_token_stops_the_feed_and_is_told(hall: Stage, page: Page) -> None:
    open_feed(page, token="device")
    wait_until_live(page)
    hall.turned_away = "unauthenticated"
    hall.drop_connections()
    page.wait_for_function("() => refusal !== null")
    assert page.evaluate("refusal.code") == "unauthenticated"
    assert page.evaluate("feed.socket.active") is False


def test_a_disconnect_by_a_server_that_still_knows_it_is_followed_by_a_new_connection(hall: Stage, page: Page) -> None:
    open_feed(page, token="device")
    wait_until_live(page)
    hall.drop_connections()
    assert wait_for_messages(page, 2)[1]["fresh"]
    assert page.evaluate("refusal") is None


def test_a_view_that_is_forbidden_is_refused_for_good(hall: Stage, page: Page) -> None:
    hall.refusal = {"code": "forbidden", "title": "Forbidden", "detail": None, "status": 403}
    open_feed(page)
    page.wait_for_function("() => refusal !== null")
    assert page.evaluate("refusal.status") == 403


def test_a_server_that_is_busy_is_asked_again(hall: Stage, page: Page) -> None:
    hall.refusal = {"code": "unavailable", "title": "Busy", "detail": None, "status": 503}
    open_feed(page)
    page.wait_for_function("() => feed.subscription === 1 && feed.retry !== undefined")
    hall.refusal = None
    assert wait_for_messages(page, 1)[0]["seq"] == 1
    assert len(hall.subscriptions) == 2


def test_ages_are_right_on_a_screen_with_a_wrong_clock(hall: Stage, page: Page) -> None:
    page.clock.set_fixed_time("2019-01-01T00:00:00Z")
    open_feed(page)
    wait_for_messages(page, 1)
    assert page.evaluate("Math.round(feed.clock.age('2026-11-21T02:59:00Z'))") == 60
    assert page.evaluate("feed.clock.age('2026-11-21T03:30:00Z')") == 0


def test_a_laptop_that_wakes_up_reconnects_at_once(hall: Stage, page: Page) -> None:
    open_feed(page)
    wait_until_live(page)
    page.evaluate("feed.sign.wall -= 7000; window.dispatchEvent(new Event('online'))")
    assert wait_for_messages(page, 2)[1]["fresh"]


def test_an_upgraded_server_reloads_the_page_once_it_is_idle(hall: Stage, page: Page) -> None:
    hall.build = "two"
    page.evaluate("window.idle = false")
    open_feed(page)
    wait_until_live(page)
    page.evaluate("window.same = true")
    assert page.evaluate("feed.upgrade.waiting !== undefined")
    with page.expect_navigation():
        page.evaluate("window.idle = true")
    assert page.evaluate("window.same") is None


def test_a_page_that_stays_old_after_a_reload_does_not_reload_for_ever(hall: Stage, page: Page) -> None:
    hall.build = "two"
    with page.expect_navigation():
        open_feed(page)
    open_feed(page)
    wait_until_live(page)
    hall.push(a_board())
    wait_for_messages(page, 2)
    assert page.evaluate("feed.upgrade.waiting === undefined")


def test_a_closed_feed_is_quiet(hall: Stage, page: Page) -> None:
    open_feed(page)
    wait_for_messages(page, 1)
    page.evaluate("feed.close()")
    page.wait_for_function("() => !feed.socket.connected")
    hall.push(a_board())
    assert page.evaluate("messages.length") == 1


def test_it_falls_back_to_polling_where_websockets_do_not_pass(
    staged: Callable[..., Stage], probe: Path, page: Page
) -> None:
    narrow = staged(probe, transports=["polling"])
    narrow.pages["/"] = {"page": "probe", "language": "en"}
    narrow.state = a_board()
    page.goto(narrow.url)
    open_feed(page)
    wait_for_messages(page, 1)
    assert page.evaluate("feed.socket.io.engine.transport.name") == "polling"


def test_what_a_machine_finds_in_its_connection_when_it_wakes_is_not_believed(hall: Stage, page: Page) -> None:
    """Sent while it fell asleep: minutes old, and the server has hung up since. A push must not make it live."""
    page.clock.install()
    open_feed(page)
    wait_until_live(page)
    page.clock.set_system_time(page.evaluate("Date.now() / 1000 + 600"))  # no timer has noticed yet
    hall.push(a_board(waiting={"A": 1}))
    found, asked = wait_for_messages(page, 2)
    assert (found["fresh"], asked["fresh"], asked["state"]["waiting"]) == (True, True, {"A": 1})
    assert 600_000 <= asked["gap"] < 700_000
    assert [change["live"] for change in page.evaluate("changes")] == [True, False, True]


def test_a_ping_of_a_connection_whose_subscription_was_not_answered_does_not_revive_the_old_state(
    staged: Callable[..., Stage], probe: Path, page: Page
) -> None:
    stage = staged(probe, ping_interval=1)
    stage.pages["/"] = {"page": "probe", "language": "en"}
    stage.state = a_board()
    page.goto(stage.url)
    open_feed(page)
    wait_until_live(page)
    stage.refusal = {"code": "unavailable", "title": "Busy", "detail": None, "status": 503}
    page.evaluate("window.pings = 0; feed.socket.io.on('ping', () => { window.pings++; })")
    page.evaluate("feed.socket.io.engine.close()")
    wait_until_live(page, live=False)
    since = page.evaluate("changes[changes.length - 1].since.getTime()")
    page.wait_for_function("() => pings >= 3")
    stage.refusal = None
    assert len(wait_for_messages(page, 2)) == 2
    assert [change["live"] for change in page.evaluate("changes")] == [True, False, True]
    assert since == page.evaluate("changes[1].since.getTime()")
    assert page.evaluate("messages[1].gap >= 2000")


def test_a_first_subscription_that_is_not_answered_is_told_as_not_live(hall: Stage, page: Page) -> None:
    """Connected is not live: nothing is known of the view yet."""
    hall.refusal = {"code": "unavailable", "title": "Busy", "detail": None, "status": 503}
    open_feed(page)
    wait_until_live(page, live=False)
    hall.refusal = None
    wait_until_live(page)
    assert [change["live"] for change in page.evaluate("changes")] == [False, True]
