"""Reading a request strictly: its line, its header fields, and where its body ends (RFC 9112).

Two programs that read the same bytes differently see different requests in them, so that a request can be hidden behind
another one (request smuggling). Whatever the standard forbids, or lets a reader guess, is refused here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from gevent import pywsgi

from server.contract import problems

MAX_FIELDS = 100
"""Header fields of a request, and of a chunked body's trailer."""
_MAX_LINE = 64 * 1024
"""Bytes that are asked for as one line; all lines of a head together have less (`bounded.MAX_HEAD`)."""
_MAX_CHUNK_LINE = 4096
_TCHAR = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
_LINE = re.compile(rf"({_TCHAR}+) ([!-~\x80-\xff]+) (HTTP/1\.[01])\r\n")
_FIELD = re.compile(rf"({_TCHAR}+):([\t -~\x80-\xff]*)\r\n")
_SPACE_BEFORE_COLON = re.compile(rf"{_TCHAR}+[ \t]+:")
_DIGITS = re.compile(r"[0-9]{1,18}")
_WHOLE_ADDRESS = re.compile(r"https?://([^/?#@]+)(|[/?].*)", re.IGNORECASE)
_CHUNK_SIZE = re.compile(r"([0-9A-Fa-f]{1,8})(?:[ \t]*;[\t -~\x80-\xff]*)?\r\n")

Readline = Callable[[int], bytes]


class Malformed(ValueError):
    """A request's head that is not as RFC 9112 has it; the text says what is wrong, and repeats nothing of it."""


class MalformedBody(OSError):
    """A chunked body that is not as RFC 9112, section 7.1, has it."""


class Fields:
    """The header fields of a request, as pywsgi asks for them. Names are in small letters."""

    __slots__ = ("_values",)
    status = ""

    def __init__(self, values: dict[str, list[str]]) -> None:
        self._values = values

    def all(self, name: str) -> list[str]:
        """Every value of the field, in order."""
        return self._values.get(name, [])

    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value of the field."""
        values = self._values.get(name.lower())
        return default if values is None else values[0]

    getheader = get

    @property
    def typeheader(self) -> str | None:
        """The media type of the body."""
        return self.get("content-type")

    def as_environ(self) -> Iterator[tuple[str, str]]:
        """(name, value) as WSGI has them. A name with `_` is left out: it would pass for the one with `-`."""
        for name, values in self._values.items():
            if "_" not in name and name not in ("content-type", "content-length"):
                key = f"HTTP_{name.replace('-', '_').upper()}"
                for value in values:
                    yield key, value


def read_line(line: str) -> tuple[str, str, str]:
    """(method, target, version) of a request's line. Raises Malformed."""
    found = _LINE.fullmatch(line)
    if found is None:
        if line.endswith("\n") and not line.endswith("\r\n"):
            raise Malformed("The request's line does not end in CR LF.")
        raise Malformed("The request's line is not METHOD TARGET HTTP/1.1.")
    method, target, version = found.groups()
    return method, target, version


def read_fields(readline: Readline) -> Fields:
    """The header fields, up to the empty line behind them. Raises Malformed."""
    values: dict[str, list[str]] = {}
    for _ in range(MAX_FIELDS + 1):
        line = readline(_MAX_LINE).decode("latin-1")
        if line == "\r\n":
            return Fields(values)
        found = _FIELD.fullmatch(line)
        if found is None:
            raise Malformed(_fault_of(line))
        name, value = found.groups()
        values.setdefault(name.lower(), []).append(value.strip(" \t"))
    raise Malformed(f"The request has more than {MAX_FIELDS} header fields.")


def _fault_of(line: str) -> str:
    if not line.endswith("\r\n"):
        return "A header line does not end in CR LF." if line.endswith("\n") else "The request breaks off."
    if line[0] in " \t":
        return "A header field goes on over a second line."
    if _SPACE_BEFORE_COLON.match(line):
        return "There is a space between a header field's name and its colon."
    return "A header field has no name, no colon, or a character that it may not have."


def target_of(method: str, target: str, version: str, fields: Fields) -> str:
    """The path and query that are asked for.

    Raises Malformed where there is not exactly one Host (HTTP/1.0: at most one), or where the target is a whole address
    of another host.
    """
    hosts = fields.all("host")
    if len(hosts) > 1:
        raise Malformed("The request has more than one Host.")
    if not hosts and version != "HTTP/1.0":
        raise Malformed("The request has no Host.")
    if target[0] == "/" or (target == "*" and method == "OPTIONS"):
        return target
    address = _WHOLE_ADDRESS.fullmatch(target)
    if address is None:
        raise Malformed("The request's target is neither a path nor an address.")
    authority, path = address.groups()
    if not hosts or authority.lower() != hosts[0].lower():
        raise Malformed("The request's target is of another host than its Host.")
    return path if path[:1] == "/" else f"/{path}"


def body_length(method: str, version: str, fields: Fields) -> int | None:
    """How many bytes the body has by Content-Length; None without one. Raises Malformed where its end is in doubt."""
    lengths, encodings = fields.all("content-length"), fields.all("transfer-encoding")
    if encodings:
        if lengths:
            raise Malformed("The request has both Content-Length and Transfer-Encoding.")
        if [encoding.lower() for encoding in encodings] != ["chunked"] or version == "HTTP/1.0":
            raise Malformed("The only Transfer-Encoding that is taken is chunked, in HTTP/1.1.")
    if not lengths:
        return None
    if len(lengths) > 1:
        raise Malformed("The request has more than one Content-Length.")
    if not _DIGITS.fullmatch(lengths[0]):
        raise Malformed("Content-Length is no number of bytes.")
    length = int(lengths[0])
    if length and method == "HEAD":
        raise Malformed("A HEAD request has no body.")
    return length


def closes(version: str, fields: Fields) -> bool:
    """Whether the connection ends with the answer (RFC 9112, section 9.3)."""
    options = {option.strip().lower() for value in fields.all("connection") for option in value.split(",")}
    return "close" in options or (version == "HTTP/1.0" and "keep-alive" not in options)


class ChunkedBody(pywsgi.Input):
    """A chunked body, read strictly. It is read whole when its first byte is asked for: it has few bytes at most."""

    __slots__ = ("_left",)
    _chunked_input_error: bool
    _send_100_continue: Callable[[], None]

    def __init__(self, rfile: Any, socket: Any) -> None:
        super().__init__(rfile, None, socket=socket, chunked_input=True)
        self._left: bytearray | None = None

    @property
    def unfinished(self) -> bool:
        """Whether its end has not been found: what comes next on the connection is no request then."""
        return self._left is None

    def _chunked_read(self, length: int | None = None, use_readline: bool = False) -> bytes:
        if self._left is None:
            if self._chunked_input_error:
                raise MalformedBody("The body cannot be read on.")
            self._send_100_continue()
            try:
                self._left = self._read_chunks()
            except BaseException:  # whatever it is, nobody knows where the next request begins
                self._chunked_input_error = True
                raise
        end = len(self._left) if length is None else length
        if use_readline:
            line_end = self._left.find(b"\n", 0, end) + 1
            end = line_end or end
        piece = bytes(self._left[:end])
        del self._left[:end]
        return piece

    def _read_chunks(self) -> bytearray:
        """All data of the body. Raises MalformedBody."""
        body = bytearray()
        while True:
            line = _CHUNK_SIZE.fullmatch(self.rfile.readline(_MAX_CHUNK_LINE).decode("latin-1"))
            if line is None:
                raise MalformedBody("A chunk of the body has no size.")
            size = int(line[1], 16)
            if not size:
                break
            data = self.rfile.read(size)
            if len(data) != size or self.rfile.read(2) != b"\r\n":
                raise MalformedBody("A chunk of the body has not the size that it says.")
            body += data
        try:
            read_fields(lambda _size: self.rfile.readline(_MAX_CHUNK_LINE))  # a trailer, of which nothing is used
        except Malformed as error:
            raise MalformedBody(str(error)) from None
        return body


def refusal(error: Malformed) -> bytes:
    """The answer to a request that cannot be read; the connection ends with it."""
    body = problems.problem("validation", f"{error} Nothing was done.", status=400)
    text = body.model_dump_json(exclude_unset=True).encode()
    return (
        b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(text), text)
    )
