"""The blueprint of the public API, and the tags of its document."""

from typing import Any

from flask_openapi3 import APIBlueprint, Tag

from server.contract import shapes
from server.web import gate

SESSIONS = Tag(name="sessions", description="Staff sign in; devices and programs carry tokens.")
BRANCH = Tag(name="branch", description="What a branch offers, its board and its queue.")
TICKETS = Tag(name="tickets", description="Taking a number and following it.")
COUNTERS = Tag(name="counters", description="The staff verbs, at a counter.")
RECORDS = Tag(name="records", description="The event log and the statistics.")
PRINTING = Tag(name="printing", description="What a print agent says.")
ADMINISTRATION = Tag(name="administration", description="Notices, devices, tokens, staff.")

SECURITY_SCHEMES: dict[str, Any] = {
    "token": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": gate.SESSION_COOKIE},
}
SECURITY: list[dict[str, list[Any]]] = [{"token": []}, {"session": []}]
PROBLEMS: dict[str, Any] = {str(status): shapes.Problem for status in (401, 403, 404, 409, 422, 429, 503)}

api = APIBlueprint("api", __name__, url_prefix=gate.API_PREFIX, abp_responses=PROBLEMS)
api.before_request(gate.guard)


def name(operation: str) -> str:
    """The operation id: the view's own name, without what the library adds."""
    return operation
