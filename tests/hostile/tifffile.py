"""Hostile TIFF files: the blocks of EXIF as whole files, and what only a file has."""
import struct

import base
import tiff
import xmp
from recipes.tiff import Writer


def made(*more, order='<', big=False, tail=b''):
    file = Writer(order, big)
    file.page(file.picture(8, 8) + list(more))
    return file.data + tail


def files():
    good = made((700, 7, xmp.good()))
    at = len(made()) - 4
    yield 'good.tif', good
    yield 'xmp-type-1-good.tif', made((700, 1, xmp.good()))
    yield 'xmp-twice.tif', made((700, 7, xmp.good()), (700, 7, xmp.good()))
    yield 'xmp-1000-times.tif', made(*[(700, 7, xmp.good())] * 1000)
    yield 'xmp-inline.tif', made((700, 7, b'<x/>'))
    yield 'xmp-of-shorts.tif', made((700, 3, [1, 2, 3, 4, 5]))
    yield 'label-in-description.tif', made((0x10E, 2, base.label() + b'\0'))
    yield 'description-10mb.tif', made((0x10E, 2, b'{"Label":"1",' + b'x' * 10_000_000))
    where = good.index(struct.pack('<HH', 700, 7))
    for slug, value in (*base.LIES32, ('80000000', 2**31)):
        yield f'xmp-count-{slug}.tif', base.patched(good, where + 4, struct.pack('<I', value))
        yield f'xmp-offset-{slug}.tif', base.patched(good, where + 8, struct.pack('<I', value))
    yield 'xmp-overlaps-directory.tif', base.patched(good, where + 8, struct.pack('<I', where - 20))
    yield 'xmp-is-the-header.tif', base.patched(good, where + 8, struct.pack('<I', 0))
    yield 'next-is-itself.tif', base.patched(made(), at, struct.pack('<I', struct.unpack('<I', made()[4:8])[0]))
    yield 'next-ffffffff.tif', base.patched(made(), at, b'\xff' * 4)
    ring = b'II*\0\x08\0\0\0' + struct.pack('<HI', 0, 14) + struct.pack('<HI', 0, 8)
    yield 'two-in-a-ring.tif', ring
    yield 'pages-30000-empty.tif', b'II*\0\x08\0\0\0' + b''.join(struct.pack('<HI', 0, 14 + 6 * i) for i in range(30_000))
    # Directories of 60,000 entries, each a little behind the last: a reader without a budget reads gigabytes.
    yield 'pages-overlap.tif', b'II*\0\x08\0\0\0' + struct.pack('<H', 60_000) * 500_000
    for slug, count in base.LIES64:
        yield f'big-count-{slug}.tif', b'II+\0\x08\0\0\0' + struct.pack('<QQ', 16, count) + bytes(100)
        yield f'big-first-{slug}.tif', b'II+\0\x08\0\0\0' + struct.pack('<Q', count) + bytes(100)
        big = made((700, 7, xmp.good()), big=True)
        spot = big.index(struct.pack('<HH', 700, 7))
        yield f'big-xmp-count-{slug}.tif', base.patched(big, spot + 4, struct.pack('<Q', count))
        yield f'big-xmp-offset-{slug}.tif', base.patched(big, spot + 12, struct.pack('<Q', count))
    yield 'big-offset-size-4.tif', b'II+\0\x04\0\0\0' + bytes(40)
    yield 'empty-directory.tif', b'II*\0\x08\0\0\0' + bytes(6)
    yield 'cr2-header.tif', b'II*\0\x10\0\0\0CR\2\0\0\0\0\0' + bytes(6)
    yield 'odd-length.tif', made(tail=b'x')
    yield 'hole-4gb-huge.tif', base.Sparse(made(), 2**32 - 100, b'x')
    yield 'c2pa-empty.tif', made((0xCD41, 7, b'12345'))


def cases():
    yield from base.cuts('tiff-xmp.tif', 20)
    yield from base.flips('tiff-exif.tif', 8)
    yield from files()
    for slug, block in tiff.blocks():
        yield f'block-{slug}.tif', block
    for slug, packet in (*xmp.packets(3), *xmp.large_packets()):
        yield f'packet-{slug}.tif', made((700, 7, packet))
