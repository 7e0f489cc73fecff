"""What the screens are made of: pages with a strict policy, a document of the API that is true, and health."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.journeys.branches import a_branch
from tests.journeys.client import Api, Branch, ok
from tests.journeys.giliran import Giliran
from tests.journeys.routes import ROWS, Row

SLUG = a_branch("screens")
Give = Callable[[str], Branch]


@pytest.fixture
def web(giliran: Giliran) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=giliran.url, trust_env=False, timeout=60, follow_redirects=True) as client:
        yield client


@pytest.fixture(scope="module")
def document(giliran: Giliran) -> dict[str, Any]:
    """The served OpenAPI document."""
    document: dict[str, Any] = ok(httpx.get(f"{giliran.url}/api/v1/openapi.json", trust_env=False, timeout=60))
    return document


def policy_of(answer: httpx.Response) -> dict[str, list[str]]:
    directives = answer.headers["Content-Security-Policy"].split(";")
    return {words[0]: words[1:] for words in (directive.split() for directive in directives) if words}


@pytest.mark.parametrize("address", ["/", f"/kiosk/{SLUG}", f"/display/{SLUG}", "/console", "/t/{token}"])
def test_a_page_is_served_whole_under_a_strict_policy(address: str, web: httpx.Client, branch: Give) -> None:
    answer = web.get(address.format(token=branch(SLUG).issue()["token"]))
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
    policy = policy_of(answer)
    scripts = policy.get("script-src", policy["default-src"])
    styles = policy.get("style-src", policy["default-src"])
    for sources in [scripts, styles]:
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:", "data:"} & set(sources), sources
    assert set(policy["default-src"]) <= {"'none'", "'self'"}
    assert "'self'" in policy["connect-src"] and "*" not in policy["connect-src"]
    assert f"ws://{web.base_url.host}:{web.base_url.port}" in policy["connect-src"]
    assert {"'self'", "blob:"} <= set(policy["media-src"])
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "style=" not in answer.text and " onload=" not in answer.text


@pytest.mark.parametrize("address", ["/", f"/kiosk/{SLUG}", f"/display/{SLUG}", "/console", "/t/{token}"])
def test_all_that_a_page_loads_is_there_and_comes_from_here(address: str, web: httpx.Client, branch: Give) -> None:
    text = web.get(address.format(token=branch(SLUG).issue()["token"])).text
    loads = re.findall(r'<(?:script|link|img)[^>]*?(?:src|href)="([^"]+)"', text)
    files = [address for address in loads if not address.startswith("data:")]
    assert any(".js" in file for file in files) and any(".css" in file for file in files)
    for file in files:
        assert file.startswith("/") and not file.startswith("//"), file
        answer = web.get(file)
        assert answer.status_code == 200 and len(answer.content) > 200, file
        kind = "javascript" if ".js" in file else "text/css" if ".css" in file else ""
        assert kind in answer.headers["Content-Type"]
        plain = web.get(file, headers={"Accept-Encoding": "identity"})
        assert plain.content == answer.content and "Content-Encoding" not in plain.headers
        if kind:
            assert answer.headers["Content-Encoding"] == "gzip" and answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("address", ["/kiosk/nowhere", "/display/nowhere", "/nothing", "/static/../secrets"])
def test_a_page_that_is_not_there_says_so(address: str, web: httpx.Client) -> None:
    assert web.get(address).status_code == 404


def test_the_document_of_the_api_is_valid_and_says_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def documented(document: dict[str, Any], row: Row) -> dict[str, Any] | None:
    """The operation that describes this row, whatever its path calls the parameters."""

    own = re.sub(r"\{\w+\}", "x", row.path)
    for path, operations in document["paths"].items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", path.removeprefix("/api/v1").replace(".", r"\."))
        if re.fullmatch(pattern, own) and row.method.lower() in operations:
            operation: dict[str, Any] = operations[row.method.lower()]
            return operation
    return None


EVERY_ROW = [*ROWS, *(Row(method, "/session", frozenset()) for method in ["GET", "POST", "DELETE"])]


@pytest.mark.parametrize("row", EVERY_ROW, ids=lambda row: row.name)
def test_the_document_covers_every_row_of_the_contract(row: Row, document: dict[str, Any]) -> None:
    operation = documented(document, row)
    assert operation is not None
    good = [status for status in operation["responses"] if status.startswith("2")]
    bad = [status for status in operation["responses"] if status.startswith("4")]
    assert good and bad
    assert any("application/problem+json" in operation["responses"][status].get("content", {}) for status in bad)


def test_what_the_document_promises_of_a_ticket_is_what_comes(document: dict[str, Any], branch: Give) -> None:
    ticket = branch(SLUG).issue()
    schemas = document["components"]["schemas"]
    issue = next(row for row in ROWS if row.method == "POST" and row.path == "/branches/{slug}/tickets")
    operation = documented(document, issue)
    assert operation is not None
    schema = operation["responses"]["201"]["content"]["application/json"]["schema"]
    name = schema["$ref"].rsplit("/", 1)[-1]
    assert set(schemas[name]["required"]) <= set(ticket) <= set(schemas[name]["properties"])
    assert set(ticket) >= {
        "id", "number", "branch", "service", "priority", "state", "language", "issued_at", "called_at", "started_at",
        "ended_at", "counter", "legs", "ahead", "estimate", "token", "url", "print_job",
    }  # fmt: skip
    assert set(ticket["legs"][0]) >= {
        "service", "counter", "queued_at", "called_at", "started_at", "ended_at", "outcome"
    }  # fmt: skip
    assert ticket["url"].endswith(f"/t/{ticket['token']}")


def test_the_ticket_of_a_problem_is_a_whole_ticket(branch: Give) -> None:
    here = branch(SLUG)
    counter = here.counter(1)
    counter.do("open")
    ticket = here.issue()
    counter.do("call", number=ticket["number"], reason="test")
    whole = counter.look()["ticket"]
    problem = counter.ask("finish", ticket=ticket["id"]).json()
    counter.do("no-show")
    assert set(problem["ticket"]) >= set(whole) - {"token"}


def test_the_api_can_be_browsed(web: httpx.Client) -> None:
    answer = web.get("/api/docs")
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
    assert "http://" not in answer.text and "https://" not in answer.text, "it needs no internet"


def test_health_is_told_to_anyone_and_cached_by_nobody(web: httpx.Client) -> None:
    for page in ["/healthz", "/readyz"]:
        answer = web.get(page)
        assert answer.status_code == 200
        assert "max-age" not in answer.headers.get("Cache-Control", "")


def test_metrics_are_for_loopback_without_a_proxy_and_for_api_tokens(web: httpx.Client, branch: Give) -> None:
    here = branch(SLUG)
    own = web.get("/metrics")
    assert own.status_code == 200 and "# TYPE" in own.text
    for header in ["X-Forwarded-For", "Forwarded", "X-Real-IP"]:
        through = {header: "for=203.0.113.9" if header == "Forwarded" else "203.0.113.9"}
        assert web.get("/metrics", headers=through).status_code in {401, 403}, header
        api = {"Authorization": f"Bearer {here.by('api').token}"}
        assert web.get("/metrics", headers=through | api).status_code == 200
        for role in ["kiosk", "display", "printer"]:
            device = {"Authorization": f"Bearer {here.by(role).token}"}
            assert web.get("/metrics", headers=through | device).status_code in {401, 403}, role


def test_speech_is_a_sound_that_can_be_kept(branch: Give) -> None:
    here = branch(SLUG)
    ticket, counter = here.issue(), here.counter(1)
    counter.do("open")
    counter.do("call", number=ticket["number"], reason="test")
    [call] = [
        call for call in ok(here.by("display").get(f"/branches/{SLUG}/board"))["calls"] if call["id"] == ticket["id"]
    ]
    sounds = [
        here.by("display").get(f"/speech/{SLUG}/{call['seq']}.wav", language=language) for language in ["id", "en"]
    ]
    counter.do("no-show")
    for sound in sounds:
        assert sound.status_code == 200 and sound.headers["Content-Type"] in {"audio/wav", "audio/x-wav"}
        assert sound.content[:4] == b"RIFF" and sound.content[8:12] == b"WAVE" and len(sound.content) > 20_000
    assert sounds[0].content != sounds[1].content
    unknown = here.by("display").get(f"/speech/{SLUG}/{call['seq']}.wav", language="xx")
    assert 400 <= unknown.status_code < 500


def test_an_answer_of_the_api_is_kept_by_no_cache(branch: Give) -> None:
    here = branch(SLUG)
    for path in [f"/branches/{SLUG}/board", f"/branches/{SLUG}/queue", f"/tickets/{here.issue()['token']}"]:
        assert "no-store" in here.by("agent").get(path).headers["Cache-Control"], path


def test_another_site_may_not_read_the_api(giliran: Giliran) -> None:
    api = Api(giliran.url)
    answer = api.http.get(f"/branches/{SLUG}", headers={"Origin": "https://elsewhere.example"})
    assert answer.headers.get("Access-Control-Allow-Origin") not in {"*", "https://elsewhere.example"}
