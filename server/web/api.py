"""The blueprint of the public API, and the tags of its OpenAPI document."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.data_type import DataType
from flask_openapi3.models.media_type import MediaType
from flask_openapi3.models.schema import Schema
from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ResponseDict
from pydantic import BaseModel, create_model

from server.access import cookies, rules
from server.domain.people.principal import Role
from server.web import auth

SESSIONS = Tag(name="sessions", description="Staff sign in; devices and programs send tokens.")
BRANCH = Tag(name="branch", description="What a branch offers, its board and its queue.")
TICKETS = Tag(name="tickets", description="Taking a number and following the ticket.")
COUNTERS = Tag(name="counters", description="The actions of staff at a counter.")
RECORDS = Tag(name="records", description="The event log and the statistics.")
PRINTING = Tag(name="printing", description="Print agents and their jobs.")
ADMINISTRATION = Tag(name="administration", description="Notices, devices, tokens, staff.")

SECURITY_SCHEMES: dict[str, Any] = {
    "token": {"type": "http", "scheme": "bearer"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": cookies.SESSION,
        "description": f"Over HTTPS its name is `{cookies.name_for(cookies.SESSION, secure=True)}`.",
    },
}
SECURITY: list[dict[str, list[Any]]] = [{"token": []}, {"session": []}]
OPTIONAL_SECURITY: list[dict[str, list[Any]]] = [*SECURITY, {}]
"""Also without credentials, if the branch allows it."""
PROBLEMS: ResponseDict = {
    str(status): {
        "description": HTTPStatus(status).phrase,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status in (400, 401, 403, 404, 409, 413, 421, 422, 429, 500, 503)
}
"""Error responses of every route; the schema is added to the document as that of a failed validation."""

View = TypeVar("View", bound=Callable[..., Any])


class Routes:
    """The routes of the API. Their OpenAPI descriptions are computed by `described` when they are first read.

    That takes a third as long as all imports, and few servers are ever asked for the document.
    """

    def __init__(self) -> None:
        self.blueprint = APIBlueprint("api", __name__, url_prefix=auth.API_PREFIX, doc_ui=False)
        self.blueprint.before_request(auth.authorize)
        self._declarations: list[tuple[str, str, Callable[..., Any], dict[str, Any]]] = []

    def _route(self, method: str, rule: str, described: dict[str, Any]) -> Callable[[View], View]:
        """Serve a view under a rule; `described` has the keywords of `APIBlueprint`."""

        def add(view: View) -> View:
            self._declarations.append((method, rule, view, described))
            served: View = getattr(self.blueprint, method)(rule, **described)(view)
            return served

        return add

    def get(self, rule: str, **described: Any) -> Callable[[View], View]:
        """Serve GET."""
        return self._route("get", rule, described)

    def post(self, rule: str, **described: Any) -> Callable[[View], View]:
        """Serve POST."""
        return self._route("post", rule, described)

    def put(self, rule: str, **described: Any) -> Callable[[View], View]:
        """Serve PUT."""
        return self._route("put", rule, described)

    def delete(self, rule: str, **described: Any) -> Callable[[View], View]:
        """Serve DELETE."""
        return self._route("delete", rule, described)

    def described(self) -> APIBlueprint:
        """Return a blueprint of the same routes with their OpenAPI descriptions."""
        blueprint = APIBlueprint("api", __name__, url_prefix=auth.API_PREFIX, abp_responses=PROBLEMS)
        for method, rule, view, described in self._declarations:
            roles = {"x-roles": role_names(rules.ROUTES[view.__name__])}
            getattr(blueprint, method)(rule, openapi_extensions=roles, **described)(view)
        return blueprint


def role_names(allowed: frozenset[Role]) -> list[str]:
    """The names of the roles that a row of the table admits, staff roles above a named one included."""
    return sorted(role.value for role in Role if rules.may(role, allowed))


api = Routes()


def ok(shape: type[BaseModel] | None) -> ResponseDict:
    """Declare a 200 response with the shape."""
    return {"200": shape}


def ok_or_text(shape: type[BaseModel], media_type: str) -> ResponseDict:
    """Declare a 200 response with the shape, or with the same data as another media type."""
    described = create_model(shape.__name__, __base__=shape, __doc__=shape.__doc__)
    content = {media_type: MediaType(schema=Schema(type=DataType.STRING))}
    described.model_config["openapi_extra"] = {"content": content}  # type: ignore[typeddict-unknown-key]
    return {"200": described}


def other(media_type: str, description: str) -> ResponseDict:
    """Declare a 200 response of another media type than JSON."""
    return {"200": {"description": description, "content": {media_type: {"schema": {"type": "string"}}}}}


def created(shape: type[BaseModel]) -> ResponseDict:
    """Declare a 201 response with the shape."""
    return {"201": shape}
