"""The table of the printer's faults: what each does to a job, and what is on paper then."""

from __future__ import annotations

import pytest
from _pytest.mark import ParameterSet

from printer.encoding import commands, encode_picture
from printer.link import Proof
from printer.link.job import MARK_BYTES
from printer.virtual import Answers, Moment
from tests.printer.stage import (
    NONE,
    ONE,
    SCRAP,
    SOME,
    Row,
    back_in_a_moment,
    both,
    breaks,
    drawn,
    has,
    hears,
    holds,
    lapses,
    put_right_after,
    put_right_once_told,
    when,
)

OUT, OPEN, STUCK = {"paper": "out"}, {"cover_open": True}, {"cutter": "stuck"}
MIDDLE = 300  # rows of the 900: some ink is on paper
PROOF = 4  # answers that are given in order: at the head of a first ticket, two at its foot, and the one after the cut


WIRED_ALWAYS = {"all is well", "out of paper in the middle, loaded, all", "accepted, then silent"}
"""Rows that make sense on every wire, tried there in every run; the others with `make torture`."""
WIRED = WIRED_ALWAYS | {
    "proof by its sensor alone",
    "answers in pieces",
    "cover open before",
    "cutter stuck, freed",
    "out of paper for good",
    "stalls in the middle",
    "loses its power after the cut",
    "known never to answer",
    "prints too late, and cannot take it back",
    "small, talks nonsense",
}


def offsets() -> dict[str, int]:
    """Where a connection may break, in bytes from the first of the job."""
    head, *bands, cut = encode_picture(drawn("A001"))
    setup = len(commands.TELL_CHANGES + commands.SENSOR_IN_ORDER) + len(head)
    end = sent = setup
    marked, ends = 0, []  # after so many bytes comes a question, whose answer shows how far the line has come
    for band in bands:
        end, sent = end + len(band), sent + len(band)
        ends.append(end)
        if sent - marked >= MARK_BYTES:
            end, marked = end + len(commands.PRINTER_STATUS), sent
    ink = end
    foot = ink + len(commands.when_printed(b"0001") + commands.SENSOR_IN_ORDER)
    return {
        "at the first byte": 1,
        "inside the setup": 4,
        "inside a band's head": setup + 5,
        "in the middle of a band": setup + 8 + 48 * 60,
        "at a band's end": ends[0],
        "inside the code": ends[4] + 1000,
        "before the answer that the cut waits for": foot,
        "inside the cut": foot + 2,
        "between cut and proof": foot + len(cut),
        "inside the request for proof": foot + len(cut) + 7,
        "at its end": foot + len(cut) + 11,
    }


PAPER_AT = {"before the answer that the cut waits for": ONE, "inside the cut": ONE, "between cut and proof": ONE}
PAPER_AT["inside the request for proof"] = ONE
PAPER_AT |= {"at the first byte": NONE, "inside the setup": NONE, "inside a band's head": NONE}

ROWS = [
    # Nothing is wrong
    Row("all is well", "printed", ONE, has(), told="ok, ready"),
    Row("a small printer", "printed", ONE, has(), answers=Answers.IN_ORDER),
    Row("proof by its sensor alone", "printed", ONE, has(), answers=Answers.IN_ORDER, proof=Proof.SENSOR),
    Row("paper near its end", "printed", ONE, has(paper="near_end"), told="near_end, ready"),
    Row("few bytes a second", "printed", ONE, has(rate=150_000)),
    Row("answers in pieces", "printed", ONE, has(split=True)),
    Row("answers in pieces, small", "printed", ONE, has(split=True), answers=Answers.IN_ORDER),
    # Before a byte of the job has left
    Row("refused for good", "not_sent: refused", NONE, has(refuse=True), told="refused", ready=0.3),
    Row("no route", "not_sent: timed out", NONE, has(unreachable=True), told="timed out", ready=0.3),
    Row("no power", "not_sent: timed out", NONE, has(off=True), told="timed out", ready=0.3),
    Row("accepted, then silent", "not_sent: does not answer", NONE, has(stall=True), waits={"answer": 0.5}, ready=0.3),
    Row("says nothing", "not_sent: does not answer", NONE, has(answers="none"), waits={"answer": 0.5}, ready=0.3),
    Row("answers too late", "not_sent: does not answer", NONE, has(late=4.0), waits={"answer": 0.5}, ready=0.3),
    Row("reset before it answered", "printed", ONE, when(Moment.BYTE, 2, breaks(reset=True))),
    Row("hung up before it answered", "printed", ONE, when(Moment.BYTE, 2, breaks(reset=False))),
    Row("refused for a moment", "printed", ONE, has(refuse=True), meanwhile=back_in_a_moment("refuse")),
    Row("refuses after each connection", "printed", ONE, has(refuse_after=0.3)),
    Row("has one line, and a till holds it", "printed", ONE, both(has(alone=True), holds(0.3))),
    Row("serves a till first", "printed", ONE, holds(0.3)),
    Row("answers late", "printed", ONE, has(late=0.5), waits={"answer": 0.3}),
    Row("is off line, as it always says", "printed", ONE, has(off_line=True)),
    Row("small, off line as it always says", "printed", ONE, has(off_line=True), answers=Answers.IN_ORDER),
    Row("answers GS r alone", "printed", ONE, has(), answers=Answers.SENSOR, waits={"answer": 1.0}),
    Row(
        "answers nonsense alone",
        "not_sent: does not answer",
        NONE,
        has(answers="garbage"),
        waits={"answer": 0.3},
        ready=0.3,
    ),
    Row("small, makes letters of what it does not know", "printed", ONE, has(letters=True), answers=Answers.IN_ORDER),
    Row(
        "small, declared to know process ids",
        "printed: write proof=sensor",
        ONE,
        has(),
        answers=Answers.IN_ORDER,
        proof=Proof.PROCESS_ID,
    ),
    # A slow line: a box takes all at once, and passes it on
    *(
        Row(
            f"slow line, {name}",
            "printed",
            ONE,
            has(adapter=60_000, overtakes=overtakes),
            answers=kind,
            waits={"silence": 0.3, "again": 0.1, "proof": 0.1, "first": 0.3, "slowest": 30_000},
        )
        for name, kind, overtakes in (
            ("questions in their order", Answers.ALL, False),
            ("questions ahead", Answers.ALL, True),
            ("small, questions in their order", Answers.IN_ORDER, False),
            ("small, questions ahead", Answers.IN_ORDER, True),
        )
    ),
    Row("out of paper before", "not_sent: paper is out", NONE, has(**OUT), told="out, the paper", ready=0.2),
    Row("cover open before", "not_sent: cover is open", NONE, has(**OPEN), told="cover is open", ready=0.2),
    Row("cutter stuck before", "not_sent: cutter is stuck", NONE, has(**STUCK), told="cutter is stuck", ready=0.2),
    Row("failed before", "not_sent: off and on", NONE, has(cutter="broken"), told="has failed", ready=0.2),
    Row("out of paper, loaded in time", "printed", ONE, has(**OUT), meanwhile=put_right_once_told("out", paper="ok")),
    Row("lease lapsed before the start", "printed", ONE, lapses),
    # The connection breaks at a byte
    *(
        Row(
            f"{'reset' if reset else 'hung up'} {where}",
            "unknown: " + ("broke" if reset else "closed"),
            PAPER_AT.get(where, SCRAP),
            when(Moment.BYTE, at, breaks(reset=reset)),
            at="started",
            told="broke" if reset else "closed",
            waits={"poll": 0.4},
        )
        for where, at in offsets().items()
        if where != "at its end"
        for reset in (True, False)
    ),
    *(
        Row(
            f"small, reset {where}",
            "unknown: broke",
            PAPER_AT.get(where, SCRAP),
            when(Moment.BYTE, offsets()[where], breaks(reset=True)),
            at="started",
            answers=Answers.IN_ORDER,
            waits={"poll": 0.4},
        )
        for where in ("in the middle of a band",)
    ),
    Row("reset after the proof", "printed", ONE, when(Moment.PROOF, PROOF, breaks(reset=True)), at="started"),
    Row("hung up after the proof", "printed", ONE, when(Moment.PROOF, PROOF, breaks(reset=False)), at="started"),
    # Silence
    Row(
        "stalls in the middle",
        "unknown",
        SOME,
        when(Moment.ROW, MIDDLE, has(stall=True)),
        at="started",
        waits={"silence": 1.0, "answer": 1.0},
        told="silent",
    ),
    Row(
        "stalls in the middle, and comes back",
        "printed",
        ONE,
        when(Moment.ROW, MIDDLE, has(stall=True)),
        at="started",
        waits={"silence": 0.3, "again": 30},
        meanwhile=put_right_once_told("fell silent", stall=False),
    ),
    Row(
        "stalls after the cut",
        "unknown: silent",
        ONE,
        when(Moment.CUT, 1, has(stall=True)),
        at="started",
        waits={"silence": 1.0, "answer": 1.0},
    ),
    Row(
        "loses its power in the middle",
        "unknown",
        SCRAP,
        when(Moment.ROW, MIDDLE, has(off=True)),
        at="started",
        waits={"silence": 1.0, "answer": 1.0},
    ),
    Row(
        "loses its power after the cut",
        "unknown: silent",
        ONE,
        when(Moment.CUT, 1, has(off=True)),
        at="started",
        waits={"silence": 1.0, "answer": 1.0},
    ),
    Row(
        "is switched off and on in the middle",
        "unknown: broke",
        SCRAP,
        when(Moment.ROW, MIDDLE, has(off=True)),
        at="started",
        meanwhile=back_in_a_moment("off"),
    ),
    Row(
        "cable out in the middle, and in again",
        "printed",
        ONE,
        when(Moment.ROW, MIDDLE, has(unreachable=True)),
        at="started",
        meanwhile=back_in_a_moment("unreachable"),
    ),
    Row(
        "cable out in the middle",
        "unknown",
        SOME,
        when(Moment.ROW, MIDDLE, has(unreachable=True)),
        at="started",
        waits={"silence": 1.0, "answer": 1.0},
    ),
    # Held up with the ticket inside
    *(
        Row(
            f"{name}, {kind.value}",
            "printed",
            ONE,
            when(Moment.ROW, MIDDLE, has(**fault)),
            at="started",
            told=words,
            meanwhile=put_right_once_told(words, **right),
            answers=kind,
        )
        for name, fault, words, right in (
            ("out of paper in the middle, loaded", OUT, "out, the paper is out", {"paper": "ok"}),
            ("cover opened in the middle, closed", OPEN, "cover is open", {"cover_open": False}),
            ("too hot in the middle, cooled", {"hot": True}, "too hot", {"hot": False}),
        )
        for kind in (Answers.ALL, Answers.IN_ORDER)
    ),
    Row(
        "out of paper in the middle, too full to hear us",
        "printed",
        ONE,
        when(Moment.ROW, MIDDLE, has(**OUT)),
        at="started",
        buffer=8192,
        meanwhile=put_right_after(1.3, "the paper is out", paper="ok"),
        waits={"silence": 1.0},
    ),
    Row(
        "out of paper before the cut, loaded",
        "printed",
        ONE,
        when(Moment.BLADE, 1, has(**OUT)),
        at="started",
        meanwhile=put_right_once_told("paper is out", paper="ok"),
    ),
    Row(
        "out of paper between cut and proof, loaded",
        "printed",
        ONE,
        when(Moment.CUT, 1, has(**OUT)),
        at="started",
        meanwhile=put_right_once_told("paper is out", paper="ok"),
    ),
    Row("out of paper after the proof", "printed", ONE, when(Moment.PROOF, PROOF, has(**OUT)), at="started"),
    Row(
        "cutter stuck, freed",
        "printed",
        ONE,
        when(Moment.BLADE, 1, has(**STUCK)),
        at="started",
        meanwhile=put_right_once_told("cutter is stuck", cutter="ok"),
    ),
    Row(
        "out of paper for good",
        "unknown: paper is out; what was left of it is cancelled",
        SCRAP,
        when(Moment.ROW, MIDDLE, has(**OUT)),
        at="started",
        waits={"hindered": 0.3},
    ),
    Row(
        "small, out of paper for good",
        "unknown: paper is out; not cancelled",
        ONE,
        when(Moment.ROW, MIDDLE, has(**OUT)),
        at="started",
        answers=Answers.IN_ORDER,
        waits={"hindered": 0.3, "answer": 1.0},
    ),
    Row(
        "cover open for good",
        "unknown: cover is open; what",
        SCRAP,
        when(Moment.ROW, MIDDLE, has(**OPEN)),
        at="started",
        waits={"hindered": 0.3},
    ),
    Row(
        "cutter stuck for good",
        "unknown: cutter is stuck",
        ONE,
        when(Moment.BLADE, 1, has(**STUCK)),
        at="started",
        waits={"hindered": 0.3},
    ),
    Row(
        "cutter broken",
        "unknown: off and on",
        ONE,
        when(Moment.BLADE, 1, has(cutter="broken")),
        at="started",
        told="has failed",
    ),
    Row(
        "out of paper, then switched off",
        "unknown: fell silent",
        SCRAP,
        # It hears us for a while: six questions after the last byte of the job.
        both(
            when(Moment.ROW, MIDDLE, has(**OUT)),
            when(Moment.BYTE, offsets()["before the answer that the cut waits for"] + 18, has(off=True)),
        ),
        at="started",
        waits={"silence": 1.0, "answer": 1.0},
    ),
    Row(
        "out of paper, and hangs up when nothing is said",
        "unknown: closed",
        ONE,
        when(Moment.ROW, MIDDLE, has(**OUT, idle_close=0.3)),
        at="started",
        waits={"poll": 5.0},
    ),
    Row(
        "out of paper, and would hang up if nothing were said",
        "printed",
        ONE,
        when(Moment.ROW, MIDDLE, has(**OUT, idle_close=5.0)),
        at="started",
        meanwhile=put_right_once_told("paper is out", paper="ok"),
    ),
    # No proof, or a false one
    Row(
        "answers nothing but how it is",
        "unknown: cannot confirm",
        ONE,
        has(),
        answers=Answers.STATUS,
        waits={"first": 0.4, "answer": 1.0},
        next_says="unknown",
    ),
    Row(
        "answers nothing but how it is, and tells changes",
        "unknown: cannot confirm",
        ONE,
        has(),
        answers=Answers.CHANGES,
        waits={"first": 0.4, "answer": 1.0},
        next_says="unknown",
    ),
    Row(
        "known never to answer",
        "unknown: cannot confirm",
        ONE,
        has(),
        answers=Answers.NONE,
        proof=Proof.NONE,
        next_says="unknown",
    ),
    Row(
        "confirms too late",
        "unknown: did not confirm",
        ONE,
        has(late=4.0),
        at="started",
        waits={"proof": 0.4, "answer": 1.0},
    ),
    Row(
        "prints too late, and was never seen before",
        "unknown: cannot confirm",
        ONE,
        has(busy=True),
        waits={"proof": 0.4, "first": 0.4},
    ),
    Row(
        "prints too late, and cannot take it back",
        "unknown: cannot confirm",
        ONE,
        has(busy=True),
        answers=Answers.IN_ORDER,
        waits={"first": 0.4, "answer": 1.0},
    ),
    Row("talks nonsense", "printed", ONE, has(noise=True)),
    Row(
        "small, talks nonsense",
        "unknown: did not confirm",
        ONE,
        has(noise=True),
        answers=Answers.IN_ORDER,
        waits={"proof": 0.4, "answer": 1.0},
    ),
    Row(
        "confirms another job",
        "unknown: cannot confirm",
        ONE,
        both(has(busy=True), hears(b"\x37\x229999\0")),
        at="started",
        waits={"proof": 0.4, "first": 0.4},
    ),
    Row(
        "small, answers an earlier job",
        "unknown: cannot confirm",
        ONE,
        both(has(busy=True), hears(b"\0")),
        at="started",
        answers=Answers.IN_ORDER,
        waits={"proof": 0.4, "answer": 1.0, "first": 0.4},
    ),
    # The server's word
    Row("lease lapsed in the middle", "unknown", ONE, when(Moment.ROW, MIDDLE, lapses), at="started"),
]


def named(row: Row) -> str:
    """The row's name, as pytest shows it."""
    return row.name.replace(" ", "-")


def on_a_wire(gone: str) -> list[ParameterSet]:
    """The rows that make sense where no network is; `gone` is what is told when the plug is out."""
    unplugged = [
        Row(
            f"unplugged {where}",
            f"{says}: {gone}",
            paper,
            when(Moment.BYTE, offsets()[where] if at == "started" else 2, breaks(reset=True)),
            at=at,
            told=gone,
            ready=0.3 if at == "claim" else 30.0,
        )
        for where, at, says, paper in (
            ("before it answered", "claim", "not_sent", NONE),
            ("in the middle of a band", "started", "unknown", SCRAP),
            ("between cut and proof", "started", "unknown", ONE),
        )
    ]
    rows = [row for row in ROWS if row.name in WIRED] + unplugged
    often = WIRED_ALWAYS | {unplugged[1].name}
    return [pytest.param(row, id=named(row), marks=() if row.name in often else pytest.mark.torture) for row in rows]
