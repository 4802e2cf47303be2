"""Small files that take long to decode: pictures of one color, scans and frames of nothing, hours of silence.

Each is well formed, so that a decoder believes it. What it has to do is in the name.
"""
import struct

import base
from recipes import gif
from recipes.flac import block
from recipes.jpeg import segment
from recipes.png import SIGNATURE, chunk
from recipes.wav import chunk as riff
from recipes.webp import form, vp8x


def bits(*fields):
    """Fields of (value, count), the highest bit first, filled up with ones."""
    text = ''.join(format(value, f'0{count}b') for value, count in fields)
    text += '1' * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, 'big')


def jpeg(side, scans, refine=False):
    """A gray progressive picture; each scan behind the first says of all blocks that nothing is in them."""
    blocks = (side // 8) ** 2   # 16,384 at least
    runs, left = [], blocks
    while left:
        # EOB14: a run of 16,384 blocks and what 14 bits add to that (T.81 G.1.2.2).
        run = left if left < 32_768 else min(32_767, left - 16_384)
        runs += [(0, 1), (run - 16_384, 14)]
        left -= run
    head = b'\xff\xd8' + segment(0xDB, b'\0' + b'\x10' * 64) + segment(0xC2, struct.pack('>BHHB', 8, side, side, 1) + b'\1\x11\0')
    head += segment(0xC4, b'\0\1' + bytes(15) + b'\0') + segment(0xC4, b'\x10\1' + bytes(15) + b'\xe0')
    first = segment(0xDA, b'\1\1\0\0\0\0') + bytes(blocks // 8 + 1)
    scan = segment(0xDA, b'\1\1\0\1\x3f' + (b'\x10' if refine else b'\0')) + bits(*runs).replace(b'\xff', b'\xff\0')
    return head + first + scan * scans + b'\xff\xd9'


def scanlines(width, height, depth=8, samples=3):
    """The zlib stream of a black picture."""
    return base.zeros(((width * depth * samples + 7) // 8 + 1) * height)


def ihdr(width, height, depth=8, colour=2, interlace=0):
    return chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, depth, colour, 0, 0, interlace))


def png(width, height, interlace=0, extra=b'', **kind):
    samples = 1 if kind.get('colour', 2) in (0, 3) else 3
    # A few rows more, since each pass of an interlaced picture has filter bytes of its own.
    data = chunk(b'IDAT', scanlines(width, height + 16 * interlace, kind.get('depth', 8), samples))
    return SIGNATURE + ihdr(width, height, interlace=interlace, **kind) + extra + data + chunk(b'IEND')


def apng(side, frames):
    stream, parts = scanlines(side, side), []
    for n in range(frames):
        control = struct.pack('>IIIIIHHBB', max(2 * n - 1, 0), side, side, 0, 0, 1, 10, 0, 0)
        data = chunk(b'fdAT', struct.pack('>I', 2 * n) + stream) if n else chunk(b'IDAT', stream)
        parts.append(chunk(b'fcTL', control) + data)
    return SIGNATURE + ihdr(side, side) + chunk(b'acTL', struct.pack('>II', frames, 0)) + b''.join(parts) + chunk(b'IEND')


def lossless(side):
    """A VP8L picture whose every code has one symbol, so that a pixel takes no bit (RFC 9649 3.7.2.1.1)."""
    fields, value, at = ((side - 1, 14), (side - 1, 14), (0, 4), (0, 3), *((1, 4),) * 5), 0, 0
    for field, count in fields:
        value |= field << at
        at += count
    return riff(b'VP8L', b'\x2f' + value.to_bytes(11, 'little'))


def webp(side, frames):
    if frames == 1:
        return form(lossless(side))
    size = (side - 1).to_bytes(3, 'little')
    frame = riff(b'ANMF', bytes(6) + size + size + b'\x32\0\0\2' + lossless(side))
    return form(vp8x(2, side, side), riff(b'ANIM', bytes(6)), frame * frames)


def animated_gif(side, frames):
    codes = gif.lzw(bytes(side * side), 2)
    frame = b'\x2c' + struct.pack('<HHHHB', 0, 0, side, side, 0) + b'\2' + codes
    head = b'GIF89a' + struct.pack('<HHBBB', side, side, 0x80, 0, 0) + b'\0\0\0\xff\xff\xff'
    return head + frame * frames + b'\x3b'


def tiff(side):
    """One strip, deflate."""
    stream = scanlines(side, side, samples=1)
    entries = [(256, 4, 1, side), (257, 4, 1, side), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1), (273, 4, 1, 8),
               (277, 3, 1, 1), (278, 4, 1, side), (279, 4, 1, len(stream))]
    stream += b'\0' * (len(stream) % 2)
    ifd = struct.pack('<H', len(entries)) + b''.join(struct.pack('<HHII', *e) for e in entries) + bytes(4)
    return b'II*\0' + struct.pack('<I', 8 + len(stream)) + stream + ifd


def crc(data, size, polynomial):
    value, top, mask = 0, 1 << (size - 1), (1 << size) - 1
    for byte in data:
        value ^= byte << (size - 8)
        for _ in range(8):
            value = (value << 1 ^ (polynomial if value & top else 0)) & mask
    return value.to_bytes(size // 8, 'big')


def flac(frames):
    """Eight channels of silence, 65,535 samples a frame in 40 bytes."""
    size, out = 65_535, []
    for n in range(frames):
        number = bytes([n]) if n < 128 else bytes([0xC0 | n >> 6, 0x80 | n & 63])
        head = b'\xff\xf8\x70\x78' + number + struct.pack('>H', size - 1)
        head += crc(head, 8, 0x07)
        frame = head + b'\0\0\0' * 8
        out.append(frame + crc(frame, 16, 0x8005))
    info = struct.pack('>HH', size, size) + bytes(6)
    info += ((48_000 << 44) | (7 << 41) | (15 << 36) | size * frames).to_bytes(8, 'big') + bytes(16)
    return b'fLaC' + block(0, info, last=True) + b''.join(out)


def cases():
    yield 'bomb-2000-scans-of-nothing.jpg', jpeg(2000, 2000)
    yield 'bomb-2000-refinements-of-nothing.jpg', jpeg(2000, 2000, refine=True)
    yield 'bomb-16000x16000-of-nothing.jpg', jpeg(16_000, 10)
    yield 'bomb-16000x16000.png', png(16_000, 16_000)
    yield 'bomb-16000x16000-1-bit.png', png(16_000, 16_000, depth=1, colour=0)
    yield 'bomb-16000x16000-palette.png', png(16_000, 16_000, colour=3, extra=chunk(b'PLTE', bytes(768)))
    yield 'bomb-12000x12000-adam7.png', png(12_000, 12_000, interlace=1)
    yield 'bomb-100-frames.png', apng(2000, 100)
    yield 'bomb-300-frames.webp', webp(2000, 300)
    yield 'bomb-16384x16384.webp', webp(16_384, 1)
    yield 'bomb-300-frames.gif', animated_gif(1000, 300)
    yield 'bomb-16000x16000.tiff', tiff(16_000)
    yield 'bomb-1000-frames-of-silence.flac', flac(1000)
    yield 'few-scans-good.jpg', jpeg(1600, 8)
    yield 'few-frames-good.webp', webp(300, 8)
    yield 'few-frames-good.png', apng(300, 8)
    yield 'few-frames-good.gif', animated_gif(300, 8)
    yield 'few-frames-good.flac', flac(3)
