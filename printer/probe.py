"""What a printer can do, and what that asks of its operator, in plain words of the operator's language."""

import functools
import json
import os
from collections.abc import Mapping
from pathlib import Path

from printer.devices import Address
from printer.encoding.library import roll_of
from printer.link import LinkGone, Paper, Patience, Proof, Status
from printer.link.survey import Survey, survey

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
    """Lines that say how the printer is and what it can do, aligned for a terminal. Raises NoPrinter."""
    words = texts()[language]
    try:
        found = survey(address.device, patience)
    except LinkGone as gone:
        raise NoPrinter(words["gone"].format(why=gone, address=address.device.address)) from gone
    if not found.status.online:
        option = _option(address, Proof.NONE)
        raise NoPrinter(words["silent"].format(address=address.device.address, option=option))
    lines = {
        "printer": _name(found, words),
        "ready": _readiness(found.status, words),
        "paper": words[f"paper_{found.status.paper.value}"],
        "proof": _proof(found, address, words),
        "status": words["status_told" if found.tells_changes else "status_asked"],
        "tickets": _tickets(found, address, roll, words),
    }
    if address.device.keeps:
        del lines["printer"], lines["paper"], lines["status"]
    width = max(len(words[key]) for key in lines)
    return [f"{words[key]:<{width}}  {line}" for key, line in lines.items()]


def _name(found: Survey, words: Mapping[str, str]) -> str:
    name = " ".join(part for part in (found.maker, found.model) if part) or words["unnamed"]
    return words["firmware"].format(name=name, firmware=found.firmware) if found.firmware else name


def _readiness(status: Status, words: Mapping[str, str]) -> str:
    if status.hindrance is None:
        return words["yes"]
    if status.cover_open:
        why = words["why_cover"]
    elif status.paper is Paper.OUT:
        why = words["why_out"]
    elif status.hopeless:
        why = words["why_hopeless"]
    else:
        why = words["why_error"].format(error=status.error) if status.error else words["why_offline"]
    return words["no"].format(why=why)


def _proof(found: Survey, address: Address, words: Mapping[str, str]) -> str:
    if address.device.keeps:
        return words["proof_kept"]
    return words[f"proof_{found.proof.value}"].format(option=_option(address, found.proof))


def _option(address: Address, proof: Proof) -> str:
    """What to add to the address, with the mark that fits there."""
    return f"{'&' if '?' in address.device.address else '?'}proof={proof.value}"


def _tickets(found: Survey, address: Address, roll: int | None, words: Mapping[str, str]) -> str:
    drawn = words["tickets_text" if address.text else "tickets_picture"].format(roll=roll or 80)
    if address.device.keeps:
        return drawn
    takes = roll_of(found.model) if found.model else None
    advice = "roll_unknown" if takes is None else "roll_fits" if takes == (roll or 80) else "roll_differs"
    return f"{drawn} {words[advice].format(roll=takes)}"
