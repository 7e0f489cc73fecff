"""What a printer can do, and what that asks of its operator, in plain words of the operator's language."""

import functools
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from printer.devices import Address
from printer.encoding.library import dots_of, roll_of
from printer.layout import DOTS
from printer.lettering.coverage import lacking
from printer.link import LinkGone, Paper, Patience, Proof, Status
from printer.link.survey import Survey, survey
from printer.memory import Memory
from printer.roll import asked_beside
from printer.unfinished import habits_beside, head_beside, place_for

_SLOW_SECONDS = 1.0
LANGUAGES = ("en", "id")


class NoPrinter(Exception):
    """There is nothing to print with at this address; the message says what to look at."""


def language_of(environment: Mapping[str, str] = os.environ) -> str:
    """The operator's language as the system has it; English where that is none of ours."""
    wished = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return wished[:2] if wished[:2] in LANGUAGES else LANGUAGES[0]


@functools.cache
def texts() -> dict[str, dict[str, str]]:
    """The words by language. They are the agent's own: it runs without the server."""
    words: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "texts.json").read_text(encoding="utf-8"))
    return words


def probe(address: Address, roll: int | None, language: str, patience: Patience | None = None) -> list[str]:
    """Lines that say how the printer is and what it can do, aligned for a terminal. Raises NoPrinter.

    What an agent has remembered of the printer is forgotten: whoever asks may have exchanged it.
    """
    words = texts()[language]
    if not address.virtual:
        _forget(address)
    try:
        found = survey(address.device, patience, cut=address.cut is not False)
    except LinkGone as gone:
        raise NoPrinter(words["gone"].format(why=gone, address=address.device.address)) from gone
    if not found.status.online:
        option = _option(address, Proof.NONE)
        raise NoPrinter(words["silent"].format(address=address.device.address, option=option))
    if not address.virtual and found.proof is not None:
        # Its first ticket need not ask it then, and a printer that makes letters of questions makes none on that.
        habits = replace(found.habits, proof=found.proof, tells=found.tells_changes)
        Memory(habits_beside(place_for(address.device.address))).learn(habits)
    lines = {
        "printer": _name(found, words),
        "ready": _readiness(found, address, words),
        "paper": words[f"paper_{found.status.paper.value}"],
        "proof": _proof(found, address, words),
        "status": _trouble(found, words),
        "tickets": _tickets(found, address, roll, words),
    }
    lines["letters"] = _letters(address, words)
    if address.device.keeps:
        del lines["printer"], lines["paper"], lines["status"]
    width = max(len(words[key]) for key in lines)
    return [f"{words[key]:<{width}}  {line}" for key, line in lines.items()]


def _forget(address: Address) -> None:
    try:
        unfinished = place_for(address.device.address)
        head = head_beside(unfinished)
        for file in (habits_beside(unfinished), head, asked_beside(head)):
            file.unlink(missing_ok=True)
    except OSError:
        return  # another user's: the agent finds out by itself when the printer answers otherwise


def _name(found: Survey, words: Mapping[str, str]) -> str:
    name = " ".join(part for part in (found.maker, found.model) if part) or words["unnamed"]
    return words["firmware"].format(name=name, firmware=found.firmware) if found.firmware else name


def _readiness(found: Survey, address: Address, words: Mapping[str, str]) -> str:
    status = found.status
    if status.hindrance is None:
        return words["yes_off_line" if found.habits.off_line else "yes"]
    return words["no"].format(why=_why(status, _option(address, Proof.NONE), words))


def _why(status: Status, option: str, words: Mapping[str, str]) -> str:
    if status.cover_open:
        return words["why_cover"]
    if status.paper is Paper.OUT:
        return words["why_out"]
    if status.hopeless:
        return words["why_hopeless"]
    if status.hot:
        return words["why_hot"]
    return words["why_error"].format(error=status.error) if status.error else words["why_offline"].format(option=option)


def _proof(found: Survey, address: Address, words: Mapping[str, str]) -> str:
    if address.device.keeps:
        return words["proof_kept"]
    if found.status.hindrance is not None:
        return words["proof_not_ready"]
    if found.proof is None:
        return words["proof_slow" if found.slow >= _SLOW_SECONDS else "proof_none"]
    return words[f"proof_{found.proof.value}"] + (words["proof_letters"] if found.letters else "")


def _trouble(found: Survey, words: Mapping[str, str]) -> str:
    if found.tells_changes is None:
        return words["status_later"]
    return words["status_told" if found.tells_changes else "status_asked"]


def _option(address: Address, proof: Proof) -> str:
    """What to add to the address, with the mark that fits there."""
    return f"{'&' if '?' in address.device.address else '?'}proof={proof.value}"


def _letters(address: Address, words: Mapping[str, str]) -> str:
    """Which scripts come out as they are written."""
    if address.text:
        return words["letters_own"]
    absent = lacking()
    if not absent:
        return words["letters_all"]
    packages = sorted({one.package for one in absent})
    scripts = ", ".join(one.script for one in absent)
    return words["letters_lacking"].format(scripts=scripts, packages=" ".join(packages))


def _tickets(found: Survey, address: Address, roll: int | None, words: Mapping[str, str]) -> str:
    drawn = words["tickets_text" if address.text else "tickets_picture"].format(roll=roll or 80)
    if address.device.keeps:
        return drawn
    takes = roll_of(found.model) if found.model else None
    dots = dots_of(found.model) if found.model else None
    if dots is not None and takes == (roll or 80) and dots != DOTS[takes]:
        return f"{drawn} {words['head_known'].format(dots=dots)}"
    advice = "roll_unknown" if takes is None else "roll_fits" if takes == (roll or 80) else "roll_differs"
    return f"{drawn} {words[advice].format(roll=takes)}"
