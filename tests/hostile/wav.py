"""Hostile WAV files."""
import struct

import base
from recipes.wav import chunk, fmt, riff

FMT = chunk(b'fmt ', fmt(1, 1, 8000, 16))
DATA = chunk(b'data', bytes(range(200)) * 4)


def aigc(text=None):
    return chunk(b'AIGC', base.label() if text is None else text)


def lying_lengths():
    good = riff(FMT, chunk(b'LIST', b'INFO' + chunk(b'INAM', b'name\0')), DATA, aigc())
    for kind in (b'RIFF', b'fmt ', b'LIST', b'INAM', b'data', b'AIGC'):
        at = good.index(kind) + 4
        real = int.from_bytes(good[at:at + 4], 'little')
        for slug, size in (*base.LIES32, ('one-more', real + 1), ('one-less', real - 1), ('fffffff7', 0xFFFFFFF7)):
            yield f'length-{kind.decode().strip()}-{slug}.wav', base.patched(good, at, struct.pack('<I', size))


def formats():
    fields = (('channels-0', (1, 0, 8000, 8000, 2, 16)), ('channels-65535', (1, 65535, 8000, 16000, 2, 16)),
              ('block-align-0', (1, 1, 8000, 16000, 0, 16)), ('block-align-65535', (1, 1, 8000, 16000, 65535, 16)),
              ('rate-0', (1, 1, 0, 0, 2, 16)), ('rate-ffffffff', (1, 1, 0xFFFFFFFF, 0xFFFFFFFF, 2, 16)),
              ('bits-0', (1, 1, 8000, 16000, 2, 0)), ('bits-1', (1, 1, 8000, 1000, 1, 1)), ('bits-33', (1, 1, 8000, 40000, 5, 33)),
              ('bits-65535', (1, 1, 8000, 16000, 2, 65535)), ('all-zero', (0,) * 6), ('all-ff', (65535, 65535, 2**32 - 1, 2**32 - 1, 65535, 65535)),
              ('float-16-bit', (3, 1, 8000, 16000, 2, 16)), ('float-64-bit', (3, 1, 8000, 64000, 8, 64)), ('alaw', (6, 1, 8000, 8000, 1, 8)),
              ('mp3-in-wav', (0x55, 1, 8000, 1000, 1, 0)), ('adpcm-block-0', (2, 1, 8000, 4000, 0, 4)), ('extensible-cut', (0xFFFE, 1, 8000, 16000, 2, 16)))
    for slug, values in fields:
        yield f'fmt-{slug}.wav', riff(chunk(b'fmt ', struct.pack('<HHIIHH', *values)), DATA)
    yield 'fmt-missing.wav', riff(DATA)
    yield 'fmt-empty.wav', riff(chunk(b'fmt ', b''), DATA)
    yield 'fmt-2-bytes.wav', riff(chunk(b'fmt ', b'\1\0'), DATA)
    yield 'fmt-15-bytes.wav', riff(chunk(b'fmt ', fmt(1, 1, 8000, 16)[:15]), DATA)
    yield 'fmt-after-data.wav', riff(DATA, FMT, aigc())
    yield 'fmt-twice-different.wav', riff(FMT, chunk(b'fmt ', fmt(1, 2, 48000, 24)), DATA)
    yield 'fmt-extra-size-ffff.wav', riff(chunk(b'fmt ', fmt(1, 1, 8000, 16) + b'\xff\xff'), DATA)
    head = fmt(0xFFFE, 1, 8000, 16)
    yield 'fmt-extensible-guid-unknown.wav', riff(chunk(b'fmt ', head + struct.pack('<HHI', 22, 16, 0xFFFFFFFF) + b'\xee' * 16), DATA)
    yield 'fmt-extensible-valid-bits-99.wav', riff(chunk(b'fmt ', head + struct.pack('<HHI', 22, 99, 1) + bytes.fromhex('0100000000001000800000aa00389b71')), DATA)
    nans = struct.pack('<5I', 0x7FC00000, 0xFF800000, 0x7F800000, 0x7F800001, 0xFFFFFFFF) * 200
    yield 'samples-nan-and-infinite.wav', riff(chunk(b'fmt ', fmt(3, 1, 8000, 32)), chunk(b'data', nans))


def structure():
    good = riff(FMT, DATA, aigc())
    yield 'data-missing.wav', riff(FMT, aigc())
    yield 'data-empty.wav', riff(FMT, chunk(b'data', b''), aigc())
    yield 'data-one-byte.wav', riff(FMT, chunk(b'data', b'x'))
    yield 'data-twice.wav', riff(FMT, DATA, DATA, aigc())
    yield 'data-odd-without-padding.wav', riff(FMT, b'data\3\0\0\0abc' + aigc())
    yield 'data-ffffffff-then-label.wav', base.patched(good, good.index(b'data') + 4, b'\xff' * 4)
    yield 'data-streamed-riff-ffffffff.wav', base.patched(base.patched(good, 4, b'\xff' * 4), good.index(b'data') + 4, b'\xff' * 4)
    yield 'data-200mb-hole.wav', base.Sparse(b'RIFF' + struct.pack('<I', 200_000_000 - 8) + b'WAVE' + FMT + b'data' + struct.pack('<I', 200_000_000 - 44 - 300), 200_000_000, aigc(base.label() + b' ' * (300 - 8 - len(base.label()))))
    yield 'data-250mb-said-nothing-there.wav', riff(FMT)[:4] + struct.pack('<I', 250_000_000) + riff(FMT)[8:] + b'data' + struct.pack('<I', 249_999_000)
    yield 'chunks-20000-empty.wav', riff(FMT, b'junk\0\0\0\0' * 20_000, DATA, aigc())
    yield 'chunks-1000-labels.wav', riff(FMT, DATA, aigc() * 1000)
    yield 'chunks-zero-ids.wav', riff(FMT, bytes(8000), DATA)
    nested = chunk(b'INAM', b'deep')
    for _ in range(10_000):
        nested = b'LIST' + struct.pack('<I', len(nested) + 4) + b'INFO' + nested
    yield 'lists-nested-10000.wav', riff(FMT, nested, DATA)
    inner = riff(FMT, DATA, aigc())
    yield 'riff-in-riff.wav', riff(inner, FMT, DATA)
    yield 'riff-in-data.wav', riff(FMT, chunk(b'data', inner))
    yield 'riff-twice.wav', inner + inner
    yield 'riff-header-only.wav', b'RIFF\4\0\0\0WAVE'
    yield 'riff-form-lower-case.wav', good.replace(b'WAVE', b'wave')
    yield 'riff-form-avi.wav', good.replace(b'WAVE', b'AVI ')
    yield 'riff-big-endian-rifx.wav', b'RIFX' + struct.pack('>I', len(good) - 8) + good[8:]
    yield 'riff-garbage-behind.wav', good + base.noise(3000)
    yield 'list-info-label.wav', riff(FMT, chunk(b'LIST', b'INFO' + aigc()), DATA)
    yield 'list-shorter-than-type.wav', riff(FMT, chunk(b'LIST', b'IN'), DATA)
    yield 'label-empty-chunk.wav', riff(FMT, DATA, aigc(b''))
    yield 'label-chunk-lower-case.wav', riff(FMT, DATA, chunk(b'aigc', base.label()))
    yield 'label-1mb.wav', riff(FMT, DATA, aigc(b'{"Label":"1","ContentProducer":"' + b'A' * 1_000_000 + b'"}'))
    yield 'cue-count-ffffffff.wav', riff(FMT, DATA, chunk(b'cue ', b'\xff' * 4 + bytes(24)))
    yield 'cue-points-beyond.wav', riff(FMT, DATA, chunk(b'cue ', struct.pack('<II4sIIII', 1, 1, b'data', 0, 0, 2**32 - 1, 0)[:28]))
    yield 'smpl-loops-ffffffff.wav', riff(FMT, DATA, chunk(b'smpl', bytes(28) + b'\xff' * 8))
    yield 'fact-ffffffff.wav', riff(FMT, chunk(b'fact', b'\xff' * 4), DATA)
    yield 'bext-cut.wav', riff(FMT, chunk(b'bext', b'x'), DATA)
    yield 'id3-chunk-lies.wav', riff(FMT, DATA, chunk(b'id3 ', b'ID3\4\0\0\x7f\x7f\x7f\x7f'))


def sizes():
    """Sizes of the form and of data that were never written, or are wrong."""
    good = riff(FMT, DATA)
    for slug, form, data in (('form-header', 36, 800), ('form-small', 700, 800), ('form-large', 9000, 800), ('form-header-data-0', 36, 0), ('both-0', 0, 0), ('data-0', 836, 0),
                             ('form-0', 0, 800), ('data-large', 836, 5000), ('data-odd', 836, 799), ('form-7fffffff-data-0', 0x7FFFFFFF, 0)):
        sized = base.patched(base.patched(good, 4, struct.pack('<I', form)), 40, struct.pack('<I', data))
        yield f'sizes-{slug}.wav', sized
        yield f'sizes-{slug}-then-label.wav', sized + aigc()
        yield f'sizes-{slug}-then-noise.wav', sized + base.noise(999)
    yield 'sizes-label-not-counted-good.wav', good + aigc()
    yield 'sizes-labels-not-counted-1000.wav', good + aigc() * 1000
    yield 'sizes-chunks-not-counted-100k.wav', good + b'junk\0\0\0\0' * 100_100
    yield 'sizes-odd-without-padding-good.wav', riff(FMT, b'data' + struct.pack('<I', 799) + b'\x55' * 799, aigc())
    yield 'sizes-odd-100k.wav', riff(FMT, b'junk\1\0\0\0x' * 50_000, DATA)
    yield 'sizes-empty-data-then-chunks.wav', riff(FMT, chunk(b'data', b''), b'junk\0\0\0\0' * 20_000, aigc())
    yield 'sizes-data-0-100k.wav', riff(FMT, b'data\0\0\0\0' * 20_000)
    texts = chunk(b'ICMT', base.label()) + b'IABC\0\0\0\0' * 100_100 + chunk(b'ICMT', base.label())
    yield 'list-100k-texts-and-more.wav', riff(FMT, chunk(b'LIST', b'INFO' + texts), DATA)
    yield 'manifest-lower-case.wav', riff(FMT, DATA, chunk(b'c2pa', b'jumb'))


def sixty_four():
    """RF64 and BW64: the sizes of 2^63 and 2^64 that a signed or wrapping reader gets wrong."""
    body = riff(FMT, DATA, aigc())[12:]
    body = base.patched(body, body.index(b'data') + 4, b'\xff' * 4)

    def rf64(riff_size, data_size, count=0, name=b'RF64'):
        return name + b'\xff' * 4 + b'WAVE' + chunk(b'ds64', struct.pack('<QQQI', riff_size, data_size, 400, count)) + body
    size = len(rf64(0, 0)) - 8
    yield 'rf64-good.wav', rf64(size, 800)
    yield 'bw64-good.wav', rf64(size, 800, name=b'BW64')
    for slug, lie in base.LIES64:
        yield f'rf64-riff-size-{slug}.wav', rf64(lie, 800)
        yield f'rf64-data-size-{slug}.wav', rf64(size, lie)
    yield 'rf64-table-count-ffffffff.wav', rf64(size, 800, 2**32 - 1)
    yield 'rf64-without-ds64.wav', b'RF64' + b'\xff' * 4 + b'WAVE' + body
    yield 'rf64-ds64-cut.wav', b'RF64' + b'\xff' * 4 + b'WAVE' + chunk(b'ds64', bytes(10)) + body
    yield 'rf64-ds64-last.wav', b'RF64' + b'\xff' * 4 + b'WAVE' + body + rf64(size, 800)[12:48]


def cases():
    yield from base.cuts('wav-list.wav', 20)
    yield from base.cuts('wav-24bit.wav', 6)
    yield from base.flips('wav-list.wav', 4)
    yield from base.some(lying_lengths(), 4)
    for family in (formats, structure, sizes, sixty_four):
        yield from family()
