"""The Flask application put together: the API, its document, the pages, health, problems, headers and figures."""

from __future__ import annotations

from time import monotonic
from typing import Any

from flask import Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from server.access import rules
from server.web import administration, auth, branch, counters, print_jobs, printers, problems, sessions, speech, tickets
from server.web.document import Documented
from server.web.health import health, of_route
from server.web.pages import pages
from server.web.release import STATIC, release

VIEWS = (administration, branch, counters, print_jobs, printers, sessions, speech, tickets)
"""The modules whose views the API consists of; importing them registers those."""
YEAR_SECONDS = 365 * 24 * 3600


def flask_application() -> Documented:
    """Return the application without what its views work with, which the composition root hands over."""
    app = Documented(release(), STATIC)
    # every address of a page's file carries the build
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = YEAR_SECONDS
    app.json.sort_keys = False  # type: ignore[attr-defined]
    auth.register(app)
    problems.register(app)
    app.register_blueprint(pages)
    app.register_blueprint(health)
    unruled = {r.endpoint.removeprefix("api.") for r in app.url_map.iter_rules() if r.endpoint.startswith("api.")}
    assert unruled == set(rules.ROUTES), f"routes and their table differ: {unruled ^ set(rules.ROUTES)}"

    @app.get("/api/v1/openapi.json", endpoint="openapi_document", doc_ui=False)
    def openapi_document() -> dict[str, Any]:
        return dict(app.api_doc)

    @app.get("/api/docs", endpoint="docs", doc_ui=False)
    def docs() -> AnyResponse:
        return redirect("/api/docs/swagger")

    @app.before_request
    def began() -> None:
        g.began = monotonic()

    @app.after_request
    def measured(response: Response) -> Response:
        if request.path.startswith("/api/docs"):
            # the viewer's page starts itself by an inline script
            own = "'self' 'unsafe-inline'"
            response.headers["Content-Security-Policy"] = auth.content_security_policy(scripts=own, styles=own)
        route = request.endpoint or "none"
        answers, seconds = of_route(route, response.status_code)
        answers.inc()
        seconds.observe(monotonic() - g.began)
        return response

    return app
