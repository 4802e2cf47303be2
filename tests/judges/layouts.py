#!/usr/bin/env python3
"""Pictures and sequences laid out anew: layouts.py DIR CLEAN...

For each clean HEIC or AVIF file, writes some with the same contents in another order: the boxes behind `ftyp` shuffled, each
`mdat` cut into several, gaps and free boxes between. Offsets in `iloc` and `stco` follow; the names begin as the file's.
"""
import random
import struct
import sys
from pathlib import Path

import items

COPIES = 6
TABLES = (b'moov', b'trak', b'mdia', b'minf', b'stbl', b'meta')


def box(kind, payload):
    return struct.pack('>I', len(payload) + 8) + kind + payload


def fields(data, start, end):
    """(place, width) of every number below that is an absolute offset; the base of an item stands for its extents."""
    for kind, body, stop in items.boxes(data, start, end):
        if kind in TABLES:
            yield from fields(data, body + 4 * (kind == b'meta'), stop)
        elif kind == b'stco':
            yield from ((at, 4) for at in range(body + 8, body + 8 + 4 * int.from_bytes(data[body + 4:body + 8], 'big'), 4))
        elif kind == b'iloc':
            yield from extents(data, body)


def extents(data, start):
    numbers, version = items.Numbers(data, start + 4), data[start]
    sizes, more = numbers.take(1), numbers.take(1)
    wide = 4 if version == 2 else 2
    for _ in range(numbers.take(wide)):
        numbers.take(wide)
        method = numbers.take(2) & 15 if version else 0
        numbers.take(2)
        at, base = numbers.at, numbers.take(more >> 4)
        if method == 0 and base:
            yield at, more >> 4
        for _ in range(numbers.take(2)):
            numbers.take(more & 15 if version else 0)
            if method == 0 and not base:
                yield numbers.at, sizes >> 4
            numbers.take(sizes >> 4)
            numbers.take(sizes & 15)


def laid_out(data, chance):
    top = items.boxes(data, 0, len(data))
    places = list(fields(data, 0, len(data)))
    targets = {int.from_bytes(data[at:at + width], 'big') for at, width in places}
    parts = []
    for kind, body, end in top[1:]:
        if kind != b'mdat':
            parts.append((kind, body, end))
            continue
        cuts = sorted({body, end, *(t for t in targets if body < t < end and chance.random() < 0.6)})
        parts += [(b'mdat', *pair) for pair in zip(cuts, cuts[1:])]
    chance.shuffle(parts)
    out, moved, tables = bytearray(data[:top[0][2]]), {}, []
    for kind, body, end in parts:
        if chance.random() < 0.3:
            out += box(b'free', bytes(chance.choice((0, 40, 900))))
        gap = bytes(chance.choice((0, 0, 7))) if kind == b'mdat' else b''
        moved.update({t: t - body + len(out) + 8 + len(gap) for t in targets if kind == b'mdat' and body <= t < end})
        tables += [(at, at - body + len(out) + 8, width) for at, width in places if body <= at < end]
        out += box(kind, gap + data[body:end])
    for at, new, width in tables:
        out[new:new + width] = moved[int.from_bytes(data[at:at + width], 'big')].to_bytes(width, 'big')
    return bytes(out)


def main(folder, *names):
    for name in map(Path, names):
        chance = random.Random(name.name)
        for copy in range(COPIES):
            (Path(folder) / f'{name.stem}-{copy}{name.suffix}').write_bytes(laid_out(name.read_bytes(), chance))


if __name__ == '__main__':
    main(*sys.argv[1:])
