"""Hostile WebP files."""
import struct

import base
import tiff
import xmp
from recipes.wav import chunk
from recipes.webp import form, picture, vp8x


def aigc():
    return chunk(b'XMP ', xmp.good())


def lying_lengths():
    good = form(vp8x(0x0C), picture(), chunk(b'EXIF', tiff.comment(tiff.ASCII + base.label())), aigc())
    for kind in (b'RIFF', b'VP8X', b'VP8 ', b'EXIF', b'XMP '):
        at = good.index(kind) + 4
        real = int.from_bytes(good[at:at + 4], 'little')
        for slug, size in (*base.LIES32, ('one-more', real + 1), ('one-less', real - 1)):
            yield f'length-{kind.decode().strip()}-{slug}.webp', base.patched(good, at, struct.pack('<I', size))


def pictures():
    for slug, data in (('empty', b''), ('1-byte', b'x'), ('no-start-code', bytes(20)), ('size-0', b'\0\0\0\x9d\1\x2a' + bytes(10)),
                       ('size-16383-huge', b'\0\0\0\x9d\1\x2a\xff\xff\xff\xff' + bytes(10))):
        yield f'vp8-{slug}.webp', form(chunk(b'VP8 ', data))
        yield f'vp8l-{slug}.webp', form(chunk(b'VP8L', data))
    yield 'vp8l-size-16384-huge.webp', form(chunk(b'VP8L', b'\x2f\xff\xff\xff\xff' + bytes(9)))
    yield 'picture-missing.webp', form(vp8x(4), aigc())
    yield 'picture-twice.webp', form(picture(), picture(), aigc())
    yield 'frame-without-vp8x.webp', form(chunk(b'ANMF', bytes(24)))
    yield 'frames-20000-empty.webp', form(vp8x(2), chunk(b'ANIM', bytes(6)), chunk(b'ANMF', b'') * 20_000)


def structure():
    yield 'vp8x-9-bytes.webp', form(chunk(b'VP8X', bytes(9)), picture(), aigc())
    yield 'vp8x-empty.webp', form(chunk(b'VP8X', b''), picture())
    yield 'vp8x-last.webp', form(picture(), vp8x(0))
    yield 'vp8x-twice.webp', form(vp8x(0), vp8x(4), picture(), aigc())
    yield 'xmp-first.webp', form(aigc(), vp8x(4), picture())
    yield 'xmp-chunk-of-no-bytes.webp', form(vp8x(4), picture(), chunk(b'XMP ', b''))
    yield 'chunks-1000-xmp.webp', form(vp8x(4), picture(), aigc() * 1000)
    yield 'chunks-20000-empty.webp', form(picture(), b'junk\0\0\0\0' * 20_000)
    yield 'chunks-1000-aigc.webp', form(picture(), chunk(b'AIGC', base.label()) * 1000)
    yield 'odd-without-padding.webp', form(vp8x(0), picture(), b'TEST\3\0\0\0abc')
    yield 'riff-0-bytes.webp', form(picture())[:4] + bytes(4) + form(picture())[8:]
    yield 'riff-in-riff.webp', form(form(picture(), aigc()), picture())
    yield 'garbage-behind-good.webp', form(vp8x(4), picture(), aigc()) + base.noise(3000)
    yield 'header-only.webp', b'RIFF\4\0\0\0WEBP'
    yield 'picture-200mb-hole.webp', base.Sparse(b'RIFF' + struct.pack('<I', 200_000_000 - 8) + b'WEBPVP8L' + struct.pack('<I', 200_000_000 - 20) + b'\x2f' + bytes(9), 200_000_000)


def metadata():
    for slug, packet in xmp.packets(2):
        yield f'xmp-{slug}.webp', form(vp8x(4), picture(), chunk(b'XMP ', packet))
    for slug, packet in xmp.large_packets():
        yield f'xmp-{slug}.webp', form(vp8x(4), picture(), chunk(b'XMP ', packet))
    for slug, block in base.some(tiff.blocks(), 4):
        yield f'exif-{slug}.webp', form(vp8x(8), picture(), chunk(b'EXIF', block))


def cases():
    yield from base.cuts('webp-xmp.webp', 20)
    yield from base.flips('webp-exif.webp', 6)
    yield from base.some(lying_lengths(), 3)
    for family in (pictures, structure, metadata):
        yield from family()
