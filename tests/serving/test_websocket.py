"""Our frame reader accepts what RFC 6455 allows, and nothing else."""

from __future__ import annotations

from io import BytesIO

import pytest
import websocket
from geventwebsocket.exceptions import ProtocolError, WebSocketError
from hypothesis import given
from hypothesis import strategies as st

from server.serving.budget import SocketBudget
from server.serving.websocket import MAX_MESSAGE, MessageReader, unmask

TEXT, BINARY, CONT = websocket.ABNF.OPCODE_TEXT, websocket.ABNF.OPCODE_BINARY, websocket.ABNF.OPCODE_CONT
PING, PONG, CLOSE = websocket.ABNF.OPCODE_PING, websocket.ABNF.OPCODE_PONG, websocket.ABNF.OPCODE_CLOSE


class UnlimitedBudget(SocketBudget):
    MESSAGES = BYTES = 1 << 30


def frame(payload: bytes = b"", opcode: int = TEXT, fin: int = 1) -> bytes:
    """Return a masked frame, made by an independent library."""
    data: bytes = websocket.ABNF(fin, 0, 0, 0, opcode, 1, payload).format()
    return data


def read(data: bytes) -> tuple[str | bytes | None, list[tuple[int, bytes]]]:
    """Return (the message, the control frames before it)."""
    control: list[tuple[int, bytes]] = []
    reader = MessageReader(BytesIO(data).read, UnlimitedBudget(), lambda: None)
    return reader.message(lambda opcode, payload: control.append((opcode, payload))), control


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, MAX_MESSAGE])
def test_a_message_of_every_length_comes_as_it_was_sent(size: int) -> None:
    assert read(frame(b"x" * size)) == ("x" * size, [])


@given(st.text(max_size=60), st.lists(st.integers(0, 200), max_size=4))
def test_a_message_may_come_in_pieces_cut_anywhere_with_pings_between(text: str, cuts: list[int]) -> None:
    data = text.encode()
    ends = [*sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    sent = b"".join(
        frame(piece, CONT if number else TEXT, int(number == len(pieces) - 1)) + (b"" if number else frame(b"p", PING))
        for number, piece in enumerate(pieces)
    )
    message, control = read(sent)
    assert message == text
    assert control == ([(PING, b"p")] if len(pieces) > 1 else [])


def test_binary_close_and_pong_are_distinguished() -> None:
    assert read(frame(b"\x00\xff", BINARY)) == (b"\x00\xff", [])
    assert read(frame(b"", PONG) + frame(b"\x03\xe8", CLOSE)) == (None, [(CLOSE, b"\x03\xe8")])


@pytest.mark.parametrize(
    "data",
    [
        b"\x81\x02hi",
        frame(b"x", CONT),
        frame(b"x", TEXT, 0) + frame(b"y", TEXT),
        frame(b"", PING, 0),
        b"\x89\xfe\x10\x00aaaa",
        b"\x83\x81aaaaa",
        b"\xc1\x81aaaaa",
    ],
    ids=["no mask", "continues nothing", "begins in another", "ping in pieces", "long ping", "opcode", "reserved bit"],
)
def test_invalid_frames_are_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read(data)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x81", frame(b"hello")[:-1], b"\x81\xff" + b"\x7f" * 8],
    ids=["nothing", "half a head", "half a payload", "too long"],
)
def test_a_connection_that_ends_inside_a_frame_or_announces_too_much_is_ended(data: bytes) -> None:
    with pytest.raises(WebSocketError):
        read(data)


@given(st.binary(max_size=300), st.binary(min_size=4, max_size=4))
def test_masking_twice_changes_nothing(payload: bytes, key: bytes) -> None:
    masked = unmask(key, payload)
    assert masked == bytes(byte ^ key[n % 4] for n, byte in enumerate(payload))
    assert unmask(key, masked) == payload
