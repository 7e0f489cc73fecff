"""The API client: one key a press, retries that cannot do harm, and failures one can name."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from tests.browser.stage import JSON, Stage

QUICK = "{ pauses: [1, 1, 1] }"


def problem(code: str, status: int, **more: object) -> tuple[int, JSON]:
    return status, {"code": code, "title": code, "detail": "why", "status": status, **more}


def outcome_of(page: Page, call: str, options: str = QUICK) -> JSON:
    script = f"(() => {{ const api = new giliran.Api({options}); return giliran.outcome({call}); }})()"
    result: JSON = page.evaluate(script)
    return result


def test_a_press_is_retried_with_its_key_until_the_server_answers(lab: Stage, page: Page) -> None:
    busy = problem("unavailable", 503)
    lab.answer("POST /branches/mal/tickets", busy, busy, (201, {"number": "A001"}))
    issued = outcome_of(page, "api.post('/branches/mal/tickets', {service: 'A'})")
    assert issued == {"answer": {"number": "A001"}}
    keys = [seen.headers["Idempotency-Key"] for seen in lab.seen]
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert [seen.body for seen in lab.seen] == [{"service": "A"}] * 3


def test_two_presses_have_two_keys_of_128_bits(lab: Stage, page: Page) -> None:
    first, second = page.evaluate("[giliran.press(), giliran.press()]")
    assert first != second
    assert re.fullmatch("[0-9a-f]{32}", first)


def test_the_same_press_sent_again_by_its_caller_keeps_its_key(lab: Stage, page: Page) -> None:
    lab.answer("POST /x", (200, {}))
    page.evaluate(
        """(async () => {
            const api = new giliran.Api(), key = giliran.press();
            await api.post('/x', {}, { key });
            await api.post('/x', {}, { key });
        })()"""
    )
    first, second = lab.seen
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]


def test_a_refusal_is_not_retried_and_brings_the_true_ticket(lab: Stage, page: Page) -> None:
    ticket = {"number": "A007", "state": "serving"}
    lab.answer("POST /counters/mal/2/recall", problem("ticket-state-conflict", 409, ticket=ticket))
    refused = outcome_of(page, "api.post('/counters/mal/2/recall')")["problem"]
    assert (refused["code"], refused["status"]) == ("ticket-state-conflict", 409)
    assert refused["ticket"] == ticket
    assert len(lab.seen) == 1


def test_after_the_last_retry_the_failure_keeps_its_code(lab: Stage, page: Page) -> None:
    lab.answer("GET /x", problem("unavailable", 503))
    failed = outcome_of(page, "api.get('/x')")["problem"]
    assert (failed["code"], failed["detail"]) == ("unavailable", "why")
    assert len(lab.seen) == 4


def test_a_server_that_is_gone_is_told_from_one_that_refuses(lab: Stage, page: Page) -> None:
    page.route("**/api/v1/x", lambda route: route.abort("connectionrefused"))
    gone = outcome_of(page, "api.get('/x')")["problem"]
    assert (gone["code"], gone["status"]) == ("unreachable", 0)


def test_a_press_lost_on_the_way_is_sent_again_under_the_same_key(lab: Stage, page: Page) -> None:
    lost: list[str] = []

    def lose_the_first(route: object) -> None:
        if lost:
            route.continue_()  # type: ignore[attr-defined]
        else:
            lost.append(route.request.headers["idempotency-key"])  # type: ignore[attr-defined]
            route.abort("connectionreset")  # type: ignore[attr-defined]

    page.route("**/api/v1/x", lose_the_first)
    lab.answer("POST /x", (200, {"done": True}))
    assert outcome_of(page, "api.post('/x')") == {"answer": {"done": True}}
    assert [seen.headers["Idempotency-Key"] for seen in lab.seen] == lost


def test_an_answer_that_never_comes_times_out(lab: Stage, page: Page) -> None:
    page.route("**/api/v1/x", lambda _route: None)
    late = outcome_of(page, "api.get('/x')", "{ pauses: [], timeout: 50 }")
    assert late["problem"]["code"] == "unreachable"


def test_a_caller_can_stop_a_request_between_its_retries(lab: Stage, page: Page) -> None:
    lab.answer("GET /x", problem("unavailable", 503))
    stopped = page.evaluate(
        """(() => {
            const api = new giliran.Api({ pauses: [600000] }), aborter = new AbortController();
            const request = giliran.outcome(api.get('/x', { signal: aborter.signal }));
            setTimeout(() => aborter.abort(), 50);
            return request;
        })()"""
    )
    assert stopped == {"stopped": "AbortError"}


def test_what_was_stopped_before_it_was_sent_is_never_sent(lab: Stage, page: Page) -> None:
    lab.answer("POST /x", (200, {"done": True}))
    stopped = page.evaluate(
        """(() => {
            const aborter = new AbortController();
            aborter.abort();
            return giliran.outcome(new giliran.Api().post('/x', {}, { signal: aborter.signal }));
        })()"""
    )
    assert stopped == {"stopped": "AbortError"}
    assert lab.seen == []


def test_an_error_page_of_a_proxy_is_a_problem_too(lab: Stage, page: Page) -> None:
    page.route(
        "**/api/v1/x",
        lambda route: route.fulfill(status=413, content_type="text/html", body="<h1>No</h1>"),
    )
    assert outcome_of(page, "api.get('/x')")["problem"]["code"] == "http-413"


def test_a_device_shows_its_token_and_a_session_its_csrf_token(lab: Stage, page: Page) -> None:
    lab.answer("POST /x", (200, {}))
    outcome_of(page, "api.post('/x')", "{ token: 'device', csrf: 'page' }")
    outcome_of(page, "api.post('/x')", "{ csrf: 'page' }")
    device, session = (seen.headers for seen in lab.seen)
    assert device["Authorization"] == "Bearer device"
    assert "X-Csrf-Token" not in device
    assert session["X-Csrf-Token"] == "page"
    assert "Authorization" not in session


def test_no_content_is_no_answer(lab: Stage, page: Page) -> None:
    lab.answer("POST /print-jobs/claim", (204, {}))
    assert outcome_of(page, "api.post('/print-jobs/claim')") == {"answer": None}


def test_a_device_keeps_its_token_and_strips_it_from_the_address(lab: Stage, page: Page) -> None:
    page.goto(lab.url + "/#s3cret")
    page.reload()
    given = "giliran.deviceToken('kiosk/mal')"
    assert page.evaluate(given) == "s3cret"
    assert page.url == lab.url + "/"
    page.reload()
    assert page.evaluate(given) == "s3cret"
    assert page.evaluate("giliran.deviceToken('display/mal')") is None
    page.evaluate("giliran.forgetDeviceToken('kiosk/mal')")
    assert page.evaluate(given) is None
