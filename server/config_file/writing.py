"""A branch written as the file that makes it: `read_declarations` makes the same of it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import yaml
from pydantic import ValidationError

from server.actions.branch.notices import own_notice
from server.contract import validation
from server.contract.declaration import (
    ApplyDocument,
    BranchDeclared,
    ClassDeclared,
    CounterDeclared,
    DisplayDeclared,
    KioskDeclared,
    NoShowDeclared,
    PauseReasonDeclared,
    PrinterDeclared,
    ServiceDeclared,
    StaffDeclared,
)
from server.contract.declared_hours import DAYS
from server.domain.branch import Branch, Span
from server.domain.declaration import Declaration, DeclaredDevice
from server.domain.errors import Invalid

_WIDTH = 120


class _Dumper(yaml.SafeDumper):
    """Indents the items of a list, and never writes a value once and refers to it."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def write_declarations(declarations: Iterable[Declaration]) -> str:
    """The text of an apply file, a document a branch. What has its default is left out.

    Raises Invalid for a branch of an earlier release that has what a file may not say.
    """
    documents = []
    for one in declarations:
        try:
            documents.append(_document(one))
        except ValidationError as error:
            told = "; ".join(f"{where}: {what}" for where, what in validation.validation_messages(error, ApplyDocument))
            raise Invalid(f"Branch {one.branch.slug} cannot be written as a file: {told}") from None
    return yaml.dump_all(
        documents,
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=_WIDTH,
        explicit_start=len(documents) > 1,
    )


def _document(declaration: Declaration) -> dict[str, Any]:
    branch, devices = declaration.branch, declaration.devices or ()
    printers = {d.name for d in _of(devices, "printer")}
    written = ApplyDocument(
        branch=_branch(branch),
        services=[
            ServiceDeclared(
                code=s.code,
                name=s.name,
                first_number=s.first_number,
                last_number=s.last_number,
                target_wait_minutes=_minutes(s.target_wait),
                daily_quota=s.daily_quota,
            )
            for s in branch.active_services
        ],
        counters=[
            CounterDeclared(
                number=c.number,
                name=c.name,
                services=list(c.services),
                helps_out_with=list(c.helps_out_with),
                helps_out_after_minutes=None if c.helps_out_after is None else _minutes(c.helps_out_after),
            )
            for c in branch.active_counters
        ],
        kiosks=[
            KioskDeclared(name=d.name, printer=d.printer if d.printer in printers else None)
            for d in _of(devices, "kiosk")
        ],
        printers=[PrinterDeclared.model_validate(_printer(d)) for d in _of(devices, "printer")],
        displays=[DisplayDeclared(name=d.name) for d in _of(devices, "display")],
        staff=[StaffDeclared.model_validate({"name": s.name, "role": s.role}) for s in declaration.staff or ()],
    )
    found: dict[str, Any] = written.model_dump(mode="python", exclude_defaults=True)
    return found


def _branch(b: Branch) -> BranchDeclared:
    return BranchDeclared(
        slug=b.slug,
        name=b.name,
        timezone=b.timezone,
        languages=list(b.languages),
        day_start=f"{b.day_start:%H:%M}",
        start="on_call" if b.start_on_call else "explicit",
        public_url=b.public_url,
        hours=None if b.hours is None else {DAYS[day]: _spans(b.hours[day]) for day in sorted(b.hours)},
        special_days=_special_days(b.special_days),
        last_ticket_minutes=int(b.last_ticket.total_seconds() // 60),
        join_by_phone=b.join_by_phone,
        phone_share=b.phone_share,
        reinstate_within_minutes=int(b.reinstate_within.total_seconds() // 60),
        carry_hours=int(b.carry_for.total_seconds() // 3600),
        retention_days=b.retention.days,
        pause_reasons=[PauseReasonDeclared(code=r.code, name=r.name) for r in b.pause_reasons],
        no_show_after=NoShowDeclared(
            recalls=b.no_show_after.recalls, seconds=int(b.no_show_after.wait.total_seconds())
        ),
        notice=own_notice(b),
        priority_classes=[
            ClassDeclared(code=c.code, name=c.name, head_start_minutes=_minutes(c.head_start))
            for c in b.priority_classes
            if not c.retired
        ],
    )


def _special_days(days: Mapping[date, tuple[Span, ...]]) -> dict[Any, Any] | None:
    return {day: _spans(days[day]) for day in sorted(days)} or None


def _spans(spans: tuple[Span, ...]) -> str:
    return ", ".join(f"{s.start:%H:%M}-{s.end:%H:%M}" for s in spans) or "closed"


def _minutes(length: timedelta) -> float:
    minutes = length.total_seconds() / 60
    return int(minutes) if minutes.is_integer() else minutes


def _printer(device: DeclaredDevice) -> dict[str, Any]:
    return {"name": device.name, "paper": device.paper or 80, "trusted": device.trusted}


def _of(devices: Iterable[DeclaredDevice], role: str) -> list[DeclaredDevice]:
    return [d for d in devices if d.role == role]
