"""What the tests of the wall share: its screens, a voice, and an announcer in a time of the tests' own."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, ViewportSize, expect

from tests.browser.boards import a_board
from tests.browser.stage import JSON, Stage

Journal = list[list[object]]

SCREENS: dict[str, ViewportSize] = {
    "1920x1080": {"width": 1920, "height": 1080},
    "1280x720": {"width": 1280, "height": 720},
    "3840x2160": {"width": 3840, "height": 2160},
    "1080x1920": {"width": 1080, "height": 1920},
    "1024x768": {"width": 1024, "height": 768},
}

# A player that takes a tenth of a second for each sound, and writes down when each began and ended.
PLAYER = """
window.heard = [];
HTMLMediaElement.prototype.load = function () {};
HTMLMediaElement.prototype.play = function () {
    if (window.mute) return Promise.reject(new DOMException("no touch yet", "NotAllowedError"));
    heard.push("begins");
    const sound = this.src;
    setTimeout(() => {
        if (this.src !== sound) return;
        heard.push("ends");
        this.dispatchEvent(new Event("ended"));
    }, 100);
    return Promise.resolve();
};
"""

NUMBER = ".main-call__number"
SIZE = "(text) => parseFloat(getComputedStyle(text).fontSize)"
# After a change of size the page is laid out in one frame and fitted by its observers until the next.
TWO_FRAMES = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
OVERFLOWING = """() => {
    const room = (outer, inner) => inner.left >= outer.left - 1 && inner.right <= outer.right + 1
        && inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
    const screen = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
    const seen = [...document.querySelectorAll('.wall *')].filter((each) => !each.closest('.unseen'));
    const outside = seen.filter((each) => !room(screen, each.getBoundingClientRect()));
    const places = '.row, .service, .main-call, .welcome, .not-live, .notice, .head, .recent';
    const spilling = [...document.querySelectorAll(places)].flatMap((place) =>
        [...place.querySelectorAll('.fit__text, .number, h2, p')]
            .filter((text) => !text.closest('.unseen') && text.getClientRects().length)
            .filter((text) => !room(place.getBoundingClientRect(), text.getBoundingClientRect())));
    return [...outside, ...spilling].map((each) => `${each.className}: ${each.textContent}`);
}"""

# What the wish for a touch lies over; nothing may be there but what is in it, or around it.
COVERED = """() => {
    const wish = document.querySelector('.muted');
    const at = wish.getBoundingClientRect();
    return [...document.querySelectorAll('.wall *')]
        .filter((each) => !each.contains(wish) && !wish.contains(each) && !each.closest('.unseen'))
        .filter((each) => {
            const box = each.getBoundingClientRect();
            const beside = box.left >= at.right || box.right <= at.left || box.top >= at.bottom || box.bottom <= at.top;
            return box.width && !beside;
        })
        .map((each) => `${each.className}: ${each.textContent}`);
}"""


class Voice:
    """Answers the requests for speech, and remembers them: (seq of the call, language, authorization)."""

    def __init__(self, sound: bytes) -> None:
        self.sound = sound
        self.asked: list[tuple[int, str, str]] = []
        self.short: list[bool] = []
        self.silent = False

    def __call__(self, route: Route) -> None:
        found = re.search(r"/speech/mal/(\d+)\.wav\?language=(\w+)(&short=true)?$", route.request.url)
        assert found, route.request.url
        self.short.append(found[3] is not None)
        self.asked.append((int(found[1]), found[2], route.request.headers["authorization"]))
        if self.silent:
            route.fulfill(status=503, content_type="application/problem+json", body="{}")
        else:
            route.fulfill(body=self.sound, content_type="audio/wav")

    @property
    def calls(self) -> list[tuple[int, str]]:
        return [(seq, language) for seq, language, _ in self.asked]


def turn_on(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.url}/display/mal#t0k3n")
    expect(page.locator(".head__name")).to_contain_text("Mutiara")


def tried_out(page: Page) -> None:
    """The page has found out that it may sound. A call that comes meanwhile would cut that trial short."""
    wait_until_said(page, TRIED_OUT)


def call(stage: Stage, *calls: JSON) -> None:
    """Pushes a board with these calls beside those that are there."""
    ids = {each["id"] for each in calls}
    kept = [each for each in stage.state["calls"] if each["id"] not in ids]
    stage.seq = max(stage.seq, *(int(str(each["seq"])) for each in calls)) - 1
    stage.push(a_board(*kept, *calls))


def wait_until_said(page: Page, sounds: int) -> None:
    page.wait_for_function("(count) => heard.filter((each) => each === 'ends').length >= count", arg=sounds)


# The first sound is the silence with which the page tries whether it may sound; then chime and two languages a call.
TRIED_OUT = 1
ONE_CALL = 3


def open_hall(page: Page, broken: dict[str, str] | None = None) -> None:
    page.evaluate("(broken) => { window.show = wall.hall(broken); }", broken or {})
    take(page, a_board(), 1)


def take(page: Page, board: JSON, seq: int, *, gap: float = 0) -> None:
    """`gap`: for how many seconds the connection was lost before."""
    page.evaluate("([board, seq, gap]) => show.take(board, seq, gap)", [board, seq, gap * 1000])


def journal(page: Page, seconds: float = 0) -> Journal:
    """Lets time pass, and answers all that has happened until then."""
    lines: Journal = page.evaluate("(seconds) => show.pass(seconds)", seconds)
    return lines


def shown(lines: Journal) -> list[object]:
    return [what for what, _ in lines if " " not in str(what) and what != "stopped"]


def said(lines: Journal) -> list[str]:
    """What was heard, in order; fails when one sound began before the other had ended."""
    sounds = [str(what).rsplit(" ", 1) for what, _ in lines if str(what).endswith((" begins", " ends"))]
    for (sound, begins), (same, ends) in zip(sounds[::2], sounds[1::2], strict=True):
        assert (begins, ends, same) == ("begins", "ends", sound)
    return [sound for sound, begins in sounds if begins == "begins"]
