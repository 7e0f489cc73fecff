"""Convert domain objects to public shapes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from server import texts
from server.contract import branch_state, papers, shapes
from server.domain.branch import Branch
from server.domain.branch_snapshot import BranchSnapshot, ClockTrouble, ServiceStatus
from server.domain.calendar.opening import Opening, opening
from server.domain.device import Device
from server.domain.history import measures
from server.domain.history.events import Event
from server.domain.people.principal import Principal, Role
from server.domain.printing.print_job import PrintJob
from server.domain.printing.routes import OVER, JobState, Printer, can_print
from server.domain.ticket import Leg, State, Ticket
from server.domain.waits.forecast import Estimate, Staffing, WaitForecast

T = TypeVar("T", bound=shapes.Ticket)

NOTHING_AHEAD = WaitForecast(0, None)


def ticket(branch: Branch, t: Ticket, forecast: WaitForecast) -> shapes.Ticket:
    """Return the ticket for its holder, kiosks and programs."""
    return ticket_as(shapes.Ticket, branch, t, forecast)


def ticket_for(principal: Principal, branch: Branch, t: Ticket, forecast: WaitForecast) -> shapes.Ticket:
    """Return the ticket in the shape for the principal: notes of staff are for staff alt."""
    return ticket_as(shapes.StaffTicket if principal.role.staff else shapes.Ticket, branch, t, forecast)


def ticket_as(shape: type[T], branch: Branch, t: Ticket, forecast: WaitForecast, **more: Any) -> T:
    """Return the ticket in a shape, with `more` fields of it."""
    last = t.leg
    if issubclass(shape, shapes.StaffTicket):
        more["note"] = t.note
    return shape(
        id=str(t.id),
        number=t.number,
        branch=branch.slug,
        branch_name=branch.name,
        timezone=branch.timezone,
        service=t.service,
        service_name=branch.service(t.service).name,
        priority=t.priority,
        priority_name=branch.priority_name(t.priority),
        state=t.state.value,
        language=t.language,
        languages=list(branch.languages),
        issued_at=t.issued_at,
        called_at=last.called_at if last else None,
        started_at=last.started_at if last else None,
        ended_at=t.ended_at,
        counter=t.counter,
        counter_name=_counter_name(branch, t.counter),
        for_counter=t.for_counter if t.state is State.WAITING else None,
        legs=[_leg(leg) for leg in t.legs],
        ahead=forecast.ahead,
        estimate=_estimate(forecast.estimate),
        staffing=forecast.staffing.value if forecast.staffing else None,
        without_counter=_without_counter(branch, t),
        branch_retired=branch.retired,
        **more,
    )


def _counter_name(branch: Branch, number: int | None) -> dict[str, str] | None:
    name = branch.counter_name(number)
    return None if name is None or number is None else texts.counter_names(name, number, branch.languages)


def _without_counter(branch: Branch, t: Ticket) -> bool:
    return t.state is State.WAITING and t.for_counter is None and t.service in branch.without_counter


def _leg(leg: Leg) -> shapes.Leg:
    return shapes.Leg(
        service=leg.service,
        counter=leg.counter,
        queued_at=leg.queued_at,
        called_at=leg.called_at,
        started_at=leg.started_at,
        ended_at=leg.ended_at,
        outcome=leg.outcome,
        recalls=leg.recalls,
    )


def _estimate(estimate: Estimate | None) -> shapes.Estimate | None:
    if estimate is None:
        return None
    return shapes.Estimate(low=estimate.low, likely=estimate.likely, high=estimate.high, as_of=estimate.as_of)


def service(status: ServiceStatus) -> shapes.Service:
    """Return the state of a service."""
    s, wait = status.service, status.forecast
    return shapes.Service(
        code=s.code,
        name=s.name,
        waiting=status.waiting,
        ahead=wait.ahead,
        estimate=_estimate(wait.estimate),
        staffing=(wait.staffing or Staffing.CLOSED).value,
        open=status.open,
        closed_reason=status.closed_reason,
        remaining=status.remaining,
        opens_at=status.opens_at,
        target_wait_minutes=s.target_wait.total_seconds() / 60,
    )


def _classes(branch: Branch) -> list[shapes.PriorityClass]:
    return [
        shapes.PriorityClass(code=c.code, name=c.name, head_start_minutes=c.head_start.total_seconds() / 60)
        for c in branch.priority_classes
        if not c.retired
    ]


def branch(snapshot: BranchSnapshot) -> shapes.Branch:
    """Return the public view of a branch."""
    b = snapshot.branch
    return shapes.Branch(
        slug=b.slug,
        name=b.name,
        timezone=b.timezone,
        languages=list(b.languages),
        **_opening(snapshot.opening),
        special_days=_special_days(b, snapshot.now),
        last_ticket_minutes=int(b.last_ticket.total_seconds() // 60),
        join_by_phone=b.join_by_phone,
        services=[service(s) for s in snapshot.service_statuses],
        priority_classes=_classes(b),
        now=snapshot.now,
    )


def branch_brief(b: Branch, now: datetime) -> shapes.BranchBrief:
    """Return a branch for a list."""
    return shapes.BranchBrief(slug=b.slug, name=b.name, languages=list(b.languages), open=opening(b, now).open)


def own_branch(b: Branch, now: datetime, role: Role) -> shapes.OwnBranch:
    """Return a branch for the list of an account's branches."""
    return shapes.OwnBranch(**dict(branch_brief(b, now)), role=role.value)


def _opening(state: Opening) -> dict[str, Any]:
    return {
        "open": state.open,
        "opens_at": state.opens_at,
        "closes_at": state.closes_at,
        "last_ticket_at": state.last_ticket_at,
    }


def _special_days(b: Branch, now: datetime) -> dict[str, list[list[str]]]:
    """The special days from today on."""
    today = now.astimezone(b.zone).date()
    return {
        day.isoformat(): [[f"{s.start:%H:%M}", f"{s.end:%H:%M}"] for s in spans]
        for day, spans in sorted(b.special_days.items())
        if day >= today
    }


def board(snapshot: BranchSnapshot) -> shapes.Board:
    """Return the content of a wall display."""
    b = snapshot.branch
    return shapes.Board(
        now=snapshot.now,
        branch_name=b.name,
        timezone=b.timezone,
        languages=list(b.languages),
        **_opening(snapshot.opening),
        calls=[
            shapes.Call(
                id=str(t.id),
                seq=leg.called_seq or 0,
                number=t.number,
                counter=leg.counter or 0,
                counter_name=_counter_name(b, leg.counter) or {},
                service=leg.service,
                service_name=b.service(leg.service).name,
                called_at=leg.called_at or snapshot.now,
                recalls=leg.recalls,
                state=t.state.value,
            )
            for t, leg in snapshot.calls
        ],
        waiting={s.service.code: s.waiting for s in snapshot.service_statuses},
        notice=b.notice,
        services=[service(s) for s in snapshot.service_statuses],
    )


def counter(snapshot: BranchSnapshot, number: int) -> shapes.Counter:
    """Return a counter with its present ticket and the one that Next would call."""
    profile = snapshot.branch.counter(number)
    status = next(c for c in snapshot.counters if c.number == number)
    present = snapshot.at_counter(number)
    next_ticket = snapshot.next_for(number)
    return shapes.Counter(
        number=number,
        name=texts.counter_names(profile.name, number, snapshot.branch.languages),
        state=status.state.value,
        reason=status.reason,
        pause_after=status.pause_after,
        agent=status.agent,
        ticket=ticket_as(shapes.StaffTicket, snapshot.branch, present, NOTHING_AHEAD) if present else None,
        services=[*profile.services, *snapshot.still_called(number)],
        helps_out_with=list(profile.helps_out_with),
        waiting=snapshot.waiting_for(number),
        next=shapes.Next(number=next_ticket[0].number, why=next_ticket[1].value) if next_ticket else None,
    )


def queue(snapshot: BranchSnapshot, printers: Iterable[papers.Printer], doubts: Iterable[papers.Doubt]) -> shapes.Queue:
    """Return the queue view for staff."""
    b = snapshot.branch
    return shapes.Queue(
        now=snapshot.now,
        branch_name=b.name,
        timezone=b.timezone,
        languages=list(b.languages),
        start_on_call=b.start_on_call,
        **_opening(snapshot.opening),
        counters=[counter(snapshot, c.number) for c in snapshot.counters],
        waiting=[_brief(b, t) for t in snapshot.waiting],
        parked=[_brief(b, t) for t in snapshot.parked],
        services=[service(s) for s in snapshot.service_statuses],
        withdrawn_services=_withdrawn(snapshot),
        priority_classes=_classes(b),
        pause_reasons=[branch_state.PauseReason(code=r.code, name=r.name) for r in b.pause_reasons],
        no_show_after=branch_state.NoShowAfter(
            recalls=b.no_show_after.recalls, seconds=int(b.no_show_after.wait.total_seconds())
        ),
        printers=list(printers),
        doubts=list(doubts),
        notice=b.notice,
        clock_trouble=_clock_trouble(snapshot.clock_trouble),
        day_turn=_day_turn(snapshot),
    )


def _day_turn(snapshot: BranchSnapshot) -> branch_state.DayTurn | None:
    turn = snapshot.last_turn
    if turn is None or not turn.worth_showing(snapshot.now):
        return None
    return branch_state.DayTurn(
        day=turn.day,
        at=turn.at,
        expired=turn.expired,
        carried=turn.carried,
        while_working=turn.while_working,
        last_event_at=turn.last_at,
        clock_before=turn.jump.before if turn.jump else None,
        clock_after=turn.jump.after if turn.jump else None,
    )


def _clock_trouble(trouble: ClockTrouble | None) -> branch_state.ClockTrouble | None:
    if trouble is None:
        return None
    return branch_state.ClockTrouble(fault=trouble.fault.value, clock=trouble.clock, last_event_at=trouble.last_at)


def _withdrawn(snapshot: BranchSnapshot) -> list[shapes.WithdrawnService]:
    if not any(s.retired for s in snapshot.branch.services):
        return []
    waiting = Counter(t.service for t in snapshot.waiting)
    return [
        shapes.WithdrawnService(
            code=s.code,
            name=s.name,
            waiting=waiting[s.code],
            counters=list(snapshot.branch.counters_serving(s.code)),
            target_wait_minutes=s.target_wait.total_seconds() / 60,
        )
        for s in snapshot.branch.services
        if s.retired and waiting[s.code]
    ]


def _brief(b: Branch, t: Ticket) -> shapes.TicketBrief:
    parked = t.state is State.PARKED
    leg = None if parked else t.leg
    return shapes.TicketBrief(
        id=str(t.id),
        number=t.number,
        service=t.service,
        priority=t.priority,
        state=t.state.value,
        language=t.language,
        issued_at=t.issued_at,
        queued_at=leg.queued_at if leg else t.place_at,
        place_at=t.place_at,
        called_at=leg.called_at if leg else None,
        parked_at=t.leg.ended_at if parked and t.leg else None,
        counter=t.counter,
        for_counter=t.for_counter,
        without_counter=_without_counter(b, t),
        note=t.note,
    )


def printer(device: Device, now: datetime, waiting: int, unresolved: int, numbers: list[str]) -> papers.Printer:
    """Return a printer with its status and its jobs."""
    return papers.Printer(
        id=str(device.id),
        name=device.name,
        paper_mm=device.paper,
        connected=device.recently_seen(now),
        status=papers.PrinterState.model_validate(device.status) if device.status else None,
        status_at=device.status_at,
        ready=device.ready(now),
        held=device.held,
        sends_to=device.sends_to,
        trusted=device.trusted,
        waiting=waiting,
        unresolved=unresolved,
        unresolved_numbers=numbers,
    )


def doubt(job: PrintJob) -> papers.Doubt:
    """Return an unresolved unknown paper."""
    return papers.Doubt(
        job=str(job.id),
        number=job.content["number"],
        printer=job.printer,
        at=job.started_at or job.created_at,
        reprint=job.reprint,
        reason=job.reason.value if job.reason else None,
    )


def event(e: Event) -> shapes.Event:
    """Return a line of the log."""
    return shapes.Event(
        seq=e.seq,
        type=e.type.value,
        at=e.at,
        ticket=str(e.ticket_id) if e.ticket_id is not None else None,
        number=e.number,
        service=e.service,
        counter=e.counter,
        data=e.data,
    )


def statistics(rows: Iterable[measures.Row]) -> shapes.Statistics:
    """Return a report."""
    return shapes.Statistics(
        rows=[
            shapes.StatisticsRow(
                key=r.key,
                issued=r.issued,
                called=r.called,
                served=r.served,
                no_show=r.no_show,
                wait=_spread(r.wait),
                walk=_spread(r.walk),
                service_time=_spread(r.service_time),
                within_target=r.within_target,
            )
            for r in rows
        ]
    )


def _spread(s: measures.Spread) -> shapes.Spread:
    return shapes.Spread(n=s.n, mean=s.mean, p50=s.p50, p90=s.p90)


def print_job(b: Branch, job: PrintJob, printers: Mapping[str, Printer]) -> papers.PrintJob:
    """Return a job for devices and programs, without lease and content. `printers`: those of the branch."""
    return papers.PrintJob(**_job(b, job, printers))


def staff_print_job(b: Branch, job: PrintJob, printers: Mapping[str, Printer]) -> papers.StaffPrintJob:
    """Return a job for staff."""
    return papers.StaffPrintJob(
        **_job(b, job, printers),
        outcome_detail=job.detail,
        reason=job.reason.value if job.reason else None,
        resolved_by=job.resolved_by,
    )


def claimed_job(b: Branch, job: PrintJob, device: Device, printers: Mapping[str, Printer]) -> papers.ClaimedJob:
    """Return a job for its printer."""
    assert job.lease is not None
    content = papers.PaperContent.model_validate(job.content)
    values = _job(b, job, printers) | {"printer": device.name}
    return papers.ClaimedJob(**values, lease=job.lease, paper=device.paper or 80, content=content)


def _job(b: Branch, job: PrintJob, printers: Mapping[str, Printer]) -> dict[str, Any]:
    state: JobState = job.state
    if state is JobState.STARTED:
        printable = job.printer is not None and job.printer in printers and printers[job.printer].ready
    else:
        printable = state not in OVER and can_print(job.printer, printers)
    return {
        "id": str(job.id),
        "state": state.value,
        "ticket": str(job.ticket_id),
        "number": job.content["number"],
        "branch": b.slug,
        "printer": job.printer,
        "reprint": job.reprint,
        "printable": printable,
        "created_at": job.created_at,
        "expires_at": job.expires_at,
        "lease_expires_at": job.lease_expires_at,
        "started_at": job.started_at,
        "ended_at": job.ended_at,
        "resolution": job.resolution.value if job.resolution else None,
        "resolved_at": job.resolved_at,
    }
