"""What a visitor of the demo is told: where everything is, and who one can be."""

from __future__ import annotations

from typing import Any

from server.demo.seed import PASSWORD, VISITORS_COUNTER, declaration

PRINTER_PATH = "/demo/printer"
"""Leads to the virtual printer's page, which has a port of its own, under whatever name the visitor came by."""


def home_page(tokens: dict[str, str]) -> dict[str, Any]:
    """What the map of all screens shows besides: accounts and links, as `server/pages/home/places.ts` has them."""
    slug = declaration().branch.slug
    return {
        "accounts": [{"name": one.name, "password": PASSWORD, "role": one.role} for one in declaration().staff or ()],
        "links": [
            {"kind": "kiosk", "href": f"/kiosk/{slug}#{tokens['kiosk']}", "label": "Kios Lobi"},
            {"kind": "printer", "href": PRINTER_PATH, "label": "Printer Lobi"},
            {"kind": "console", "href": "/console", "label": ""},
            {"kind": "display", "href": f"/display/{slug}#{tokens['display']}", "label": "Layar Lobi"},
            {"kind": "supervisor", "href": "/console/supervisor", "label": ""},
            {"kind": "docs", "href": "/api/docs", "label": ""},
        ],
    }


def on_console(address: str, page: dict[str, Any]) -> str:
    """The short list of links and accounts that the command prints."""
    names = {"kiosk": "Kiosk", "printer": "Printer", "console": "Counter", "display": "Wall display"}
    names |= {"supervisor": "Supervisor", "docs": "API"}
    by_role: dict[str, list[str]] = {}
    for account in page["accounts"]:
        by_role.setdefault(account["role"], []).append(account["name"])
    agents = by_role["agent"]
    lines = [
        "",
        f"  {declaration().branch.name['en']}",
        "",
        f"  {'Start here':<13} {address}/",
        *(f"  {names[link['kind']]:<13} {address}{link['href']}" for link in page["links"]),
        "",
        f"  Sign in as {agents[0]} (counter {VISITORS_COUNTER} is free for you) or {', '.join(agents[1:])},",
        f"  as {', '.join(by_role['supervisor'])} (supervisor) or {', '.join(by_role['admin'])} (everything).",
        f"  Every password is {PASSWORD}. Nothing here is real.",
        "",
    ]
    return "\n".join(lines)
