"""Hostile TIFF/EXIF blocks (without the `Exif\\0\\0` prefix), for JPEG APP1 and PNG eXIf."""
import struct

import base

HEAD = b'MM\0*\0\0\0\x08'
ASCII = b'ASCII\0\0\0'


def ifd(entries, following=0):
    """An IFD; each entry is (tag, type, count, raw 32-bit value or offset)."""
    return struct.pack('>H', len(entries)) + b''.join(struct.pack('>HHII', *e) for e in entries) + struct.pack('>I', following)


def comment(data, count=None, at=None):
    """IFD0 -> Exif IFD -> UserComment, with a count and an offset that may lie."""
    where = 8 + 18 + 18
    return (HEAD + ifd([(0x8769, 4, 1, 26)])
            + ifd([(0x9286, 7, len(data) if count is None else count, where if at is None else at)]) + data)


def pointers():
    yield 'ifd-next-is-itself', HEAD + ifd([(0x112, 3, 1, 1 << 16)], 8)
    yield 'ifd-two-in-a-ring', HEAD + ifd([], 14) + ifd([], 8)
    yield 'ifd-exif-is-ifd0', HEAD + ifd([(0x8769, 4, 1, 8)])
    yield 'ifd-all-pointers-to-ifd0', HEAD + ifd([(t, 4, 1, 8) for t in (0x14A, 0x8769, 0x8825, 0xA005)])
    yield 'ifd-at-header', b'MM\0*\0\0\0\0'
    yield 'ifd-beyond-end', b'MM\0*\0\1\0\0'
    yield 'ifd-at-ffffffff', b'MM\0*\xff\xff\xff\xff'
    yield 'ifd-at-last-byte', b'MM\0*\0\0\0\x0b' + b'\0\0\0\0'
    yield 'ifd-65535-entries-missing', HEAD + b'\xff\xff'
    yield 'ifd-chain-3000', HEAD + b''.join(ifd([], 14 + 6 * i) for i in range(2999)) + ifd([])
    yield 'ifd-subifds-15000-same', HEAD + ifd([(0x14A, 4, 15000, 26)]) + struct.pack('>I', 8) * 15000
    yield 'ifd-exif-beyond-end', HEAD + ifd([(0x8769, 4, 1, 0xFFFFFF00)])
    yield 'makernote-is-ifd0', HEAD + ifd([(0x8769, 4, 1, 26)]) + ifd([(0x927C, 7, 64, 8)])
    yield 'thumbnail-lies', HEAD + ifd([], 14) + ifd([(0x201, 4, 1, 0xFFFFFFFF), (0x202, 4, 1, 0xFFFFFFFF)])


def values():
    text = ASCII + b'{"AIGC":' + base.label() + b'}'
    yield 'comment-good', comment(text)
    yield 'comment-count-ffffffff', comment(text, count=0xFFFFFFFF)
    yield 'comment-count-80000000', comment(text, count=0x80000000)
    yield 'comment-count-one-more', comment(text, count=len(text) + 1)
    yield 'comment-count-zero', comment(text, count=0)
    yield 'comment-count-four-inline', comment(text, count=4)
    yield 'comment-offset-wraps', comment(text, at=0xFFFFFFFF - 20)
    yield 'comment-offset-is-itself', comment(text, at=8)
    yield 'comment-charset-cut', comment(b'ASCI')
    yield 'comment-charset-unknown', comment(b'KLINGON\0' + text[8:])
    yield 'comment-unicode-odd', comment(b'UNICODE\0' + text[8:].decode().encode('utf-16-be')[:-1])
    yield 'comment-unicode-surrogates', comment(b'UNICODE\0' + b'\xd8\0\xdc' * 50)
    yield 'comment-unicode-other-order', comment(b'UNICODE\0' + text[8:].decode().encode('utf-16-le'))
    yield 'comment-unicode-is-utf8', comment(b'UNICODE\0' + text[8:])
    yield 'comment-charset-no-end', comment(b'charset=' + b'x' * 5000)
    yield 'comment-jis', comment(b'JIS\0\0\0\0\0' + b'\x1b$B0!0"\x1b(B')
    yield 'comment-nuls', comment(ASCII + bytes(5000))
    yield 'comment-twice', HEAD + ifd([(0x9286, 7, len(text), 38), (0x9286, 7, len(text), 38)]) + text
    for kind in (0, 13, 255, 65535):
        yield f'type-{kind}', HEAD + ifd([(0x9286, kind, 4, 26)]) + text
    for turn in (0, 9, 65535):
        yield f'orientation-{turn}', HEAD + ifd([(0x112, 3, 1, turn << 16)])
    yield 'orientation-count-ffffffff', HEAD + ifd([(0x112, 3, 0xFFFFFFFF, 1 << 16)])
    yield 'double-count-overflow', HEAD + ifd([(0x9286, 12, 0x20000001, 26)])
    yield 'order-unknown', b'IX\0*\0\0\0\x08' + ifd([])
    yield 'magic-43-bigtiff', b'MM\0+\0\x08\0\0' + struct.pack('>QQ', 16, 2**64 - 1)
    yield 'header-cut', b'MM\0'
    yield 'empty', b''


def blocks():
    yield from pointers()
    yield from values()
