"""Strict parsing of a request: its line, its header fields, and the end of its body (RFC 9112).

Two programs that parse the same bytes differently see different requests, so one request can hide another (request
smuggling). Everything that the standard forbids, or leaves open, is refused here.
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
"""Bytes read at once for one line; all lines of a head together have fewer (`limits.MAX_HEAD`)."""
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
    """A request's head violates RFC 9112; the text names the fault, and quotes nothing of the request."""


class MalformedBody(OSError):
    """A chunked body violates RFC 9112, section 7.1."""


class Fields:
    """The header fields of a request, with the interface that pywsgi uses. Names are in lower case."""

    __slots__ = ("_values",)
    status = ""

    def __init__(self, values: dict[str, list[str]]) -> None:
        self._values = values

    def all(self, name: str) -> list[str]:
        """Return every value of the field, in order."""
        return self._values.get(name, [])

    def get(self, name: str, default: str | None = None) -> str | None:
        """Return the first value of the field."""
        values = self._values.get(name.lower())
        return default if values is None else values[0]

    getheader = get

    @property
    def typeheader(self) -> str | None:
        """The media type of the body."""
        return self.get("content-type")

    def as_environ(self) -> Iterator[tuple[str, str]]:
        """Yield (name, value) as in WSGI. A name with `_` is left out: it would look like the one with `-`."""
        for name, values in self._values.items():
            if "_" not in name and name not in ("content-type", "content-length"):
                key = f"HTTP_{name.replace('-', '_').upper()}"
                for value in values:
                    yield key, value


def read_line(line: str) -> tuple[str, str, str]:
    """Return (method, target, version) of a request's line. Raises: Malformed if it violates RFC 9112."""
    match = _LINE.fullmatch(line)
    if match is None:
        if line.endswith("\n") and not line.endswith("\r\n"):
            raise Malformed("The request's line does not end in CR LF.")
        raise Malformed("The request's line is not METHOD TARGET HTTP/1.1.")
    method, target, version = match.groups()
    return method, target, version


def read_fields(readline: Readline) -> Fields:
    """Read the header fields, up to the empty line after them. Raises: Malformed if they violate RFC 9112."""
    values: dict[str, list[str]] = {}
    for _ in range(MAX_FIELDS + 1):
        line = readline(_MAX_LINE).decode("latin-1")
        if line == "\r\n":
            return Fields(values)
        match = _FIELD.fullmatch(line)
        if match is None:
            raise Malformed(_fault_of(line))
        name, value = match.groups()
        values.setdefault(name.lower(), []).append(value.strip(" \t"))
    raise Malformed(f"The request has more than {MAX_FIELDS} header fields.")


def _fault_of(line: str) -> str:
    if not line.endswith("\r\n"):
        return "A header line does not end in CR LF." if line.endswith("\n") else "The request is incomplete."
    if line[0] in " \t":
        return "A header field continues on a second line."
    if _SPACE_BEFORE_COLON.match(line):
        return "There is a space between a header field's name and its colon."
    return "A header field has no name, no colon, or an invalid character."


def target_of(method: str, target: str, version: str, fields: Fields) -> str:
    """Return the requested path and query.

    Raises: Malformed unless there is exactly one Host (HTTP/1.0: at most one), or if the target is the full address
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
        raise Malformed("The request's target names another host than its Host field.")
    return path if path[:1] == "/" else f"/{path}"


def body_length(method: str, version: str, fields: Fields) -> int | None:
    """Return the Content-Length in bytes; None without one. Raises: Malformed if the body's end is ambiguous."""
    lengths, encodings = fields.all("content-length"), fields.all("transfer-encoding")
    if encodings:
        if lengths:
            raise Malformed("The request has both Content-Length and Transfer-Encoding.")
        if [encoding.lower() for encoding in encodings] != ["chunked"] or version == "HTTP/1.0":
            raise Malformed("The only supported Transfer-Encoding is chunked, in HTTP/1.1.")
    if not lengths:
        return None
    if len(lengths) > 1:
        raise Malformed("The request has more than one Content-Length.")
    if not _DIGITS.fullmatch(lengths[0]):
        raise Malformed("Content-Length is not a number of bytes.")
    length = int(lengths[0])
    if length and method == "HEAD":
        raise Malformed("A HEAD request must not have a body.")
    return length


def closes(version: str, fields: Fields) -> bool:
    """Return whether the connection ends after the answer (RFC 9112, section 9.3)."""
    options = {option.strip().lower() for value in fields.all("connection") for option in value.split(",")}
    return "close" in options or (version == "HTTP/1.0" and "keep-alive" not in options)


class ChunkedBody(pywsgi.Input):
    """A strictly parsed chunked body. The first read reads all of it, since a body is small."""

    __slots__ = ("_unread",)
    _chunked_input_error: bool
    _send_100_continue: Callable[[], None]

    def __init__(self, rfile: Any, socket: Any) -> None:
        super().__init__(rfile, None, socket=socket, chunked_input=True)
        self._unread: bytearray | None = None

    @property
    def unfinished(self) -> bool:
        """Whether the body's end was not read, so that the next bytes on the connection are not a request."""
        return self._unread is None

    def _chunked_read(self, length: int | None = None, use_readline: bool = False) -> bytes:
        if self._unread is None:
            if self._chunked_input_error:
                raise MalformedBody("The rest of the body cannot be read.")
            self._send_100_continue()
            try:
                self._unread = self._read_chunks()
            except BaseException:  # after any error, the start of the next request is unknown
                self._chunked_input_error = True
                raise
        end = len(self._unread) if length is None else length
        if use_readline:
            line_end = self._unread.find(b"\n", 0, end) + 1
            end = line_end or end
        piece = bytes(self._unread[:end])
        del self._unread[:end]
        return piece

    def _read_chunks(self) -> bytearray:
        """Read all data of the body. Raises: MalformedBody if it violates RFC 9112."""
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
                raise MalformedBody("A chunk of the body does not have its stated size.")
            body += data
        try:
            read_fields(lambda _size: self.rfile.readline(_MAX_CHUNK_LINE))  # the trailer is not used
        except Malformed as error:
            raise MalformedBody(str(error)) from None
        return body


def refusal(error: Malformed) -> bytes:
    """Return the answer to a malformed request; the connection ends after it."""
    body = problems.problem("validation", f"{error} Nothing was done.", status=400)
    text = body.model_dump_json(exclude_unset=True).encode()
    return (
        b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(text), text)
    )
