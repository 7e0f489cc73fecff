"""Every kind of screen of one branch in one browser, behind one line, and whether they show what is true."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from server.domain.people.principal import Role
from tests.browser.screens.branch import JSON, Branch
from tests.web.app_server import PASSWORD

PATIENCE = 60
"""Seconds; for machines that do much else. Nothing is waited for longer than it takes."""

EARS = """
window.heard = [];
// What has been begun of announcements and is not over; none, and the wall has said all that it knows.
window.shown = 0;
window.asked = new Set();
Object.defineProperty(window, "owed", { get: () => shown + asked.size });
window.urls = 0;
window.players = 0;
{
    const sounds = new Map(), ask = window.fetch, wait = window.setTimeout, Sound = window.Audio;
    // The server's speech is the number of the call and the language, and it comes at once.
    window.fetch = (address, options) => {
        const speech = /\\/speech\\/[^/]+\\/(\\d+)\\.wav\\?language=(\\w+)/.exec(String(address));
        if (!speech) return ask(address, options);
        const said = `${speech[1]} ${speech[2]}`;
        if (!heard.includes(said)) asked.add(said);  // whole, and again in short where others have come
        return Promise.resolve(new Response(said));
    };
    // A call is shown for a moment only: the six or two seconds that an announcement takes are left out.
    window.setTimeout = (work, delay, ...rest) => {
        if (delay !== 6000 && delay !== 2000) return wait(work, delay, ...rest);
        shown++;
        return wait(() => { shown--; work(...rest); }, 20);
    };
    window.Audio = function () { window.players++; return new Sound(); };
    URL.createObjectURL = (sound) => {
        window.urls++;
        const url = `sound:${Math.random()}`;
        sounds.set(url, sound);
        return url;
    };
    URL.revokeObjectURL = (url) => { if (sounds.delete(url)) window.urls--; };
    const player = HTMLMediaElement.prototype;
    Object.defineProperty(player, "src", {
        get() { return this.sound; },
        set(url) { this.sound = url; },
    });
    player.load = function () { this.sound = null; };
    player.play = function () {
        const url = this.sound;
        sounds.get(url).text().then((said) => {
            if (this.sound === url) this.dispatchEvent(new Event("ended"));
            if (said.startsWith("RIFF")) return;
            heard.push(said);
            // In a language calls are said in their order: one before it that was not said is over.
            const [last, language] = said.split(" ");
            for (const one of [...asked]) {
                const [seq, its] = one.split(" ");
                if (its === language && Number(seq) <= Number(last)) asked.delete(one);
            }
        });
        return Promise.resolve();
    };
}
"""

WALL = """() => ({
    calls: [
        ...[...document.querySelectorAll(".main-call")].map((call) => [
            call.querySelector(".main-call__number").textContent,
            call.querySelector(".main-call__counter-name").textContent,
            call.classList.contains("main-call--calling") ? "called" : "serving",
        ]),
        ...[...document.querySelectorAll(".row")].map((row) => [
            row.querySelector(".row__number").textContent,
            row.querySelector(".row__counter").textContent,
            row.className.replace("row row--", ""),
        ]),
    ].sort(),
    waiting: [...document.querySelectorAll(".waiting .service")].map((service) => [
        service.querySelector(".service__code").textContent, service.querySelector(".service__count").textContent,
    ]),
})"""

DESK = """() => ({
    here: [
        document.querySelector(".current__number")?.textContent ?? null,
        document.querySelector(".current__badges .state")?.className.replace("state state--", "") ?? null,
    ],
    waiting: [...document.querySelectorAll(".line .service")].map((service) => [
        service.querySelector(".service__code").textContent,
        service.querySelector(".service__count").firstChild.textContent,
    ]).sort(),
    next: document.querySelector(".line__next .number")?.textContent ?? null,
})"""

PHONE = """() => ({
    number: document.querySelector(".mine__number")?.textContent ?? null,
    state: document.querySelector(".ticket").className.replace("ticket ticket--", ""),
    ahead: document.querySelector(".place__ahead")?.textContent.replace(/^\\D+$/, "0").replace(/\\D/g, "") ?? null,
})"""


def shown_on_the_wall(board: JSON) -> JSON:
    """What a wall shows of a board while nothing is being announced."""
    seen = [call for call in board["calls"] if call["state"] in ("called", "serving", "served", "no_show")]
    main = next((call for call in seen if call["state"] in ("called", "serving")), None)
    others = [call for call in seen if call is not main]
    expected = [call for call in others if call["state"] == "called"]
    rest = [call for call in others if call["state"] != "called"]
    columns = min(4, max(1, -(-len(expected) // 6)))
    rows = [*expected, *rest][: columns * 6]
    calls = [[call["number"], call["counter_name"]["id"], call["state"]] for call in [main, *rows] if call]
    return {
        "calls": sorted(calls),
        "waiting": [[each["code"], str(board["waiting"].get(each["code"], 0))] for each in board["services"]],
    }


def shown_at_the_desk(queue: JSON, counter: int) -> JSON:
    """What a clerk's page shows of a queue."""
    mine = next(each for each in queue["counters"] if each["number"] == counter)
    ticket = mine["ticket"]
    waiting = [each["service"] for each in queue["waiting"]]
    return {
        "here": [ticket["number"], ticket["state"]] if ticket else [None, None],
        "waiting": sorted([each["code"], str(waiting.count(each["code"]))] for each in queue["services"]),
        "next": mine["next"] and mine["next"]["number"],
    }


def shown_on_the_phone(ticket: JSON) -> JSON:
    """What a customer's page shows of a ticket."""
    in_line = ticket["state"] == "waiting" and not ticket["without_counter"]
    ahead = str(ticket["ahead"]) if in_line else None
    return {"number": ticket["number"], "state": ticket["state"], "ahead": ahead}


class Lobby:
    """A wall, the desk of a clerk at counter 1, and the phone of a customer who waits for long."""

    def __init__(self, context: BrowserContext, branch: Branch) -> None:
        self.branch, self.context = branch, context
        context.clock.install()
        self.desk = self._sit_down()
        self.before = branch.issue("D")
        self.waiter = branch.issue("D")
        self.phone = context.new_page()
        self.phone.set_viewport_size({"width": 390, "height": 780})
        self.phone.goto(f"{branch.cord.url}/t/{self.waiter['token']}")
        self.wall = context.new_page()
        self.wall.set_viewport_size({"width": 1920, "height": 1080})
        self.wall.add_init_script(EARS)
        self.wall.goto(f"{branch.cord.url}/display/central#{branch.token(Role.DISPLAY)}")
        expect(self.wall.locator(".head__name")).to_contain_text("Pusat")
        expect(self.phone.locator(".mine__number")).to_be_visible()

    def _sit_down(self) -> Page:
        page = self.context.new_page()
        page.goto(f"{self.branch.cord.url}/console")
        page.locator("[name=username]").fill("the agent")
        page.locator("[name=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.locator(".counter").first.click()
        expect(page.locator(".actions__main")).to_be_visible()
        return page

    def begin(self) -> None:
        """A new scene: what was said until now does not count."""
        self.branch.cord.mend()
        self.are_true()
        self.wall.evaluate("heard.length = 0")

    def pass_time(self, seconds: float) -> None:
        """For browsers and server alike. Timers of the pages that are due ring once, as on a machine that stood."""
        self.branch.server.clock.step(seconds)
        self.context.clock.fast_forward(int(seconds * 1000))

    def are_live(self) -> None:
        expect(self.wall.locator(".not-live")).to_have_count(0)
        expect(self.desk.locator(".live--lost")).to_have_count(0)
        expect(self.phone.locator(".banner--danger")).to_have_count(0)

    def say_that_they_are_not_live(self, since: datetime) -> None:
        """Each says so and since when, but for the minute that may have begun meanwhile, and takes no press."""
        minutes = [since + timedelta(minutes=late, hours=7) for late in (-1, 0, 1)]
        times = [minute.strftime(form) for minute in minutes for form in ("%H:%M", "%H.%M")]
        for page, place in ((self.wall, ".not-live"), (self.desk, ".banner--danger"), (self.phone, ".banner--danger")):
            said = page.locator(place).first
            expect(said).to_be_visible()
            text = said.inner_text()
            assert any(each in text for each in times), f"{text!r} names none of {times}"
        expect(self.wall.locator(".main-call")).to_have_count(0)
        expect(self.desk.locator(".actions__main")).to_have_attribute("aria-disabled", "true")
        enabled = self.desk.locator(".actions button:not([aria-disabled=true])")
        expect(enabled).to_have_count(0)

    def are_true(self) -> None:
        """Every screen is live, and comes to show what the server says."""
        self.are_live()
        self._comes_to(self.wall, WALL, lambda: shown_on_the_wall(self.branch.board))
        self._comes_to(self.desk, DESK, lambda: shown_at_the_desk(self.branch.queue, 1))
        ticket = f"/tickets/{self.waiter['token']}"
        self._comes_to(self.phone, PHONE, lambda: shown_on_the_phone(self.branch.get(ticket)))

    @staticmethod
    def _comes_to(page: Page, look: str, truth: Callable[[], JSON]) -> None:
        deadline = time.monotonic() + PATIENCE
        seen: Any = None
        while time.monotonic() < deadline:
            wanted = truth()
            seen = page.evaluate(look)
            if seen == wanted:
                return
            page.wait_for_timeout(50)  # neither of the two says when it has changed
        assert seen == truth()

    def have_said(self, *calls: int) -> None:
        """The wall has announced exactly these calls, by their seq: each once, and in this order."""
        if calls:
            last = "(last) => heard.some((said) => said.startsWith(last))"
            self.wall.wait_for_function(last, arg=f"{calls[-1]} ")
        said = self.all_that_was_said()
        assert list(dict.fromkeys(said)) == list(calls)

    def all_that_was_said(self) -> list[int]:
        """The seq of each call in the order of what was played, once all is said; no sentence was said twice."""
        self.wall.wait_for_function("() => owed === 0")
        said: list[str] = self.wall.evaluate("heard")
        assert len(said) == len(set(said)), f"said twice: {said}"
        return [int(line.split()[0]) for line in said]
