"""Packets kept for evidence: bounded, whole groups, never across an interruption."""

from __future__ import annotations

from fractions import Fraction

from adapters.packet_ring import Packet, PacketRing, StreamFormat

FORMAT = StreamFormat(
    codec="h264", width=4, height=4, rotation=0, time_base=Fraction(1, 25), header=b"x"
)


def filled(count: int, *, group: int = 25, size: int = 100, **bounds: float) -> PacketRing:
    ring = PacketRing(**bounds)  # type: ignore[arg-type]
    ring.begin_segment(0, FORMAT)
    for i in range(count):
        ring.push(packet(i, key=i % group == 0, size=size))
    return ring


def packet(index: int, *, key: bool, size: int = 100, segment: int = 0) -> Packet:
    return Packet(
        index=index,
        segment=segment,
        pts=index,
        dts=index,
        duration=1,
        keyframe=key,
        t_s=index / 25,
        data=bytes(size),
    )


def test_a_clip_begins_at_the_key_picture_before() -> None:
    clip = filled(100).clip(1.5, 3.0)
    assert clip is not None
    assert clip.packets[0].keyframe
    assert clip.from_s == 1.0
    assert clip.to_s == 3.0
    assert clip.format == FORMAT


def test_seconds_and_bytes_are_bounded_by_forgetting_whole_groups() -> None:
    by_time = filled(1000, max_seconds=10.0)
    span = by_time.span_s()
    assert span is not None
    assert span[1] - span[0] <= 10.0
    by_size = filled(1000, size=1000, max_bytes=100_000)
    assert by_size.size_bytes <= 100_000
    clip = by_size.clip(0.0, 1e9)
    assert clip is not None
    assert clip.packets[0].keyframe


def test_a_stream_without_key_pictures_stays_bounded_and_gives_no_clip() -> None:
    ring = PacketRing(max_bytes=10_000)
    ring.begin_segment(0, FORMAT)
    for i in range(1000):
        ring.push(packet(i, key=False))
    assert ring.size_bytes <= 10_000
    assert ring.clip(0.0, 100.0) is None


def test_a_clip_never_spans_an_interruption() -> None:
    ring = filled(50)
    ring.begin_segment(1, FORMAT)
    for i in range(50, 150):
        ring.push(packet(i, key=i % 25 == 0, segment=1))
    clip = ring.clip(1.0, 5.0)
    assert clip is not None
    assert {p.segment for p in clip.packets} == {1}


def test_a_step_found_late_moves_the_packets_it_concerns() -> None:
    ring = filled(100)
    ring.retime(60, segment=1, shift_s=-1.0)
    clip = ring.clip(1.5, 2.9)
    assert clip is not None
    assert all(p.segment == 1 for p in clip.packets) or all(p.segment == 0 for p in clip.packets)
    moved = ring.clip(2.0, 2.96)
    assert moved is not None
    assert moved.packets[-1].t_s <= 2.96


def test_nothing_is_given_where_nothing_is_held() -> None:
    assert PacketRing().clip(0.0, 1.0) is None
    assert filled(10).clip(50.0, 60.0) is None
