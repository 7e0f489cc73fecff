"""The pages: each a bare document with its bundle and the bundle's initial data."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from server import texts
from server.domain.branch import Branch
from server.domain.errors import BranchRetired, NotFound
from server.store.tables import branches
from server.web import problems
from server.web.context import addresses, web

pages = Blueprint("pages", __name__, template_folder="templates")


def _page(name: str, bundle: str, title: str, languages: tuple[str, ...], **boot: Any) -> Response:
    """Render the page `name`, in the first of `languages` that the browser prefers."""
    language = request.accept_languages.best_match(languages) or languages[0]
    data = {
        "page": name,
        "build": web().build,
        "language": language,
        "languages": list(languages),
        "branch": None,
        "origins": sorted(web().origins.own(request.environ)),
    }
    # escape "<", so that no text can end the script block
    block = json.dumps(data | boot, ensure_ascii=False).replace("<", "\\u003c")
    response = make_response(
        render_template("page.html", title=title, language=language, bundle=bundle, build=web().build, boot=block)
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _branch(slug: str) -> Branch:
    return web().store.read(lambda db: branches.get(db, slug))


@pages.get("/")
def home() -> AnyResponse:
    """The map of all screens; a new server without branches redirects to its set-up."""
    every_branch = web().store.read(lambda db: branches.list_all(db))
    if not every_branch and web().setup_code() is not None:
        return redirect("/setup")
    return _map(every_branch)


def _map(every_branch: list[Branch], **more: Any) -> Response:
    at = addresses()
    branch_data = [
        {
            "slug": b.slug,
            "name": b.name,
            "languages": list(b.languages),
            "codes": at.base(b.public_url).no_code is None,
        }
        for b in every_branch
    ]
    return _page("home", "home", "Giliran", texts.LANGUAGES, branches=branch_data, demo=web().demo, **more)


@pages.app_errorhandler(404)
@pages.errorhandler(NotFound)
def not_found(error: HTTPException | NotFound) -> Response:
    """Show a browser the map with a note that the page does not exist; send a program a 404 problem."""
    media_type = request.accept_mimetypes.best_match(["application/json", "text/html"])
    if media_type != "text/html" or request.path.startswith("/api/"):
        return problems.of_refusal(error) if isinstance(error, NotFound) else problems.of_http(error)
    every_branch = web().store.read(lambda db: branches.list_all(db))
    response = _map(every_branch, missing=True, closed_for_good=isinstance(error, BranchRetired))
    response.status_code = 404
    return response


@pages.get("/setup")
def setup() -> AnyResponse:
    """The set-up page, while there is no administrator."""
    if web().setup_code() is None:
        return redirect("/")
    return _page("setup", "setup", "Giliran", texts.LANGUAGES)


@pages.get("/kiosk/<slug>")
def kiosk(slug: str) -> AnyResponse:
    """The kiosk page. It contains no data: the page fetches it with the device's token."""
    return _device_page("kiosk", slug, demo=web().demo is not None)


@pages.get("/display/<slug>")
def display(slug: str) -> AnyResponse:
    """The wall page."""
    return _device_page("display", slug)


def _device_page(name: str, slug: str, **more: object) -> AnyResponse:
    branch = _branch(slug)
    if branch.slug != slug:
        # The branch was renamed; the browser keeps the token after the # in the redirect.
        return redirect(f"/{name}/{branch.slug}")
    title, language = texts.pick(branch.name, "id"), branch.languages[0]
    return _page(name, name, title, branch.languages, branch=slug, language=language, **more)


@pages.get("/console")
def console() -> Response:
    """The counter page."""
    return _page("console", "console", "Giliran", texts.LANGUAGES)


@pages.get("/console/supervisor")
def supervisor() -> Response:
    """The supervisor page."""
    return _page("supervisor", "supervisor", "Giliran", texts.LANGUAGES)


@pages.get("/t/<token>")
def ticket(token: str) -> Response:
    """A customer's own ticket; the page itself checks the token."""
    return _page("ticket", "ticket", "Giliran", texts.LANGUAGES, token=token[:64])
