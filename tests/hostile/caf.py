"""Hostile CAF files: lying chunks, texts that do not end, numbers that are none."""
import struct

import base
from recipes.caf import caf, chunk, data, desc, info, marker, texts

DESC = desc()
SOUND = data(bytes(range(200)) * 4)


def label(text=None):
    return info(('AIGC', (base.label() if text is None else text).decode('latin-1')))


def raw(body):
    return chunk(b'info', body)


def lying_lengths():
    good = caf(DESC, label(), SOUND)
    for kind in (b'desc', b'info', b'data'):
        at = good.index(kind) + 4
        real = int.from_bytes(good[at:at + 8], 'big')
        lies = [(slug, size) for slug, size in base.LIES32] + [('one-more', real + 1), ('one-less', real - 1), ('minus-one', -1), ('minus-two', -2),
                                                               ('2-to-62', 1 << 62), ('lowest', -(1 << 63))]
        for slug, size in lies:
            yield f'length-{kind.decode()}-{slug}.caf', base.patched(good, at, struct.pack('>q', size))


def structure():
    yield 'good.caf', caf(DESC, label(), SOUND)
    yield 'header-only.caf', b'caff\0\1\0\0'
    yield 'version-9.caf', b'caff\0\x09\0\0' + caf(DESC, SOUND)[8:]
    yield 'desc-missing.caf', caf(label(), SOUND)
    yield 'desc-short.caf', caf(chunk(b'desc', bytes(20)), SOUND)
    for slug, rate in (('0', 0.0), ('nan', float('nan')), ('infinite', float('inf')), ('minus', -8000.0), ('tiny', 1e-300)):
        yield f'rate-{slug}.caf', caf(desc(rate=rate), SOUND)
    yield 'channels-0.caf', caf(chunk(b'desc', struct.pack('>d4sIIIII', 8000, b'lpcm', 0, 2, 1, 0, 16)), SOUND)
    yield 'channels-huge.caf', caf(chunk(b'desc', struct.pack('>d4sIIIII', 8000, b'lpcm', 0, 2, 1, 0xFFFFFFFF, 16)), SOUND)
    yield 'packet-0.caf', caf(chunk(b'desc', struct.pack('>d4sIIIII', 8000, b'lpcm', 0, 0, 0, 1, 16)), SOUND)
    for kind in (b'aac ', b'alac', b'ima4', b'opus', b'.mp3', b'\0\0\0\0'):
        yield f'format-{kind.hex()}.caf', caf(chunk(b'desc', struct.pack('>d4sIIIII', 8000, kind, 0, 0, 1024, 1, 0)), chunk(b'kuki', base.noise(40)), SOUND)
    yield 'packets-huge.caf', caf(chunk(b'desc', struct.pack('>d4sIIIII', 8000, b'alac', 0, 0, 4096, 1, 0)), chunk(b'pakt', struct.pack('>qqii', 1 << 60, 1 << 60, 0, 0)), SOUND)
    yield 'info-empty.caf', caf(DESC, raw(b''), SOUND)
    yield 'info-number-only.caf', caf(DESC, raw(bytes(4)), SOUND)
    yield 'info-number-huge.caf', caf(DESC, raw(b'\xff' * 4 + label()[16:]), SOUND)
    yield 'info-number-0-label-good.caf', caf(DESC, raw(bytes(4) + label()[16:]), SOUND)
    yield 'info-unfinished.caf', caf(DESC, raw(struct.pack('>I', 1) + b'title\0no zero'), SOUND)
    yield 'info-key-only.caf', caf(DESC, raw(struct.pack('>I', 1) + b'AIGC'), SOUND)
    yield 'info-label-unfinished.caf', caf(DESC, raw(struct.pack('>I', 1) + b'AIGC\0' + base.label()), SOUND)
    yield 'info-padded.caf', caf(DESC, raw(label()[12:] + bytes(64)), SOUND)
    yield 'info-twice-good.caf', caf(DESC, label(), SOUND, label())
    yield 'info-1000-labels.caf', caf(DESC, info(*[('AIGC', base.label().decode('latin-1'))] * 1000), SOUND)
    yield 'info-100k-texts.caf', caf(DESC, info(*[('k', 'v')] * 100_100), SOUND)
    yield 'info-is-noise.caf', caf(DESC, raw(base.noise(3000)), SOUND)
    yield 'key-lower-case.caf', caf(DESC, info(('aigc', base.label().decode('latin-1'))), SOUND)
    yield 'key-other-good.caf', caf(DESC, info(('comments', base.label().decode('latin-1'))), SOUND)
    yield 'chunks-100k-and-more.caf', caf(DESC, chunk(b'junk', b'') * 100_100, SOUND)
    yield 'sound-missing.caf', caf(DESC, label())
    yield 'sound-empty.caf', caf(DESC, label(), chunk(b'data', b''))
    yield 'sound-twice.caf', caf(DESC, SOUND, SOUND)
    yield 'markers-huge.caf', caf(DESC, chunk(b'mark', struct.pack('>II', 0, 0xFFFFFFFF) + marker(9)), SOUND)
    yield 'regions-huge.caf', caf(DESC, chunk(b'regn', struct.pack('>IIIII', 0, 0xFFFFFFFF, 1, 0, 0xFFFFFFFF) + marker(9)), SOUND)
    yield 'manifest.caf', caf(DESC, chunk(b'C2PA', b'jumb'), SOUND)
    yield 'garbage-behind.caf', texts() + b'\xff' + base.noise(999)


def cases():
    yield from base.some(lying_lengths(), 3)
    yield from structure()
    yield from base.cuts('caf-info.caf', 18)
    yield from base.flips('caf-info.caf', 4)
