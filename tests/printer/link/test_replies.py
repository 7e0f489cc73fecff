"""A printer's bytes, sorted: however the line cuts them."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printer.link.replies import Automatic, Block, RealTime, Reply, ReplyParser, Sensor

real_times = st.sampled_from([b for b in range(256) if b & 0x93 == 0x12]).map(lambda b: (RealTime(b), bytes([b])))
sensors = st.sampled_from([b for b in range(256) if b & 0x90 == 0]).map(lambda b: (Sensor(b), bytes([b])))
automatics = st.tuples(
    st.sampled_from([b for b in range(256) if b & 0x93 == 0x10]),
    *[st.sampled_from([b for b in range(256) if b & 0x90 == 0])] * 3,
).map(lambda parts: (Automatic(bytes(parts)), bytes(parts)))
blocks = (
    st.tuples(st.sampled_from([0x37, 0x5F]), st.binary(max_size=40))
    .map(lambda parts: (parts[0], bytes(0x20 + byte % 0x5F for byte in parts[1])))
    .map(lambda parts: (Block(*parts), bytes([parts[0]]) + parts[1] + b"\0"))
)
conversations = st.lists(st.one_of(real_times, sensors, automatics, blocks), max_size=30)


@given(conversations, st.lists(st.integers(0, 400)))
def test_replies_come_out_whole_and_in_order_wherever_the_line_cuts_them(
    said: list[tuple[Reply, bytes]], cuts: list[int]
) -> None:
    stream = b"".join(data for _, data in said)
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    parser = ReplyParser()
    heard = [reply for start, end in itertools.pairwise(edges) for reply in parser.feed(stream[start:end])]
    assert heard == [reply for reply, _ in said]


@given(st.binary(max_size=300))
def test_no_noise_breaks_the_parser_and_a_reply_after_it_is_found(noise: bytes) -> None:
    parser = ReplyParser()
    parser.feed(noise)
    parser.feed(b"\x01" * 200 + b"\0")  # ends whatever the noise began
    assert parser.feed(b"\x37\x22" + b"0042\0") == [Block(0x37, b"\x220042")]


@pytest.mark.parametrize("status", [0x12, 0x16, 0x1A, 0x1E])
def test_a_status_that_is_sent_inside_a_block_is_heard_and_the_block_too(status: int) -> None:
    parser = ReplyParser()
    heard = parser.feed(b"\x37\x2200" + bytes([status]) + b"42\0")
    assert heard == [RealTime(status), Block(0x37, b"\x220042")]


def test_flow_control_of_a_serial_line_is_no_reply() -> None:
    assert ReplyParser().feed(b"\x11\x13\x11") == []


def test_an_automatic_status_cut_short_does_not_swallow_what_follows() -> None:
    assert ReplyParser().feed(b"\x10\x00\x12") == [RealTime(0x12)]


def test_a_block_without_end_is_given_up() -> None:
    parser = ReplyParser()
    assert parser.feed(b"\x37" + b"A" * 500) or True
    assert parser.feed(b"\0\x12")[-1] == RealTime(0x12)
