"""The Flask application: the API, its OpenAPI document (computed when first read), and the files of the pages."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Response, request
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from pydantic.json_schema import models_json_schema

from server.access import rules
from server.contract import feed, shapes
from server.contract.problems import CODES
from server.web import problems
from server.web.api import SECURITY_SCHEMES, api, role_names

DESCRIPTION = """The queue of a branch: tickets, counters, boards, printers.

Times are RFC 3339 in UTC, durations are seconds.

Every POST accepts `Idempotency-Key`: a repeated key returns the first result, with another body a 409."""


class Documented(OpenAPI):
    """A Flask application with the API, its document under `/api/docs`, and the files of the pages."""

    def __init__(self, release: str, static: Path) -> None:
        super().__init__("server", static_folder=str(static), doc_prefix="/api/docs", **_about(release))
        self._release = release
        self._files = static
        self.register_api(api.blueprint)

    def send_static_file(self, filename: str) -> Response:
        """Send a file of a page; the compressed file of the build if the browser accepts gzip."""
        packed = f"{filename}.gz"
        if not request.accept_encodings.quality("gzip") or not (self._files / packed).is_file():
            return super().send_static_file(filename)
        response = super().send_static_file(packed)
        response.vary.add("Accept-Encoding")
        return response

    @cached_property
    def api_doc(self) -> dict[str, Any]:
        """The OpenAPI document. Its first computation takes a third of a second."""
        described = OpenAPI("server", doc_ui=False, **_about(self._release))
        described.register_api(api.described())
        document = described.api_doc
        _add_feed(document)
        # More codes may come with a later release, so this is no closed `enum`.
        document["components"]["schemas"]["Problem"]["properties"]["code"]["x-extensible-enum"] = sorted(CODES)
        return document


def _add_feed(document: dict[str, Any]) -> None:
    """Describe the live feed as `x-feed`, which OpenAPI has no words for, and add its shapes."""
    # FeedMessage needs Board, Queue and Ticket; what the API's routes need besides is there already.
    _, made = models_json_schema(
        [(feed.FeedMessage, "serialization")], ref_template="#/components/schemas/{model}", title="Feed"
    )
    schemas = document["components"]["schemas"]
    for name, schema in made["$defs"].items():
        schemas.setdefault(name, schema)
    document["x-feed"] = {
        "namespace": "/live",
        "message": {"$ref": "#/components/schemas/FeedMessage"},
        "views": {view: {"x-roles": role_names(roles)} for view, roles in rules.VIEWS.items()},
    }


def _about(release: str) -> dict[str, Any]:
    return {
        "info": Info(title="Giliran", version=release, description=DESCRIPTION),
        "security_schemes": SECURITY_SCHEMES,
        "operation_id_callback": lambda *, name, **_: name,
        "validation_error_status": 422,
        "validation_error_model": shapes.Problem,
        "validation_error_callback": problems.of_validation,
        "doc_url": "/openapi.json",
    }
