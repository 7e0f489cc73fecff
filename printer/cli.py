"""The command `printer`: composition root of the print agent."""

import logging
import signal
import sys
import threading
from contextlib import ExitStack
from queue import SimpleQueue
from types import FrameType
from typing import Any

import click
import structlog

from printer.agent import Agent
from printer.api import Api
from printer.devices import Address, BadAddress, parse
from printer.layout import DOTS
from printer.probe import LANGUAGES, NoPrinter, language_of, probe
from printer.unfinished import Unfinished, place_for
from printer.virtual import Model, VirtualPrinter
from printer.virtual.page import Page

_STOP_SECONDS = 30.0


_HELP = """Print tickets: claim jobs from the server and prove that they came out.

Options of a device follow its address: network://192.168.1.50?cut=no&dots=512. All may be left out.

\b
  cut=yes|no         whether it has a cutter. Without one, tickets are fed
                     out far enough to tear. [80 mm: yes; 58 mm: both]
  mode=picture|text  drawn tickets in any script, or the printer's own
                     letters. [text on serial lines below 19200 baud]
  proof=auto|process-id|sensor|none
                     how it shows that a ticket came out; see --probe
  profile=MODEL      its model, such as TM-T88V or POS-5890: sets dots,
                     cut and mode, and the letters of mode=text
  dots=WIDTH         dots across its head, 256 to 1280, such as 512.
                     [as its model has; else 80 mm: 576, 58 mm: 384]
  band=ROWS          rows of a picture in one command, 8 to 255, where the
                     printer drops larger ones. [at most 4 KB of data]

Serial lines take baud=, bits=, parity=, stop= and flow=; USB takes in= and
out=; the virtual printer takes page=, keep= and language=. Models and what
to set for them: docs/printers.md.
"""


@click.command(help=_HELP, context_settings={"auto_envvar_prefix": "GILIRAN", "help_option_names": ["-h", "--help"]})
@click.option(
    "--server",
    envvar="GILIRAN_SERVER",
    show_envvar=True,
    help="Address of the server, such as http://192.168.1.10:8080.",
)
@click.option(
    "--token",
    envvar="GILIRAN_TOKEN",
    show_envvar=True,
    help="The printer's token. In the environment it stays off the process list.",
)
@click.option(
    "--device",
    envvar="GILIRAN_DEVICE",
    show_envvar=True,
    required=True,
    help="network://HOST:9100, usb://VID:PID, serial:///dev/ttyUSB0?baud=9600, file://PATH or virtual://:9100; "
    "options follow a question mark, see above.",
)
@click.option(
    "--paper",
    envvar="GILIRAN_PAPER",
    show_envvar=True,
    type=click.Choice(["58", "80"]),
    help="Width of the roll in mm. [default: the printer's own setting]",
)
@click.option("--probe", "asked", is_flag=True, help="Say what the printer can do, and end.")
@click.option(
    "--language",
    envvar="GILIRAN_LANGUAGE",
    show_envvar=True,
    type=click.Choice(LANGUAGES),
    help="Language of what --probe says. [default: the system's]",
)
def printer(
    server: str | None, token: str | None, device: str, paper: str | None, asked: bool, language: str | None
) -> None:
    """The command line of the print agent."""
    try:
        address = parse(device)
    except BadAddress as error:
        raise click.BadParameter(str(error), param_hint="--device") from error
    roll = int(paper) if paper else None
    if asked:
        _probe(address, roll, language or language_of())
        return
    if not server or not token:
        raise click.UsageError("--server and --token are needed to print (or GILIRAN_SERVER and GILIRAN_TOKEN).")
    _run(server, token, address, roll)


def _run(server: str, token: str, address: Address, paper: int | None) -> None:
    """Prints until SIGTERM or SIGINT; the paper under way is finished."""
    _configure_logs()
    log = structlog.get_logger("printer")
    stop = threading.Event()

    # a handler may put into this queue whatever the main thread was doing; an Event's lock is not made for that
    ending: SimpleQueue[None] = SimpleQueue()

    def leave(number: int, _: FrameType | None) -> None:
        if stop.is_set():
            sys.exit(128 + number)  # asked twice: at once
        stop.set()
        ending.put(None)

    def wait_for_agent() -> None:
        agent.wait()
        ending.put(None)

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, leave)
    with ExitStack() as stack:
        _open_virtual(stack, address, paper or 80)
        api = stack.enter_context(Api(server, token))
        # A virtual printer forgets with its process; a real one does not.
        memory = Unfinished(None if address.virtual else place_for(address.device.address))
        agent = Agent(api, address, paper=paper, unfinished=memory)
        agent.start()
        log.info("agent started", server=server, device=address.device.address, paper=paper or "as each job says")
        threading.Thread(target=wait_for_agent, name="ending", daemon=True).start()
        ending.get()
        finished = agent.stop(_STOP_SECONDS)
        log.info("agent stopped", finished=finished)
        if agent.failure:
            raise click.ClickException(agent.failure)


def _open_virtual(stack: ExitStack, address: Address, paper: int) -> None:
    """The virtual printer and its page, when the address is one; they end with the stack."""
    wanted = address.virtual
    if wanted is None:
        return
    try:
        model = Model(address.dots // 8 * 8 if address.dots else DOTS[paper], cutter=address.cut is not False)
        machine = stack.enter_context(
            VirtualPrinter(wanted.host, wanted.port, paper=paper, keep=wanted.keep, model=model)
        )
        page = stack.enter_context(Page(machine, wanted.host, wanted.page, language=wanted.language))
    except OSError as error:
        raise click.ClickException(
            f"the virtual printer cannot start: {(error.strerror or str(error)).lower()}"
        ) from error
    structlog.get_logger("printer").info("virtual printer ready", port=machine.port, page=page.url)


def _probe(address: Address, paper: int | None, language: str) -> None:
    _configure_logs()
    with ExitStack() as stack:
        _open_virtual(stack, address, paper or 80)
        try:
            lines = probe(address, paper, language)
        except NoPrinter as nothing:
            raise click.ClickException(_one_line(str(nothing))) from nothing
    # a printer, or whatever answers in its place, cannot drive the terminal
    click.echo("\n".join(map(_one_line, lines)))


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _escaped(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """What printers and the server answer stays in its line of the log."""
    return {name: _one_line(value) if isinstance(value, str) else value for name, value in event.items()}


def _configure_logs() -> None:
    """One line a happening on stderr, key=value; no token, no customer's link is ever among the values."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.ExceptionRenderer(),
            _escaped,
            structlog.processors.LogfmtRenderer(key_order=["at", "level", "event"], bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
