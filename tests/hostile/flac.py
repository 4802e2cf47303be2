"""Hostile FLAC files: lying blocks, lists of comments that lie, tags in front."""
import struct

import base
from recipes import mp3
from recipes.flac import block, comments, file, stream


def label(name='AIGC', text=None):
    return f'{name}=' + (base.label() if text is None else text).decode()


def lying_lengths():
    good = file((4, comments('TITLE=x', label())), (1, bytes(100)))
    at = 42
    for slug, size in (('0', 0), ('1', 1), ('7', 7), ('one-more', 9999), ('ffffff', 0xFFFFFF)):
        yield f'block-size-comments-{slug}.flac', base.patched(good, at + 1, struct.pack('>I', size)[1:])
        yield f'block-size-streaminfo-{slug}.flac', base.patched(good, 5, struct.pack('>I', size)[1:])
    for slug, size in (*base.LIES32, ('80000000', 2**31)):
        raw = struct.pack('<I', size)
        yield f'vendor-length-{slug}.flac', base.patched(good, at + 4, raw)
        yield f'comment-count-{slug}.flac', base.patched(good, at + 8 + 11, raw)
        yield f'comment-length-{slug}.flac', base.patched(good, at + 8 + 15, raw)
        yield f'label-length-{slug}.flac', base.patched(good, at + 8 + 15 + 4 + 7, raw)


def structure():
    info, frames = stream()
    yield 'good.flac', file((4, comments(label())))
    yield 'label-twice-good.flac', file((4, comments(label(), label())))
    yield 'label-1000-times.flac', file((4, comments(*[label()] * 1000)))
    yield 'label-conflict.flac', file((4, comments(label(), label(text=base.label('2', base.OTHER)))))
    yield 'label-lower-case-good.flac', file((4, comments(label('aigc'))))
    yield 'label-in-comment.flac', file((4, comments(label('COMMENT'))))
    yield 'label-second-list.flac', file((4, comments('A=b')), (4, comments(label())))
    yield 'label-1mb.flac', file((4, comments(label(text=b'{"Label":"1","ContentProducer":"' + b'A' * 1_000_000 + b'"}'))))
    yield 'label-not-utf8.flac', file((4, comments(label()).replace(b'AIGC={', b'AIGC=\xff\xfe')))
    yield 'label-without-equals.flac', file((4, comments('AIGC')))
    yield 'label-empty.flac', file((4, comments('AIGC=')))
    yield 'comments-20000-empty.flac', file((4, comments(*[''] * 20_000)))
    yield 'comments-100k-and-more.flac', file((4, comments(*[''] * 100_100)))
    yield 'comments-full-16mb.flac', file((4, comments('A=' + 'x' * (2**24 - 40))))
    yield 'lists-1000.flac', file(*[(4, comments(label()))] * 1000)
    yield 'blocks-100k-and-more.flac', file(*[(2, b'')] * 100_100)
    yield 'blocks-without-last.flac', b'fLaC' + block(0, info) + block(4, comments(label())) + frames
    yield 'streaminfo-missing.flac', b'fLaC' + block(4, comments(label()), last=True) + frames
    yield 'streaminfo-second.flac', b'fLaC' + block(4, comments(label())) + block(0, info, last=True) + frames
    yield 'streaminfo-only.flac', b'fLaC' + block(0, info, last=True)
    yield 'padding-largest.flac', file((1, bytes(2**24 - 1)))
    yield 'padding-not-zero.flac', file((4, comments('A=b')), (1, base.noise(500)))
    yield 'kind-127.flac', file((127, bytes(10)), (4, comments(label())))
    yield 'picture-lies.flac', file((6, b'\xff' * 40), (4, comments(label())))
    yield 'magic-only.flac', b'fLaC'
    yield '200mb-hole.flac', base.Sparse(file((4, comments('A=b'))), 200_000_000)
    tag = mp3.tag(3, 0, mp3.frame23(b'TXXX', b'\0AIGC\0' + base.label()))
    yield 'id3-label-good.flac', tag + file((4, comments('A=b')))
    noise = base.noise(3000)
    for slug, junk in (('zeros', bytes(70_000)), ('zeros-3mb', bytes(3 << 20)), ('noise', noise), ('magic', b'fLaC' * 10_000)):
        yield f'front-{slug}.flac', junk + file((4, comments(label())))
        yield f'front-{slug}-behind-tag.flac', tag + junk + file((4, comments(label())))
    yield 'id3-only-title.flac', mp3.tag(3, 0, mp3.frame23(b'TIT2', b'\1' + b'\xff\xfe' + b'x\0' * 30_000)) + file()
    yield 'application-manifest.flac', file((2, b'c2pajumdc2pa'), (4, comments(label())))
    yield 'id3-stacked-100.flac', tag * 100 + file()
    yield 'id3-behind-end.flac', b'ID3\3\0\0\x7f\x7f\x7f\x7f' + file()


def cases():
    yield from base.cuts('flac-padding.flac', 18)
    yield from base.flips('flac-padding.flac', 4)
    yield from base.some(lying_lengths(), 2)
    yield from structure()
