"""Spoken calls over HTTP."""

from __future__ import annotations

from flask import Response, make_response, request

from server import texts
from server.contract import requests
from server.domain.errors import Invalid, NotFound, Unavailable
from server.speech import NotSpoken, SpeechUnavailable
from server.store.engines.store import Db
from server.store.tables import tickets
from server.web.api import BRANCH, SECURITY, api, other
from server.web.branch import watched_branch
from server.web.context import current_principal, web

_ANSWERS = other("audio/wav", "16-bit mono PCM") | {
    "204": {"description": "The language has no voice and no recordings."}
}


@api.get("/speech/<slug>/<seq>.wav", tags=[BRANCH], security=SECURITY, responses=_ANSWERS)
def get_speech(path: requests.SpeechPath, query: requests.SpeechQuery) -> Response:
    """The spoken call as WAV, by the seq of the call or recall; 204 in a language without speech."""
    principal, speech = current_principal(), web().speech

    def find(db: Db) -> tuple[str, int, str]:
        branch = watched_branch(db, path.slug, principal)
        if query.language not in branch.languages:
            raise Invalid(f"Branch {path.slug} does not speak {query.language!r}.")
        called = tickets.call_at(db, branch.id, path.seq)
        if called is None:
            raise NotFound(f"There is no call {path.seq}.")
        number, counter = called
        names = texts.counter_names(branch.counter_name(counter) or {}, counter, branch.languages)
        return number, counter, texts.pick(names, query.language)

    number, counter, name = web().store.read(find)
    try:
        wav = web().threads.run(
            lambda: speech.call(
                query.language, number=number, counter_number=counter, counter_name=name, short=query.short
            )
        )
    except NotSpoken:
        return make_response("", 204)
    except SpeechUnavailable as error:
        raise Unavailable(str(error)) from None
    response = make_response(wav)
    response.content_type = "audio/wav"
    # Revalidated each time: after a restored backup, the same seq may be another call.
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response
