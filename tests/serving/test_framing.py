"""Requests that two programs could parse differently are refused, and nothing after them is read as a request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.serving.on_a_thread import all_of, connected, serving

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
SEEN: list[dict[str, Any]] = []


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Record the request, and answer with its body."""
    SEEN.append(environ)
    try:
        body = environ["wsgi.input"].read()
    except OSError:
        start_response("400 Bad Request", [("Content-Length", "0")])
        return [b""]
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(application) as port:
        yield port


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    SEEN.clear()


def answer_to(port: int, sent: bytes) -> bytes:
    with connected(port) as line:
        line.sendall(sent)
        return all_of(line)


def post(*fields: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([b"POST /first HTTP/1.1", b"Host: x", *fields, b"", body])


def chunked(body: bytes) -> bytes:
    return post(b"Transfer-Encoding: chunked", body=body)


HEADS = {
    "two hosts": post(b"Host: y"),
    "two hosts that are one": post(b"Host: x"),
    "no host": b"GET /first HTTP/1.1\r\nAccept: */*\r\n\r\n",
    "two hosts of HTTP/1.0": b"GET /first HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n",
    "two empty lines before it": b"\r\n\r\nGET /first HTTP/1.1\r\nHost: x\r\n\r\n",
    "an empty line in LF before it": b"\nGET /first HTTP/1.1\r\nHost: x\r\n\r\n",
    "a request line that ends in LF": b"GET /first HTTP/1.1\nHost: x\r\n\r\n",
    "a field that ends in LF": b"GET /first HTTP/1.1\r\nHost: x\n\r\n",
    "a head that ends in LF": b"GET /first HTTP/1.1\r\nHost: x\r\n\n",
    "a CR alone": post(b"X-One: 1\rX-Two: 2"),
    "a field over two lines": post(b"X-One: 1", b" 2"),
    "a field over two lines, by a tab": post(b"X-One: 1", b"\t2"),
    "a first line that begins with a space": b"GET /first HTTP/1.1\r\n Host: x\r\nHost: x\r\n\r\n",
    "a space before the colon": post(b"Content-Length : 5", body=b"12345"),
    "a tab before the colon": post(b"Content-Length\t: 5", body=b"12345"),
    "a field without a colon": post(b"Content-Length 5"),
    "a field without a name": post(b": 5"),
    "a NUL in a name": post(b"X-\x00: 1"),
    "a NUL in a value": post(b"X-One: \x00"),
    "a control byte in a value": post(b"X-One: a\x0bb"),
    "a DEL in a value": post(b"X-One: a\x7fb"),
    "a byte above ASCII in a name": post(b"X-\xe9: 1"),
    "two lengths": post(b"Content-Length: 5", b"Content-Length: 6", body=b"12345"),
    "one length twice": post(b"Content-Length: 5", b"Content-Length: 5", body=b"12345"),
    "two lengths in a field": post(b"Content-Length: 5, 5", body=b"12345"),
    "a length with a plus": post(b"Content-Length: +5", body=b"12345"),
    "a length with a minus": post(b"Content-Length: -0"),
    "a length with an underscore": post(b"Content-Length: 1_5", body=b"1" * 15),
    "a length with a letter": post(b"Content-Length:  5x", body=b"12345"),
    "a length in hexadecimal": post(b"Content-Length: 0x5", body=b"12345"),
    "a length in another script": post("Content-Length: ٥".encode(), body=b"12345"),
    "an empty length": post(b"Content-Length:"),
    "a length with a space in it": post(b"Content-Length: 1 5", body=b"12345"),
    "a length and chunks": post(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    "chunks and a length": post(b"Transfer-Encoding: chunked", b"Content-Length: 5", body=b"0\r\n\r\n"),
    "an encoding by another name": post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"),
    "two encodings": post(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
    "chunks twice": post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    "chunks, and as they are": post(b"Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n"),
    "an encoding with a quote": post(b'Transfer-Encoding: "chunked"', body=b"0\r\n\r\n"),
    "an encoding behind a control byte": post(b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n"),
    "chunks of HTTP/1.0": b"POST /first HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a whole address of another host": b"GET http://y/first HTTP/1.1\r\nHost: x\r\n\r\n",
    "a whole address with a name before it": b"GET http://x@y/first HTTP/1.1\r\nHost: x\r\n\r\n",
    "a whole address without a host": b"GET http:///first HTTP/1.1\r\nHost: x\r\n\r\n",
    "a target that is no path": b"GET first HTTP/1.1\r\nHost: x\r\n\r\n",
    "a tunnel": b"CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n",
    "a control byte in the target": b"GET /fi\x01rst HTTP/1.1\r\nHost: x\r\n\r\n",
    "two spaces in the request line": b"GET  /first HTTP/1.1\r\nHost: x\r\n\r\n",
    "a tab in the request line": b"GET\t/first HTTP/1.1\r\nHost: x\r\n\r\n",
    "a version of its own": b"GET /first HTTP/1.10\r\nHost: x\r\n\r\n",
    "a version before versions": b"GET /first\r\nHost: x\r\n\r\n",
    "another version": b"GET /first HTTP/2.0\r\nHost: x\r\n\r\n",
    "a small http": b"GET /first http/1.1\r\nHost: x\r\n\r\n",
    "a method with a bracket": b"GE(T /first HTTP/1.1\r\nHost: x\r\n\r\n",
    "a body of HEAD": b"HEAD /first HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345",
}


@pytest.mark.parametrize("sent", HEADS.values(), ids=HEADS)
def test_a_head_that_may_be_read_in_two_ways_is_refused_with_all_that_follows(port: int, sent: bytes) -> None:
    reply = answer_to(port, sent + SMUGGLED)
    head, _, body = reply.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ") and b"Connection: close" in head and reply.count(b"HTTP/1.1 ") == 1, reply
    assert SEEN == []
    problem = json.loads(body)
    assert (problem["status"], problem["code"]) == (400, "validation") and "Nothing was done" in problem["detail"]


CHUNKS = {
    "no size": b"\r\n12345\r\n0\r\n\r\n",
    "a size with a plus": b"+5\r\n12345\r\n0\r\n\r\n",
    "a size with an x": b"0x5\r\n12345\r\n0\r\n\r\n",
    "a size with an underscore": b"1_0\r\n1234567890123456\r\n0\r\n\r\n",
    "a size behind a space": b" 5\r\n12345\r\n0\r\n\r\n",
    "a size before a space": b"5 \r\n12345\r\n0\r\n\r\n",
    "a size that ends in LF": b"5\n12345\r\n0\r\n\r\n",
    "a size of many digits": b"0000000000000005\r\n12345\r\n0\r\n\r\n",
    "an LF in an extension": b"5;\nxx\r\n12345\r\n0\r\n\r\n",
    "an extension without end": b"5;" + b"x" * 5000 + b"\r\n12345\r\n0\r\n\r\n",
    "data longer than their size": b"5\r\n123456\r\n0\r\n\r\n",
    "data that end in LF": b"5\r\n12345\n0\r\n\r\n",
    "data that end in two others": b"5\r\n12345xx0\r\n\r\n",
    "a trailer that ends in LF": b"5\r\n12345\r\n0\r\nX-One: 1\n\r\n",
    "a trailer without a colon": b"5\r\n12345\r\n0\r\nX-One\r\n\r\n",
    "an end in LF": b"5\r\n12345\r\n0\r\n\n",
    "trailers without end": b"0\r\n" + b"X-One: 1\r\n" * 200 + b"\r\n",
}


@pytest.mark.parametrize("body", CHUNKS.values(), ids=CHUNKS)
def test_chunks_that_may_be_read_in_two_ways_end_the_connection(port: int, body: bytes) -> None:
    reply = answer_to(port, chunked(body) + SMUGGLED)
    assert reply.startswith(b"HTTP/1.1 400 ") and reply.count(b"HTTP/1.1 ") == 1, reply
    assert [environ["PATH_INFO"] for environ in SEEN] == ["/first"]


def test_a_body_whose_end_nobody_has_looked_for_hides_no_request(port: int) -> None:
    """If the application answers before reading the body, the rest of it is parsed strictly too."""
    sent = b"\r\n".join([b"POST /unread HTTP/1.1", b"Host: x", b"Transfer-Encoding: chunked", b"", b"5;\nxx\r\n"])
    with serving(lambda _environ, start: [start("204 No Content", []), []][1]) as server_port:
        reply = answer_to(server_port, sent + SMUGGLED)
    assert reply.startswith(b"HTTP/1.1 204 ") and reply.count(b"HTTP/1.1 ") == 1, reply


@pytest.mark.parametrize(
    ("sent", "path", "body"),
    [
        (b"GET /first?q=1 HTTP/1.1\r\nHost: x\r\n\r\n", "/first", b""),
        (b"GET http://x/first HTTP/1.1\r\nHost: x\r\n\r\n", "/first", b""),
        (b"GET HTTP://X HTTP/1.1\r\nhost: x\r\n\r\n", "/", b""),
        (b"GET http://x?q=1 HTTP/1.1\r\nHost: x\r\n\r\n", "/", b""),
        (b"\r\nGET /first HTTP/1.1\r\nHost: x\r\n\r\n", "/first", b""),
        (post(b"Content-Length: 5", body=b"12345\r\n"), "/first", b"12345"),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "*", b""),
        (b"GET /caf\xc3\xa9 HTTP/1.1\r\nHost:x\r\nX-Name: \xc3\xa9 \t\r\nX-None:\r\n\r\n", "/caf\xc3\xa9", b""),
        (post(b"Content-Length: 005", body=b"12345"), "/first", b"12345"),
        (post(b"Content-Length: \t5 \t", body=b"12345"), "/first", b"12345"),
        (post(b"Transfer-Encoding: Chunked", body=b"0\r\n\r\n"), "/first", b""),
        (chunked(b"a\r\n1234567890\r\nA;n=\"v\"\r\n1234567890\r\n0\r\nX-Sum: 1\r\n\r\n"), "/first", b"1234567890" * 2),
        (chunked(b"5 ; x\r\n\r\n\r\n\r\r\n00\r\n\r\n"), "/first", b"\r\n\r\n\r"),
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
def test_what_the_standard_allows_is_answered_and_so_is_the_next_request(
    port: int, sent: bytes, path: str, body: bytes
) -> None:
    reply = answer_to(port, sent + b"GET /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert reply.count(b"HTTP/1.1 200 ") == 2 and body in reply, reply
    assert [environ["PATH_INFO"] for environ in SEEN] == [path, "/next"]


def test_http_1_0_needs_no_host_and_is_kept_open_only_where_it_asks_for_that(port: int) -> None:
    assert answer_to(port, b"GET /first HTTP/1.0\r\n\r\n" + SMUGGLED).count(b"HTTP/1.1 200 ") == 1
    kept = b"GET /first HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\nGET /next HTTP/1.0\r\n\r\n"
    assert answer_to(port, kept).count(b"HTTP/1.1 200 ") == 2


def test_a_connection_ends_where_one_of_several_options_says_so(port: int) -> None:
    sent = b"GET /first HTTP/1.1\r\nHost: x\r\nConnection: TE, close\r\n\r\n"
    assert answer_to(port, sent + SMUGGLED).count(b"HTTP/1.1 ") == 1


def test_fields_of_one_name_are_joined_and_one_with_an_underscore_passes_for_none(port: int) -> None:
    fields = [b"Accept: a", b"Cookie: a=1", b"accept: b", b"COOKIE: b=2", b"X_Forwarded_For: 1.2.3.4"]
    answer_to(port, post(*fields, b"Connection: close"))
    (environ,) = SEEN
    assert (environ["HTTP_ACCEPT"], environ["HTTP_COOKIE"]) == ("a,b", "a=1; b=2")
    assert "HTTP_X_FORWARDED_FOR" not in environ


HANDSHAKE = (b"Host: x", b"Upgrade: websocket", b"Connection: Upgrade")
KEY = b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
V13 = b"Sec-WebSocket-Version: 13"


@pytest.mark.parametrize(
    ("version", "fields", "status"),
    [
        (b"1.1", [KEY], b"426"),
        (b"1.1", [KEY, b"Sec-WebSocket-Version: 99"], b"426"),
        (b"1.0", [KEY, V13], b"400"),
        (b"1.1", [V13], b"400"),
        (b"1.1", [b"Sec-WebSocket-Key: AAAA", V13], b"400"),
        (b"1.1", [b"Sec-WebSocket-Key: A", V13], b"400"),
        (b"1.1", [KEY, KEY, V13], b"400"),
        (b"1.1", [KEY, V13, b"Content-Length: 5"], b"400"),
        (b"1.1", [KEY, V13, b"Transfer-Encoding: chunked"], b"400"),
    ],
    ids=str,
)
def test_a_handshake_that_is_none_is_refused_in_words(
    port: int, version: bytes, fields: list[bytes], status: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    sent = b"\r\n".join([b"GET /first HTTP/" + version, *HANDSHAKE, *fields, b"", b"5\r\n12345\r\n0\r\n\r\n"])
    reply = answer_to(port, sent + SMUGGLED)
    assert reply.startswith(b"HTTP/1.1 " + status) and reply.count(b"HTTP/1.1 ") == 1, reply
    assert SEEN == [] and "Traceback" not in "".join(capfd.readouterr())
