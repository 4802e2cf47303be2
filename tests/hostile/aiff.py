"""Hostile AIFF files: lying chunks, tags that do not fit theirs."""
import struct

import base
from recipes.aiff import chunk, comm, form, ssnd
from recipes.mp3 import frame23, tag

COMM = comm(400)
SSND = ssnd(bytes(range(200)) * 4)


def id3(text=None, padding=20):
    return tag(3, 0, frame23(b'TXXX', b'\0AIGC\0' + (base.label() if text is None else text)) + bytes(padding))


def lying_lengths():
    good = form(COMM, chunk(b'NAME', b'name'), SSND, chunk(b'ID3 ', id3()))
    for kind in (b'FORM', b'COMM', b'NAME', b'SSND', b'ID3 '):
        at = good.index(kind) + 4
        real = int.from_bytes(good[at:at + 4], 'big')
        for slug, size in (*base.LIES32, ('one-more', real + 1), ('one-less', real - 1), ('fffffff7', 0xFFFFFFF7)):
            yield f'length-{kind.decode().strip()}-{slug}.aiff', base.patched(good, at, struct.pack('>I', size))


def structure():
    yield 'good.aiff', form(COMM, SSND, chunk(b'ID3 ', id3()))
    yield 'header-only.aiff', b'FORM\0\0\0\4AIFF'
    yield 'form-other.aiff', form(COMM, SSND, kind=b'8SVX')
    yield 'tag-twice-good.aiff', form(COMM, chunk(b'ID3 ', id3()), SSND, chunk(b'ID3 ', id3()))
    yield 'tag-1000-times.aiff', form(COMM, SSND, chunk(b'ID3 ', id3()) * 1000)
    yield 'tag-lower-case.aiff', form(COMM, SSND, chunk(b'id3 ', id3()))
    yield 'tag-odd.aiff', form(COMM, chunk(b'ID3 ', id3(padding=21)), SSND)
    yield 'tag-odd-at-end-without-padding.aiff', form(COMM, SSND, chunk(b'ID3 ', id3(padding=len(id3(padding=0)) % 2 + 1))[:-1])
    yield 'tag-beyond-chunk.aiff', form(COMM, chunk(b'ID3 ', id3()[:60]), SSND)
    yield 'tag-shorter-than-chunk.aiff', form(COMM, chunk(b'ID3 ', id3() + bytes(333)), SSND)
    yield 'tag-empty-chunk.aiff', form(COMM, chunk(b'ID3 ', b''), SSND)
    yield 'tag-is-noise.aiff', form(COMM, chunk(b'ID3 ', base.noise(300)), SSND)
    yield 'text-label-good.aiff', form(COMM, chunk(b'ANNO', base.label()), SSND)
    yield 'chunk-label.aiff', form(COMM, SSND, chunk(b'AIGC', base.label()))
    yield 'text-1000-labels.aiff', form(COMM, chunk(b'ANNO', base.label()) * 1000, SSND)
    yield 'chunks-100k-and-more.aiff', form(COMM, b'junk\0\0\0\0' * 100_100, SSND)
    yield 'sound-missing.aiff', form(COMM, chunk(b'ID3 ', id3()))
    yield 'sound-twice.aiff', form(COMM, SSND, SSND)
    yield 'sound-runs-beyond.aiff', form(COMM, b'SSND\xff\xff\xff\xff' + bytes(500))
    yield 'size-streamed.aiff', base.patched(form(COMM, SSND), 4, b'\xff' * 4)
    good = form(COMM, SSND)
    for slug, size in (('header', 4), ('small', len(good) - 300), ('large', len(good) + 999)):
        yield f'form-{slug}.aiff', base.patched(good, 4, struct.pack('>I', size))
        yield f'form-{slug}-then-tag.aiff', base.patched(good, 4, struct.pack('>I', size)) + chunk(b'ID3 ', id3(padding=21))
    yield 'chunks-not-counted-100k.aiff', good + b'junk\0\0\0\0' * 100_100
    yield 'manifest.aiff', form(COMM, SSND, chunk(b'C2PA', b'jumb'))
    yield 'garbage-behind.aiff', form(COMM, SSND) + base.noise(999)
    yield '200mb-hole.aiff', base.Sparse(b'FORM' + struct.pack('>I', 200_000_000 - 8) + b'AIFF' + COMM + b'SSND' + struct.pack('>I', 200_000_000 - 46), 200_000_000)


def cases():
    yield from base.cuts('aiff-id3.aiff', 18)
    yield from base.flips('aiff-id3.aiff', 4)
    yield from base.some(lying_lengths(), 3)
    yield from structure()
