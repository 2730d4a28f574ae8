"""Reads the few H.264 header bits that betray a lost picture: frame_num and the slice type.

libav conceals a lost reference without saying so; the bitstream's own counter does not lie.
ITU-T H.264 clauses 7.3.2.1, 7.3.3 and 7.4.3. It must not know containers, time or pixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_SLICE, _IDR, _SPS = 1, 5, 7
_HEADER_BYTES = 64
_HIGH_PROFILES = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureHeader:
    """First slice header of one picture: reference tells whether others predict from it."""

    frame_num: int
    idr: bool
    intra: bool
    reference: bool


class _Bits:
    """Reads bits of one NAL unit, emulation prevention removed."""

    def __init__(self, data: bytes) -> None:
        clean = data.replace(b"\x00\x00\x03", b"\x00\x00")
        self._value = int.from_bytes(clean, "big")
        self._left = len(clean) * 8

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise ValueError("bits ran out")
        return (self._value >> self._left) & ((1 << count) - 1)

    def golomb(self) -> int:
        zeros = 0
        while not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)

    def signed_golomb(self) -> int:
        code = self.golomb()
        return (code + 1) // 2 if code % 2 else -(code // 2)


class H264Headers:
    """Follows the parameter sets of one stream and reads each picture's header."""

    def __init__(self, extradata: bytes) -> None:
        # avcC (ISO 14496-15) starts with version 1; Annex B starts with a start code.
        self._length_size = (extradata[4] & 3) + 1 if extradata[:1] == b"\x01" else None
        self._frame_num_bits: int | None = None
        self._separate_planes = False
        for unit in _configuration(extradata):
            self._learn(unit)

    @property
    def max_frame_num(self) -> int | None:
        """The counter's modulus, None until a sequence parameter set was read."""
        return None if self._frame_num_bits is None else 1 << self._frame_num_bits

    def read(self, packet: bytes) -> PictureHeader | None:
        """Header of the packet's first slice; None where it has none that can be read."""
        for unit in _units(packet, self._length_size):
            kind = unit[0] & 31
            if kind == _SPS:
                self._learn(unit)
            elif kind in {_SLICE, _IDR} and self._frame_num_bits is not None:
                return self._slice(unit)
        return None

    def _slice(self, unit: bytes) -> PictureHeader | None:
        bits = _Bits(unit[1:_HEADER_BYTES])
        try:
            bits.golomb()
            slice_type = bits.golomb()
            bits.golomb()
            if self._separate_planes:
                bits.take(2)
            frame_num = bits.take(self._frame_num_bits or 4)
        except ValueError:
            return None
        return PictureHeader(
            frame_num=frame_num,
            idr=unit[0] & 31 == _IDR,
            intra=slice_type % 5 in {2, 4},
            reference=bool(unit[0] & 0x60),
        )

    def _learn(self, unit: bytes) -> None:
        if not unit or unit[0] & 31 != _SPS:
            return
        bits = _Bits(unit[1:])
        try:
            profile = bits.take(8)
            bits.take(16)
            bits.golomb()
            self._separate_planes = profile in _HIGH_PROFILES and _skip_high_profile(bits)
            self._frame_num_bits = bits.golomb() + 4
        except ValueError:
            self._frame_num_bits = None


def _skip_high_profile(bits: _Bits) -> bool:
    chroma = bits.golomb()
    separate = bool(bits.take(1)) if chroma == 3 else False
    bits.golomb()
    bits.golomb()
    bits.take(1)
    if bits.take(1):
        for index in range(12 if chroma == 3 else 8):
            if bits.take(1):
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return separate


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed_golomb()) % 256
        last = following or last


def _configuration(extradata: bytes) -> Iterator[bytes]:
    if extradata[:1] != b"\x01":
        yield from _units(extradata, None)
        return
    count, at = extradata[5] & 31, 6
    for _ in range(count):
        size = int.from_bytes(extradata[at : at + 2], "big")
        yield extradata[at + 2 : at + 2 + size]
        at += 2 + size


def _units(data: bytes, length_size: int | None) -> Iterator[bytes]:
    """Each NAL unit's first bytes: enough for a header, so that big slices are not copied."""
    if length_size is None:
        at = data.find(b"\x00\x00\x01")
        while at >= 0:
            start = at + 3
            if start < len(data):
                yield data[start : start + 4 * _HEADER_BYTES]
            at = data.find(b"\x00\x00\x01", start)
        return
    at = 0
    while at + length_size < len(data):
        size = int.from_bytes(data[at : at + length_size], "big")
        start = at + length_size
        if size:
            yield data[start : start + min(size, 4 * _HEADER_BYTES)]
        at = start + size
