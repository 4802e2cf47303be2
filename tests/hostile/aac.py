"""Hostile ADTS files: frames that lie, tags in front and between."""
import base
from recipes.mp3 import frame23, tag


def cases():
    good = base.clean('aac.aac')
    labelled = tag(3, 0, frame23(b'TXXX', b'\0AIGC\0' + base.label()) + bytes(20))
    yield 'id3-good.aac', labelled + good
    yield from base.cuts('aac-id3.aac', 9)
    yield from base.flips('aac-id3.aac', 4)
    for slug, length in (('0', 0), ('6', 6), ('7', 7), ('8', 8), ('1fff', 0x1FFF)):
        head = bytes([0xFF, 0xF1, 0x50, 0x80 | length >> 11, length >> 3 & 255, (length & 7) << 5 | 0x1F, 0xFC])
        yield f'frame-length-{slug}.aac', head * 500
        yield f'frame-length-{slug}-behind-tag.aac', labelled + head + good
    yield 'frame-rate-reserved.aac', base.patched(good, 2, b'\x3c')
    yield 'frame-layer-1.aac', base.patched(good, 1, b'\xf3')
    for slug, junk in (('zeros', bytes(70_000)), ('noise', base.noise(3000).replace(b'\xff', b'\xfe')), ('sync-words', b'\xff\xf1' * 30_000)):
        yield f'front-{slug}.aac', junk + good
        yield f'front-{slug}-behind-tag.aac', labelled + junk + good
    yield 'id3v1-behind.aac', good + b'TAG' + b'x' * 125
    yield 'tag-between-frames.aac', good + labelled + good
    yield 'tag-only.aac', labelled
    yield 'tags-stacked-1000.aac', labelled * 1000 + good
    yield 'tag-beyond-file.aac', b'ID3\3\0\0\x7f\x7f\x7f\x7f' + good
    yield 'sync-words-only.aac', b'\xff\xf1' * 5000
