"""The browser's types accept exactly what the server's models serve."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from deploy import pages
from server.contract import branch_state, papers, shapes

# The server's model -> the browser's interface.
PAIRS: dict[type[BaseModel], str] = {
    shapes.Estimate: "Estimate",
    shapes.Leg: "Leg",
    shapes.Ticket: "Ticket",
    shapes.StaffTicket: "StaffTicket",
    shapes.HolderTicket: "HolderTicket",
    shapes.DoneTicket: "DoneTicket",
    shapes.IssuedTicket: "IssuedTicket",
    shapes.PhoneTicketsCancelled: "PhoneTicketsCancelled",
    shapes.TicketBrief: "TicketBrief",
    shapes.Next: "NextUp",
    shapes.Counter: "Counter",
    shapes.Service: "ServiceInfo",
    shapes.WithdrawnService: "WithdrawnService",
    shapes.PriorityClass: "PriorityClass",
    branch_state.PauseReason: "PauseReason",
    branch_state.NoShowAfter: "NoShowAfter",
    shapes.Branch: "BranchInfo",
    shapes.BranchBrief: "BranchBrief",
    shapes.OwnBranch: "OwnBranch",
    shapes.Call: "Call",
    shapes.Board: "Board",
    papers.PrinterState: "PrinterStatus",
    papers.Printer: "QueuePrinter",
    papers.Doubt: "Doubt",
    shapes.Queue: "Queue",
    papers.PrintJob: "PrintJob",
    papers.StaffPrintJob: "StaffPrintJob",
    papers.Kiosk: "KioskNow",
    shapes.Session: "Session",
    shapes.Problem: "ProblemDetails",
}


def typescript(schema: dict[str, Any]) -> str:
    """A JSON schema of pydantic's as a TypeScript type."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(typescript(each) for each in schema["anyOf"])
    match schema.get("type"):
        case "array":
            return f"({typescript(schema['items'])})[]"
        case "object":
            values = schema.get("additionalProperties", True)
            return f"Record<string, {typescript(values) if isinstance(values, dict) else 'unknown'}>"
        case "integer":
            return "number"
        case kind:
            return str(kind)


def interface(name: str, schema: dict[str, Any]) -> str:
    """A model's schema as a TypeScript interface; what is served is always there."""
    fields = "".join(f" {key}: {typescript(each)};" for key, each in schema["properties"].items())
    return f"interface {name} {{{fields} }}"


def test_what_the_server_serves_is_what_the_pages_expect(tmp_path: Path) -> None:
    _, schema = models_json_schema([(model, "serialization") for model in PAIRS], ref_template="{model}")
    lines = [f'import type * as pages from "{pages.ROOT}/server/pages/shared/contract";']
    lines += [interface(name, each) for name, each in schema["$defs"].items()]
    lines += [
        f"export const as{expected} = (served: {model.__name__}): pages.{expected} => served;"
        for model, expected in PAIRS.items()
    ]
    (tmp_path / "served.ts").write_text("\n".join(lines), encoding="utf-8")
    options = {"extends": str(pages.ROOT / "tsconfig.json"), "include": ["served.ts"]}
    (tmp_path / "tsconfig.json").write_text(json.dumps(options), encoding="utf-8")

    pages.install_packages(types=True)
    compiler = [
        str(pages.node_root() / "bin" / "node"),
        str(pages.MODULES / "typescript" / "bin" / "tsc"),
        "--project",
        str(tmp_path),
    ]
    checked = subprocess.run(compiler, capture_output=True, text=True, check=False)
    assert checked.stdout == ""
    assert checked.returncode == 0
