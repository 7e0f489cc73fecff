"""The blueprint of the public API, and the tags of its document."""

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

SESSIONS = Tag(name="sessions", description="Staff sign in; devices and programs carry tokens.")
BRANCH = Tag(name="branch", description="What a branch offers, its board and its queue.")
TICKETS = Tag(name="tickets", description="Taking a number and following it.")
COUNTERS = Tag(name="counters", description="The staff verbs, at a counter.")
RECORDS = Tag(name="records", description="The event log and the statistics.")
PRINTING = Tag(name="printing", description="What a print agent says.")
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
PERHAPS: list[dict[str, list[Any]]] = [*SECURITY, {}]
"""For nobody known too, where the branch allows that."""
PROBLEMS: ResponseDict = {
    str(status): {
        "description": HTTPStatus(status).phrase,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status in (400, 401, 403, 404, 409, 413, 421, 422, 429, 500, 503)
}
"""What every route may answer besides; the shape comes into the document as that of a failed validation."""

View = TypeVar("View", bound=Callable[..., Any])


class Routes:
    """The routes of the API. What the document says of them is worked out when it is first read, by `described`.

    That takes a third as long as all the imports, and hardly a server is ever asked for it.
    """

    def __init__(self) -> None:
        self.blueprint = APIBlueprint("api", __name__, url_prefix=auth.API_PREFIX, doc_ui=False)
        self.blueprint.before_request(auth.authorize)
        self._said: list[tuple[str, str, Callable[..., Any], dict[str, Any]]] = []

    def _route(self, method: str, rule: str, described: dict[str, Any]) -> Callable[[View], View]:
        """Serve a view under a rule; what describes it is as for `APIBlueprint`."""

        def add(view: View) -> View:
            self._said.append((method, rule, view, described))
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
        """A blueprint of the same routes that knows what the document says of each."""
        blueprint = APIBlueprint("api", __name__, url_prefix=auth.API_PREFIX, abp_responses=PROBLEMS)
        for method, rule, view, described in self._said:
            roles = {"x-roles": role_names(rules.ROUTES[view.__name__])}
            getattr(blueprint, method)(rule, openapi_extensions=roles, **described)(view)
        return blueprint


def role_names(allowed: frozenset[Role]) -> list[str]:
    """The names of the roles that a row of the table admits, staff roles above a named one included."""
    return sorted(role.value for role in Role if rules.may(role, allowed))


api = Routes()


def ok(shape: type[BaseModel] | None) -> ResponseDict:
    """A route that answers 200 with the shape."""
    return {"200": shape}


def ok_or_text(shape: type[BaseModel], media_type: str) -> ResponseDict:
    """A route that answers 200 with the shape, or with the same as text of another kind."""
    described = create_model(shape.__name__, __base__=shape, __doc__=shape.__doc__)
    content = {media_type: MediaType(schema=Schema(type=DataType.STRING))}
    described.model_config["openapi_extra"] = {"content": content}  # type: ignore[typeddict-unknown-key]
    return {"200": described}


def other(media_type: str, description: str) -> ResponseDict:
    """A route that answers 200 with something else than JSON."""
    return {"200": {"description": description, "content": {media_type: {"schema": {"type": "string"}}}}}


def created(shape: type[BaseModel]) -> ResponseDict:
    """A route that answers 201 with the shape."""
    return {"201": shape}
