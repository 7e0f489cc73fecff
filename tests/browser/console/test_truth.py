"""Whatever others do and whatever breaks, the counter's page shows what is true or says that it cannot."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, Request, Route, WebSocketRoute, expect

from tests.browser.console.hall import Clerk, Hall
from tests.faults.line import Line

Desk = Callable[..., Clerk]


class Delay:
    """Holds back what the server pushes to a page, as a slow network does."""

    def __init__(self, page: Page) -> None:
        self.holding = False
        self._held: list[str | bytes] = []
        self._page_side: WebSocketRoute | None = None
        page.route_web_socket("**/socket.io/**", self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        self._page_side = socket
        server = socket.connect_to_server()
        server.on_message(self._from_server)

    def _from_server(self, message: str | bytes) -> None:
        if self.holding:
            self._held.append(message)
        elif self._page_side:
            self._page_side.send(message)

    def release(self) -> None:
        self.holding = False
        assert self._page_side is not None
        for message in self._held:
            self._page_side.send(message)


def test_two_tabs_show_the_same_at_once(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    second = desk(beside=rani.page)
    second.page.goto(rani.url + "/console")
    expect(second.main).to_be_visible()
    hall.issue("A")
    rani.press("n")
    second.sees("A001", "called")
    second.press("s")
    rani.sees("A001", "serving")


def test_a_stale_tab_finishes_nobody_elses_customer_and_shows_the_truth(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    hall.issue("A", "A", "A")
    rani.press("n", "s")
    late = desk(beside=rani.page)
    delay = Delay(late.page)
    late.page.goto(rani.url + "/console")
    late.sees("A001", "serving")
    delay.holding = True
    rani.press("n")
    rani.sees("A002", "called")
    late.sees("A001", "serving")
    late.page.keyboard.press("n")
    expect(late.said).to_contain_text("Nothing was done. A002 is now at Counter 1: Called")
    assert hall.ticket_at(1) == ("A002", "called")
    assert hall.called() == ["A001", "A002"]
    delay.release()
    late.sees("A002", "called")


def test_a_stale_no_show_never_hits_another_customer(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    hall.issue("A", "A")
    rani.press("n")
    late = desk(beside=rani.page)
    delay = Delay(late.page)
    late.page.goto(rani.url + "/console")
    late.sees("A001", "called")
    delay.holding = True
    rani.press("s", "n")
    rani.sees("A002", "called")
    late.page.keyboard.press("x")
    expect(late.said).to_contain_text("Nothing was done")
    assert hall.ticket_at(1) == ("A002", "called")


def test_two_counters_that_press_next_together_never_get_the_same_customer(desk: Desk, hall: Hall) -> None:
    rani, budi = desk("rani").open(1), desk("budi").open(2)
    for _ in range(4):
        hall.issue("A", "A")
        for clerk in (rani, budi):
            expect(clerk.page.locator(".current__next")).to_be_visible()
            expect(clerk.main).not_to_have_attribute("aria-disabled", "true")
        for clerk in (rani, budi):
            clerk.main.dispatch_event("click")
        for clerk in (rani, budi):
            expect(clerk.number).to_be_visible()
            clerk.press("s", "f")
            clerk.sees_nobody()
    called = hall.called()
    assert len(called) == 8
    assert len(set(called)) == 8


def test_a_lost_connection_is_said_and_heals_with_what_happened_meanwhile(desk: Desk, hall: Hall, cord: Line) -> None:
    rani = desk(url=cord.url).open(1)
    hall.issue("A", "A")
    rani.press("n", "s")
    rani.sees("A001", "serving")
    cord.cut()
    expect(rani.page.get_by_role("alert").first).to_contain_text("Not live since")
    expect(rani.main).to_have_text("No connectionSpaceN")
    expect(rani.main).to_have_attribute("aria-disabled", "true")
    rani.page.keyboard.press("n")
    rani.page.keyboard.press("f")
    hall.issue("A")
    cord.mend()
    expect(rani.page.locator(".live")).to_contain_text("Live")
    rani.sees("A001", "serving")
    expect(rani.page.locator(".services")).to_contain_text("2 waiting")
    assert hall.ticket_at(1) == ("A001", "serving")


def test_an_answer_that_is_lost_does_not_call_two(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    hall.issue("A", "A")
    lost: list[object] = []

    def lose_the_first_answer(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch())
            route.abort()

    rani.page.route("**/call-next", lose_the_first_answer)
    rani.press("n")
    rani.sees("A001", "called")
    expect(rani.said).to_contain_text("A001 is called to you")
    assert hall.called() == ["A001"]


def test_an_error_does_not_outlive_the_news_that_it_is_over(desk: Desk, hall: Hall) -> None:
    """A server that stood still may do the action long after the page gave up waiting for the answer."""
    rani = desk().open(1)
    hall.issue("A")
    unheard: list[Request] = []

    def hold(route: Route) -> None:
        unheard.append(route.request)
        route.abort()

    rani.page.route("**/call-next", hold)
    rani.press("n")
    expect(rani.said).to_have_text("The server does not answer. Please try again.")
    hall.issue("A")
    expect(rani.said).to_contain_text("The server answers again")
    request = unheard[-1]
    headers = {name: value for name, value in request.headers.items() if name in ("idempotency-key", "x-csrf-token")}
    assert rani.page.request.post(request.url, headers=headers, data=request.post_data_json).ok
    expect(rani.said).to_have_text("It was done after all. A001 is called to you.")
    rani.sees("A001", "called")
    expect(rani.action_button("undo")).to_contain_text("Undo the call of A001")
    rani.press("u")
    rani.sees_nobody()
    assert hall.line == ["A001", "A002"]


def test_a_counter_that_is_taken_over_is_left_with_the_name_of_who_took_it(desk: Desk, hall: Hall) -> None:
    rani = desk("rani").open(1)
    hall.issue("A")
    rani.press("n")
    rani.sees("A001", "called")
    budi = desk("budi").sign_in()
    budi.page.locator(".counter").first.click()
    expect(budi.page.get_by_role("dialog")).to_contain_text("A001 stays at this counter with you")
    budi.page.get_by_role("button", name="Take over").click()
    budi.sees("A001", "called")
    expect(rani.page.get_by_text(f"{hall.name('budi')} has taken over your counter")).to_be_visible()
    expect(rani.page.get_by_role("heading", name="Which counter is yours?")).to_be_visible()


def test_a_customer_who_leaves_by_phone_is_gone_from_the_next_up(desk: Desk, hall: Hall) -> None:
    hall.issue("A", "A")
    rani = desk().open(1)
    expect(rani.page.locator(".current__next")).to_have_text("A001")
    hall.ask("POST", f"/branches/{hall.slug}/tickets/A001/cancel", {})
    expect(rani.page.locator(".current__next")).to_have_text("A002")


def test_a_number_that_is_served_elsewhere_is_refused_with_the_truth(desk: Desk, hall: Hall) -> None:
    hall.issue("A")
    hall.verb(2, "open")
    hall.verb(2, "call-next")
    rani = desk().open(1)
    rani.press("c")
    rani.page.locator("[name=number]").fill("A001")
    rani.page.locator("[name=reason]").fill("asked for me")
    rani.page.keyboard.press("Enter")
    expect(rani.said).to_contain_text("Nothing was done. A001 is now at Counter 2: Called")
    rani.sees_nobody()


def test_a_push_from_before_an_action_takes_nobody_off_the_list_of_those_just_handled(desk: Desk, hall: Hall) -> None:
    rani = desk()
    delay = Delay(rani.page)
    rani.open(1)
    hall.issue("A", "A")
    rani.press("n")
    rani.sees("A001", "called")
    delay.holding = True
    hall.issue("A")  # told with A001 at the counter and A002 in the line
    rani.press("x")
    rani.sees_nobody()
    rani.press("c")
    rani.page.locator("[name=number]").fill("A002")
    rani.page.get_by_role("button", name="Take out of the line").click()
    expect(rani.said).to_contain_text("A002 has left the line")
    delay.release()
    expect(rani.page.locator(".current__next")).to_have_text("A003")
    for number in ("A001", "A002"):
        expect(rani.page.get_by_role("button", name=f"Let wait again {number}")).to_be_visible()
